import Synchronization

/// A limit of time around an operation, which can be moved while the operation runs.
///
/// Most code receives one from ``withTimeout(_:clock:operation:)``. Make one yourself to move the
/// limit from outside the operation, or to ask afterwards whether the time was up.
///
/// ```swift
/// let scope = TimeoutScope(.seconds(10))
/// let page = try? await scope.run { try await fetch("a") }
/// print(scope.isExpired ? "too slow" : "\(page ?? "failed")")
/// ```
///
/// - **What suspends**: ``run(_:)``. All else may be called from any task or thread, at any time.
/// - **Cancellation, failure, nesting, cost**: as ``withTimeout(_:clock:operation:)`` says.
/// - **Moving the limit**: costs a few nanoseconds if it moves to a later moment: the timer that
///   sleeps goes on sleeping. An earlier moment adds a timer.
///
/// The twin of the object that asyncio's `timeout()` returns.
public final class TimeoutScope<C: Clock<Duration>>: Sendable {
  private let clock: C
  private let state: Mutex<State>

  /// Makes a scope that ends some time from now, whenever it is entered.
  ///
  /// - Parameters:
  ///   - timeout: How long from now; `nil` for no limit so far.
  ///   - clock: What measures the time.
  public convenience init(_ timeout: Duration?, clock: C = ContinuousClock()) {
    // Read once: the limit that an error states is the one that was asked for.
    let start = clock.hostedNow
    self.init(until: timeout.map { start.advanced(by: $0) }, from: start, clock: clock)
  }

  /// Makes a scope that ends at some moment.
  ///
  /// - Parameters:
  ///   - deadline: When; `nil` for no limit so far.
  ///   - clock: Whose moment that is.
  public convenience init(until deadline: C.Instant?, clock: C = ContinuousClock()) {
    self.init(until: deadline, from: clock.hostedNow, clock: clock)
  }

  private init(until deadline: C.Instant?, from start: C.Instant, clock: C) {
    self.clock = clock
    state = Mutex(State(deadline: deadline, start: start))
  }

  /// When the time is up, or was; `nil` if there is no limit.
  public var deadline: C.Instant? { state.withLock { $0.deadline } }

  /// Whether the time was up before the operation had ended.
  ///
  /// It stays true when the operation returned a value all the same.
  public var isExpired: Bool { state.withLock { $0.isExpired } }

  // MARK: - Moving the limit

  /// Moves the limit to another moment, or takes it away.
  ///
  /// Never suspends. A moment that has passed means that the time is up.
  ///
  /// - Parameter deadline: The new moment; `nil` for no limit.
  /// - Throws: ``TimeoutScopeError/expired`` if the time is up: the operation has been cancelled,
  ///   and no new limit can take that back. ``TimeoutScopeError/ended`` if the operation has ended.
  public func reschedule(to deadline: C.Instant?) throws(TimeoutScopeError) {
    let (supervisor, followers) = try state.withLock { $0.move(to: deadline) }.get()
    supervisor?.resume()
    followers?.close()
  }

  /// Moves the limit to some time from now, or takes it away.
  ///
  /// - Parameter timeout: How long from now; `nil` for no limit.
  /// - Throws: ``TimeoutScopeError``, as ``reschedule(to:)`` does.
  public func reschedule(after timeout: Duration?) throws(TimeoutScopeError) {
    try reschedule(to: timeout.map { clock.hostedNow.advanced(by: $0) })
  }

  // MARK: - Running

