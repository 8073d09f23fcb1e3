/// What a waiter hears when it wakes up.
enum Wakeup<Grant: Sendable>: Sendable {
  /// It has what it waited for.
  case granted(Grant)
  /// Its task was cancelled before its turn came.
  case cancelled
}

/// A waiter's one shot: it is new, then it waits, then it is done.
///
/// *Done* needs no case: the waiter is gone, and its ticket finds nothing any more.
enum Waiter<Grant: Sendable>: Sendable {
  /// Stands in line, and is not parked yet.
  case new
  /// Stands in line and is parked. Who takes it out of the line resumes it.
  case waiting(WaitContinuation<Grant>)
  /// Was granted its turn or cancelled while it was new, and has left the line: a note that it will
  /// find when it comes to park.
  case decided(Wakeup<Grant>)
}

/// The tasks that wait for one resource, in order of arrival. It is a value: the primitive that
/// owns it keeps it, with the rest of its state, under its one `Mutex`.
///
/// A task joins the line in the same step in which it finds that it has to wait, and parks a moment
/// later. Whatever happens in between, a hop to an executor or a thread that loses its processor,
/// nobody gets ahead of it, and no wake-up passes it by.
///
/// The rules that make a waiter honest are these, and the types enforce most of them:
///
/// - A continuation is not resumed in here. What is *returned* tells the caller to, after
///   unlocking: resuming takes the lock of a task's status record, and `Task.cancel()` holds that
///   lock while it runs a cancellation handler that takes ours.
/// - Taking a waiter out of the line and deciding its fate are one step, so it wakes up once.
/// - A ticket speaks for its own waiter only. A cancellation handler has nothing else in hand.
///
/// The shape follows asyncio's `Lock._waiters`, with tickets in place of searching a deque.
struct WaiterQueue<Grant: Sendable> {
  /// Names one waiter, for as long as it waits.
  struct Ticket: Hashable, Sendable {
    fileprivate let key: SlotList<Waiter<Grant>>.Key
  }

  private var waiters = SlotList<Waiter<Grant>>()

  /// How many tasks stand in line.
  var count: Int { waiters.count }

  /// Whether nobody stands in line.
  var isEmpty: Bool { waiters.isEmpty }

  /// The ticket of the task that is first in line.
  var first: Ticket? { waiters.first.map(Ticket.init) }

  /// How many slots are allocated, for the tests.
  var capacity: Int { waiters.capacity }

  /// Puts the current task behind all others. It parks next, or the line waits for it for ever.
  mutating func join() -> Ticket {
    Ticket(key: waiters.append(.new))
  }

  /// Parks a waiter; or tells it what has been decided about it meanwhile.
  mutating func park(
    _ continuation: WaitContinuation<Grant>, with ticket: Ticket
  ) -> Wakeup<Grant>? {
    if case .decided(let wakeup) = waiters[ticket.key] {
      waiters.remove(ticket.key)
      return wakeup
    }
    waiters[ticket.key] = .waiting(continuation)
    return nil
  }

  /// Grants the first in line its turn; `nil` if nobody stands there.
  mutating func grantFirst(_ grant: Grant) -> Resumption<Grant>? {
    waiters.first.flatMap { decide($0, .granted(grant)) }
  }

  /// Takes a cancelled waiter out of the line. Does nothing if its turn has come already: a grant
  /// wins against a later cancellation.
  mutating func cancel(_ ticket: Ticket) -> Resumption<Grant>? {
    decide(ticket.key, .cancelled)
  }

  private mutating func decide(
    _ key: SlotList<Waiter<Grant>>.Key, _ wakeup: Wakeup<Grant>
  ) -> Resumption<Grant>? {
    switch waiters[key] {
    case .new:
      waiters[key] = .decided(wakeup)
      waiters.leaveLine(key)
      return Resumption(continuation: nil, wakeup: wakeup)
    case .waiting(let continuation):
      waiters.remove(key)
      return Resumption(continuation: continuation, wakeup: wakeup)
    case .decided, nil:
      return nil
    }
  }
}

/// A waiter that has been taken out of its line, and is still to be woken.
struct Resumption<Grant: Sendable>: Sendable {
  /// Missing if the waiter is not parked yet, and will see for itself.
  fileprivate let continuation: WaitContinuation<Grant>?
  fileprivate let wakeup: Wakeup<Grant>

  /// Wakes the waiter. Call it once, after unlocking.
  func resume() {
    continuation?.resume(returning: wakeup)
  }
}
