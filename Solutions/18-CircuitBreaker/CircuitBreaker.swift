// Exercise 18 · CircuitBreaker, as we would write it.
//
// A call is a decision, the operation, and a note. The decision and the note are each one step
// under a Mutex, and nothing is awaited in them; so calls never wait for each other, and of two
// that come when the pause is over only one becomes the try: it changes the state in the step in
// which it looks at it. There are three ways to end, and all of them reach the note.
//
// Each call carries the era in which it began. A new era begins when the breaker opens, when a
// call tries and when it closes; what ends in a later era than it began in is forgotten.
//
// The road not taken: an actor. Its steps would be as safe, and its state as private. But `call`
// would have to leave it for the operation, or each caller would come back through it for nothing,
// and whoever awaits between looking and writing has an open door in the middle: it is reentrant.
// The Mutex does not let us await, which is the rule that we want to keep.

public import ExerciseKit
import Synchronization

/// Refuses calls to what has failed too often of late.
public final class CircuitBreaker: CircuitBreaking {
  private enum State {
    /// Whether the last calls failed, the newest last.
    case closed(failed: [Bool])
    /// From then on, a call may try.
    case open(until: Duration)
    /// One call tries.
    case trying
  }

  private struct Memory {
    var state = State.closed(failed: [])
    /// For how long it opens the next time.
    var pause: Duration
    /// Which stretch of one state this is.
    var era = 0

    mutating func open(at now: Duration) {
      state = .open(until: now + pause)
      pause += pause
      era += 1
    }
  }

  private enum Outcome { case succeeded, failed, saysNothing }

  private let rules: BreakerRules
  private let watch: Stopwatch
  private let memory: Mutex<Memory>

  /// Makes a breaker that is closed.
  public init(rules: BreakerRules, clock: any Clock<Duration>) {
    self.rules = rules
    watch = Stopwatch(clock)
    memory = Mutex(Memory(pause: rules.resetTime))
  }

  /// Calls the operation, or throws `CircuitOpen` and does not call it.
  ///
  /// - Returns: What the operation returns.
  /// - Throws: What the operation throws; `CircuitOpen` if it was not called.
  public func call<Value: Sendable>(
    _ operation: @Sendable () async throws -> Value
  ) async throws -> Value {
    let era = try begin()
    do {
      let value = try await operation()
      end(.succeeded, of: era)
      return value
    } catch {
      let isCancelled = error is CancellationError || Task.isCancelled
      end(isCancelled || !rules.counts(error) ? .saysNothing : .failed, of: era)
      throw error
    }
  }

  /// Lets a call pass, and says to which era it belongs; or refuses it.
  private func begin() throws -> Int {
    try memory.withLock { memory in
      switch memory.state {
      case .closed: break
      case .trying: throw CircuitOpen()
      case .open(let end):
        guard watch.now >= end else { throw CircuitOpen() }
        memory.state = .trying
        memory.era += 1
      }
      return memory.era
    }
  }

  private func end(_ outcome: Outcome, of era: Int) {
    memory.withLock { memory in
      guard era == memory.era else { return }
      switch (memory.state, outcome) {
      case (.closed, .saysNothing), (.open, _): break
      case (.closed(let failed), _):
        let failed = Array((failed + [outcome == .failed]).suffix(rules.window))
        memory.state = .closed(failed: failed)
        if failed.count(where: \.self) >= rules.failures { memory.open(at: watch.now) }
      case (.trying, .succeeded): memory = Memory(pause: rules.resetTime, era: era + 1)
      case (.trying, .failed): memory.open(at: watch.now)
      // The pause is over, and stays over.
      case (.trying, .saysNothing): memory.state = .open(until: watch.now)
      }
    }
  }
}
