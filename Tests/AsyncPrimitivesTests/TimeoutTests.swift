import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Timeout", .startsTasks)
struct TimeoutTests {
  @Test("WF-01 an operation that ends in time: its value is returned, and no timer is left")
  func inTime() async throws {
    try await explore { world in
      let value = try await withTimeout(.seconds(10)) {
        try await Task.sleep(for: .seconds(1))
        return 1
      }
      #expect(value == 1)
      #expect(world.now == .seconds(1))
      #expect(world.sleepers == 0)
      await #expect(throws: Mishap(1)) { try await withTimeout(.seconds(1)) { throw Mishap(1) } }
      #expect(world.sleepers == 0)
    }
  }

  @Test("WF-02 when the time is up, the operation is cancelled and awaited, and then this throws")
  func awaited() async throws {
    try await explore { world in
      let gate = Gate()
      let journal = Journal()
      let task = Task {
        await #expect(throws: TimeoutError(limit: .seconds(1))) {
          try await withTimeout(.seconds(1)) {
            do { try await Task.sleep(for: .seconds(60)) } catch {
              journal.add("cancelled \(Task.isCancelled) at \(world.now)")
              await gate.waitStubbornly()
              journal.add("ended")
              throw error
            }
          }
        }
        journal.add("threw")
      }
      try await Task.sleep(for: .seconds(5))
      #expect(journal.entries == ["cancelled true at 1.0 seconds"])
      gate.open()
      await task.value
      #expect(journal.entries.dropFirst() == ["ended", "threw"])
    }
  }

  @Test("D15 a timeout of zero on what need not suspend: it completes", arguments: [0, -1])
  func zero(seconds: Int) async throws {
    try await explore(options: .uninterrupted) { world in
      let lock = AsyncLock()
      try await withTimeout(.seconds(seconds)) { try await lock.lock() }
      #expect(lock.isLocked)
      let handle = TaskHandle { 1 }
      #expect(try await handle.value == 1)
      #expect(try await withTimeout(.seconds(seconds)) { try await handle.value } == 1)
      await #expect(throws: TimeoutError.self) {
        try await withTimeout(.seconds(seconds)) { try await lock.lock() }
      }
      #expect(lock.waiterCount == 0)
      #expect(world.now == .zero)
    }
  }

  private actor Account {
    var balance = 0
    func deposit() async throws -> Int {
      try await withTimeout(.zero) {
        assertIsolated()
        balance += 1
        await Task.yield()
        assertIsolated()
        balance += 1
      }
      return balance
    }
  }

  @Test("the operation runs on the caller's actor and can use its state, also with no time at all")
  func isolation() async throws {
    try await explore { _ in
      #expect(try await Account().deposit() == 2)
      var count = 0
      try await withTimeout(.seconds(1)) {
        count += 1
        try await Task.sleep(for: .milliseconds(1))
        count += 1
      }
      #expect(count == 2)
    }
  }

  @Test("TO-05 two scopes with the same deadline: the outer one throws, and both are expired")
  func sameDeadline() async throws {
    try await explore { world in
      let outer = TimeoutScope(.seconds(1))
      let inner = TimeoutScope(.seconds(1))
      let journal = Journal()
      await #expect(throws: TimeoutError.self) {
        try await outer.run {
          do {
            try await inner.run { try await Task.sleep(for: .seconds(60)) }
          } catch {
            journal.add("\(type(of: error))")
            throw error
          }
        }
      }
      #expect(journal.entries == ["CancellationError"])
      #expect(inner.isExpired)
      #expect(outer.isExpired)
      #expect(world.now == .seconds(1))
    }
  }
}
