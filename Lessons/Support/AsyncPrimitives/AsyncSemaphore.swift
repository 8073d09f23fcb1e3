import Synchronization

/// Lets a limited number of tasks do something at the same time.
///
/// A semaphore holds permits. A task takes one, or several, waits while there are too few, and gives
/// them back when it is done.
///
/// ```swift
/// let connections = AsyncSemaphore(limit: 3, "connections")
/// let pages = try await gather(urls) { url in
///   try await connections.withPermit { try await fetch(url) }
/// }
/// ```
///
/// There are two forms. One made with a **limit** knows how many permits there are: giving back more
/// than are out is an error, and the limit can be changed at run time. One made without (`permits:`)
/// is a counter that anybody may raise: a task may release what another one, or nobody, has taken.
///
/// - **What suspends**: `acquire`, `withPermit` and `withPermits`, and only while there are too few
///   permits or others wait already. Permits that are free are taken without suspending, without
///   yielding, without an allocation.
/// - **Fairness**: strictly first come, first served, whatever the priorities and whatever the size
///   of the request. A large request at the head keeps the permits that come in until there are
///   enough; nobody, not even `tryAcquire`, overtakes it. A task that releases and acquires again
///   goes to the back.
/// - **Cancellation**: a task that is cancelled while it waits leaves the queue at once and throws
///   `CancellationError`; permits that had been kept for it go to those behind it. One that is
///   cancelled already throws even if permits are free. One that has been granted its permits
///   holds them, however soon after it is cancelled. Code that cleans up uses
///   ``acquireIgnoringCancellation(_:)``.
/// - **Ownership**: the semaphore does not know who holds its permits. Any task or thread may
///   release them.
/// - **Cost**: some 50 ns when free; a park and a wake-up of a task when not.
///
/// The idea is Dijkstra's (1965). The semantics are those of asyncio's `Semaphore` and
/// `BoundedSemaphore`, several permits at once those of tokio's, and the limit those of anyio's
/// `CapacityLimiter`; except that asyncio lets a cancelled task take a free permit.
public final class AsyncSemaphore: Sendable {
  /// What the semaphore is called in reports of a deadlock.
  public let name: String?

  private let state: Mutex<State>

  /// A semaphore that begins with nothing and has no limit counts signals, which nobody holds.
  private let countsSignals: Bool

  /// Makes a semaphore without a limit: releasing may raise the number of permits at will.
  ///
  /// - Parameters:
  ///   - permits: How many are free at first.
  ///   - name: What a report of a deadlock should call it.
  /// - Precondition: `permits` is not negative.
  public init(permits: Int, _ name: String? = nil) {
    precondition(permits >= 0, "a semaphore cannot begin with \(permits) permits")
    self.name = name
    state = Mutex(State(free: permits, limit: nil))
    countsSignals = permits == 0
  }

  /// Makes a semaphore with a limit, all of whose permits are free.
  ///
  /// - Parameters:
  ///   - limit: How many permits there are.
  ///   - name: What a report of a deadlock should call it.
  /// - Precondition: `limit` is not negative.
  public init(limit: Int, _ name: String? = nil) {
    precondition(limit >= 0, "a semaphore cannot have a limit of \(limit) permits")
    self.name = name
    state = Mutex(State(free: limit, limit: limit))
    countsSignals = false
  }

  /// Makes a semaphore with a limit, some of whose permits are out already: somebody will release
  /// them without having acquired them here.
  ///
  /// - Parameters:
  ///   - permits: How many are free at first.
  ///   - limit: How many permits there are.
  ///   - name: What a report of a deadlock should call it.
  /// - Throws: ``SemaphoreError/invalidLimit(_:permits:limit:)`` unless
  ///   0 ≤ `permits` ≤ `limit`.
  public init(permits: Int, limit: Int, _ name: String? = nil) throws(SemaphoreError) {
    guard permits >= 0, permits <= limit else {
      throw .invalidLimit(name, permits: permits, limit: limit)
    }
    self.name = name
    state = Mutex(State(free: permits, limit: limit))
    countsSignals = false
  }

