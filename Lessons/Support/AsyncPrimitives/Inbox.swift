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
    let woken = state.withLock { state -> [Resumption<Element?>] in
      guard state.expected > 0 else { return [] }
      state.expected -= 1
      guard let first = state.waiters.grantFirst(element) else {
        state.arrived.append(element)
        return []
      }
      return [first] + state.leaveNobodyBehind()
    }
    for waiter in woken { waiter.resume() }
  }

  /// Lets nothing more in. What has arrived can still be taken out.
  func close() {
    let woken = state.withLock { state in
      state.expected = 0
      return state.leaveNobodyBehind()
    }
    for waiter in woken { waiter.resume() }
  }

  /// Takes out the next element, waiting for it if need be; `nil` when there will be none.
  ///
  /// - Throws: `CancellationError` if the task is cancelled, now or while it waits. It takes
  ///   nothing out then.
  nonisolated(nonsending) func next() async throws(CancellationError) -> Element? {
    if Task.isCancelled { throw CancellationError() }
    switch takeOrJoin() {
    case .taken(let element): return element
    case .joined(let ticket): return try await wait(with: ticket)
    }
  }

  /// Takes out the next element, waiting for it if need be, cancelled or not.
  nonisolated(nonsending) func nextIgnoringCancellation() async -> Element? {
    switch takeOrJoin() {
    case .taken(let element): return element
    case .joined(let ticket): return await waitIgnoringCancellation(with: ticket)
    }
  }

  private enum Attempt {
    case taken(Element?)
    case joined(WaiterQueue<Element?>.Ticket)
  }

  private func takeOrJoin() -> Attempt {
    state.withLock { state in
      state.take().map(Attempt.taken) ?? .joined(state.waiters.join())
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
    mutating func leaveNobodyBehind() -> [Resumption<Element?>] {
      var woken: [Resumption<Element?>] = []
      while expected == 0, let next = waiters.grantFirst(nil) { woken.append(next) }
      return woken
    }
  }
}

extension Inbox: WaitingRoom {
  var resource: Observation.Resource { describe() }

  func park(
    _ continuation: WaitContinuation<Element?>, with ticket: WaiterQueue<Element?>.Ticket
  ) -> Wakeup<Element?>? {
    state.withLock { $0.waiters.park(continuation, with: ticket) }
  }

  func withdraw(_ ticket: WaiterQueue<Element?>.Ticket) -> Resumption<Element?>? {
    state.withLock { $0.waiters.cancel(ticket) }
  }
}
