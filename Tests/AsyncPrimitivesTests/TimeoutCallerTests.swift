import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Timeouts and their callers", .startsTasks)
struct TimeoutCallerTests {
  @Test("WF-17 without a limit there is no timer, no child task and no timeout")
  func noLimit() async throws {
    try await explore { world in
      let none: ContinuousClock.Instant? = nil
      let task = Task(name: "ann") {
        for _ in 0..<2 {
          let name = try await withTimeout(nil) {
            try await Task.sleep(for: .seconds(100))
            return Task.name
          }
          #expect(name == "ann")
        }
        try await withTimeout(until: none) { try await Task.sleep(for: .seconds(100)) }
      }
      await world.settle()
      #expect(world.sleepers == 1)
      try await task.value
      #expect(world.now == .seconds(300))
    }
  }

  @Test("an absurd limit is no limit")
  func absurd() async throws {
    try await explore { world in
      for limit in [Duration.seconds(Int64.max), .seconds(-(Int64.max))] {
        let outcome = await outcome {
          try await withTimeout(limit) { try await Task.sleep(for: .seconds(3)) }
        }
        #expect((try? outcome.get()) != nil || limit < .zero)
      }
      // Three years: the timer sleeps for one at a time.
      await expectThrow(TimeoutError.self) {
        try await withTimeout(.seconds(3 * 365 * 86_400)) {
          try await Task.sleep(for: .seconds(4 * 365 * 86_400))
        }
      }
      #expect(world.now == .seconds(3 * 365 * 86_400 + 3))
      #expect(world.sleepers == 0)
    }
  }

  @Test(
    "D11 a caller that is cancelled already runs the operation, which sees that it is cancelled")
  func cancelledAlready() async throws {
    try await explore { world in
      let task = Task {
        cancelCurrentTask()
        let seen = try await withTimeout(.seconds(1)) { Task.isCancelled }
        #expect(seen)
        await expectThrow(CancellationError.self) {
          try await withTimeout(.seconds(1)) { try await Task.sleep(for: .seconds(60)) }
        }
        await expectThrow(CancellationError.self) {
          try await withTimeout(.zero) { try await Task.sleep(for: .seconds(60)) }
        }
      }
      try await task.value
      #expect(world.now == .zero)
    }
  }

  @Test("a moment instead of a duration, and clocks of one's own, of a known type or not")
  func clocks() async throws {
    try await explore { world in
      let deadline = ContinuousClock.now + .seconds(2)
      for _ in 0..<2 {
        await expectThrow(TimeoutError.self) {
          try await withTimeout(until: deadline) { try await Task.sleep(for: .seconds(60)) }
        }
        #expect(world.now == .seconds(2))
      }
      let moment = VirtualClock.Instant(offset: .seconds(4))
      await expectThrow(TimeoutError(limit: .seconds(2))) {
        try await withTimeout(until: moment, clock: world.clock) {
          try await world.clock.sleep(for: .seconds(60))
        }
      }
      let clocks: [any Clock<Duration>] = [world.clock, ContinuousClock()]
      for (number, clock) in clocks.enumerated() {
        await expectThrow(TimeoutError.self) {
          try await withTimeout(.seconds(1), clock: clock) {
            try await clock.sleep(for: .seconds(9))
          }
        }
        #expect(world.now == .seconds(5 + number))
      }
    }
  }

  private actor Account {
    var balance = 0

    func deposit(within timeout: Duration) async throws -> Int {
      try await withTimeout(timeout) {
        assertIsolated()
        balance += 1
        await Task.yield()
        assertIsolated()
        balance += 1
      }
      return balance
    }
  }

  @Test("the operation runs on the caller's actor, and uses its state and the caller's variables")
  func isolation() async throws {
    try await explore { _ async throws in
      #expect(try await Account().deposit(within: .zero) == 2)
      #expect(try await Account().deposit(within: .seconds(1)) == 2)
      try await onMainActor()
      var count = 0
      try await withTimeout(.seconds(1)) {
        count += 1
        try await Task.sleep(for: .milliseconds(1))
        count += 1
      }
      #expect(count == 2)
    }
  }

  @MainActor private func onMainActor() async throws {
    try await withTimeout(.zero) { MainActor.assertIsolated() }
    try await withTimeout(.seconds(1)) {
      await Task.yield()
      MainActor.assertIsolated()
    }
    MainActor.assertIsolated()
  }

  private enum Local {
    @TaskLocal static var value = "outside"
  }

  @Test("the operation has the caller's task-local values")
  func taskLocals() async throws {
    try await explore { _ in
      let value = try await Local.$value.withValue("inside") {
        try await withTimeout(.seconds(1)) { Local.value }
      }
      #expect(value == "inside")
    }
  }

  @Test("the errors say what happened")
  func words() {
    #expect(
      "\(TimeoutError(limit: .seconds(2)))" == "the operation was not done within 2.0 seconds")
    #expect("\(TimeoutScopeError.enteredTwice)".contains("make a new one"))
    #expect("\(TimeoutScopeError.expired)".contains("time is up"))
    #expect("\(TimeoutScopeError.ended)".contains("has ended"))
  }
}
