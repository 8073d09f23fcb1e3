import CheckKit
import Synchronization
import Testing

@testable import AsyncPrimitives

/// Something that is opened and closed, and counted.
final class Connections: Sendable {
  private let open = Atomic(0)
  let journal = Journal()

  var count: Int { open.load(ordering: .relaxed) }

  func acquire(_ name: String = "") -> String {
    open.add(1, ordering: .relaxed)
    journal.add("open \(name)")
    return name
  }

  func release(_ name: String) {
    open.subtract(1, ordering: .relaxed)
    journal.add("close \(name)")
  }
}

@Suite("Scoped resources", .startsTasks)
struct ResourceTests {
  @Test(
    "CM-01 enter, body, exit, in that order; exit runs once on a value, a throw, an early return")
  func exits() async throws {
    try await explore { _ in
      let connections = Connections()
      let use: @Sendable (Int) async throws -> Int = { number in
        try await withResource {
          connections.acquire()
        } release: {
          connections.release($0)
        } body: { _ in
          connections.journal.add("body")
          if number == 0 { throw Mishap(1) }
          if number == 1 { return number }
          await Task.yield()
          return number
        }
      }
      await expectThrow(Mishap(1)) { try await use(0) }
      for number in 1...2 {
        let value = try await use(number)
        #expect(value == number)
      }
      let round = ["open ", "body", "close "]
      #expect(connections.journal.entries == round + round + round)
      #expect(connections.count == 0)
    }
  }

  @Test("CM-01 a body that is cancelled: exit runs once, before the scope is left")
  func cancelled() async throws {
    try await explore { world in
      let connections = Connections()
      let task = Task {
        defer { connections.journal.add("left") }
        try await withResource {
          connections.acquire()
        } release: {
          connections.release($0)
        } body: { _ in
          try await Task.sleep(for: .seconds(60))
        }
      }
      await world.settle()
      task.cancel()
      #expect(await task.endsCancelled)
      #expect(connections.journal.entries == ["open ", "close ", "left"])
    }
  }

