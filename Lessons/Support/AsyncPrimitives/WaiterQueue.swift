/// What a waiter hears when it wakes up.
enum Wakeup<Grant: Sendable>: Sendable {
  /// It has what it waited for.
  case granted(Grant)
  /// Its task was cancelled before its turn came.
  case cancelled
}

/// A waiter's one shot: it is new, then it waits, then it is done.
///
/// *Done* needs no case: the waiter has left the queue, and its ticket finds nothing any more.
enum Waiter<Grant: Sendable>: Sendable {
  /// Has a ticket, and is not parked yet.
  case new
  /// Is parked; whoever takes this waiter out of the queue resumes it.
  case waiting(WaitContinuation<Grant>)
  /// Was cancelled while new: a tombstone that its registration will find.
  case cancelled
}

/// The tasks that wait for one resource, in order of arrival. It is a value: the primitive that
/// owns it keeps it, with the rest of its state, under its one `Mutex`.
///
/// The rules that make a waiter honest are these, and the types enforce most of them:
///
/// - A continuation is only ever *returned* from here. The caller resumes it, after unlocking:
///   resuming takes the lock of a task's status record, and `Task.cancel()` holds that lock while
///   it runs a cancellation handler that takes ours.
/// - Taking a waiter out and deciding its fate are one step, so it is resumed exactly once.
/// - A ticket speaks for its own waiter only. A cancellation handler has nothing else in hand.
///
/// The shape follows asyncio's `Lock._waiters`, with tickets in place of searching a deque.
struct WaiterQueue<Grant: Sendable> {
  /// Names one waiter, for as long as it waits.
  struct Ticket: Hashable, Sendable {
    fileprivate let key: SlotList<Waiter<Grant>>.Key
  }

  private var waiters = SlotList<Waiter<Grant>>()

  /// How many tasks are parked.
  var count: Int { waiters.count }

  /// Whether no task is parked.
  var isEmpty: Bool { waiters.isEmpty }

  /// How many slots are allocated, for the tests.
  var capacity: Int { waiters.capacity }

  /// Announces a waiter, before it can park: from here on it can be cancelled.
  mutating func issueTicket() -> Ticket {
    Ticket(key: waiters.add(.new))
  }

  /// Whether the waiter was cancelled before it could park.
  func isCancelled(_ ticket: Ticket) -> Bool {
    if case .cancelled = waiters[ticket.key] { true } else { false }
  }

  /// Parks a waiter behind all others.
  mutating func park(_ continuation: WaitContinuation<Grant>, with ticket: Ticket) {
    waiters[ticket.key] = .waiting(continuation)
    waiters.lineUp(ticket.key)
  }

  /// Forgets a waiter that need not park after all.
  mutating func spend(_ ticket: Ticket) {
    waiters.remove(ticket.key)
  }

  /// Takes a cancelled waiter out of the line. Returns its continuation if it was parked; leaves
  /// a tombstone if it was not parked yet; does nothing if its turn has come already, because a
  /// grant wins against a later cancellation.
  mutating func cancel(_ ticket: Ticket) -> WaitContinuation<Grant>? {
    switch waiters[ticket.key] {
    case .new:
      waiters[ticket.key] = .cancelled
      return nil
    case .waiting(let continuation):
      waiters.remove(ticket.key)
      return continuation
    case .cancelled, nil:
      return nil
    }
  }

  /// Takes out the waiter that came first.
  mutating func popFirst() -> WaitContinuation<Grant>? {
    // Only parked waiters stand in line.
    guard case .waiting(let continuation) = waiters.popFirst() else { return nil }
    return continuation
  }

  /// Takes out everybody, in order of arrival.
  mutating func removeAll() -> [WaitContinuation<Grant>] {
    var continuations: [WaitContinuation<Grant>] = []
    while let continuation = popFirst() { continuations.append(continuation) }
    return continuations
  }
}
