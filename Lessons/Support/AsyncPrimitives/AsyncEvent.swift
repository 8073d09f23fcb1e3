import Synchronization

/// Tells any number of tasks that something has happened.
///
/// The event is a flag. Tasks wait until somebody sets it, all go on then, and whoever comes later
/// does not wait at all, until somebody clears it again.
///
/// ```swift
/// let doors = AsyncEvent("doors open")
/// async let first: Void = visit(after: doors)
/// async let second: Void = visit(after: doors)  // each begins with: try await doors.wait()
/// doors.set()
/// ```
///
/// - **What suspends**: `wait`, and only while the flag is not set. On a set event it neither
///   suspends nor yields nor allocates. `set`, `clear` and `isSet` are ordinary calls, from any
///   task, thread, `deinit` or cancellation handler.
/// - **Broadcast**: `set` lets everybody go who waits at that moment, as one step, in order of
///   arrival. A `clear` right after it does not hold any of them back, and whoever asks after the
///   `clear` waits for the next `set`. A pulse that meets nobody is not remembered.
/// - **Fairness**: tasks are woken in order of arrival, whatever their priorities.
/// - **Cancellation**: a task that is cancelled while it waits leaves at once and throws
///   `CancellationError`; the others are not disturbed. One that is cancelled already throws even
///   if the flag is set. One that `set` has let go returns, however soon after it is cancelled.
/// - **Cost**: some 40 ns when set; a park and a wake-up of a task when not.
///
/// The semantics are those of asyncio's `Event`, with two differences: asyncio lets a cancelled task
/// pass a set event, and may lose a wake-up to a task that is cancelled in the same turn.
public final class AsyncEvent: Sendable {
  /// What the event is called in reports of a deadlock.
  public let name: String?

  private let state = Mutex(State())

  /// Makes an event that has not happened.
  ///
  /// - Parameter name: What a report of a deadlock should call it.
  public init(_ name: String? = nil) {
    self.name = name
  }

  deinit {
    // A task that waits keeps its event alive, so that this is our bug, if ever it happens.
    let waiting = waiterCount
    if waiting > 0 {
      fatalError("\(resource) was dropped while tasks wait for it: \(waiting)")
    }
  }

  /// Whether the flag is set.
  public var isSet: Bool {
    state.withLock { $0.isSet }
  }

  /// How many tasks wait for the event.
  public var waiterCount: Int {
    state.withLock { $0.waiters.count }
  }

  /// Sets the flag, and lets all tasks go that wait for it.
  ///
  /// Never suspends. Setting a set event does nothing.
  public func set() {
    let woken = state.withLock { $0.set() }
    // Resumed outside the lock: the tasks that wake up may come straight back to it.
    woken.resume()
  }

  /// Takes the flag back: whoever waits from now on waits for the next ``set()``.
  ///
  /// Never suspends. Clearing a clear event does nothing.
  public func clear() {
    state.withLock { $0.isSet = false }
  }

  /// Returns when the flag is set, at once if it is.
  ///
  /// When it returns, the event *was* set. Somebody may have cleared it since.
  ///
  /// - Throws: `CancellationError` if the task is cancelled, now or while it waits.
  nonisolated(nonsending) public func wait() async throws(CancellationError) {
    if Observation.isActive { await Observation.mayInterleave() }
    if Task.isCancelled { throw CancellationError() }
    if let ticket = passOrJoin() { try await wait(with: ticket) }
  }

  /// Returns when the flag is set, whether or not the task is cancelled.
  ///
  /// For clean-up code, which runs in tasks that are cancelled. Its wait cannot be cut short.
  nonisolated(nonsending) public func waitIgnoringCancellation() async {
    if Observation.isActive { await Observation.mayInterleave() }
    if let ticket = passOrJoin() { await waitIgnoringCancellation(with: ticket) }
  }

  /// Nothing if the flag is set; otherwise puts the current task in line.
  func passOrJoin() -> WaiterQueue<Void>.Ticket? {
    state.withLock { $0.isSet ? nil : $0.waiters.join() }
  }
}

// MARK: - Waiting

extension AsyncEvent: WaitingRoom {
  var resource: Observation.Resource {
    Observation.Resource(
      id: ObjectIdentifier(self), kind: "event", name: name, event: "to be set")
  }

  func park(
    _ continuation: WaitContinuation<Void>, with ticket: WaiterQueue<Void>.Ticket
  ) -> Wakeup<Void>? {
    state.withLock { $0.waiters.park(continuation, with: ticket) }
  }

  func withdraw(_ ticket: WaiterQueue<Void>.Ticket) -> Resumption<Void>? {
    state.withLock { $0.waiters.cancel(ticket) }
  }

  /// Clear, perhaps with a queue; or set. Nobody is ever in the queue of a set event.
  private struct State {
    var isSet = false
    var waiters = WaiterQueue<Void>()

    mutating func set() -> Resumptions<Void> {
      isSet = true
      return waiters.grantEveryone { _ in }
    }
  }
}
