import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Abandoning timeout", .startsTasks)
struct AbandoningTimeoutTests {
  @Test("WF-14 the structured form waits for a stubborn operation, the abandoning one does not")
  func stubborn() async throws {
    try await explore { world in
      let journal = Journal()
      let stubborn: @Sendable () async throws -> Int = {
        await withCancellationShieldAround { try? await Task.sleep(for: .seconds(5)) }
        journal.add("ended, cancelled: \(Task.isCancelled)")
        throw Mishap(1)
      }
      await expectThrow(Mishap(1)) { try await withTimeout(.seconds(1), operation: stubborn) }
      #expect(world.now == .seconds(5))
      #expect(journal.entries == ["ended, cancelled: true"])

      await expectThrow(TimeoutError(limit: .seconds(1))) {
        try await withAbandoningTimeout(.seconds(1), operation: stubborn)
      }
      #expect(world.now == .seconds(6))
      #expect(journal.entries.count == 1)
      #expect(world.sleepers == 1)  // the operation, cancelled and alive; what it throws is dropped
      try await Task.sleep(for: .seconds(10))
      #expect(journal.entries.count == 2)
      #expect(journal.entries.last == "ended, cancelled: true")
    }
  }

  private func withCancellationShieldAround(_ body: () async -> Void) async {
    try? await withCancellationShield { await body() }
  }

  @Test("WF-14 in time: the value or the error, and no timer is left")
  func inTime() async throws {
    try await explore { world in
      let value = try await withAbandoningTimeout(.seconds(10)) {
        try await Task.sleep(for: .seconds(1))
        return 1
      }
      #expect(value == 1)
      await expectThrow(Mishap(1)) { try await withAbandoningTimeout(nil) { throw Mishap(1) } }
      await expectThrow(CancellationError.self) {
        try await withAbandoningTimeout(.seconds(1)) { throw CancellationError() }
      }
      #expect(world.now == .seconds(1))
      #expect(world.sleepers == 0)
    }
  }

  @Test("WF-14 a value that is there at the very moment, or a timeout: one of the two (D5)")
  func sameMoment() async throws {
    try await explore { world in
      let outcome = await outcome {
        try await withAbandoningTimeout(.seconds(1)) {
          try await Task.sleep(for: .seconds(1))
          return 1
        }
      }
      switch outcome {
      case .success(let value): #expect(value == 1)
      case .failure(let error): #expect(error is TimeoutError)
      }
      #expect(world.now == .seconds(1))
    }
  }

  @Test("WF-14 no time: the operation is started, and cancelled unless it ends at once")
  func noTime() async throws {
    try await explore { world in
      let journal = Journal()
      await expectThrow(TimeoutError(limit: .zero)) {
        try await withAbandoningTimeout(.zero) {
          defer { journal.add("ended \(Task.isCancelled)") }
          try await Task.sleep(for: .seconds(60))
        }
      }
      await world.settle()
      #expect(journal.entries == ["ended true"])
      #expect(world.now == .zero)
    }
  }

  @Test("WF-14 a cancelled caller abandons its operation too; one cancelled before starts nothing")
  func callerCancelled() async throws {
    try await explore { world in
      let gate = Gate()
      let journal = Journal()
      let task = Task {
        try await withAbandoningTimeout(.seconds(10)) {
          journal.add("started")
          await gate.waitStubbornly()
          journal.add("ended \(Task.isCancelled)")
        }
      }
      await world.settle()
      task.cancel()
      #expect(await task.endsCancelled)
      #expect(world.sleepers == 0)
      gate.open()
      await world.settle()
      #expect(journal.entries == ["started", "ended true"])
      let late = Task {
        cancelCurrentTask()
        try await withAbandoningTimeout(.seconds(10)) { journal.add("started") }
      }
      #expect(await late.endsCancelled)
      await world.settle()
      #expect(journal.entries.count == 2)
    }
  }

  @Test("WF-17 without a limit there is no timer")
  func noLimit() async throws {
    try await explore { world in
      let gate = Gate()
      let task = Task { try await withAbandoningTimeout(nil) { try await gate.wait() } }
      await world.settle()
      #expect(world.sleepers == 0)
      gate.open()
      try await task.value
    }
  }
}
