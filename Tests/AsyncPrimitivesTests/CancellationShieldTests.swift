import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Scopes that do not see a cancellation", .startsTasks)
struct CancellationShieldTests {
  @Test("SH-08 inside, an outer cancellation is not seen; at the first look after leaving, it is")
  func notSeen() async throws {
    try await explore { world in
      let journal = Journal()
      let task = Task {
        try await withCancellationShield {
          try await Task.sleep(for: .seconds(5))
          journal.add("inside \(Task.isCancelled)")
          try await Task.sleep(for: .seconds(5))
        }
        journal.add("after \(Task.isCancelled)")
        try await Task.sleep(for: .seconds(60))
      }
      try await Task.sleep(for: .seconds(1))
      task.cancel()
      #expect(await task.endsCancelled)
      #expect(journal.entries == ["inside false", "after true"])
      #expect(world.now == .seconds(10))
    }
  }

  @Test("SH-08 it works in a task that is cancelled already, which is what clean-up needs")
  func cancelledAlready() async throws {
    try await explore { world in
      let task = Task {
        cancelCurrentTask()
        let value = try await withCancellationShield {
          try await Task.sleep(for: .seconds(3))
          return 1
        }
        #expect(value == 1)
        #expect(Task.isCancelled)
      }
      try await task.value
      #expect(world.now == .seconds(3))
    }
  }

  @Test("SH-09 a shield does not keep out its own timeout, nor its own cancellation")
  func ownTimeout() async throws {
    try await explore { world in
      let task = Task {
        await expectThrow(TimeoutError.self) {
          try await withCancellationShield {
            try await withTimeout(.seconds(2)) { try await Task.sleep(for: .seconds(60)) }
          }
        }
        await expectThrow(CancellationError.self) {
          try await withCancellationShield {
            cancelCurrentTask()
            try await Task.sleep(for: .seconds(60))
          }
        }
        // What the inside did to itself stays inside.
        #expect(!Task.isCancelled)
      }
      await task.value
      #expect(world.now == .seconds(2))
    }
  }

  @Test("SH-09 a timeout around a shield is late, and one inside with the same deadline is not")
  func outerTimeout() async throws {
    try await explore { world in
      let inner = TimeoutScope(.seconds(1))
      await expectThrow(TimeoutError(limit: .seconds(1))) {
        try await withTimeout(.seconds(1)) {
          try await withCancellationShield {
            await expectThrow(TimeoutError.self) {
              try await inner.run { try await Task.sleep(for: .seconds(60)) }
            }
            try await Task.sleep(for: .seconds(3))
          }
          try Task.checkCancellation()
        }
      }
      #expect(inner.isExpired)
      #expect(world.now == .seconds(4))
    }
  }

  @Test("SH-10 nested shields: a cancellation comes once, when the outermost is left")
  func nested() async throws {
    try await explore { world in
      let journal = Journal()
      let caught = Journal()
      let task = Task {
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            try await withCancellationShield {
              try await withCancellationShield { try await Task.sleep(for: .seconds(4)) }
              journal.add("between \(Task.isCancelled)")
              try await Task.sleep(for: .seconds(4))
            }
            journal.add("outside \(Task.isCancelled)")
            do { try await Task.sleep(for: .seconds(60)) } catch {
              caught.add("\(type(of: error))")
              throw error
            }
          }
          // Two scopes are cancelled: this group, and the task around it.
          try? await Task.sleep(for: .seconds(1))
          group.cancelAll()
          try await group.waitForAll()
        }
      }
      try await Task.sleep(for: .seconds(2))
      task.cancel()
      #expect(await task.endsCancelled)
      #expect(journal.entries == ["between false", "outside true"])
      #expect(caught.entries == ["CancellationError"])
      #expect(world.now == .seconds(8))
    }
  }

  private actor Account {
    var balance = 0

    func close() async throws -> Int {
      try await withCancellationShield {
        assertIsolated()
        balance += 1
        try await Task.sleep(for: .seconds(1))
        assertIsolated()
        balance += 1
      }
      assertIsolated()
      return balance
    }
  }

  /// Something that cannot be handed to another task.
  private final class Ledger { var lines = 0 }

  @Test("the body runs on the caller's actor, with the caller's variables, and may return anything")
  func isolation() async throws {
    try await explore { _ in
      let balance = try await Account().close()
      #expect(balance == 2)
      var count = 0
      let ledger = try await withCancellationShield {
        count += 1
        await Task.yield()
        let ledger = Ledger()
        ledger.lines += count
        return ledger
      }
      #expect(count == 1)
      #expect(ledger.lines == 1)
    }
  }

  @Test("XX-10 a body that does not suspend is over without a suspension")
  func fastPath() async throws {
    try await explore(options: .uninterrupted) { _ in
      let journal = Journal()
      let other = Task { journal.add("other") }
      try await withCancellationShield { journal.add("body") }
      #expect(journal.entries == ["body"])
      await other.value
    }
  }

  @Test("a deadlock inside says who waits for what")
  func deadlock() async {
    let report = await Simulation.run { _ in
      let lock = AsyncLock("till")
      try await lock.lock()
      try await withCancellationShield { try await lock.lock() }
    }
    let text = report.verdict.description
    #expect(text.contains("“body” waits for shielded body “body” to end"), "\(text)")
    #expect(text.contains("“body, shielded” waits for lock “till”"), "\(text)")
  }
}
