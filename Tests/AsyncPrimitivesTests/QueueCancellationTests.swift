import CheckKit
import Testing

@testable import AsyncPrimitives

/// No item is lost, and none is there twice, whoever is cancelled when.
@Suite("Cancellation at queues of all kinds", .startsTasks, .serialized)
struct QueueCancellationTests {
  @Test(
    "QU-08 one reader, cancelled after its item came: it returns the item (D1)",
    arguments: QueueKind.allCases)
  func grantedReader(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make()
      let reader = queue.getter()
      await world.settle()
      try queue.tryPut(1)
      try queue.tryPut(2)
      reader.cancel()
      #expect(try await reader.value == 1)
      #expect(queue.takeAll() == [2])
    }
  }

  @Test(
    "QU-08 one reader, cancelled before its item came: both items are still there",
    arguments: QueueKind.allCases)
  func cancelledReader(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make()
      let reader = queue.getter()
      await world.settle()
      reader.cancel()
      try queue.tryPut(1)
      try queue.tryPut(2)
      #expect(queue.count == 2)
      #expect(await reader.endsCancelled)
      #expect(queue.takeAll() == kind.outgoing([1, 2]))
    }
  }

  @Test(
    "QU-09 three readers, two items, the first reader cancelled after: it has one (D1)",
    arguments: QueueKind.allCases)
  func firstOfThree(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make()
      var readers: [Task<Int, any Error>] = []
      for _ in 1...3 {
        readers.append(queue.getter())
        await world.settle()
      }
      try queue.tryPut(1)
      try queue.tryPut(2)
      readers[0].cancel()
      #expect(try await [readers[0].value, readers[1].value].sorted() == [1, 2])
      #expect(queue.statistics.waitingConsumers == 1)
      try queue.tryPut(3)
      #expect(try await readers[2].value == 3)
    }
  }

  @Test(
    "QU-09 three readers, the first cancelled, then two items: the others have them",
    arguments: QueueKind.allCases)
  func otherTwo(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make()
      var readers: [Task<Int, any Error>] = []
      for _ in 1...3 {
        readers.append(queue.getter())
        await world.settle()
      }
      readers[0].cancel()
      try queue.tryPut(1)
      try queue.tryPut(2)
      #expect(try await [readers[1].value, readers[2].value].sorted() == [1, 2])
      #expect(await readers[0].endsCancelled)
      #expect(queue.isEmpty)
    }
  }

  @Test(
    "QU-10 a cancelled putter's item is not enqueued, and a retry enqueues it once",
    arguments: QueueKind.allCases)
  func cancelledPutter(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 1)
      try await queue.put(1)
      let putter = queue.putter(2)
      await world.settle()
      putter.cancel()
      #expect(await putter.endsCancelled)
      #expect(try queue.tryGet() == 1)
      #expect(queue.isEmpty)
      try await queue.put(2)
      #expect(queue.takeAll() == [2])
      #expect(queue.count == 0)
    }
  }

  @Test(
    "QU-10 cancelling one of several putters keeps the order of the others",
    arguments: QueueKind.allCases, 0..<3)
  func oneOfThreePutters(kind: QueueKind, cancelled: Int) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 1)
      try await queue.put(9)
      var items = [3, 1, 2]
      var putters: [Task<Void, any Error>] = []
      for item in items {
        putters.append(queue.putter(item))
        await world.settle()
      }
      putters[cancelled].cancel()
      #expect(await putters[cancelled].endsCancelled)
      items.remove(at: cancelled)
      #expect(queue.takeAll() == [9] + items)
      for (index, putter) in putters.enumerated() where index != cancelled {
        try await putter.value
      }
    }
  }

  @Test(
    "QU-12 whoever was cancelled, or whose time was up, leaves no entry",
    arguments: QueueKind.allCases)
  func noEntries(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 1)
      func briefly(_ operation: @escaping @Sendable () async throws -> Void) async {
        await withTaskGroup(of: Void.self) { group in
          group.addTask { try? await operation() }
          group.addTask { try? await Task.sleep(for: .seconds(1)) }
          await group.next()
          group.cancelAll()
        }
      }
      await briefly { _ = try await queue.get() }
      #expect(queue.statistics.waitingConsumers == 0)
      try await queue.put(1)
      await briefly { try await queue.put(2) }
      #expect(queue.statistics.waitingProducers == 0)
      await briefly { try await queue.join() }
      #expect(queue.statistics.waitingJoiners == 0)
      #expect(world.now == .seconds(3))
      #expect(queue.takeAll() == [1])
      try queue.tryPut(3)
      #expect(queue.takeAll() == [3])
    }
  }

  @Test(
    "QU-12, XX-05 thousands of cancelled waiters need the memory of one",
    arguments: QueueKind.allCases)
  func flatMemory(kind: QueueKind) async throws {
    let queue = kind.make(capacity: 1)
    var options = Simulation.Options()
    options.blockLimit = .seconds(30)  // 10,000 turns: one may well be kept off its processor
    let report = await Simulation.run(options: options) { world in
      for round in 0..<2_000 {
        let getter = queue.getter()
        await world.settle()
        getter.cancel()
        #expect(queue.statistics.waitingConsumers == 0)
        try queue.tryPut(round)
        let putter = queue.putter(round)
        await world.settle()
        putter.cancel()
        #expect(queue.statistics.waitingProducers == 0)
        _ = try queue.tryGet()
        _ = await (getter.result, putter.result)
      }
    }
    #expect(report.verdict.isPassed)
    #expect(queue.allocated <= 8)
  }

  @Test(
    "QU-13 a putter that was let in and is then cancelled succeeds, and its item is there once",
    arguments: QueueKind.allCases)
  func admittedPutter(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 1)
      try await queue.put(1)
      let putter = queue.putter(2)
      await world.settle()
      #expect(try queue.tryGet() == 1)
      putter.cancel()
      #expect(verdict(await putter.result) == "ok")
      #expect(queue.takeAll() == [2])
    }
  }

  @Test(
    "QU-13 a putter that is cancelled and then would have room: cancelled, no item",
    arguments: QueueKind.allCases)
  func putterThatGaveUp(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 1)
      try await queue.put(1)
      let putter = queue.putter(2)
      await world.settle()
      putter.cancel()
      #expect(try queue.tryGet() == 1)
      #expect(await putter.endsCancelled)
      #expect(queue.takeAll() == [])
    }
  }

  @Test(
    "QU-14, XX-11 a task that is cancelled already takes nothing and puts nothing (D3)",
    arguments: QueueKind.allCases)
  func cancelledAlready(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { _ in
      let queue = kind.make(capacity: 3)
      try queue.tryPut(1)
      try queue.tryPut(2)
      let task = Task {
        cancelCurrentTask()
        let before = queue.statistics
        await #expect(throws: CancellationError.self) { try await queue.put(3) }
        await #expect(throws: CancellationError.self) { try await queue.get() }
        await #expect(throws: CancellationError.self) { try await queue.forEach { _ in } }
        await #expect(throws: CancellationError.self) { try await queue.join() }
        #expect(queue.statistics == before)
        // Also where there is nothing to join, and where it would fail anyway.
        await #expect(throws: CancellationError.self) { try await kind.make().join() }
        let closed = kind.make()
        closed.shutdown()
        await #expect(throws: CancellationError.self) { try await closed.get() }
        await #expect(throws: CancellationError.self) { try await closed.put(1) }
        // The forms for clean-up code do their work all the same.
        try await queue.putIgnoringCancellation(3)
        #expect(queue.count == 3)
        #expect(try await queue.getIgnoringCancellation() == kind.outgoing([1, 2, 3])[0])
        for _ in 0..<2 { _ = try queue.tryGet() }
        for _ in 0..<3 { try queue.taskDone() }
        await queue.joinIgnoringCancellation()
      }
      try await task.value
    }
  }

  @Test(
    "XX-11 clean-up code waits its turn, also when it is cancelled while it waits",
    arguments: QueueKind.allCases)
  func cleanUpWaits(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 1)
      let getter = Task { try await queue.getIgnoringCancellation() }
      await world.settle()
      getter.cancel()
      await world.settle()
      #expect(queue.statistics.waitingConsumers == 1)
      try queue.tryPut(1)
      #expect(try await getter.value == 1)

      try queue.tryPut(2)
      let putter = Task { try await queue.putIgnoringCancellation(3) }
      let joiner = Task { await queue.joinIgnoringCancellation() }
      await world.settle()
      putter.cancel()
      joiner.cancel()
      await world.settle()
      #expect(queue.statistics.waitingProducers == 1)
      #expect(queue.statistics.waitingJoiners == 1)
      #expect(try queue.tryGet() == 2)
      try await putter.value
      #expect(try queue.tryGet() == 3)
      for _ in 0..<3 { try queue.taskDone() }
      await joiner.value
    }
  }

  @Test("XX-11 clean-up code, too, hears of a shutdown", arguments: QueueKind.allCases)
  func cleanUpHearsOfShutdown(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 1, name: "orders")
      let getter = Task { try await queue.getIgnoringCancellation() }
      await world.settle()
      queue.shutdown()
      await #expect(throws: QueueError.shutDown("orders")) { try await getter.value }
      let full = kind.make(capacity: 1)
      try full.tryPut(1)
      let putter = Task { try await full.putIgnoringCancellation(2) }
      await world.settle()
      full.shutdown()
      await #expect(throws: QueueError.shutDown(nil)) { try await putter.value }
      #expect(full.takeAll() == [1])
    }
  }
}
