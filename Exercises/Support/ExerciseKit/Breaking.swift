/// What exercise 18 is about: something that stands between callers and a service that may fail.
public protocol CircuitBreaking: Sendable {
  /// Makes a breaker that is closed.
  ///
  /// - Parameters:
  ///   - rules: When it opens, and for how long.
  ///   - clock: What measures the time.
  init(rules: BreakerRules, clock: any Clock<Duration>)

  /// Calls the operation, or throws `CircuitOpen` and does not call it.
  func call<Value: Sendable>(
    _ operation: @Sendable () async throws -> Value
  ) async throws -> Value
}

/// When a breaker opens, and for how long.
public struct BreakerRules: Sendable {
  /// How many of the last calls are looked at.
  public let window: Int
  /// How many of those have to have failed for the breaker to open.
  public let failures: Int
  /// How long it stays open before it lets one call try.
  public let resetTime: Duration
  /// Whether an error says that the service is in trouble.
  public let counts: @Sendable (any Error) -> Bool

  /// Opens when `failures` of the last `window` calls have failed.
  public init(
    failures: Int, of window: Int, resetTime: Duration,
    counts: @escaping @Sendable (any Error) -> Bool = { _ in true }
  ) {
    self.window = window
    self.failures = failures
    self.resetTime = resetTime
    self.counts = counts
  }
}

/// A breaker has refused a call.
public struct CircuitOpen: Error, Hashable, CustomStringConvertible {
  /// Makes the error.
  public init() {}

  /// A sentence.
  public var description: String { "the breaker has refused the call" }
}
