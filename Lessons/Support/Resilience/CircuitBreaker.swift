import Synchronization

/// Stands between callers and something that may fail, and fails in its place while it is down.
///
/// ```swift
/// let breaker = CircuitBreaker("warehouse", failures: 3, resetAfter: .seconds(10))
/// let stock = try await breaker.call {
///   try await withTimeout(.seconds(2)) { try await warehouse.stock(of: "tea") }
/// }
/// ```
///
/// - **Closed**: calls pass. At the last of so many failures in a row, it opens; that caller sees
///   its own error.
/// - **Open**: calls throw ``CircuitBreakerError/open(_:retryAfter:)`` at once, and nothing is called.
/// - **Half-open**: the next call after the reset time makes it so. So many calls may try at the
///   same time; more throw ``CircuitBreakerError/busy(_:)``. Enough successes close it, one failure
///   opens it again.
///
/// What does not count, neither as a failure nor as a success: errors for which `counts` is false
/// (what a caller did wrong says nothing about the callee), `CancellationError`, and whatever else
/// is thrown in a cancelled task. A trial that ends like this makes room for the next one.
///
/// A call that began before the last change of state is not counted when it ends.
///
/// - **What suspends**: nothing but the operation. Calls do not wait for each other, nor for the
///   reset time: who wants to come back later learns from the error when.
/// - **Cancellation**: passes through to the operation.
/// - **Cost**: a `Mutex` before the operation and one after it.
///
/// After M. Nygard, *Release It!*; the rules are those of Sony's gobreaker.
public final class CircuitBreaker: Sendable {
  /// Whether calls pass.
  public enum State: String, Sendable, CaseIterable, CustomStringConvertible {
    /// Calls pass.
    case closed
    /// Calls are refused.
    case open
    /// A few calls may try.
    case halfOpen = "half-open"

    /// A word.
    public var description: String { rawValue }
  }

  /// A change of state, with the number that says which came first.
  public struct Change: Sendable, Hashable {
    /// 1 for the breaker's first change, and so on.
    public let number: Int
    /// The state until now.
    public let from: State
    /// The state from now on.
    public let to: State
  }

  /// What it is called, in errors and logs.
  public let name: String

  private let machine: Mutex<Machine>
  private let elapsed: @Sendable () -> Duration
  private let counts: @Sendable (any Error) -> Bool
  private let onChange: @Sendable (Change) -> Void

  /// Makes a breaker that is closed.
  ///
  /// - Parameters:
  ///   - name: What it is called.
  ///   - failures: At how many failures in a row it opens.
  ///   - window: How long a failure counts; nil for until the next success.
  ///   - resetAfter: How long it stays open.
  ///   - trials: How many calls may try at the same time when it is half-open.
  ///   - successes: How many of those have to succeed for it to close.
  ///   - clock: What measures the time. The breaker never sleeps on it.
  ///   - counts: Whether an error says that the callee is in trouble.
  ///   - onChange: Is told of each change of state, by the call that caused it and not under a lock.
  ///     When two follow each other closely, on two threads, the second may be told first: compare
  ///     their numbers.
  public init(
    _ name: String, failures: Int = 5, within window: Duration? = nil, resetAfter: Duration,
    trials: Int = 1, successes: Int = 1, clock: some Clock<Duration> = ContinuousClock(),
    counts: @escaping @Sendable (any Error) -> Bool = { _ in true },
    onChange: @escaping @Sendable (Change) -> Void = { _ in }
  ) {
    self.name = name
    machine = Mutex(
      Machine(
        failureLimit: max(1, failures), window: window, resetTime: max(.zero, resetAfter),
        trialLimit: max(1, trials), successLimit: max(1, successes)))
    let start = clock.now
    elapsed = { start.duration(to: clock.now) }
    self.counts = counts
    self.onChange = onChange
  }

  /// The state after the last call. An open breaker becomes half-open by a call, not by time alone.
  public var state: State { machine.withLock { $0.state } }

  /// How many failures in a row count now, in the closed state.
  public var failureCount: Int {
    let now = elapsed()
    return machine.withLock { $0.failureCount(at: now) }
  }

  /// Calls an operation, if the state allows it.
  ///
  /// - Returns: What the operation returns.
  /// - Throws: What the operation throws; ``CircuitBreakerError`` if it was not called.
  nonisolated(nonsending) public func call<Value>(
    _ operation: nonisolated(nonsending) () async throws -> Value
  ) async throws -> Value {
    let now = elapsed()
    let (admission, change) = machine.withLock { $0.change { $0.admit(at: now) } }
    if let change { onChange(change) }
    let ticket: Machine.Ticket
    switch admission {
    case .passes(let given): ticket = given
    case .waits(let time): throw CircuitBreakerError.open(name, retryAfter: time)
    case .full: throw CircuitBreakerError.busy(name)
    }
    do {
      let value = try await operation()
      end(ticket, .success)
      return value
    } catch {
      let isCancelled = error is CancellationError || Task.isCancelled
      end(ticket, isCancelled || !counts(error) ? .neutral : .failure)
      throw error
    }
  }

