import Synchronization

/// Brings news, in the order in which they arrive, to whoever waits for them.
///
/// A queue for a known number of elements: once that many were delivered, or it has been closed,
/// and everything was taken out, it says so with `nil`. Any number of tasks may wait; the n-th to
/// ask receives the n-th to arrive.
final class Inbox<Element: Sendable>: Sendable {
  private let state: Mutex<State>
  private let describe: @Sendable () -> Observation.Resource

  /// Makes an empty inbox.
  ///
  /// - Parameters:
  ///   - count: How many elements will be delivered.
  ///   - resource: What those who wait here wait for.
  init(expecting count: Int, for resource: @escaping @Sendable () -> Observation.Resource) {
    state = Mutex(State(expected: count))
    describe = resource
  }

  /// Adds an element; drops it if the inbox is closed. Never suspends.
  func deliver(_ element: Element) {
    let wakeups = state.withLock { state -> [(WaitContinuation<Element?>, Element?)] in
      guard state.expected > 0 else { return [] }
      state.expected -= 1
      guard let first = state.waiters.popFirst() else {
        state.arrived.append(element)
        return []
      }
      return [(first, element)] + state.leaveNobodyBehind()
    }
    for (waiter, element) in wakeups { waiter.resume(returning: .granted(element)) }
  }

  /// Lets nothing more in. What has arrived can still be taken out.
  func close() {
    let wakeups = state.withLock { state in
      state.expected = 0
      return state.leaveNobodyBehind()
    }
    for (waiter, element) in wakeups { waiter.resume(returning: .granted(element)) }
  }

  /// Takes out the next element, waiting for it if need be; `nil` when there will be none.
  ///
  /// - Throws: `CancellationError` if the task is cancelled, now or while it waits. It takes
  ///   nothing out then.
  nonisolated(nonsending) func next() async throws(CancellationError) -> Element? {
    if Task.isCancelled { throw CancellationError() }
    switch takeOrQueue() {
    case .taken(let element): return element
    case .queued(let ticket): return try await wait(with: ticket)
    }
  }

  /// Takes out the next element, waiting for it if need be, cancelled or not.
  nonisolated(nonsending) func nextIgnoringCancellation() async -> Element? {
    switch takeOrQueue() {
    case .taken(let element): return element
    case .queued(let ticket): return await waitIgnoringCancellation(with: ticket)
    }
  }

  private enum Attempt {
    case taken(Element?)
    case queued(WaiterQueue<Element?>.Ticket)
  }

  private func takeOrQueue() -> Attempt {
    state.withLock { state in
      state.take().map(Attempt.taken) ?? .queued(state.waiters.issueTicket())
    }
  }
}

extension Inbox {
  private struct State {
    var arrived = SlotList<Element>()
    /// How many elements are still to be delivered.
    var expected: Int
    var waiters = WaiterQueue<Element?>()

    /// The next element; an inner `nil` at the end; an outer `nil` if one has to wait for it.
    mutating func take() -> Element?? {
      if let element = arrived.popFirst() { return .some(element) }
      return expected == 0 ? .some(nil) : nil
    }

    /// Those who would wait for something that will never come.
    mutating func leaveNobodyBehind() -> [(WaitContinuation<Element?>, Element?)] {
      expected == 0 ? waiters.removeAll().map { ($0, nil) } : []
    }
  }
}

extension Inbox: WaitingRoom {
  var resource: Observation.Resource { describe() }

  func admit(
    _ ticket: WaiterQueue<Element?>.Ticket, _ continuation: WaitContinuation<Element?>
  ) -> Wakeup<Element?>? {
    state.withLock { state in
      if state.waiters.isCancelled(ticket) {
        state.waiters.spend(ticket)
        return .cancelled
      }
      // Something may have arrived since this task looked.
      if let element = state.take() {
        state.waiters.spend(ticket)
        return .granted(element)
      }
      state.waiters.park(continuation, with: ticket)
      return nil
    }
  }

  func withdraw(_ ticket: WaiterQueue<Element?>.Ticket) -> WaitContinuation<Element?>? {
    state.withLock { $0.waiters.cancel(ticket) }
  }
}
