import Synchronization

/// Holds tasks up until a given number of them have arrived, then lets all of them go at once.
///
/// ```swift
/// let start = try AsyncBarrier(parties: 3, "start")
/// let times = try await gather(["ann", "bob", "cem"]) { runner in
///   try await warmUp(runner)
///   let number = try await start.wait()       // 0, 1 or 2; nobody runs before all are warm
///   return try await run(runner, lane: number + 1)
/// }
/// ```
///
/// The barrier is good for any number of rounds. A task that comes back while others of its round are
/// still on their way out is the first of the next round.
///
/// - **What suspends**: `wait`, for all but the last to arrive, who lets the others go and does not
///   suspend.
/// - **Fairness**: tasks are let go in order of arrival, and numbered in that order.
/// - **Cancellation**: a task that is cancelled while it waits leaves at once and throws
///   `CancellationError`; it no longer counts, and the others go on waiting for as many as are
///   missing now. One that is cancelled already throws and does not count, even if it is the last.
///   One that has been let go returns its number, however soon after it is cancelled. If the
///   others should not wait for a task that will not come, have it call ``abort()``.
/// - **Breaking**: ``reset()`` sends those who wait away with ``BarrierError/broken(_:)`` and begins
///   a new round. ``abort()`` sends away everybody who waits or comes, until a reset.
/// - **Cost**: a park and a wake-up for each task but the last.
///
/// The semantics are those of asyncio's `Barrier`.
public final class AsyncBarrier: Sendable {
  /// What the barrier is called in reports of a deadlock.
  public let name: String?

  /// How many tasks make a round.
  public let parties: Int

  private let state = Mutex(State())

  /// Makes a barrier at which nobody waits.
  ///
  /// - Parameters:
  ///   - parties: How many tasks make a round.
  ///   - name: What a report of a deadlock should call the barrier.
  /// - Throws: ``BarrierError/noParties(_:parties:)`` if that is less than one.
  public init(parties: Int, _ name: String? = nil) throws(BarrierError) {
    guard parties >= 1 else { throw .noParties(name, parties: parties) }
    self.parties = parties
    self.name = name
  }

  deinit {
    // A task that waits keeps its barrier alive, so that this is our bug, if ever it happens.
    let waiting = waiterCount
    if waiting > 0 {
      fatalError("\(resource) was dropped while tasks wait for it: \(waiting)")
    }
  }

  /// How many tasks wait. Fewer than ``parties``, since the last to arrive does not.
  public var waiterCount: Int {
    state.withLock { $0.waiters.count }
  }

  /// Whether ``abort()`` was called, and no ``reset()`` since.
  public var isBroken: Bool {
    state.withLock { $0.isBroken }
  }

  // MARK: - Waiting

  /// Waits until all parties have arrived.
  ///
  /// - Returns: The task's number in its round, from 0, in order of arrival: exactly one task gets
  ///   each. Use it where one of them has to do something for all.
  /// - Throws: `CancellationError` if the task is cancelled, now or while it waits;
  ///   ``BarrierError/broken(_:)`` if the barrier is broken, now or while it waits.
  @discardableResult
  nonisolated(nonsending) public func wait() async throws -> Int {
    if Observation.isActive { await Observation.mayInterleave() }
    try Task.checkCancellation()
    switch arrive() {
    case .told(let outcome): return try outcome.get()
    case .joined(let ticket): return try await wait(with: ticket).get()
    }
  }

  /// Waits until all parties have arrived, whether or not the task is cancelled.
  ///
  /// For clean-up code, which runs in tasks that are cancelled. Only breaking the barrier cuts this
  /// wait short.
  ///
  /// - Returns: The task's number in its round, from 0, in order of arrival.
  /// - Throws: ``BarrierError/broken(_:)`` if the barrier is broken, now or while it waits.
  @discardableResult
  nonisolated(nonsending) public func waitIgnoringCancellation() async throws(BarrierError) -> Int {
    if Observation.isActive { await Observation.mayInterleave() }
    switch arrive() {
    case .told(let outcome): return try outcome.get()
    case .joined(let ticket): return try await waitIgnoringCancellation(with: ticket).get()
    }
  }

  // MARK: - Breaking

  /// Sends those who wait away with ``BarrierError/broken(_:)``, and begins a new round.
  ///
  /// Never suspends. It also repairs a barrier that was aborted.
  public func reset() {
    sendAway(isBroken: false)
  }

  /// Sends those who wait away with ``BarrierError/broken(_:)``, and all who come, until a reset.
  ///
  /// For a party that will not come: the others would wait for it for ever. Never suspends.
  public func abort() {
    sendAway(isBroken: true)
  }

  private func sendAway(isBroken: Bool) {
    let woken = state.withLock { state in
      state.isBroken = isBroken
      return state.waiters.grantEveryone { _ in .failure(.broken(name)) }
    }
    woken.resume()
  }
}

/// Why a barrier cannot be passed, or cannot be made.
public enum BarrierError: Error, Hashable, CustomStringConvertible {
  /// The barrier was reset or aborted while the task waited, or had been aborted before. It carries
  /// the barrier's name.
  case broken(String?)
  /// A barrier was to be made for fewer than one task.
  case noParties(String?, parties: Int)

  /// What happened, and what to do about it.
  public var description: String {
    switch self {
    case .broken(let name):
      "\(subject(name)) is broken: it was reset while tasks waited, or aborted. Call reset() to "
        + "use it again."
    case .noParties(let name, let parties):
      "\(subject(name)) cannot be for \(parties) tasks: it takes one at least."
    }
  }

  private func subject(_ name: String?) -> String {
    name.map { "barrier “\($0)”" } ?? "a barrier"
  }
}

// MARK: - A round

extension AsyncBarrier: WaitingRoom {
  typealias Outcome = Result<Int, BarrierError>

  var resource: Observation.Resource {
    Observation.Resource(
      id: ObjectIdentifier(self), kind: "barrier", name: name, event: "to be complete")
  }

  func park(
    _ continuation: WaitContinuation<Outcome>, with ticket: WaiterQueue<Outcome>.Ticket
  ) -> Wakeup<Outcome>? {
    state.withLock { $0.waiters.park(continuation, with: ticket) }
  }

  func withdraw(_ ticket: WaiterQueue<Outcome>.Ticket) -> Resumption<Outcome>? {
    state.withLock { $0.waiters.cancel(ticket) }
  }

  enum Arrival {
    case told(Outcome)
    case joined(WaiterQueue<Outcome>.Ticket)
  }

  func arrive() -> Arrival {
    let (arrival, woken) = state.withLock { state -> (Arrival, Resumptions<Outcome>?) in
      if state.isBroken { return (.told(.failure(.broken(name))), nil) }
      guard state.waiters.count + 1 >= parties else { return (.joined(state.waiters.join()), nil) }
      // The round ends in one step: nobody is left in line, so whoever comes now begins the next.
      let woken = state.waiters.grantEveryone { .success($0) }
      return (.told(.success(parties - 1)), woken)
    }
    woken?.resume()
    return arrival
  }

  /// The tasks of the current round, always fewer than the parties; none if it is broken.
  private struct State {
    var isBroken = false
    var waiters = WaiterQueue<Outcome>()
  }
}