  /// Opens, closes or half-opens it by hand. A state that it is in already begins anew.
  public func force(_ state: State) {
    let now = elapsed()
    let (_, change) = machine.withLock { machine in
      machine.change { $0.enter(state, at: now) }
    }
    if let change { onChange(change) }
  }

  private func end(_ ticket: Machine.Ticket, _ outcome: Machine.Outcome) {
    let now = elapsed()
    let (_, change) = machine.withLock { machine in
      machine.change { $0.end(ticket, outcome, at: now) }
    }
    if let change { onChange(change) }
  }
}

/// Why a breaker has not called the operation.
public enum CircuitBreakerError: Error, Hashable, CustomStringConvertible {
  /// The breaker of that name is open, and lets a call try after that time.
  case open(String, retryAfter: Duration)
  /// The breaker of that name is half-open, and others are trying.
  case busy(String)

  /// A sentence.
  public var description: String {
    switch self {
    case .open(let name, let time): "“\(name)” is down; the next try is in \(time)"
    case .busy(let name): "“\(name)” is being tried by another call"
    }
  }
}

// MARK: - The rules, without locks and clocks

extension CircuitBreaker {
  /// What a breaker knows, and how that changes: times come in, and nothing is called.
  struct Machine: Sendable {
    /// The right to call, and which stretch of one state it was given in.
    struct Ticket: Sendable, Hashable { fileprivate let generation: Int }

    enum Outcome: Sendable { case success, failure, neutral }

    enum Admission: Sendable, Hashable {
      case passes(Ticket)
      case waits(Duration)
      case full
    }

    let failureLimit: Int
    let window: Duration?
    let resetTime: Duration
    let trialLimit: Int
    let successLimit: Int

    private enum Phase: Sendable {
      case closed
      case open(until: Duration)
      case halfOpen(trying: Int, successes: Int)
    }

    private var phase = Phase.closed
    /// When the failures since the last success were, the oldest first; none unless closed.
    private var failures: [Duration] = []
    /// Goes up whenever what came before does not matter any more.
    private var generation = 0
    private var changes = 0

    init(
      failureLimit: Int, window: Duration?, resetTime: Duration, trialLimit: Int, successLimit: Int
    ) {
      self.failureLimit = failureLimit
      self.window = window
      self.resetTime = resetTime
      self.trialLimit = trialLimit
      self.successLimit = successLimit
    }

    var state: State {
      switch phase {
      case .closed: .closed
      case .open: .open
      case .halfOpen: .halfOpen
      }
    }

    func failureCount(at now: Duration) -> Int {
      guard let window else { return failures.count }
      return failures.count { now - $0 < window }
    }

    mutating func admit(at now: Duration) -> Admission {
      if case .open(let end) = phase {
        guard now >= end else { return .waits(end - now) }
        enter(.halfOpen, at: now)
      }
      if case .halfOpen(let trying, let successes) = phase {
        guard trying < trialLimit else { return .full }
        phase = .halfOpen(trying: trying + 1, successes: successes)
      }
      return .passes(Ticket(generation: generation))
    }

    mutating func end(_ ticket: Ticket, _ outcome: Outcome, at now: Duration) {
      // What began under another state says nothing about this one.
      guard ticket.generation == generation else { return }
      switch (phase, outcome) {
      case (.closed, .success): failures = []
      case (.closed, .failure):
        if let window { failures.removeAll { now - $0 >= window } }
        failures.append(now)
        if failures.count >= failureLimit { enter(.open, at: now) }
      case (.halfOpen(let trying, let successes), .success):
        phase = .halfOpen(trying: trying - 1, successes: successes + 1)
        if successes + 1 >= successLimit { enter(.closed, at: now) }
      case (.halfOpen, .failure): enter(.open, at: now)
      case (.halfOpen(let trying, let successes), .neutral):
        phase = .halfOpen(trying: trying - 1, successes: successes)
      case (.closed, .neutral), (.open, _): break
      }
    }

    mutating func enter(_ state: State, at now: Duration) {
      generation += 1
      failures = []
      switch state {
      case .closed: phase = .closed
      case .open: phase = .open(until: now + resetTime)
      case .halfOpen: phase = .halfOpen(trying: 0, successes: 0)
      }
    }

    /// Does something, and says whether the state is another one afterwards.
    mutating func change<Value>(_ body: (inout Machine) -> Value) -> (Value, Change?) {
      let before = state
      let value = body(&self)
      guard state != before else { return (value, nil) }
      changes += 1
      return (value, Change(number: changes, from: before, to: state))
    }
  }
}
