import Synchronization

/// Where tasks wait for an item.
struct WaitForItem<Storage: QueueStorage>: WaitingRoom {
  typealias Delivery = QueueState<Storage>.Delivery

  let core: QueueCore<Storage>

  var resource: Observation.Resource { core.resource("an item of", event: "to hold an item") }

  func park(
    _ continuation: WaitContinuation<Delivery>, with ticket: WaiterQueue<Delivery>.Ticket
  ) -> Wakeup<Delivery>? {
    core.state.withLock { $0.park(continuation, with: ticket) }
  }

  func withdraw(_ ticket: WaiterQueue<Delivery>.Ticket) -> Resumption<Delivery>? {
    core.state.withLock { $0.withdraw(ticket) }
  }
}

/// Where a task waits for room, with the item that it brings.
struct WaitForRoom<Storage: QueueStorage>: WaitingRoom {
  typealias Admission = QueueState<Storage>.Admission

  let core: QueueCore<Storage>
  let offer: QueueState<Storage>.Offer

  var resource: Observation.Resource { core.resource("room in", event: "to have room") }

  func park(
    _ continuation: WaitContinuation<Admission>, with ticket: WaiterQueue<Admission>.Ticket
  ) -> Wakeup<Admission>? {
    core.state.withLock { $0.park(continuation, with: ticket) }
  }

  func withdraw(_ ticket: WaiterQueue<Admission>.Ticket) -> Resumption<Admission>? {
    // The item comes out with its waiter, and is let go after unlocking.
    core.state.withLock { $0.withdraw(offer) }?.0
  }
}

/// Where tasks wait for every item to be done.
struct WaitForEnd<Storage: QueueStorage>: WaitingRoom {
  let core: QueueCore<Storage>

  var resource: Observation.Resource {
    core.resource("the end of all work on", event: "to be worked off")
  }

  func park(
    _ continuation: WaitContinuation<Void>, with ticket: WaiterQueue<Void>.Ticket
  ) -> Wakeup<Void>? {
    core.state.withLock { $0.park(continuation, with: ticket) }
  }

  func withdraw(_ ticket: WaiterQueue<Void>.Ticket) -> Resumption<Void>? {
    core.state.withLock { $0.withdraw(ticket) }
  }
}

extension QueueCore {
  /// What a waiter waits for: `room in queue “orders”`, or `a queue to have room`.
  ///
  /// Nobody is ever said to have acquired it: an item is not given back.
  fileprivate func resource(_ part: String, event: String) -> Observation.Resource {
    let id = ObjectIdentifier(self)
    guard let name else { return Observation.Resource(id: id, kind: kind, event: event) }
    return Observation.Resource(id: id, kind: "\(part) \(kind)", name: name)
  }
}