  deinit {
    // A task that waits keeps its semaphore alive, so that this is our bug, if ever it happens.
    let waiting = waiterCount
    if waiting > 0 {
      fatalError("\(resource) was dropped while tasks wait for it: \(waiting)")
    }
  }

  /// How many permits can be had now, without waiting.
  ///
  /// None while tasks wait: what is free then is kept for the first in line. And none while more
  /// are out than a lowered limit allows.
  public var availablePermits: Int {
    state.withLock { $0.available }
  }

  /// Whether no permit can be had without waiting.
  public var isLocked: Bool { availablePermits == 0 }

  /// How many tasks wait for permits.
  public var waiterCount: Int {
    state.withLock { $0.waiters.count }
  }

  /// How many permits there are, free or not; `nil` if the semaphore has no limit.
  public var limit: Int? {
    state.withLock { $0.limit }
  }

  /// Changes how many permits there are.
  ///
  /// Raising the limit lets as many waiting tasks go as there is room for now. Lowering it takes no
  /// permit away from anybody: if more are out than the new limit allows, nobody gets one until
  /// enough have come back. A limit of 0 pauses the semaphore. A task that waits for more permits
  /// than the limit waits, and all behind it, until the limit is raised.
  ///
  /// Never suspends.
  ///
  /// - Throws: ``SemaphoreError/hasNoLimit(_:)`` if the semaphore was made without one.
  /// - Precondition: `limit` is not negative.
  public func setLimit(_ limit: Int) throws(SemaphoreError) {
    precondition(limit >= 0, "a semaphore cannot have a limit of \(limit) permits")
    guard let woken = state.withLock({ $0.resize(to: limit) }) else { throw .hasNoLimit(name) }
    woken.resume()
  }

  // MARK: - Taking and releasing

  /// Takes permits, waiting until it is this task's turn and there are enough.
  ///
  /// Prefer ``withPermit(_:)``, which releases on every way out. It takes all or none: a request of
  /// 0 is granted at once, one of more than there will ever be is never granted.
  ///
  /// - Parameter count: How many.
  /// - Throws: `CancellationError` if the task is cancelled, now or while it waits. It holds none of
  ///   the permits then.
  /// - Precondition: `count` is not negative.
  nonisolated(nonsending) public func acquire(_ count: Int = 1) async throws(CancellationError) {
    if Observation.isActive { await Observation.mayInterleave() }
    if Task.isCancelled { throw CancellationError() }
    if let ticket = takeOrJoin(count) { try await wait(for: count, with: ticket) }
    didAcquire(count)
  }

  /// Takes permits, waiting until it is this task's turn and there are enough, cancelled or not.
  ///
  /// For clean-up code, which runs in tasks that are cancelled. Its wait cannot be cut short.
  ///
  /// - Parameter count: How many.
  /// - Precondition: `count` is not negative.
  nonisolated(nonsending) public func acquireIgnoringCancellation(_ count: Int = 1) async {
    if Observation.isActive { await Observation.mayInterleave() }
    if let ticket = takeOrJoin(count) { await waitIgnoringCancellation(with: ticket) }
    didAcquire(count)
  }

  /// Takes permits if there are enough. Never suspends, and never overtakes a waiting task.
  ///
  /// It does not look at cancellation, since it does not wait.
  ///
  /// - Parameter count: How many.
  /// - Returns: Whether this task now holds them; if not, it holds none of them.
  /// - Precondition: `count` is not negative.
  public func tryAcquire(_ count: Int = 1) -> Bool {
    requireNotNegative(count)
    let isTaken = state.withLock { $0.take(count) }
    if isTaken { didAcquire(count) }
    return isTaken
  }

