// Exercise 18 · CircuitBreaker                                     40 minutes
//
// Build a circuit breaker that looks at the last calls: if too many of them have failed, it
// refuses further ones for a while, and then lets one call try.
//
// The protocol, the rules' values and `CircuitOpen` are in ExerciseKit/Breaking.swift. The
// `Stopwatch` in ExerciseKit/Scheduling.swift turns the clock into the time since the breaker
// was made: `let watch = Stopwatch(clock)`, and then `watch.now`.
//
// Rules:
//  1. Closed: a call passes, and its caller gets what the operation returns or throws, always.
//     Calls run beside each other: none waits for another.
//  2. It opens when, of the last `rules.window` calls that have ended, `rules.failures` have
//     failed. A success makes nothing undone: a failure counts until so many calls have ended
//     after it that it is not among the last ones any more.
//  3. Open: calls throw CircuitOpen at once, and their operation is not called.
//  4. When `rules.resetTime` has passed since it opened, the next call may try. While it tries,
//     all others throw CircuitOpen.
//  5. If that try succeeds, the breaker is closed, and begins with no calls behind it. If it
//     fails, the breaker is open again, from that moment on and for twice as long as last time.
//     The next time that it opens after having been closed, it is for `rules.resetTime` again.
//  6. A call that throws in a cancelled task, or throws CancellationError, has neither failed
//     nor succeeded. The same holds for errors for which `rules.counts` is false. If it was the
//     try, the next call may try. A call that returns has succeeded, cancelled or not.
//  7. A call that began before the breaker last opened changes nothing when it ends. Its caller
//     gets what it returns or throws all the same.
//
// For example, with `BreakerRules(failures: 3, of: 5, resetTime: .seconds(10))`:
//
//    ok, failed, failed, ok, failed     at the fifth call's end, it opens
//    10 s later, one call tries; it fails, and the next may try 20 s after that
//
// Check it:   swift test --filter CircuitBreaker
// Stuck?      Hints.md in this folder, a level at a time.

public import ExerciseKit

/// Refuses calls to what has failed too often of late.
public final class CircuitBreaker: CircuitBreaking {
  /// Makes a breaker that is closed.
  public init(rules: BreakerRules, clock: any Clock<Duration>) {}

  /// Calls the operation, or throws `CircuitOpen` and does not call it.
  ///
  /// - Returns: What the operation returns.
  /// - Throws: What the operation throws; `CircuitOpen` if it was not called.
  public func call<Value: Sendable>(
    _ operation: @Sendable () async throws -> Value
  ) async throws -> Value {
    try todo("ask whether the call may pass, await the operation, and note how it ended")
  }
}
