import Synchronization

/// Lets one task at a time into a section of code that may suspend.
///
/// A `Mutex` must not be held across an `await`, because it blocks its thread. An actor does not
/// help either: it takes the next call while the first one is suspended. This lock can be held
/// while its owner sleeps, reads a socket or waits for another task.
///
/// ```swift
/// let lock = AsyncLock("balance")
/// try await lock.withLock {
///   let old = try await store.balance()
///   try await store.setBalance(old + 10)
/// }
/// ```
///
/// - **What suspends**: `lock` and `withLock`, and only while another task holds the lock. A free
///   lock is taken without suspending, without yielding, without an allocation.
/// - **Fairness**: strictly first come, first served, whatever the priorities. `unlock` hands the
///   lock to the task that has waited longest: nobody, not even `tryLock`, overtakes a waiting task.
/// - **Cancellation**: a task that is cancelled while it waits leaves the queue at once and throws
///   `CancellationError`. One that is cancelled already throws even if the lock is free. One that
///   has been handed the lock holds it, however soon after it is cancelled. Code that cleans up
///   uses the forms that ignore cancellation.
/// - **Ownership**: the lock does not know its owner. It may be released by another task than took
///   it, from any thread; and a task that takes it twice waits for itself, for ever.
/// - **Cost**: some 50 ns when free; a park and a wake-up of a task when not.
///
/// The semantics are those of asyncio's `Lock`, with one difference: asyncio lets a cancelled task
/// take a free lock. In production, first ask whether a `Mutex`, or an actor without an `await` in
/// the section, would do.
public final class AsyncLock: Sendable {
  /// What the lock is called in reports of a deadlock.
  public let name: String?

  private let state = Mutex(State())

  /// Makes a free lock. It need not be made in a task, and serves tasks on any executor.
  ///
  /// - Parameter name: What a report of a deadlock should call it.
  public init(_ name: String? = nil) {
    self.name = name
  }

  deinit {
    // A task that waits keeps its lock alive, so that this is our bug, if ever it happens.
    let waiting = waiterCount
    if waiting > 0 {
      fatalError("\(resource) was dropped while tasks wait for it: \(waiting)")
    }
  }

  /// Whether some task holds the lock.
  public var isLocked: Bool {
    state.withLock { $0.isHeld }
  }

  /// How many tasks wait for the lock.
  public var waiterCount: Int {
    state.withLock { $0.waiters.count }
  }

  // MARK: - Taking and releasing

  /// Takes the lock, waiting until it is this task's turn.
  ///
  /// Prefer ``withLock(_:)``, which releases on every way out.
  ///
  /// - Throws: `CancellationError` if the task is cancelled, now or while it waits. It does not
  ///   hold the lock then.
  nonisolated(nonsending) public func lock() async throws(CancellationError) {
    if Observation.isActive { await Observation.mayInterleave() }
    if Task.isCancelled { throw CancellationError() }
    if let ticket = takeOrJoin() { try await wait(with: ticket) }
    Observation.didAcquire(resource)
  }

  /// Takes the lock, waiting until it is this task's turn, cancelled or not.
  ///
  /// For clean-up code, which runs in tasks that are cancelled and must take the lock all the
  /// same. Its wait cannot be cut short: keep what the lock protects short.
  nonisolated(nonsending) public func lockIgnoringCancellation() async {
    if Observation.isActive { await Observation.mayInterleave() }
    if let ticket = takeOrJoin() { await waitIgnoringCancellation(with: ticket) }
    Observation.didAcquire(resource)
  }

  /// Takes the lock if it is free. Never suspends, and never overtakes a waiting task.
  ///
  /// It does not look at cancellation, since it does not wait.
  ///
  /// - Returns: Whether this task now holds the lock.
  public func tryLock() -> Bool {
    let taken = state.withLock { $0.take() }
    if taken { Observation.didAcquire(resource) }
    return taken
  }

