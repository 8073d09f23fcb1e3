import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Timeout scopes", .startsTasks)
struct TimeoutScopeTests {
  /// An operation that never ends by itself.
  private func forever() async throws { try await Task.sleep(for: .seconds(1_000_000)) }

  @Test("TO-01 the time is up: it throws, it is expired, and the inside sees CancellationError")
  func expires() async throws {
    try await explore { world in
      let scope = TimeoutScope(.seconds(10))
      await expectThrow(TimeoutError(limit: .seconds(10))) {
        try await scope.run {
          await expectThrow(CancellationError.self) { try await forever() }
          try Task.checkCancellation()
        }
      }
      #expect(scope.isExpired)
      #expect(world.now == .seconds(10))
    }
  }

  @Test("TO-02 not expired: a value, and the deadline can be read afterwards")
  func doesNotExpire() async throws {
    try await explore { _ async throws in
      let start = ContinuousClock.now
      let scope = TimeoutScope(.seconds(10))
      #expect(try await scope.run { 1 } == 1)
      #expect(!scope.isExpired)
      #expect(scope.deadline == start + .seconds(10))
    }
  }

  @Test("TO-04 a deadline that has passed: throws at the first suspension, even of no length")
  func passed() async throws {
    try await explore(options: .uninterrupted) { world in
      try await Task.sleep(for: .seconds(5))
      for deadline in [ContinuousClock.now, .now - .seconds(3)] {
        let scope = TimeoutScope(until: deadline)
        await expectThrow(TimeoutError.self) {
          try await scope.run { try await Task.sleep(for: .zero) }
        }
        #expect(scope.isExpired)
        // A suspension that cannot throw leaves it to the body to look.
        await expectThrow(TimeoutError.self) {
          try await withTimeout(until: deadline) {
            await Task.yield()
            try Task.checkCancellation()
          }
        }
        let plain = TimeoutScope(until: deadline)
        #expect(try await plain.run { 1 } == 1)
        #expect(!plain.isExpired)
      }
      #expect(world.now == .seconds(5))
    }
  }

  @Test("TO-08 a foreign error passes unchanged, before the time is up and after")
  func foreignErrors() async throws {
    try await explore { _ in
      await expectThrow(Mishap(1)) { try await withTimeout(.seconds(1)) { throw Mishap(1) } }
      await expectThrow(Mishap(2)) {
        try await withTimeout(.seconds(1)) {
          do { try await forever() } catch { throw Mishap(2) }
        }
      }
      // Nor is a CancellationError that has nothing to do with the limit turned into another.
      await expectThrow(CancellationError.self) {
        try await withTimeout(.seconds(1)) { throw CancellationError() }
      }
      await expectThrow(CancellationError.self) {
        try await withTimeout(.zero) { throw CancellationError() }
      }
    }
  }

  @Test("TO-09 cancelled from outside before the time is up: CancellationError, and not expired")
  func cancelledOutside() async throws {
    try await explore { world in
      let scope = TimeoutScope(.seconds(10))
      let task = Task { try await scope.run { try await forever() } }
      await world.settle()
      task.cancel()
      #expect(await task.endsCancelled)
      #expect(!scope.isExpired)
    }
  }

  @Test(
    "TO-09 cancelled from outside in the moment when the time is up: a cancellation or a timeout")
  func cancelledOutsideInTheMoment() async throws {
    try await explore { world in
      let scope = TimeoutScope(.seconds(10))
      let task = Task {
        do { try await scope.run { try await forever() } } catch {
          #expect(error is TimeoutError || error is CancellationError && Task.isCancelled)
        }
      }
      try await Task.sleep(for: .seconds(10))
      task.cancel()
      await task.value
      #expect(scope.isExpired)
      #expect(world.sleepers == 0)
    }
  }

  @Test("TO-09 cancelled from outside, then late as well: the cancellation is what counts")
  func cancelledThenLate() async throws {
    try await explore { world in
      let scope = TimeoutScope(.seconds(10))
      let task = Task {
        try await scope.run {
          try? await forever()
          try await withCancellationShield { try await Task.sleep(for: .seconds(20)) }
          try Task.checkCancellation()
        }
      }
      await world.settle()
      task.cancel()
      #expect(await task.endsCancelled)
      #expect(scope.isExpired)
      #expect(world.now == .seconds(20))
    }
  }

  @Test("TO-10 after a handled timeout the task is not cancelled, and can go on sleeping")
  func usableAfterwards() async throws {
    try await explore { world in
      for round in 1...3 {
        await expectThrow(TimeoutError.self) {
          try await withTimeout(.seconds(1)) { try await forever() }
        }
        #expect(!Task.isCancelled)
        try await Task.sleep(for: .seconds(1))
        #expect(world.now == .seconds(2 * round))
      }
    }
  }

  @Test("TO-12 a timeout works in clean-up after a cancellation, behind a shield")
  func inCleanUp() async throws {
    try await explore { world in
      let task = Task {
        do { try await forever() } catch {
          await expectThrow(TimeoutError.self) {
            try await withCancellationShield {
              try await withTimeout(.seconds(2)) { try await forever() }
            }
          }
          throw error
        }
      }
      await world.settle()
      task.cancel()
      #expect(await task.endsCancelled)
      #expect(world.now == .seconds(2))
    }
  }

  @Test("TO-13 a new cancellation during such a clean-up is a CancellationError")
  func cancelledCleanUp() async throws {
    try await explore { world in
      let task = Task {
        await expectThrow(CancellationError.self) {
          try await withCancellationShield {
            try await withTimeout(.seconds(2)) {
              cancelCurrentTask()
              try await forever()
            }
          }
        }
      }
      task.cancel()
      await task.value
      #expect(world.now == .zero)
    }
  }

  @Test("TO-16 a scope cannot be entered twice, one after the other or at the same time")
  func enteredTwice() async throws {
    try await explore { _ in
      let scope = TimeoutScope(.seconds(1))
      try await scope.run {
        await expectThrow(TimeoutScopeError.enteredTwice) { try await scope.run {} }
      }
      await expectThrow(TimeoutScopeError.enteredTwice) { try await scope.run {} }
    }
  }

  @Test("TO-17 the timer is disarmed on every way out, and can never disturb later code")
  func disarmed() async throws {
    try await explore { world in
      _ = try await withTimeout(.seconds(10)) { try await Task.sleep(for: .seconds(1)) }
      #expect(world.sleepers == 0)
      _ = await outcome {
        try await withTimeout(.seconds(10)) {
          await Task.yield()
          throw Mishap(1)
        }
      }
      #expect(world.sleepers == 0)
      let task = Task { try await withTimeout(.seconds(10)) { try await forever() } }
      await world.settle()
      task.cancel()
      _ = await task.result
      #expect(world.sleepers == 0)
      try await withTimeout(.seconds(10)) { scope in
        try scope.reschedule(after: .seconds(5))
        try scope.reschedule(after: .seconds(2))
        await world.settle()
        try scope.reschedule(after: nil)
        try await Task.sleep(for: .seconds(1))
      }
      #expect(world.sleepers == 0)
      try await Task.sleep(for: .seconds(100))
      #expect(!Task.isCancelled)
    }
  }

  @Test("TO-18 a task group whose child fails in clean-up: the group's error, no TimeoutError")
  func failingGroup() async throws {
    try await explore { _ in
      await expectThrow(Mishap(7)) {
        try await withTimeout(.seconds(1)) {
          try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { do { try await forever() } catch { throw Mishap(7) } }
            try await group.waitForAll()
          }
        }
      }
    }
  }
}
