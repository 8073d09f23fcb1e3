import CheckKit
import Testing

@testable import AsyncPrimitives

/// D16: a task that has waited chooses when it wakes up.
@Suite("Priority queue", .startsTasks, .serialized)
struct PriorityQueueTests {
  @Test("D16 a waiting getter takes the smallest at the moment when it wakes")
  func smallestOnWaking() async throws {
    try await explore { world in
      let queue = AsyncPriorityQueue<Int>()
      let getter = queue.getter()
      await world.settle()
      for item in [5, 3, 4] { try queue.tryPut(item) }
      #expect(queue.count == 2)
      #expect(try await getter.value == 3)
      #expect(queue.takeAll() == [4, 5])
    }
  }

  @Test("D16, QU-05 of two woken getters the first to run takes the smallest, and both have one")
  func twoGetters() async throws {
    try await explore { world in
      let queue = AsyncPriorityQueue<Int>()
      let order = Journal()
      let getters = (0..<2).map { _ in Task { order.add("\(try await queue.get())") } }
      await world.settle()
      try queue.tryPut(2)
      try queue.tryPut(1)
      #expect(queue.isEmpty)
      for getter in getters { try await getter.value }
      #expect(order.entries == ["1", "2"])
    }
  }

  @Test("D16 what is promised cannot be taken by others, but something better for it can come")
  func promiseHolds() async throws {
    try await explore { world in
      let queue = AsyncPriorityQueue<Int>(capacity: 1)
      let getter = queue.getter()
      await world.settle()
      try queue.tryPut(5)
      #expect(throws: QueueError.empty(nil)) { try queue.tryGet() }
      // The promised item takes up no room.
      try queue.tryPut(3)
      #expect(throws: QueueError.full(nil)) { try queue.tryPut(1) }
      // One of the two is for all, and the smaller one is first.
      #expect(try queue.tryGet() == 3)
      #expect(try await getter.value == 5)
      #expect(queue.isEmpty && queue.statistics.unfinished == 2)
      #expect(queue.statistics.highWaterMark == 1)
    }
  }

  @Test("D16 a promised getter makes no room for putters: what it takes was not in the way")
  func promiseAndPutter() async throws {
    try await explore { world in
      let queue = AsyncPriorityQueue<Int>(capacity: 1)
      let getter = queue.getter()
      await world.settle()
      try queue.tryPut(5)
      try queue.tryPut(3)
      let putter = queue.putter(1)
      // It runs before or after the getter, and waits in either case.
      #expect(try await getter.value == 3)
      await world.settle()
      #expect(queue.count == 1)
      #expect(queue.statistics.waitingProducers == 1)
      #expect(try queue.tryGet() == 5)
      try await putter.value
      #expect(queue.takeAll() == [1])
    }
  }

  @Test("D1, D16 a promised getter that is cancelled takes the smallest all the same")
  func cancelledWithPromise() async throws {
    try await explore { world in
      let queue = AsyncPriorityQueue<Int>()
      let getter = queue.getter()
      await world.settle()
      try queue.tryPut(5)
      try queue.tryPut(3)
      getter.cancel()
      #expect(try await getter.value == 3)
      #expect(queue.takeAll() == [5])
    }
  }

  @Test("D16, QS-04 an immediate shutdown drops all but what is promised, and keeps the smallest")
  func promiseAndShutdown() async throws {
    try await explore { world in
      let queue = AsyncPriorityQueue<Int>()
      let getters = (0..<2).map { _ in queue.getter() }
      await world.settle()
      for item in [5, 3, 4, 1, 2] { try queue.tryPut(item) }
      #expect(queue.statistics.unfinished == 5)
      #expect(queue.shutdown(immediate: true) == [3, 4, 5])
      #expect(queue.statistics.unfinished == 2)
      #expect(try await [getters[0].value, getters[1].value].sorted() == [1, 2])
      #expect(throws: QueueError.shutDown(nil)) { try queue.tryGet() }
      for _ in 0..<2 { try queue.taskDone() }
      try await queue.join()
    }
  }

  @Test("PQ-02 equal items that wait for room, or are promised, keep their order, too")
  func equalItems() async throws {
    struct Job: Sendable {
      let name: String
    }
    try await explore { world in
      let queue = AsyncPriorityQueue<Job>(capacity: 2) { _, _ in false }
      let getter = Task { try await queue.get().name }
      await world.settle()
      for name in ["a", "b", "c"] { try queue.tryPut(Job(name: name)) }
      let putter = Task { try await queue.put(Job(name: "d")) }
      #expect(try await getter.value == "a")
      await world.settle()
      #expect(try (0..<3).map { _ in try queue.tryGet().name } == ["b", "c", "d"])
      try await putter.value
    }
  }
}
