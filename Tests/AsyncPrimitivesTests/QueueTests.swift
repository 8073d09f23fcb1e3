import CheckKit
import Testing

@testable import AsyncPrimitives

/// What the three kinds promise alike, and so PQ-05: everything in QU holds for all of them.
@Suite("Queues of all kinds", .startsTasks, .serialized)
struct QueueTests {
  @Test(
    "QU-01 items come in the kind's order, and count, isEmpty and isFull are exact",
    arguments: QueueKind.allCases)
  func order(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { _ in
      let queue = kind.make(capacity: 3)
      #expect(queue.isEmpty && !queue.isFull && queue.count == 0)
      try await queue.put(1)
      #expect(!queue.isEmpty && !queue.isFull && queue.count == 1)
      try await queue.put(3)
      #expect(queue.count == 2)
      try queue.tryPut(2)
      #expect(!queue.isEmpty && queue.isFull && queue.count == 3)
      let order = kind.outgoing([1, 3, 2])
      #expect(try await queue.get() == order[0])
      #expect(queue.count == 2 && !queue.isFull)
      #expect(try queue.tryGet() == order[1])
      #expect(try await queue.get() == order[2])
      #expect(queue.isEmpty && !queue.isFull && queue.count == 0)
      #expect(throws: QueueError.empty(nil)) { try queue.tryGet() }
    }
  }

  @Test("QU-01 without a capacity a queue is never full", arguments: QueueKind.allCases)
  func unbounded(kind: QueueKind) async throws {
    let queue = kind.make()
    for item in 0..<10_000 { try await queue.put(item) }
    #expect(queue.count == 10_000)
    #expect(!queue.isFull)
    #expect(queue.takeAll() == kind.outgoing(Array(0..<10_000)))
  }

  @Test("QU-01 a capacity of 0 or less is a programming error, and no way to say unlimited")
  func noCapacity() async {
    await #expect(processExitsWith: .failure) { _ = AsyncQueue<Int>(capacity: 0) }
    await #expect(processExitsWith: .failure) { _ = AsyncPriorityQueue<Int>(capacity: -1) }
    await #expect(processExitsWith: .failure) { _ = AsyncStack<Int>(capacity: .min) }
    #expect(AsyncQueue<Int>(capacity: 1).capacity == 1)
    #expect(AsyncQueue<Int>().capacity == nil)
  }

  @Test(
    "QU-02 put waits while the queue is full, get while it is empty",
    arguments: QueueKind.allCases)
  func backPressure(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 1)
      try await queue.put(1)
      let putter = queue.putter(2)
      await world.settle()
      #expect(queue.statistics.waitingProducers == 1)
      #expect(queue.count == 1)
      #expect(try await queue.get() == 1)
      try await putter.value
      #expect(try await queue.get() == 2)

