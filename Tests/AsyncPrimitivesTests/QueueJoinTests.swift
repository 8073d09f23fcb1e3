import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Joining queues of all kinds", .startsTasks, .serialized)
struct QueueJoinTests {
  @Test(
    "QJ-01 joining a fresh or a balanced queue returns at once, twice",
    arguments: QueueKind.allCases)
  func joinAtOnce(kind: QueueKind) async throws {
    try await explore(schedules: perKind, options: .uninterrupted) { _ in
      let queue = kind.make()
      let journal = Journal()
      let other = Task { journal.add("other") }
      for _ in 0..<2 {
        try await queue.join()
        await queue.joinIgnoringCancellation()
        try await queue.put(1)
        _ = try await queue.get()
        try queue.taskDone()
      }
      #expect(journal.entries.isEmpty)
      await other.value
    }
  }

  @Test(
    "QJ-02 join returns when every item is done; that they were taken is not enough",
    arguments: QueueKind.allCases)
  func joinWaits(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make()
      let journal = Journal()
      for item in 0..<20 { try queue.tryPut(item) }
      let joiner = Task {
        try await queue.join()
        journal.add("joined")
      }
      let gate = Gate()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<2 {
          group.addTask {
            try await queue.forEach { item in
              if item == 7 { try await gate.wait() }
              try queue.taskDone()
            }
          }
        }
        await world.settle()
        #expect(queue.isEmpty)
        #expect(queue.statistics.unfinished == 1)
        #expect(journal.entries.isEmpty)
        gate.open()
        try await joiner.value
        queue.shutdown()
        try await group.waitForAll()
      }
    }
  }

  @Test("QJ-04 several joiners all wake", arguments: QueueKind.allCases)
  func severalJoiners(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make()
      try queue.tryPut(1)
      let joiners = (0..<3).map { _ in Task { try await queue.join() } }
      await world.settle()
      #expect(queue.statistics.waitingJoiners == 3)
      _ = try queue.tryGet()
      try queue.taskDone()
      for joiner in joiners { try await joiner.value }
    }
  }

  @Test(
    "QJ-05 a cancelled joiner leaves; the others and the counters do not change",
    arguments: QueueKind.allCases)
  func cancelledJoiner(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make()
      try queue.tryPut(1)
      let joiners = (0..<2).map { _ in Task { try await queue.join() } }
      await world.settle()
      joiners[0].cancel()
      #expect(queue.statistics.waitingJoiners == 1)
      #expect(queue.statistics.unfinished == 1)
      #expect(await joiners[0].endsCancelled)
      _ = try queue.tryGet()
      try queue.taskDone()
      // Too late: it has been told that the work is done (D1).
      joiners[1].cancel()
      try await joiners[1].value
      #expect(queue.statistics.unfinished == 0)
    }
  }

  @Test(
    "QJ-06 after zero, a new item makes a later join wait again; who was woken is let go",
    arguments: QueueKind.allCases)
  func rearm(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make()
      try queue.tryPut(1)
      let early = Task { try await queue.join() }
      await world.settle()
      _ = try queue.tryGet()
      try queue.taskDone()
      try queue.tryPut(2)
      try await early.value
      let late = Task { try await queue.join() }
      await world.settle()
      #expect(queue.statistics.waitingJoiners == 1)
      _ = try queue.tryGet()
      try queue.taskDone()
      try await late.value
    }
  }

  @Test(
    "D8 one taskDone too many is an error that names the queue",
    arguments: QueueKind.allCases)
  func misuse(kind: QueueKind) throws {
    let queue = kind.make(name: "orders")
    #expect(throws: QueueError.nothingInFlight("orders")) { try queue.taskDone() }
    try queue.tryPut(1)
    try queue.tryPut(2)
    // Nothing was taken: what is still in the queue cannot be done.
    #expect(throws: QueueError.nothingInFlight("orders")) { try queue.taskDone() }
    _ = try queue.tryGet()
    try queue.taskDone()
    #expect(throws: QueueError.nothingInFlight("orders")) { try queue.taskDone() }
    #expect(queue.statistics.unfinished == 1)
    let text = "\(QueueError.nothingInFlight("orders"))"
    #expect(text.contains("queue “orders”") && text.contains("taskDone"))
    #expect("\(QueueError.nothingInFlight(nil))".contains("a queue"))
  }
}