  /// Releases the lock: hands it to the task that has waited longest, or else leaves it free.
  ///
  /// Never suspends. Call it from any task, thread, `deinit` or cancellation handler.
  ///
  /// - Throws: ``LockError/notLocked(_:)`` if nobody holds the lock, which stays free.
  public func unlock() throws(LockError) {
    let release = release()
    if case .notHeld = release { throw .notLocked(name) }
    Observation.didRelease(resource)
    // Resumed outside the lock: the task that wakes up may come straight back to it.
    if case .handedOver(let next) = release { next.resume() }
  }

  // MARK: - Scoped use

  /// Runs `body` while holding the lock, and releases it however `body` ends.
  ///
  /// `body` runs where the caller runs: inside an actor it can use the actor's state.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before the lock is its own; then what
  ///   `body` throws; or ``LockError/notLocked(_:)`` if `body` has released the lock itself.
  @inlinable  // else a generic body costs as much as the lock
  nonisolated(nonsending) public func withLock<Success>(
    _ body: nonisolated(nonsending) () async throws -> Success
  ) async throws -> Success {
    try await lock()
    return try await releasing(after: body)
  }

  /// Runs `body` while holding the lock, also in a task that is cancelled.
  ///
  /// For clean-up code. `body` itself still sees that its task is cancelled.
  ///
  /// - Throws: What `body` throws; or ``LockError/notLocked(_:)`` if `body` has released the lock.
  @inlinable
  nonisolated(nonsending) public func withLockIgnoringCancellation<Success>(
    _ body: nonisolated(nonsending) () async throws -> Success
  ) async throws -> Success {
    await lockIgnoringCancellation()
    return try await releasing(after: body)
  }

  @inlinable
  nonisolated(nonsending) func releasing<Success>(
    after body: nonisolated(nonsending) () async throws -> Success
  ) async throws -> Success {
    let success: Success
    do {
      success = try await body()
    } catch {
      try? unlock()  // what the body threw says more than a lock that it released too early
      if Observation.isActive { await Observation.mayInterleave() }
      throw error
    }
    try unlock()
    if Observation.isActive { await Observation.mayInterleave() }
    return success
  }

  enum Release {
    case notHeld
    case freed
    case handedOver(Resumption<Void>)
  }

  /// Releases the lock, and leaves it to the caller to wake whom it was handed to.
  func release() -> Release {
    state.withLock { $0.release() }
  }

  /// Takes the lock if it is free; otherwise puts the current task in line.
  func takeOrJoin() -> WaiterQueue<Void>.Ticket? {
    state.withLock { $0.take() ? nil : $0.waiters.join() }
  }
}

/// A use of a lock that cannot be right.
public enum LockError: Error, Hashable, CustomStringConvertible {
  /// A lock was released that nobody holds: released twice, or without having been taken. It
  /// carries the lock's name.
  case notLocked(String?)

  /// The misuse, and what to do about it.
  public var description: String {
    switch self {
    case .notLocked(let name):
      let lock = name.map { "lock “\($0)”" } ?? "a lock"
      return "unlock() of \(lock), which nobody holds. Was it released twice? Prefer withLock { }."
    }
  }
}

// MARK: - Waiting

extension AsyncLock: WaitingRoom {
  var resource: Observation.Resource {
    Observation.Resource(id: ObjectIdentifier(self), kind: "lock", name: name)
  }

  func park(
    _ continuation: WaitContinuation<Void>, with ticket: WaiterQueue<Void>.Ticket
  ) -> Wakeup<Void>? {
    state.withLock { $0.waiters.park(continuation, with: ticket) }
  }

  func withdraw(_ ticket: WaiterQueue<Void>.Ticket) -> Resumption<Void>? {
    state.withLock { $0.waiters.cancel(ticket) }
  }

  /// Free, or held with a queue behind it. Nobody is ever in the queue of a free lock.
  private struct State {
    var isHeld = false
    var waiters = WaiterQueue<Void>()

    mutating func take() -> Bool {
      guard !isHeld else { return false }
      isHeld = true
      return true
    }

    mutating func release() -> Release {
      guard isHeld else { return .notHeld }
      if let next = waiters.grantFirst(()) {
        return .handedOver(next)  // still held, now by the next task: no newcomer can slip in
      }
      isHeld = false
      return .freed
    }
  }
}
