/// A parked task.
///
/// Checked in debug builds, where a second resume traps and a forgotten one is reported. Unchecked
/// in release builds, where it costs less than half: `WaiterQueue` is what makes sure that it is
/// resumed exactly once, and the tests of XX-01 show that it does.
#if DEBUG
  typealias WaitContinuation<Grant: Sendable> = CheckedContinuation<Wakeup<Grant>, Never>
#else
  typealias WaitContinuation<Grant: Sendable> = UnsafeContinuation<Wakeup<Grant>, Never>
#endif

/// Parks the current task, and hands `body` what wakes it.
nonisolated(nonsending) func withWaitContinuation<Grant: Sendable>(
  _ body: (WaitContinuation<Grant>) -> Void
) async -> Wakeup<Grant> {
  #if DEBUG
    await withCheckedContinuation(body)
  #else
    await withUnsafeContinuation(body)
  #endif
}

/// A primitive that tasks wait in. The way of waiting is the same for all, and written once, below.
protocol WaitingRoom: Sendable {
  associatedtype Grant: Sendable

  /// What its waiters wait for, in words. Asked only while somebody watches.
  var resource: Observation.Resource { get }

  /// Parks a waiter in the queue; or returns what to wake it with at once.
  func park(
    _ continuation: WaitContinuation<Grant>, with ticket: WaiterQueue<Grant>.Ticket
  ) -> Wakeup<Grant>?

  /// Takes a cancelled waiter out of the queue.
  func withdraw(_ ticket: WaiterQueue<Grant>.Ticket) -> Resumption<Grant>?
}

extension WaitingRoom {
  /// Parks the current task, which has joined the queue, until its turn comes.
  ///
  /// For use after a fast path has failed: a cancellation handler alone costs more than taking a
  /// free lock. If the task is cancelled while it waits, this throws; if it is cancelled
  /// after it was granted its turn, and before it runs again, the grant stands.
  nonisolated(nonsending) func wait(
    with ticket: WaiterQueue<Grant>.Ticket
  ) async throws(CancellationError) -> Grant {
    switch await parkUnlessCancelled(ticket, isolation: #isolation) {
    case .granted(let grant): return grant
    // Thrown by the task itself, and never by the handler that woke it.
    case .cancelled: throw CancellationError()
    }
  }

  /// Parks the current task, which has joined the queue, until its turn comes, whether or not it is cancelled.
  nonisolated(nonsending) func waitIgnoringCancellation(
    with ticket: WaiterQueue<Grant>.Ticket
  ) async -> Grant {
    while true {
      // Without a handler nobody withdraws the ticket, so that the first wake-up is the grant.
      if case .granted(let grant) = await park(with: ticket) { return grant }
    }
  }

  private func parkUnlessCancelled(
    _ ticket: WaiterQueue<Grant>.Ticket, isolation: isolated (any Actor)?
  ) async -> Wakeup<Grant> {
    await withTaskCancellationHandler {
      // Mentioning the isolation makes this closure keep it, and spares a hop off the actor.
      _ = isolation
      return await park(with: ticket)
    } onCancel: {
      withdraw(ticket)?.resume()
    }
  }

  private nonisolated(nonsending) func park(
    with ticket: WaiterQueue<Grant>.Ticket
  ) async -> Wakeup<Grant> {
    await withWaitContinuation { continuation in
      // Said here, where nothing comes between it and the wait, not even a hop to an executor.
      Observation.willWait(for: resource)
      if let wakeup = park(continuation, with: ticket) { continuation.resume(returning: wakeup) }
    }
  }
}
