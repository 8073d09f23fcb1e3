import Synchronization

/// Lets a task that holds a lock wait until another one has changed what the lock protects.
///
/// The waiting task gives the lock away while it waits, and has it again when it goes on.
///
/// ```swift
/// let lock = AsyncLock("larder")
/// let refilled = AsyncCondition(lock, "refilled")
///
/// // The cook:
/// try await lock.withLock {
///   try await refilled.wait(until: { await larder.eggs >= 3 })
///   await larder.takeEggs(3)
/// }
/// // The shopper:
/// try await lock.withLock {
///   await larder.addEggs(12)
///   try refilled.notifyAll()
/// }
/// ```
///
/// Several conditions may share one lock: a buffer has *not empty* and *not full*. Each wakes its own
/// waiters only.
///
/// - **What suspends**: `wait`, always; `wait(until:)`, unless the predicate holds already. Both
///   suspend to take the lock again, too. `notify` and `notifyAll` are ordinary calls.
/// - **Notifications**: they reach tasks that wait, and are not remembered for others. Waking up
///   does not mean that what one waits for is true: others may have held the lock in between. So
///   prefer `wait(until:)`, which looks again.
/// - **Fairness**: those who have waited longest are notified first, and a notified task has its
///   place in the lock's queue from that moment on. So they go on in order of arrival, and nobody
///   who asks for the lock later comes in between.
/// - **Cancellation**: a task that is cancelled already throws `CancellationError` and keeps the
///   lock all along. One that is cancelled while it waits leaves at once, takes the lock again, and
///   throws then: whoever called `wait` holds the lock, *whatever* came of it. Taking the lock
///   again cannot be cut short. A task that is cancelled after it was notified and before it has
///   the lock throws as well, and its notification goes to the next in line. (Elsewhere a grant
///   wins against a later cancellation, lest what was granted be lost: here nothing is.)
/// - **Ownership**: the lock does not know its owner, so that waiting or notifying without the lock
///   is noticed only if nobody else holds it either.
/// - **Cost**: two parks of a task, one for the notification and one for the lock.
///
/// The idea is Hoare's and Brinch Hansen's, with the rules of Mesa (Lampson and Redell, 1980). The
/// semantics are those of asyncio's `Condition`, the place in the lock's queue is trio's.
public final class AsyncCondition: Sendable {
  /// What the condition is called in reports of a deadlock.
  public let name: String?

  /// The lock that is held around every use of the condition.
  public let lock: AsyncLock

  private let waiters = Mutex(WaiterQueue<Notification>())

  /// Makes a condition on what `lock` protects.
  ///
  /// - Parameters:
  ///   - lock: The lock that is held around every use of the condition.
  ///   - name: What a report of a deadlock should call the condition.
  public init(_ lock: AsyncLock, _ name: String? = nil) {
    self.lock = lock
    self.name = name
  }

  deinit {
    // A task that waits keeps its condition alive, so that this is our bug, if ever it happens.
    let waiting = waiterCount
    if waiting > 0 {
      fatalError("\(resource) was dropped while tasks wait for it: \(waiting)")
    }
  }

  /// How many tasks wait to be notified. One that has been notified counts as waiting for the lock.
  public var waiterCount: Int {
    waiters.withLock { $0.count }
  }

  // MARK: - Waiting

  /// Gives the lock away, waits until it is notified, and takes the lock again.
  ///
  /// Prefer ``wait(until:)``: when this returns, the notification may be out of date.
  ///
  /// The lock is held when this ends, also if it throws.
  ///
  /// - Throws: `CancellationError` if the task is cancelled, now, while it waits, or while it takes
  ///   the lock again; or ``ConditionError/notLocked(_:)`` if nobody holds the lock, the one case
  ///   in which it is not held afterwards.
  nonisolated(nonsending) public func wait() async throws {
    if Observation.isActive { await Observation.mayInterleave() }
    try Task.checkCancellation()
    guard let (ticket, release) = joinAndRelease() else { throw ConditionError.notLocked(name) }
    Observation.didRelease(lock.resource)
    if case .handedOver(let next) = release { next.resume() }
    try await waitAndRelock(with: ticket)
  }

  /// Waits until `predicate` is true, which it looks at now and after each notification.
  ///
  /// The lock is held whenever `predicate` runs, and when this ends, also if it throws.
  ///
  /// - Parameter predicate: What to wait for. It runs where the caller runs.
  /// - Throws: What ``wait()`` throws, even if the predicate is true at once; what `predicate`
  ///   throws.
  nonisolated(nonsending) public func wait(
    until predicate: nonisolated(nonsending) () async throws -> Bool
  ) async throws {
    try await wait(for: { try await predicate() ? () : nil })
  }

