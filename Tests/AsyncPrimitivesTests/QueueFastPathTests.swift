import CheckKit
import Synchronization
import Testing

@testable import AsyncPrimitives

@Suite("What a queue does not suspend for", .startsTasks, .serialized)
struct QueueFastPathTests {
  @Test(
    "XX-10 putting and getting without a wait neither suspends nor yields",
    arguments: QueueKind.allCases)
  func fastPath(kind: QueueKind) async throws {
    try await explore(schedules: perKind, options: .uninterrupted) { _ in
      let queue = kind.make(capacity: 2)
      let journal = Journal()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for name in ["a", "b"] {
          group.addTask {
            journal.add(name)
            for item in 0..<2 {
              try await queue.put(item)
              try await queue.putIgnoringCancellation(item)
              _ = try await queue.get()
              _ = try await queue.getIgnoringCancellation()
              for _ in 0..<2 { try queue.taskDone() }
              try await queue.join()
            }
            journal.add(name)
          }
        }
        try await group.waitForAll()
      }
      #expect([["a", "a", "b", "b"], ["b", "b", "a", "a"]].contains(journal.entries))
    }
  }

  @Test("XX-10 nor does it after a wait, or where somebody waits on the other side")
  func plainAgain() async throws {
    try await explore(options: .uninterrupted) { world in
      let queue = AsyncQueue<Int>(capacity: 1)
      let getter = queue.getter()
      await world.settle()
      let journal = Journal()
      let other = Task { journal.add("other") }
      // The getter is woken, and the putter goes on.
      try await queue.put(1)
      try await queue.put(2)
      _ = try await queue.get()
      #expect(journal.entries.isEmpty)
      await other.value
      #expect(try await getter.value == 1)
      #expect(queue.core.state.withLock { $0.isCalm })
    }
  }

  @Test("XX-10 nor does it leave the caller's actor, and a wait comes back to it")
  func onAnActor() async throws {
    try await explore(options: .uninterrupted) { world in
      let clerk = Clerk()
      async let one: Void = clerk.work(1)
      async let two: Void = clerk.work(2)
      try await one
      try await two
      #expect([[1, 1, 2, 2], [2, 2, 1, 1]].contains(await clerk.steps))
      async let item = clerk.take()
      await world.settle()
      try clerk.queue.tryPut(7)
      #expect(try await item == 7)
    }
  }

  private actor Clerk {
    let queue = AsyncQueue<Int>(capacity: 1)
    var steps: [Int] = []

    func work(_ number: Int) async throws {
      steps.append(number)
      try await queue.put(number)
      assertIsolated()
      _ = try await queue.get()
      steps.append(number)
    }

    func take() async throws -> Int {
      for try await item in queue.items {
        assertIsolated()
        return item
      }
      throw Mishap(1)
    }
  }
}
