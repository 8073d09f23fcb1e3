#if DEBUG
  /// A parked task. Checked in debug builds: a second resume traps, a forgotten one is reported.
  typealias WaitContinuation<Grant: Sendable> = CheckedContinuation<Wakeup<Grant>, Never>
#else
  /// A parked task. Unchecked in release builds, where it costs less than half: `WaiterQueue` is
  /// what makes sure that it is resumed exactly once, and the tests of XX-01 show that it does.
  typealias WaitContinuation<Grant: Sendable> = UnsafeContinuation<Wakeup<Grant>, Never>
#endif

/// A primitive that tasks wait in. It says who may pass; the way of waiting is the same for all,
/// and written once, below.
protocol WaitingRoom: AnyObject, Sendable {
  associatedtype Grant: Sendable

  /// What its waiters wait for, in words. Asked only while somebody watches.
  var resource: Observation.Resource { get }

  /// Decides about a waiter that is about to park: what to wake it with at once, or `nil` after it
  /// has been put in line. The resource may have come free since the ticket was issued, and the
  /// waiter may have been cancelled: an implementation looks at both, in one step with parking.
  func admit(
    _ ticket: WaiterQueue<Grant>.Ticket, _ continuation: WaitContinuation<Grant>
  ) -> Wakeup<Grant>?

  /// Takes a cancelled waiter out of its queue, and returns it if it was parked.
  func withdraw(_ ticket: WaiterQueue<Grant>.Ticket) -> WaitContinuation<Grant>?
}

extension WaitingRoom {
  /// Parks the current task until its turn comes.
  ///
  /// Call it only after a fast path has failed: a cancellation handler alone costs more than
  /// taking a free lock. If the task is cancelled while it waits, this throws; if it is cancelled
  /// after it was granted its turn, and before it runs again, the grant stands.
  nonisolated(nonsending) func wait(
    with ticket: WaiterQueue<Grant>.Ticket
  ) async throws(CancellationError) -> Grant {
    Observation.willWait(for: resource)
    switch await parkUnlessCancelled(ticket, isolation: #isolation) {
    case .granted(let grant): return grant
    // Thrown by the task itself, and never by the handler that woke it.
    case .cancelled: throw CancellationError()
    }
  }

  /// Parks the current task until its turn comes, whether or not it is cancelled.
  nonisolated(nonsending) func waitIgnoringCancellation(
    with ticket: WaiterQueue<Grant>.Ticket
  ) async -> Grant {
    Observation.willWait(for: resource)
    while true {
      // Without a handler nobody withdraws the ticket, so that the first wake-up is the grant.
      if case .granted(let grant) = await park(ticket) { return grant }
    }
  }

  private func parkUnlessCancelled(
    _ ticket: WaiterQueue<Grant>.Ticket, isolation: isolated (any Actor)?
  ) async -> Wakeup<Grant> {
    await withTaskCancellationHandler {
      // Mentioning the isolation makes this closure keep it. Without that it would hop to another
      // executor before it parks, and tasks would no longer queue up in the order they came.
      _ = isolation
      return await park(ticket)
    } onCancel: {
      withdraw(ticket)?.resume(returning: .cancelled)
    }
  }

  private nonisolated(nonsending) func park(
    _ ticket: WaiterQueue<Grant>.Ticket
  ) async -> Wakeup<Grant> {
    #if DEBUG
      await withCheckedContinuation { continuation in
        if let wakeup = admit(ticket, continuation) { continuation.resume(returning: wakeup) }
      }
    #else
      await withUnsafeContinuation { continuation in
        if let wakeup = admit(ticket, continuation) { continuation.resume(returning: wakeup) }
      }
    #endif
  }
}