  /// Waits until `value` returns something, which it looks at now and after each notification.
  ///
  /// ```swift
  /// let order = try await arrived.wait(for: { await orders.popFirst() })
  /// ```
  ///
  /// The lock is held whenever `value` runs, and when this ends, also if it throws.
  ///
  /// - Parameter value: What to wait for: `nil` while it is not there. It runs where the caller
  ///   runs.
  /// - Returns: What `value` returned at last.
  /// - Throws: What ``wait()`` throws, even if the value is there at once; what `value` throws.
  nonisolated(nonsending) public func wait<Value>(
    for value: nonisolated(nonsending) () async throws -> Value?
  ) async throws -> Value {
    try Task.checkCancellation()
    try requireLock()
    while true {
      if let value = try await value() { return value }
      try await wait()
    }
  }

  // MARK: - Notifying

  /// Wakes those who have waited longest, once they can have the lock.
  ///
  /// Never suspends. The caller goes on holding the lock: the tasks that it has woken take it in
  /// turn afterwards.
  ///
  /// - Parameter count: How many to wake. If fewer wait, all of them; the rest is not remembered.
  /// - Throws: ``ConditionError/notLocked(_:)`` if nobody holds the lock. Nobody is woken then.
  /// - Precondition: `count` is not negative.
  public func notify(_ count: Int = 1) throws(ConditionError) {
    precondition(count >= 0, "\(count) tasks cannot be notified")
    try requireLock()
    wake(count) { .one($0) }
  }

  /// Wakes all who wait, each once it can have the lock.
  ///
  /// Never suspends.
  ///
  /// - Throws: ``ConditionError/notLocked(_:)`` if nobody holds the lock. Nobody is woken then.
  public func notifyAll() throws(ConditionError) {
    try requireLock()
    wake(.max) { .all($0) }
  }

  private func requireLock() throws(ConditionError) {
    guard lock.isLocked else { throw .notLocked(name) }
  }

  private func wake(
    _ count: Int, _ notification: (WaiterQueue<Void>.Ticket?) -> Notification
  ) {
    let woken = waiters.withLock { waiters in
      var woken = Resumptions<Notification>()
      for _ in 0..<min(count, waiters.count) {
        // The place in the lock's queue is taken here, on behalf of the task, in the order in which
        // the tasks waited.
        if let next = waiters.grantFirst(notification(lock.takeOrJoin())) { woken.append(next) }
      }
      return woken
    }
    woken.resume()
  }
}

/// A use of a condition that cannot be right.
public enum ConditionError: Error, Hashable, CustomStringConvertible {
  /// A condition was waited for or notified while nobody held its lock. It carries the condition's
  /// name.
  case notLocked(String?)

  /// The misuse, and what to do about it.
  public var description: String {
    switch self {
    case .notLocked(let name):
      let condition = name.map { "condition “\($0)”" } ?? "a condition"
      return "\(condition) was used without its lock. Call it inside lock.withLock { }."
    }
  }
}

// MARK: - Being notified

extension AsyncCondition: WaitingRoom {
  /// What a notified task gets: a place in the lock's queue, or, if that is `nil`, the lock.
  enum Notification: Sendable {
    /// Meant for one task: if this one has no use for it, the next one should have it.
    case one(WaiterQueue<Void>.Ticket?)
    /// Meant for all: nobody has missed it.
    case all(WaiterQueue<Void>.Ticket?)
  }

  var resource: Observation.Resource {
    Observation.Resource(
      id: ObjectIdentifier(self), kind: "condition", name: name, event: "to be notified")
  }

  func park(
    _ continuation: WaitContinuation<Notification>, with ticket: WaiterQueue<Notification>.Ticket
  ) -> Wakeup<Notification>? {
    waiters.withLock { $0.park(continuation, with: ticket) }
  }

  func withdraw(_ ticket: WaiterQueue<Notification>.Ticket) -> Resumption<Notification>? {
    waiters.withLock { $0.cancel(ticket) }
  }

  /// Puts the current task in line and releases the lock, as one step: no notification of somebody
  /// who gets the lock next can pass it by. Nothing happens if nobody holds the lock.
  func joinAndRelease() -> (WaiterQueue<Notification>.Ticket, AsyncLock.Release)? {
    // The lock's state is locked inside ours, here and in `wake`, and never the other way.
    waiters.withLock { waiters in
      let release = lock.release()
      if case .notHeld = release { return nil }
      return (waiters.join(), release)
    }
  }

  private nonisolated(nonsending) func waitAndRelock(
    with ticket: WaiterQueue<Notification>.Ticket
  ) async throws(CancellationError) {
    let notification: Notification
    do {
      notification = try await wait(with: ticket)
    } catch {
      await lock.lockIgnoringCancellation()
      throw error
    }
    switch notification {
    case .one(let place):
      await relock(at: place)
      if Task.isCancelled {
        wake(1) { .one($0) }
        throw CancellationError()
      }
    case .all(let place):
      await relock(at: place)
      if Task.isCancelled { throw CancellationError() }
    }
  }

  /// Takes the lock, whatever happens: its place in line is no longer the condition's to cancel.
  nonisolated(nonsending) func relock(at place: WaiterQueue<Void>.Ticket?) async {
    if let place { await lock.waitIgnoringCancellation(with: place) }
    Observation.didAcquire(lock.resource)
  }
}
