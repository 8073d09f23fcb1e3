/// The scopes of time that a task runs in.
enum EnclosingTimeouts {
  /// The innermost. A task that was started in a scope, and is no child of it, still finds it here:
  /// nothing may depend on being cancelled with it.
  @TaskLocal static var innermost: (any EnclosingTimeout)?
}

/// A scope of time, seen from one inside it.
///
/// When both are up at the same moment, the outer one is to go first, whatever the order in which
/// their timers wake: the inner one asks.
protocol EnclosingTimeout: AnyObject, Sendable {
  /// This scope, or the nearest around it, whose time is up and which has not cancelled its
  /// operation yet.
  func nearestDue() -> (any EnclosingTimeout)?
  /// Waits until this scope has cancelled its operation, or will not do so any more.
  nonisolated(nonsending) func hasFired() async
}

extension TimeoutScope {
  /// What a scope knows.
  struct State {
    private enum Phase { case new, running, ended }

    private(set) var deadline: C.Instant?
    /// When the scope was made, to say how much time there was.
    private let start: C.Instant
    private var phase = Phase.new
    /// The time was up before the operation had ended.
    private(set) var isExpired = false
    /// The time was up, and it is this scope that has the operation cancelled.
    private var hasCancelled = false
    /// The operation is cancelled, by whomever: there is nothing left to wait for.
    private var hasFired = false
    /// The earliest moment at which a timer wakes.
    private var armed: C.Instant?
    private(set) var outer: (any EnclosingTimeout)?
    /// The caller, while it waits for something to do.
    var supervisor = WaiterQueue<Void>()
    /// Where inner scopes wait for this one to go first. It is made when one does.
    var followers: Inbox<Never>?

    init(deadline: C.Instant?, start: C.Instant) {
      self.deadline = deadline
      self.start = start
    }

    /// What the caller has to do next.
    enum Step {
      case leave
      case arm(C.Instant)
      case wait(WaiterQueue<Void>.Ticket)
      case expire(after: (any EnclosingTimeout)?)
    }

    mutating func enter(
      inside enclosing: (any EnclosingTimeout)?
    ) -> Result<Void, TimeoutScopeError> {
      guard phase == .new else { return .failure(.enteredTwice) }
      phase = .running
      outer = enclosing
      return .success(())
    }

    mutating func nextStep(at now: C.Instant) -> Step {
      guard phase == .running else { return .leave }
      guard let deadline else { return .wait(supervisor.join()) }
      guard deadline > now else { return .expire(after: outer) }
      guard needsTimer(for: deadline) else { return .wait(supervisor.join()) }
      let moment = nextWaking(before: deadline, now: now)
      armed = moment
      return .arm(moment)
    }

    /// A timer woke: when it has to wake again, and whom it has to wake.
    mutating func timerDidWake(
      at moment: C.Instant, now: C.Instant
    ) -> (again: C.Instant?, supervisor: Resumption<Void>?) {
      guard armed == moment else { return (nil, nil) }  // another one wakes earlier
      armed = nil
      guard let deadline, phase == .running else { return (nil, nil) }
      guard deadline > now else { return (nil, supervisor.grantFirst(())) }
      armed = nextWaking(before: deadline, now: now)
      return (armed, nil)
    }

    mutating func move(
      to deadline: C.Instant?
    ) -> Result<(supervisor: Resumption<Void>?, followers: Inbox<Never>?), TimeoutScopeError> {
      guard !isExpired else { return .failure(.expired) }
      guard phase != .ended else { return .failure(.ended) }
      self.deadline = deadline
      defer { followers = nil }  // let go, to look again whether this scope is due
      let isSlept = deadline.map { !needsTimer(for: $0) } ?? true
      return .success((isSlept ? nil : supervisor.grantFirst(()), followers))
    }

    /// Marks that the time is up; false if it is not, having been moved a moment ago.
    mutating func expire(at now: C.Instant) -> Bool {
      guard phase == .running, let deadline, deadline <= now else { return false }
      isExpired = true
      hasCancelled = true
      return true
    }

    /// Marks that the operation is cancelled. Returns who waited for that.
    mutating func fire() -> Inbox<Never>? {
      hasFired = true
      defer { followers = nil }
      return followers
    }

    func isAboutToFire(at now: C.Instant) -> Bool {
      guard phase == .running, !hasFired, let deadline else { return false }
      return deadline <= now
    }

    mutating func operationDidEnd() -> Resumption<Void>? {
      phase = .ended
      outer = nil  // whoever was started in here keeps this scope alive, and no chain of them
      return supervisor.grantFirst(())
    }

    /// The operation has ended by being cancelled: how much time it had, if it was the timeout
    /// that cancelled it.
    mutating func conclude(at now: C.Instant) -> Duration? {
      // An outer scope may have been faster, by no time at all.
      if let deadline, deadline <= now { isExpired = true }
      guard hasCancelled, let deadline else { return nil }
      return start.duration(to: deadline)
    }

    private func needsTimer(for deadline: C.Instant) -> Bool {
      armed.map { deadline < $0 } ?? true
    }

    /// Timers sleep a year at most: clocks count in integers, and limits may be absurd.
    private func nextWaking(before deadline: C.Instant, now: C.Instant) -> C.Instant {
      min(deadline, now.advanced(by: .seconds(365 * 86_400)))
    }
  }
}
