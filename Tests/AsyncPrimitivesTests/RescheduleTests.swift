import CheckKit
import Synchronization
import Testing

@testable import AsyncPrimitives

@Suite("Timeouts that move", .startsTasks)
struct RescheduleTests {
  private func forever() async throws { try await Task.sleep(for: .seconds(1_000_000)) }

  @Test("TO-14 moved to a later moment: nothing happens at the first, it is up at the second")
  func later() async throws {
    try await explore { world in
      let start = ContinuousClock.now
      await expectThrow(TimeoutError(limit: .seconds(30))) {
        try await withTimeout(.seconds(10)) { scope in
          try await Task.sleep(for: .seconds(5))
          try scope.reschedule(to: start + .seconds(30))
          try await Task.sleep(for: .seconds(15))
          #expect(!scope.isExpired)
          #expect(world.sleepers == 1)
          try await forever()
        }
      }
      #expect(world.now == .seconds(30))
    }
  }

  @Test("TO-14 moved to an earlier moment, from inside and from outside")
  func earlier() async throws {
    try await explore { world in
      await expectThrow(TimeoutError.self) {
        try await withTimeout(.seconds(100)) { scope in
          try await Task.sleep(for: .seconds(1))
          try scope.reschedule(after: .seconds(2))
          try await forever()
        }
      }
      #expect(world.now == .seconds(3))
      #expect(world.sleepers == 0)

      let scope = TimeoutScope(.seconds(100))
      let task = Task { try await scope.run { try await forever() } }
      try await Task.sleep(for: .seconds(1))
      try scope.reschedule(after: .seconds(1))
      await expectThrow(TimeoutError(limit: .seconds(2))) { try await task.value }
      #expect(world.now == .seconds(5))
    }
  }

  @Test("TO-14 the limit taken away, and set again")
  func removed() async throws {
    try await explore { world in
      await expectThrow(TimeoutError.self) {
        try await withTimeout(.seconds(10)) { scope in
          try scope.reschedule(to: nil)
          #expect(scope.deadline == nil)
          try await Task.sleep(for: .seconds(50))
          try scope.reschedule(after: .seconds(10))
          try await forever()
        }
      }
      #expect(world.now == .seconds(60))
      // No limit at first, and one from outside.
      let scope = TimeoutScope(nil)
      let task = Task { try await scope.run { try await forever() } }
      await world.settle()
      try scope.reschedule(after: .seconds(1))
      await expectThrow(TimeoutError.self) { try await task.value }
      #expect(world.now == .seconds(61))
    }
  }

  @Test("TO-14 moved into the past: the time is up now, and what need not suspend still completes")
  func past() async throws {
    try await explore(options: .uninterrupted) { world in
      await expectThrow(TimeoutError.self) {
        try await withTimeout(.seconds(10)) { scope in
          try scope.reschedule(after: .zero)
          try await forever()
        }
      }
      let value = try await withTimeout(.seconds(10)) { scope in
        try scope.reschedule(after: .seconds(-1))
        return 1
      }
      #expect(value == 1)
      #expect(world.now == .zero)
    }
  }

  @Test("TO-14 moved when the time is up, or when the operation has ended: an error that says so")
  func tooLate() async throws {
    try await explore { _ in
      let scope = TimeoutScope(.seconds(1))
      try await scope.run {
        try? await forever()
        #expect(throws: TimeoutScopeError.expired) { try scope.reschedule(after: .seconds(1)) }
      }
      #expect(throws: TimeoutScopeError.expired) { try scope.reschedule(to: nil) }
      let other = TimeoutScope(.seconds(1))
      try await other.run {}
      #expect(throws: TimeoutScopeError.ended) { try other.reschedule(after: .seconds(1)) }
      // Before the operation has begun, there is no reason why not.
      let third = TimeoutScope(.seconds(1))
      try third.reschedule(after: .seconds(5))
      try await third.run { try await Task.sleep(for: .seconds(4)) }
    }
  }

  @Test("TO-14 moved in the very moment: either the move counts, or it throws")
  func sameMoment() async throws {
    try await explore { world in
      let scope = TimeoutScope(.seconds(1))
      let task = Task { try await scope.run { try await forever() } }
      try await Task.sleep(for: .seconds(1))
      let isMoved = (try? scope.reschedule(after: .seconds(1))) != nil
      await expectThrow(TimeoutError.self) { try await task.value }
      #expect(world.now == .seconds(isMoved ? 2 : 1))
      #expect(world.sleepers == 0)
    }
  }

  @Test("a thousand moves to later moments need one timer, and so do as many to and fro")
  func oneTimer() async throws {
    try await explore(schedules: 20) { world in
      await expectThrow(TimeoutError.self) {
        try await withTimeout(.seconds(10)) { scope in
          for round in 0..<1_000 {
            try scope.reschedule(after: .seconds(round.isMultiple(of: 2) ? 20 : 10))
            if round.isMultiple(of: 100) { try await Task.sleep(for: .seconds(1)) }
            #expect(world.sleepers <= 1)
          }
          try await forever()
        }
      }
      #expect(world.now == .seconds(20))
    }
  }

  @Test("an inner scope that waits for an outer one to go first is let go when that one is moved")
  func outerMovesAway() async throws {
    try await explore { world in
      let outer = TimeoutScope(.seconds(1))
      let inner = TimeoutScope(.seconds(1))
      let seen = Mutex<(any Error)?>(nil)
      let isMoved = Mutex(false)
      let task = Task {
        try await outer.run {
          do { try await inner.run { try await forever() } } catch {
            seen.withLock { $0 = error }
            try Task.checkCancellation()
          }
        }
      }
      try await Task.sleep(for: .seconds(1))
      isMoved.withLock { $0 = (try? outer.reschedule(after: .seconds(5))) != nil }
      let outcome = await task.result
      #expect(inner.isExpired)
      if isMoved.withLock({ $0 }) {
        #expect(seen.withLock { $0 } is TimeoutError)
        #expect((try? outcome.get()) != nil)
        #expect(!outer.isExpired)
      } else {
        #expect(seen.withLock { $0 } is CancellationError)
        #expect(throws: TimeoutError.self) { try outcome.get() }
      }
      #expect(world.now == .seconds(1))
    }
  }
}
