import ExerciseKit

/// Takes an actor for a lock: others come in while it makes its note of who tries.
actor ReentrantBreaker: CircuitBreaking {
  private let rules: BreakerRules
  private let watch: Stopwatch
  private var failures = 0
  private var openUntil: Duration?
  private var isTrying = false

  init(rules: BreakerRules, clock: any Clock<Duration>) {
    self.rules = rules
    watch = Stopwatch(clock)
  }

  func call<Value: Sendable>(
    _ operation: @Sendable () async throws -> Value
  ) async throws -> Value {
    if let end = openUntil {
      guard watch.now >= end, !isTrying else { throw CircuitOpen() }
      await log("half-open")
      isTrying = true
    }
    defer { isTrying = false }
    do {
      let value = try await operation()
      openUntil = nil
      return value
    } catch {
      failures += 1
      if failures >= rules.failures || openUntil != nil { openUntil = watch.now + rules.resetTime }
      throw error
    }
  }

  /// A log is somewhere else.
  private func log(_ line: String) async { await Task.yield() }
}

// MARK: - Right, and not like ours

/// An actor with plain variables and no states. It numbers the calls, and knows at which of them it
/// last opened; a call that is older has nothing to say.
actor ActorBreaker: CircuitBreaking {
  private let rules: BreakerRules
  private let watch: Stopwatch
  private var calls = 0
  /// The calls up to this one began before it last opened.
  private var lastOfOld = 0
  /// The number of the call that tries.
  private var tryNumber: Int?
  private var mayTryFrom: Duration?
  private var timesOpened = 0
  /// A ring: the outcomes of the last calls, in no order.
  private var ring: [Bool] = []
  private var next = 0

  init(rules: BreakerRules, clock: any Clock<Duration>) {
    self.rules = rules
    watch = Stopwatch(clock)
  }

  func call<Value: Sendable>(
    _ operation: @Sendable () async throws -> Value
  ) async throws -> Value {
    calls += 1
    let number = calls
    if let mayTryFrom {
      guard tryNumber == nil, watch.now >= mayTryFrom else { throw CircuitOpen() }
      tryNumber = number
    }
    // On every way out there is something to note, if only that nobody tries any more.
    defer { if tryNumber == number { tryNumber = nil } }
    do {
      let value = try await operation()
      note(number, failed: false)
      return value
    } catch {
      if !(error is CancellationError), !Task.isCancelled, rules.counts(error) {
        note(number, failed: true)
      }
      throw error
    }
  }

  private func note(_ number: Int, failed: Bool) {
    guard number > lastOfOld else { return }
    if tryNumber == number {
      if failed { return open() }
      mayTryFrom = nil
      timesOpened = 0
      return
    }
    if ring.count < rules.window { ring.append(failed) } else { ring[next] = failed }
    next = (next + 1) % rules.window
    if ring.count(where: \.self) >= rules.failures { open() }
  }

  private func open() {
    mayTryFrom = watch.now + rules.resetTime * (1 << timesOpened)
    timesOpened += 1
    lastOfOld = calls
    ring = []
    next = 0
  }
}