      let getter = queue.getter()
      await world.settle()
      #expect(queue.statistics.waitingConsumers == 1)
      try await queue.put(3)
      #expect(try await getter.value == 3)
      #expect(queue.isEmpty)
    }
  }

  @Test(
    "QU-04, PQ-04 waiting putters are let in oldest first, whatever they bring",
    arguments: QueueKind.allCases)
  func puttersInOrder(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 1)
      try await queue.put(4)
      var putters: [Task<Void, any Error>] = []
      for item in [3, 1, 2] {
        putters.append(queue.putter(item))
        await world.settle()
      }
      // Each is in the queue as soon as there is room, before its putter has run again.
      #expect(queue.takeAll() == [4, 3, 1, 2])
      for putter in putters { try await putter.value }
      #expect(queue.isEmpty)
    }
  }

  @Test(
    "QU-05 a put hands over to the getter that has waited longest",
    arguments: [QueueKind.queue, .stack])
  func gettersInOrder(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make()
      let first = queue.getter("first")
      await world.settle()
      let second = queue.getter("second")
      await world.settle()
      try queue.tryPut(1)
      try queue.tryPut(2)
      #expect(try await second.value == 2)
      #expect(try await first.value == 1)
    }
  }

  @Test(
    "QU-06 nobody takes an item that is owed to a waiting getter, or its freed room (D2)",
    arguments: QueueKind.allCases)
  func noBarging(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 1, name: "orders")
      let getter = queue.getter()
      await world.settle()
      try queue.tryPut(1)
      // The getter has not run yet, and the item is its own already.
      #expect(throws: QueueError.empty("orders")) { try queue.tryGet() }
      #expect(queue.isEmpty && !queue.isFull)
      #expect(try await getter.value == 1)

      try queue.tryPut(2)
      let putter = queue.putter(3)
      await world.settle()
      #expect(try queue.tryGet() == 2)
      #expect(throws: QueueError.full("orders")) { try queue.tryPut(4) }
      #expect(queue.isFull && queue.count == 1)
      try await putter.value
      #expect(try queue.tryGet() == 3)
    }
  }

  @Test(
    "QU-06 a newcomer queues up behind those who wait, also if it runs first",
    arguments: QueueKind.allCases)
  func newcomers(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make()
      let waiting = queue.getter("waiting")
      await world.settle()
      try queue.tryPut(1)
      let newcomer = queue.getter("newcomer")
      await world.settle()
      #expect(queue.statistics.waitingConsumers == 1)
      #expect(try await waiting.value == 1)
      try queue.tryPut(2)
      #expect(try await newcomer.value == 2)
    }
  }

  @Test(
    "QU-16 everything that is sent arrives once, in every schedule",
    arguments: QueueKind.allCases, [nil, 1, 2] as [Int?])
  func conservation(kind: QueueKind, capacity: Int?) async throws {
    try await explore(schedules: perKind) { _ in
      let queue = kind.make(capacity: capacity)
      let received = Journal()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<2 {
          group.addTask { try await queue.forEach { received.add("\($0)") } }
        }
        try await withThrowingTaskGroup(of: Void.self) { producers in
          for producer in 0..<3 {
            producers.addTask {
              for item in 0..<4 { try await queue.put(producer * 10 + item) }
            }
          }
          try await producers.waitForAll()
        }
        queue.shutdown()
        try await group.waitForAll()
      }
      let items = received.entries.compactMap(Int.init)
      let sent = (0..<3).flatMap { producer in (0..<4).map { producer * 10 + $0 } }
      #expect(items.sorted() == sent)
    }
  }

  @Test("QU-16 the items of each producer keep their order", arguments: [nil, 1, 2] as [Int?])
  func producersKeepTheirOrder(capacity: Int?) async throws {
    try await explore(schedules: perKind) { _ in
      let queue = AsyncQueue<Int>(capacity: capacity)
      await withThrowingTaskGroup(of: Void.self) { group in
        for producer in 0..<3 {
          group.addTask {
            for item in 0..<4 { try await queue.put(producer * 10 + item) }
          }
        }
        group.addTask {
          var last = [0: -1, 1: -1, 2: -1]
          for _ in 0..<12 {
            let item = try await queue.get()
            #expect(last[item / 10] == item % 10 - 1)
            last[item / 10] = item % 10
          }
        }
      }
    }
  }

  @Test(
    "QU-17 waiting consumers share the work: five of them, ten items, two for each",
    arguments: QueueKind.allCases)
  func sharing(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make()
      let journals = (0..<5).map { _ in Journal() }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for journal in journals {
          group.addTask { try await queue.forEach { journal.add("\($0)") } }
        }
        for round in 0..<2 {
          await world.settle()
          for item in 0..<5 { try queue.tryPut(round * 5 + item) }
        }
        await world.settle()
        queue.shutdown()
        try await group.waitForAll()
      }
      #expect(journals.map(\.entries.count) == [2, 2, 2, 2, 2])
    }
  }

  @Test(
    "QU-22 statistics: buffered, waiting, high-water mark, unfinished",
    arguments: QueueKind.allCases)
  func statistics(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 2)
      func expect(
        _ buffered: Int, _ producers: Int, _ consumers: Int, high: Int, unfinished: Int,
        joiners: Int = 0, _ location: SourceLocation = #_sourceLocation
      ) {
        let expected = QueueStatistics(
          buffered: buffered, waitingProducers: producers, waitingConsumers: consumers,
          waitingJoiners: joiners, highWaterMark: high, unfinished: unfinished)
        #expect(queue.statistics == expected, sourceLocation: location)
      }
      expect(0, 0, 0, high: 0, unfinished: 0)
      try await queue.put(1)
      expect(1, 0, 0, high: 1, unfinished: 1)
      try await queue.put(2)
      let three = queue.putter(3)
      await world.settle()
      let four = queue.putter(4)
      await world.settle()
      expect(2, 2, 0, high: 2, unfinished: 2)
      three.cancel()
      expect(2, 1, 0, high: 2, unfinished: 2)
      _ = try await queue.get()
      expect(2, 0, 0, high: 2, unfinished: 3)
      try queue.taskDone()
      expect(2, 0, 0, high: 2, unfinished: 2)
      #expect(queue.takeAll().count == 2)
      expect(0, 0, 0, high: 2, unfinished: 2)
      let getter = queue.getter()
      let joiner = Task { try await queue.join() }
      await world.settle()
      expect(0, 0, 1, high: 2, unfinished: 2, joiners: 1)
      getter.cancel()
      joiner.cancel()
      expect(0, 0, 0, high: 2, unfinished: 2)
      #expect(await three.endsCancelled)
      #expect(await getter.endsCancelled)
      #expect(await joiner.endsCancelled)
      try await four.value
    }
  }
}
