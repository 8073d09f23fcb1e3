import AsyncPrimitives
import CheckKit
import Resilience
import Synchronization
import Testing

/// Rows CB of what the primitives promise: calls that are late, cancelled, or at the same time.
@Suite("Circuit breaker, call by call")
struct BreakerCallTests {
  @Test(
    "CB-09 what began before a change of state says nothing after it", .startsTasks,
    arguments: [true, false])
  func generations(_ fails: Bool) async throws {
    try await explore { world in
      let breaker = make(world)
      for states in [[], [.open], [.open, .halfOpen], [.open, .closed]]
        as [[CircuitBreaker.State]]
      {
        breaker.force(.closed)
        let slow = Task(name: "slow") {
          try? await breaker.call {
            try await world.clock.sleep(for: .seconds(1))
            if fails { throw Busy() }
          }
        }
        await world.settle()
        await tryCall(breaker, failing: true)
        for state in states { breaker.force(state) }
        _ = await slow.value
        #expect(breaker.state == states.last ?? .closed)
        let counted = states.isEmpty ? (fails ? 2 : 0) : 0
        #expect(breaker.failureCount == counted)
      }
    }
  }

  @Test(
    "CB-09 a trial of an earlier half-open state takes no place in this one, and frees none",
    .startsTasks)
  func oldTrials() async throws {
    try await explore { world in
      let breaker = make(world)
      breaker.force(.halfOpen)
      let old = Task(name: "old") {
        try? await breaker.call { try await world.clock.sleep(for: .seconds(1)) }
      }
      await world.settle()
      breaker.force(.open)
      breaker.force(.halfOpen)
      let new = Task(name: "new") {
        try await breaker.call { try await world.clock.sleep(for: .seconds(2)) }
      }
      await world.settle()
      _ = await old.value
      #expect(breaker.state == .halfOpen)
      await #expect(throws: CircuitBreakerError.busy("service")) { try await breaker.call {} }
      try await new.value
      #expect(breaker.state == .closed)
    }
  }

  @Test("CB-10 cancelled is not failed, whatever a cancelled call throws", .startsTasks)
  func cancelled() async throws {
    try await explore { world in
      let breaker = make(world)
      for error in [CancellationError(), Busy()] as [any Error] {
        for _ in 1...5 {
          let task = Task(name: "caller") {
            try await breaker.call {
              try? await world.clock.sleep(for: .seconds(1))
              throw error
            }
          }
          await world.settle()
          task.cancel()
          _ = await task.result
        }
        #expect(breaker.state == .closed)
        #expect(breaker.failureCount == 0)
      }
    }
  }

  @Test("CB-10 a trial that is cancelled, at any moment, makes room for the next", .startsTasks)
  func cancelledTrial() async throws {
    try await explore { world in
      let breaker = make(world)
      breaker.force(.halfOpen)
      let trial = Task(name: "trial") {
        try await breaker.call {
          await Task.yield()
          try await world.clock.sleep(for: .seconds(1))
        }
      }
      await Task.yield()
      trial.cancel()
      _ = await trial.result
      #expect(breaker.state == .halfOpen)
      try await breaker.call {}
      #expect(breaker.state == .closed)
    }
  }

  @Test("CB-13 calls at the same time are counted, each once")
  func parallel() async throws {
    // On real threads: 10 tasks of 10,000 calls.
    let breaker = CircuitBreaker("service", failures: .max, resetAfter: .seconds(10))
    await withTaskGroup { group in
      for _ in 1...10 {
        group.addTask {
          for _ in 1...10_000 { _ = try? await breaker.call { throw Busy() } }
        }
      }
    }
    #expect(breaker.failureCount == 100_000)
  }

  @Test(
    "CB-13 under every schedule it opens once, at the failure that is one too many")
  func parallelOpening() async throws {
    try await explore { world in
      let opened = Mutex(0)
      let breaker = CircuitBreaker(
        "service", failures: 3, resetAfter: .seconds(10), clock: world.clock,
        onChange: { change in opened.withLock { $0 += change.to == .open ? 1 : 0 } })
      await withTaskGroup { group in
        for number in 1...5 {
          group.addTask(name: "caller \(number)") {
            _ = try? await breaker.call {
              await Task.yield()
              throw Busy()
            }
          }
        }
      }
      #expect(breaker.state == .open)
      #expect(opened.withLock { $0 } == 1)
    }
  }

  @Test("a timeout inside of the breaker counts, and one outside counts as nothing")
  func timeouts() async throws {
    try await explore { world in
      let inside = make(world)
      let outside = make(world)
      for _ in 1...3 {
        await #expect(throws: TimeoutError.self) {
          try await inside.call {
            try await withTimeout(.seconds(1), clock: world.clock) {
              try await world.clock.sleep(for: .seconds(5))
            }
          }
        }
        await #expect(throws: TimeoutError.self) {
          try await withTimeout(.seconds(1), clock: world.clock) {
            try await outside.call { try await world.clock.sleep(for: .seconds(5)) }
          }
        }
      }
      #expect(inside.state == .open)
      #expect(outside.state == .closed)
      #expect(outside.failureCount == 0)
    }
  }

  @Test("a retry around a breaker asks the breaker each time, and the callee no more")
  func retried() async throws {
    try await explore { world in
      let breaker = make(world)
      let calls = Mutex(0)
      let policy = RetryPolicy(attempts: 6, backoff: .constant(.seconds(1)), jitter: .none)
      do {
        try await retry(policy, clock: world.clock) { _ in
          try await breaker.call {
            calls.withLock { $0 += 1 }
            throw Busy()
          }
        }
        Issue.record("nothing was thrown")
      } catch let error as RetriesExhausted {
        #expect(error.last is CircuitBreakerError)
      }
      #expect(calls.withLock { $0 } == 3)
    }
  }

  @Test("retries around retries multiply")
  func nested() async throws {
    let calls = Mutex(0)
    let policy = RetryPolicy(attempts: 3, backoff: .constant(.zero))
    await #expect(throws: RetriesExhausted.self) {
      try await retry(policy) { _ in
        try await retry(policy) { _ in
          try await retry(policy) { _ in
            calls.withLock { $0 += 1 }
            throw Busy()
          }
        }
      }
    }
    #expect(calls.withLock { $0 } == 27)
  }
}

/// Opens at three failures in a row, for ten seconds. A `NotFound` does not count.
func make(
  _ world: World, within window: Duration? = nil, trials: Int = 1, successes: Int = 1
) -> CircuitBreaker {
  CircuitBreaker(
    "service", failures: 3, within: window, resetAfter: .seconds(10), trials: trials,
    successes: successes, clock: world.clock, counts: { !($0 is NotFound) })
}

func tryCall(_ breaker: CircuitBreaker, failing: Bool) async {
  _ = try? await breaker.call { if failing { throw Busy() } }
}