  /// Runs an operation, and cancels it when the time is up.
  ///
  /// - Parameter operation: What to run, once in the life of a scope.
  /// - Returns: What the operation returns.
  /// - Throws: ``TimeoutError``; what the operation throws; or ``TimeoutScopeError/enteredTwice``.
  nonisolated(nonsending) public func run<Success>(
    _ operation: nonisolated(nonsending) () async throws -> Success
  ) async throws -> Success {
    if Observation.isActive { await Observation.mayInterleave() }
    try state.withLock { $0.enter(inside: EnclosingTimeouts.innermost) }.get()
    let outcome = await onBehalfOfCaller(operation, isolation: #isolation) { work in
      await supervise(work, isolation: #isolation)
    }
    guard case .failure(let error) = outcome, error is CancellationError else {
      return try outcome.get()
    }
    let now = clock.hostedNow
    let limit = state.withLock { $0.conclude(at: now) }
    if let limit, !Task.isCancelled { throw TimeoutError(limit: limit) }
    throw error
  }

  /// Runs the operation in a child task, and cancels it when the time is up. Returns when it has
  /// ended, in whatever way, and no timer is left.
  private func supervise(
    _ work: @escaping @Sendable () async -> Void, isolation: isolated (any Actor)?
  ) async {
    let caller = Observation.isActive ? Task.name : nil
    await withDiscardingTaskGroup { group in
      _ = isolation
      // Immediate: it runs until it suspends before anything else happens, so that what need not
      // suspend completes, whatever the limit.
      group.addImmediateTask(
        name: caller.map { "\($0), timed" } ?? "timed operation",
        executorPreference: Observation.host
      ) {
        await EnclosingTimeouts.$innermost.withValue(self, operation: work)
        self.operationDidEnd()
      }
      loop: while true {
        let now = clock.hostedNow
        switch state.withLock({ $0.nextStep(at: now) }) {
        case .leave:
          break loop
        case .arm(let moment):
          group.addTask(name: "timeout") { await self.keepTime(until: moment) }
        case .wait(let ticket):
          await waitIgnoringCancellation(with: ticket)
        case .expire(let outer):
          // An enclosing scope whose time is up as well goes first, and cancels this one. Look
          // again afterwards: the limit may have been moved meanwhile.
          if !Task.isCancelled, let outer = outer?.nearestDue() {
            await outer.hasFired()
          } else if state.withLock({ $0.expire(at: now) }) {
            break loop
          }
        }
      }
      group.cancelAll()
      letFollowersGo()
    }
  }

  /// A timer's life: sleeps until the limit, wherever it has been moved meanwhile.
  private func keepTime(until moment: C.Instant) async {
    var next: C.Instant? = moment
    while let moment = next {
      do {
        try await clock.hostedSleep(until: moment)
      } catch {
        return letFollowersGo()  // the caller is cancelled, or the operation has ended
      }
      let now = clock.hostedNow
      let (again, supervisor) = state.withLock { $0.timerDidWake(at: moment, now: now) }
      supervisor?.resume()
      next = again
    }
  }

  private func operationDidEnd() {
    state.withLock { $0.operationDidEnd() }?.resume()
  }

  private func letFollowersGo() {
    state.withLock { $0.fire() }?.close()
  }
}

// MARK: - Waiting

extension TimeoutScope: WaitingRoom {
  var resource: Observation.Resource {
    Observation.Resource(id: ObjectIdentifier(self), kind: "timed operation", event: "to end")
  }

  func park(
    _ continuation: WaitContinuation<Void>, with ticket: WaiterQueue<Void>.Ticket
  ) -> Wakeup<Void>? {
    state.withLock { $0.supervisor.park(continuation, with: ticket) }
  }

  func withdraw(_ ticket: WaiterQueue<Void>.Ticket) -> Resumption<Void>? {
    state.withLock { $0.supervisor.cancel(ticket) }
  }
}

extension TimeoutScope: EnclosingTimeout {
  func nearestDue() -> (any EnclosingTimeout)? {
    let now = clock.hostedNow
    let (isDue, outer) = state.withLock { ($0.isAboutToFire(at: now), $0.outer) }
    return isDue ? self : outer?.nearestDue()
  }

  nonisolated(nonsending) func hasFired() async {
    let now = clock.hostedNow
    let inbox = state.withLock { state -> Inbox<Never>? in
      guard state.isAboutToFire(at: now) else { return nil }
      if state.followers == nil { state.followers = Inbox(expecting: 1) { self.resource } }
      return state.followers
    }
    _ = await inbox?.nextIgnoringCancellation()
  }
}
