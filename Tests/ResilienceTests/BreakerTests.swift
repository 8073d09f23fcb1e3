import CheckKit
import Resilience
import Synchronization
import Testing

/// Rows CB of what the primitives promise.
@Suite("Circuit breaker")
struct BreakerTests {
  @Test("CB-01 closed, it passes calls on, and a success forgets the failures before it")
  func closed() async throws {
    try await explore(schedules: 5) { world in
      let breaker = make(world)
      for hasFailed in [true, true, false, true, true] {
        await tryCall(breaker, failing: hasFailed)
      }
      #expect(breaker.state == .closed)
      #expect(breaker.failureCount == 2)
      let value = try await breaker.call { 17 }
      #expect(value == 17)
      #expect(breaker.failureCount == 0)
    }
  }

  @Test("CB-02 it opens at the last of so many failures in a row; that caller sees its own error")
  func opening() async throws {
    try await explore(schedules: 5) { world in
      let breaker = make(world)
      for number in 1...3 {
        #expect(breaker.state == .closed)
        await #expect(throws: Numbered(number: number)) {
          try await breaker.call { throw Numbered(number: number) }
        }
      }
      #expect(breaker.state == .open)
      let calls = Mutex(0)
      await #expect(throws: CircuitBreakerError.open("service", retryAfter: .seconds(10))) {
        try await breaker.call { calls.withLock { $0 += 1 } }
      }
      #expect(calls.withLock { $0 } == 0)
    }
  }

  @Test("CB-04 after the reset time, and not a nanosecond before, a call may try")
  func resetTime() async throws {
    try await explore(schedules: 5) { world in
      let breaker = make(world)
      breaker.force(.open)
      try await world.clock.sleep(for: .seconds(10) - .nanoseconds(1))
      await #expect(throws: CircuitBreakerError.open("service", retryAfter: .nanoseconds(1))) {
        try await breaker.call {}
      }
      #expect(breaker.state == .open)
      try await world.clock.sleep(for: .nanoseconds(1))
      try await breaker.call { #expect(breaker.state == .halfOpen) }
      #expect(breaker.state == .closed)
    }
  }

  @Test("CB-05 half-open, only so many try at the same time", arguments: [1, 2])
  func trials(_ limit: Int) async throws {
    try await explore { world in
      let breaker = make(world, trials: limit, successes: limit)
      breaker.force(.halfOpen)
      let mark = HighWaterMark()
      let refused = Mutex(0)
      await withTaskGroup { group in
        for number in 1...5 {
          group.addTask(name: "caller \(number)") { @Sendable in
            do {
              try await breaker.call {
                try await mark.count { try await world.clock.sleep(for: .seconds(1)) }
              }
            } catch CircuitBreakerError.busy("service") {
              refused.withLock { $0 += 1 }
            } catch {
              Issue.record("\(error)")
            }
          }
        }
      }
      #expect(mark.total == limit)
      #expect(mark.peak == limit)
      #expect(refused.withLock { $0 } == 5 - limit)
      #expect(breaker.state == .closed)
    }
  }

  @Test("CB-06 half-open, enough successes close it, and it begins with no failure")
  func closing() async throws {
    try await explore(schedules: 5) { world in
      let breaker = make(world, successes: 2)
      await tryCall(breaker, failing: true)
      await tryCall(breaker, failing: true)
      breaker.force(.halfOpen)
      await tryCall(breaker, failing: false)
      #expect(breaker.state == .halfOpen)
      await tryCall(breaker, failing: false)
      #expect(breaker.state == .closed)
      #expect(breaker.failureCount == 0)
    }
  }

  @Test("CB-06 half-open, one failure opens it, its time begins anew, its successes are forgotten")
  func reopening() async throws {
    try await explore(schedules: 5) { world in
      let breaker = make(world, successes: 2)
      breaker.force(.open)
      try await world.clock.sleep(for: .seconds(15))
      await tryCall(breaker, failing: false)
      await tryCall(breaker, failing: true)
      #expect(breaker.state == .open)
      await #expect(throws: CircuitBreakerError.open("service", retryAfter: .seconds(10))) {
        try await breaker.call {}
      }
      try await world.clock.sleep(for: .seconds(10))
      await tryCall(breaker, failing: false)
      #expect(breaker.state == .halfOpen)
      await tryCall(breaker, failing: false)
      #expect(breaker.state == .closed)
    }
  }

  @Test("CB-08 D14 an error that does not count changes nothing")
  func excluded() async throws {
    try await explore(schedules: 5) { world in
      let breaker = make(world)
      await tryCall(breaker, failing: true)
      await tryCall(breaker, failing: true)
      for _ in 1...5 {
        await #expect(throws: NotFound()) { try await breaker.call { throw NotFound() } }
      }
      #expect(breaker.state == .closed)
      #expect(breaker.failureCount == 2)
      // Half-open, it makes room for the next trial.
      breaker.force(.halfOpen)
      for _ in 1...2 {
        await #expect(throws: NotFound()) { try await breaker.call { throw NotFound() } }
        #expect(breaker.state == .halfOpen)
      }
      await tryCall(breaker, failing: false)
      #expect(breaker.state == .closed)
    }
  }

  @Test("CB-12 a failure counts for so long, and not a nanosecond longer")
  func window() async throws {
    try await explore(schedules: 5) { world in
      let breaker = make(world, within: .seconds(60))
      await tryCall(breaker, failing: true)
      try await world.clock.sleep(for: .seconds(30))
      await tryCall(breaker, failing: true)
      try await world.clock.sleep(for: .seconds(30) - .nanoseconds(1))
      #expect(breaker.failureCount == 2)
      try await world.clock.sleep(for: .nanoseconds(1))
      #expect(breaker.failureCount == 1)
      await tryCall(breaker, failing: true)
      #expect(breaker.state == .closed)
      await tryCall(breaker, failing: true)
      #expect(breaker.state == .open)
    }
  }

  @Test("CB-14 changed by hand, it is told once each time, and numbered")
  func byHand() async throws {
    try await explore(schedules: 5) { world in
      let heard = EventLog(world)
      let breaker = CircuitBreaker(
        "service", resetAfter: .seconds(10), clock: world.clock,
        onChange: { heard.add("\($0.number) \($0.from) \($0.to)") })
      for state in [.open, .open, .halfOpen, .closed, .closed] as [CircuitBreaker.State] {
        breaker.force(state)
        #expect(breaker.state == state)
      }
      #expect(heard.texts == ["1 closed open", "2 open half-open", "3 half-open closed"])
      // Opened again by hand, its time begins anew.
      breaker.force(.open)
      try await world.clock.sleep(for: .seconds(8))
      breaker.force(.open)
      try await world.clock.sleep(for: .seconds(8))
      await #expect(throws: CircuitBreakerError.open("service", retryAfter: .seconds(2))) {
        try await breaker.call {}
      }
    }
  }

  @Test("a callback may ask the breaker that calls it")
  func reentrant() async throws {
    try await explore(schedules: 5) { world in
      let seen = Mutex<[CircuitBreaker.State]>([])
      let breakers = Mutex<[CircuitBreaker]>([])
      let breaker = CircuitBreaker(
        "service", failures: 1, resetAfter: .seconds(10), clock: world.clock,
        onChange: { _ in
          let states = breakers.withLock { $0.map(\.state) }
          seen.withLock { $0 += states }
        })
      breakers.withLock { $0 = [breaker] }
      await tryCall(breaker, failing: true)
      #expect(seen.withLock { $0 } == [.open])
      breakers.withLock { $0 = [] }
    }
  }
}