  @Test("CM-02 exit sees what came of the body: it may suppress an error, replace it or pass it on")
  func exitDecides() async throws {
    try await explore { _ in
      let journal = Journal()
      let use: @Sendable (Int) async throws -> Int = { number in
        try await withResource {
          number
        } exit: { resource, outcome in
          journal.add("\(resource) failed: \(outcome.isFailure)")
          if resource == 0 { return -1 }
          if resource == 1 { throw Mishap(2) }
          return try outcome.get()
        } body: { resource in
          if resource == 3 { return 33 }
          throw Mishap(1)
        }
      }
      let suppressed = try await use(0)
      #expect(suppressed == -1)
      await expectThrow(Mishap(2)) { try await use(1) }
      await expectThrow(Mishap(1)) { try await use(2) }
      let value = try await use(3)
      #expect(value == 33)
      #expect(
        journal.entries == [
          "0 failed: true", "1 failed: true", "2 failed: true", "3 failed: false",
        ])
    }
  }

  @Test("CM-04 a release that fails: alone its error is thrown, with the body's both are")
  func releaseFails() async throws {
    try await explore { _ in
      await expectThrow(Mishap(2)) {
        try await withResource {
          1
        } release: { _ in
          throw Mishap(2)
        } body: {
          $0
        }
      }
      do {
        try await withResource {
        } release: {
          throw Mishap(2)
        } body: {
          throw Mishap(1)
        }
      } catch let error as UnwindingError {
        #expect(error.bodyError as? Mishap == Mishap(1))
        #expect(error.releaseErrors as? [Mishap] == [Mishap(2)])
        #expect("\(error)".contains("the body failed: \(Mishap(1)); releasing failed"))
      }
    }
  }

  @Test("CM-05 in a cancelled task, clean-up that awaits runs to its end")
  func cleanUpAwaits() async throws {
    try await explore { world in
      let journal = Journal()
      let task = Task {
        try await withResource {
          1
        } release: { _ in
          journal.add("closing, cancelled: \(Task.isCancelled)")
          try await Task.sleep(for: .seconds(3))
          journal.add("closed")
        } body: { _ in
          try await Task.sleep(for: .seconds(60))
        }
      }
      await world.settle()
      task.cancel()
      try await Task.sleep(for: .seconds(1))
      task.cancel()  // a second time, while it closes
      #expect(await task.endsCancelled)
      #expect(journal.entries == ["closing, cancelled: false", "closed"])
      #expect(world.now == .seconds(3))
    }
  }

  @Test("CM-06 cancelled while it acquires, or between acquiring and the body: nothing is leaked")
  func cancelledWhileAcquiring() async throws {
    try await explore { world in
      let connections = Connections()
      let gate = Gate()
      let waits = Task {
        try await withResource {
          try await gate.wait()
          return connections.acquire()
        } release: {
          connections.release($0)
        } body: { _ in
        }
      }
      let between = Task {
        try await withResource {
          await gate.waitStubbornly()
          return connections.acquire()
        } release: {
          connections.release($0)
        } body: { _ in
          try Task.checkCancellation()
          Issue.record("the body went on")
        }
      }
      await world.settle()
      waits.cancel()
      #expect(await waits.endsCancelled)
      #expect(connections.journal.entries.isEmpty)
      between.cancel()
      gate.open()
      #expect(await between.endsCancelled)
      #expect(connections.journal.entries == ["open ", "close "])
      #expect(connections.count == 0)
    }
  }

  @Test("CM-06 acquired and cancelled in one turn, under every schedule: nothing is leaked")
  func acquiredAndCancelled() async throws {
    try await exploreAll { _ in
      let lock = AsyncLock()
      let task = Task {
        try await withResource {
          try await lock.lock()
        } release: {
          try lock.unlock()
        } body: {
          #expect(lock.isLocked)
        }
      }
      task.cancel()
      _ = await task.result
      #expect(!lock.isLocked)
      #expect(lock.waiterCount == 0)
    }
  }

  @Test("CM-06 an acquire that fails has nothing to release")
  func acquireFails() async throws {
    let journal = Journal()
    await #expect(throws: Mishap(1)) {
      try await withResource {
        throw Mishap(1)
      } release: {
        journal.add("release")
      } body: {
        journal.add("body")
      }
    }
    #expect(journal.entries.isEmpty)
  }

  @Test("CM-08 a cancelled task runs enter, a body that does not look, and exit")
  func cancelledBefore() async throws {
    try await explore { _ in
      let connections = Connections()
      let task = Task {
        cancelCurrentTask()
        return try await withResource {
          connections.acquire()
        } release: {
          connections.release($0)
        } body: { _ in
          connections.journal.add("body")
          return Task.isCancelled
        }
      }
      let isCancelled = try await task.value
      #expect(isCancelled)
      #expect(connections.journal.entries == ["open ", "body", "close "])
    }
  }

  @Test("a timeout around a resource: the release runs to its end, and then it is a timeout")
  func timeout() async throws {
    try await explore { world in
      let connections = Connections()
      await expectThrow(TimeoutError.self) {
        try await withTimeout(.seconds(1)) {
          try await withResource {
            connections.acquire()
          } release: { connection in
            try await Task.sleep(for: .seconds(2))
            connections.release(connection)
          } body: { _ in
            try await Task.sleep(for: .seconds(60))
          }
        }
      }
      #expect(connections.count == 0)
      #expect(world.now == .seconds(3))
    }
  }

  private actor Account {
    var log: [String] = []

    func use() async throws -> [String] {
      try await withResource {
        log.append("acquire")
      } release: {
        assertIsolated()
        log.append("release")
      } body: {
        await Task.yield()
        assertIsolated()
        log.append("body")
      }
      return log
    }
  }

  @Test("all three closures run on the caller's actor, with its state")
  func isolation() async throws {
    try await explore { _ in
      let log = try await Account().use()
      #expect(log == ["acquire", "body", "release"])
    }
  }
}
