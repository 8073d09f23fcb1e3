/// How often to try, how long to wait between attempts, and when to give up.
public struct RetryPolicy: Sendable {
  /// The most attempts, the first one included; nil for no limit.
  public var attempts: Int?

  /// The rule for the waits.
  public var backoff: Backoff

  /// Whether and how waits are shortened by lot.
  public var jitter: Jitter

  /// When so much time has passed since the first attempt began, there is no further one.
  public var stopAfter: Duration?

  /// A wait that would end when so much time has passed is not begun.
  ///
  /// Unlike ``stopAfter``, this does not first wait and then give up.
  public var stopBefore: Duration?

  /// Makes a policy.
  ///
  /// - Parameters:
  ///   - attempts: The most attempts, the first one included; nil for no limit.
  ///   - backoff: The rule for the waits.
  ///   - jitter: Whether and how waits are shortened by lot.
  ///   - stopAfter: When to make no further attempt, since the first one began.
  ///   - stopBefore: When any wait must have ended, since the first attempt began.
  public init(
    attempts: Int? = 5,
    backoff: Backoff = .exponential(from: .milliseconds(100)),
    jitter: Jitter = .full(),
    stopAfter: Duration? = nil,
    stopBefore: Duration? = nil
  ) {
    self.attempts = attempts
    self.backoff = backoff
    self.jitter = jitter
    self.stopAfter = stopAfter
    self.stopBefore = stopBefore
  }

  /// What to do when an attempt has failed: the wait before the next one, or nil to give up.
  ///
  /// - Parameters:
  ///   - attempt: The number of the attempt that failed; the first has number 1.
  ///   - elapsed: The time since the first one began.
  public func wait(after attempt: Int, elapsed: Duration) -> Duration? {
    if let attempts, attempt >= attempts { return nil }
    if let stopAfter, elapsed >= stopAfter { return nil }
    let wait = max(backoff.floor, jitter.draw(upTo: backoff.wait(after: attempt)))
    if let stopBefore, elapsed + wait >= stopBefore { return nil }
    return wait
  }
}

/// An attempt has failed, and another one will follow.
public struct FailedAttempt: Sendable {
  /// Its number; the first has number 1.
  public let number: Int
  /// Why it failed.
  public let error: any Error
  /// How long the wait before the next one is.
  public let wait: Duration
}

/// All attempts have failed.
public struct RetriesExhausted: Error, CustomStringConvertible {
  /// How many there were.
  public let attempts: Int
  /// How long they took, waits included.
  public let elapsed: Duration
  /// Why the last one failed.
  public let last: any Error

  /// "3 attempts failed, the last one: …".
  public var description: String {
    attempts == 1
      ? "1 attempt failed: \(last)" : "\(attempts) attempts failed, the last one: \(last)"
  }
}

/// An operation has returned a value that its caller does not accept.
public struct ValueNotAccepted: Error, Hashable, CustomStringConvertible {
  /// A sentence.
  public var description: String { "the value is not accepted" }
}

/// Tries an operation again, after waits that grow, as long as its errors are worth it.
///
/// ```swift
/// let policy = RetryPolicy(attempts: 4, backoff: .exponential(from: .seconds(1)))
/// let stock = try await retry(policy, if: { $0 is Busy }) { _ in
///   try await withTimeout(.seconds(2)) { try await warehouse.stock(of: "tea") }
/// }
/// ```
///
/// - **What suspends**: the operation, and the waits between attempts. There is no wait before the
///   first attempt, and none after the last.
/// - **What throws**: an error that is not worth another attempt is thrown as it is. When there is
///   no attempt left, ``RetriesExhausted`` is, with the last error in it.
/// - **Cancellation**: never retried. A `CancellationError` of the operation's is thrown as it is.
///   Whatever else the operation throws, in a cancelled task there is no further attempt: a wait
///   ends at once, with `CancellationError`. The first attempt is always made, and sees that its
///   task is cancelled.
/// - **Time**: limits are looked at between attempts, and cut none short. For that, put
///   `withTimeout` around each attempt, as above, or around all.
/// - **Cost**: nothing besides the operation while that succeeds.
///
/// Try again only what may be done twice: reading, or what carries a number by which the other side
/// recognises it.
///
/// - Parameters:
///   - policy: How often, how long, how far apart.
///   - clock: What measures the time, and is slept on.
///   - isWorthRetrying: Whether an error may be gone at the next attempt.
///   - accepts: Whether a value is one to return. One that is not counts as a failed attempt, with
///     ``ValueNotAccepted`` as its error.
///   - willRetry: Is told of each attempt that failed and is followed by another, before the wait.
///   - operation: What to do. It gets the attempt's number, beginning with 1.
/// - Returns: The first value that is accepted.
nonisolated(nonsending) public func retry<Value, C: Clock<Duration>>(
  _ policy: RetryPolicy = RetryPolicy(),
  clock: C = ContinuousClock(),
  if isWorthRetrying: (any Error) -> Bool = { _ in true },
  accepts: (Value) -> Bool = { _ in true },
  willRetry: (FailedAttempt) -> Void = { _ in },
  _ operation: nonisolated(nonsending) (_ attempt: Int) async throws -> Value
) async throws -> Value {
  let start = clock.now
  var attempt = 1
  while true {
    let problem: any Error
    do {
      let value = try await operation(attempt)
      if accepts(value) { return value }
      problem = ValueNotAccepted()
    } catch {
      if error is CancellationError || !isWorthRetrying(error) { throw error }
      problem = error
    }
    // Libraries have errors of their own for "cancelled". Whatever this one was, nobody waits.
    try Task.checkCancellation()
    let elapsed = start.duration(to: clock.now)
    guard let wait = policy.wait(after: attempt, elapsed: elapsed) else {
      throw RetriesExhausted(attempts: attempt, elapsed: elapsed, last: problem)
    }
    willRetry(FailedAttempt(number: attempt, error: problem, wait: wait))
    try await clock.sleep(until: clock.now.advanced(by: wait), tolerance: nil)
    attempt += 1
  }
}
