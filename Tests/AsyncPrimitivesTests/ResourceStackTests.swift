import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Stack of resources", .startsTasks)
struct ResourceStackTests {
  /// Opens so many connections, and then does something else.
  private func open(
    _ count: Int, of connections: Connections, failing: Set<Int> = [],
    body: @escaping @Sendable () async throws -> Void = {}
  ) async throws {
    try await withResourceStack { stack in
      for number in 1...count {
        let name = try await stack.enter {
          connections.acquire("\(number)")
        } release: { name in
          await Task.yield()
          connections.release(name)
          if failing.contains(number) { throw Mishap(number) }
        }
        #expect(name == "\(number)")
        #expect(stack.count == number)
      }
      try await body()
    }
  }

  @Test("CM-04 resources are released in reverse order, on a value and on an error")
  func reverseOrder() async throws {
    try await explore { _ in
      let connections = Connections()
      try await open(3, of: connections)
      let order = ["open 1", "open 2", "open 3", "close 3", "close 2", "close 1"]
      #expect(connections.journal.entries == order)
      await expectThrow(Mishap(9)) { try await open(3, of: connections) { throw Mishap(9) } }
      #expect(connections.journal.entries == order + order)
      #expect(connections.count == 0)
    }
  }

  @Test("CM-04 all releases run even if some fail, and their errors are thrown together")
  func failingReleases() async throws {
    try await explore { _ in
      let connections = Connections()
      await expectThrow(Mishap(2)) { try await open(3, of: connections, failing: [2]) }
      #expect(connections.count == 0)
      do {
        try await open(4, of: connections, failing: [1, 3])
        Issue.record("nothing was thrown")
      } catch let error as UnwindingError {
        #expect(error.bodyError == nil)
        #expect(error.releaseErrors as? [Mishap] == [Mishap(3), Mishap(1)])
        #expect("\(error)" == "releasing failed: \(Mishap(3)); \(Mishap(1))")
      }
      #expect(connections.count == 0)
      do {
        try await open(2, of: connections, failing: [1]) { throw Mishap(9) }
        Issue.record("nothing was thrown")
      } catch let error as UnwindingError {
        #expect(error.bodyError as? Mishap == Mishap(9))
        #expect(error.releaseErrors as? [Mishap] == [Mishap(1)])
      }
      #expect(connections.count == 0)
    }
  }

  @Test("CM-04 an acquire that fails halfway: what was acquired before is released")
  func acquireFails() async throws {
    try await explore { _ in
      let connections = Connections()
      await expectThrow(Mishap(5)) {
        try await withResourceStack { stack in
          try await stack.enter {
            connections.acquire("1")
          } release: {
            connections.release($0)
          }
          try await stack.enter {
            throw Mishap(5)
          } release: {
            connections.release("2")
          }
        }
      }
      #expect(connections.journal.entries == ["open 1", "close 1"])
    }
  }

  @Test("CM-05 in a cancelled task, all releases run to their end")
  func cancelled() async throws {
    try await explore { world in
      let connections = Connections()
      let task = Task {
        try await withResourceStack { stack in
          for number in 1...3 {
            _ = try await stack.enter {
              connections.acquire("\(number)")
            } release: { name in
              try await Task.sleep(for: .seconds(1))
              connections.release(name)
            }
          }
          try await Task.sleep(for: .seconds(60))
        }
      }
      await world.settle()
      task.cancel()
      #expect(await task.endsCancelled)
      #expect(connections.count == 0)
      #expect(connections.journal.entries.suffix(3) == ["close 3", "close 2", "close 1"])
      #expect(world.now == .seconds(3))
    }
  }

  @Test("CM-06 cancelled between two acquires: the first is released, the second never opened")
  func cancelledBetween() async throws {
    try await explore { world in
      let connections = Connections()
      let gate = Gate()
      let task = Task {
        try await withResourceStack { stack in
          _ = try await stack.enter {
            connections.acquire("1")
          } release: {
            connections.release($0)
          }
          _ = try await stack.enter {
            try await gate.wait()
            return connections.acquire("2")
          } release: {
            connections.release($0)
          }
        }
      }
      await world.settle()
      task.cancel()
      #expect(await task.endsCancelled)
      #expect(connections.journal.entries == ["open 1", "close 1"])
    }
  }

  @Test("what is to be done on exit runs in its turn, and may add more, which runs next")
  func onExit() async throws {
    try await explore { _ in
      let journal = Journal()
      try await withResourceStack { stack in
        try stack.onExit { journal.add("1") }
        try stack.onExit {
          journal.add("2")
          try stack.onExit { journal.add("added") }
        }
        try stack.onExit { journal.add("3") }
      }
      #expect(journal.entries == ["3", "2", "added", "1"])
    }
  }

  @Test("a stack that was unwound takes nothing more: an error that says so")
  func closed() async throws {
    try await explore { _ in
      let stack = try await withResourceStack { $0 }
      #expect(throws: ResourceStackError.closed) { try stack.onExit {} }
      let journal = Journal()
      await expectThrow(ResourceStackError.closed) {
        try await stack.enter {
          journal.add("acquired")
        } release: {
        }
      }
      #expect(journal.entries.isEmpty)
      #expect("\(ResourceStackError.closed)".contains("was unwound"))
    }
  }

  @Test("a stack that stays empty costs no suspension")
  func empty() async throws {
    try await explore(options: .uninterrupted) { _ in
      let journal = Journal()
      let other = Task { journal.add("other") }
      let value = try await withResourceStack { _ in 1 }
      #expect(value == 1)
      #expect(journal.entries.isEmpty)
      await other.value
    }
  }
}