  /// Gives permits back: to the tasks that have waited longest, as far as they reach, and what is
  /// left becomes free.
  ///
  /// Never suspends. Call it from any task, thread, `deinit` or cancellation handler.
  ///
  /// - Parameter count: How many.
  /// - Returns: Whether a waiting task got its permits.
  /// - Throws: ``SemaphoreError/aboveLimit(_:limit:)`` if not that many are out, or
  ///   ``SemaphoreError/overflow(_:)`` if an `Int` cannot count so many. Then none is released.
  /// - Precondition: `count` is not negative.
  @discardableResult
  public func release(_ count: Int = 1) throws(SemaphoreError) -> Bool {
    requireNotNegative(count)
    switch state.withLock({ $0.release(count) }) {
    case .aboveLimit(let limit): throw .aboveLimit(name, limit: limit)
    case .overflow: throw .overflow(name)
    case .released(let woken):
      if count > 0, !countsSignals { Observation.didRelease(resource) }
      // Resumed outside the lock: the tasks that wake up may come straight back to it.
      woken.resume()
      return !woken.isEmpty
    }
  }

  // MARK: - Scoped use

  /// Runs `body` while holding a permit, and releases it however `body` ends.
  ///
  /// `body` runs where the caller runs: inside an actor it can use the actor's state.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before it has the permit; then what
  ///   `body` throws; or a ``SemaphoreError`` if `body` has released the permit itself.
  @inlinable  // else a generic body costs as much as the semaphore
  nonisolated(nonsending) public func withPermit<Success>(
    _ body: nonisolated(nonsending) () async throws -> Success
  ) async throws -> Success {
    try await withPermits(1, body)
  }

  /// Runs `body` while holding several permits, and releases them however `body` ends.
  ///
  /// - Parameters:
  ///   - count: How many.
  ///   - body: What to do with them. It runs where the caller runs.
  /// - Throws: `CancellationError` if the task is cancelled before it has the permits; then what
  ///   `body` throws; or a ``SemaphoreError`` if `body` has released permits itself.
  /// - Precondition: `count` is not negative.
  @inlinable
  nonisolated(nonsending) public func withPermits<Success>(
    _ count: Int, _ body: nonisolated(nonsending) () async throws -> Success
  ) async throws -> Success {
    try await acquire(count)
    let success: Success
    do {
      success = try await body()
    } catch {
      _ = try? release(count)  // what the body threw says more than a release too many
      if Observation.isActive { await Observation.mayInterleave() }
      throw error
    }
    try release(count)
    if Observation.isActive { await Observation.mayInterleave() }
    return success
  }
}

// MARK: - Waiting

extension AsyncSemaphore: WaitingRoom {
  var resource: Observation.Resource {
    Observation.Resource(
      id: ObjectIdentifier(self),
      kind: name == nil ? "permit of a semaphore" : "a permit of semaphore", name: name)
  }

  func park(
    _ continuation: WaitContinuation<Void>, with ticket: WaiterQueue<Void>.Ticket
  ) -> Wakeup<Void>? {
    state.withLock { $0.waiters.park(continuation, with: ticket) }
  }

  func withdraw(_ ticket: WaiterQueue<Void>.Ticket) -> Resumption<Void>? {
    state.withLock { $0.cancel(ticket) }
  }

  private nonisolated(nonsending) func wait(
    for count: Int, with ticket: WaiterQueue<Void>.Ticket
  ) async throws(CancellationError) {
    do {
      try await wait(with: ticket)
    } catch {
      // A large request has kept permits from those behind it. They are woken here and not by the
      // cancellation handler, which must not touch a waiter other than its own.
      if count > 1 { state.withLock { $0.grantWhatIsFree() }.resume() }
      throw error
    }
  }

  /// Takes permits if there are enough; otherwise puts the current task in line.
  func takeOrJoin(_ count: Int) -> WaiterQueue<Void>.Ticket? {
    requireNotNegative(count)
    return state.withLock { $0.take(count) ? nil : $0.join(for: count) }
  }

  private func didAcquire(_ count: Int) {
    if count > 0, !countsSignals { Observation.didAcquire(resource) }
  }

  private func requireNotNegative(_ count: Int) {
    precondition(count >= 0, "\(count) permits cannot be acquired or released")
  }
}
