import CheckKit
import Resilience
import Synchronization
import Testing

/// Rows CB of what the primitives promise.
@Suite("Circuit breaker")
struct CircuitBreakerTests {
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

  @Test(
    "CB-09 what began before a change of state says nothing after it", arguments: [true, false])
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

  @Test("CB-09 a trial of an earlier half-open state takes no place in this one, and frees none")
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

  @Test("CB-10 cancelled is not failed, whatever a cancelled call throws")
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

  @Test("CB-10 a trial that is cancelled, at any moment, makes room for the next")
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

  @Test("CB-13 under every schedule it opens once, at the failure that is one too many")
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

/// Opens at three failures in a row, for ten seconds. A `NotFound` does not count.
private func make(
  _ world: World, within window: Duration? = nil, trials: Int = 1, successes: Int = 1
) -> CircuitBreaker {
  CircuitBreaker(
    "service", failures: 3, within: window, resetAfter: .seconds(10), trials: trials,
    successes: successes, clock: world.clock, counts: { !($0 is NotFound) })
}

private func tryCall(_ breaker: CircuitBreaker, failing: Bool) async {
  _ = try? await breaker.call { if failing { throw Busy() } }
}
