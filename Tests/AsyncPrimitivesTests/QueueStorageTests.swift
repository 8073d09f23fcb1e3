import Synchronization
import Testing

@testable import AsyncPrimitives

/// What items are kept in, and the state machine, without any task.
@Suite("Storage of queues")
struct QueueStorageTests {
  @Test("QU-20 a huge capacity is not preallocated, and memory follows the content")
  func memoryFollowsContent() throws {
    for queue in [
      AsyncQueue<Int>(capacity: .max) as any NumberQueue, AsyncPriorityQueue<Int>(capacity: .max),
      AsyncStack<Int>(capacity: .max),
    ] {
      #expect(queue.allocated == 0)
      #expect(!queue.isFull)
      for item in 0..<10_000 { try queue.tryPut(item) }
      #expect((10_000...40_000).contains(queue.allocated))
      for _ in 0..<5_000 { _ = try queue.tryGet() }
      #expect((5_000...40_000).contains(queue.allocated))
      #expect(queue.takeAll().count == 5_000)
      #expect(queue.allocated <= 2 * keptSlots)
      // Going to and fro does not grow it again.
      for item in 0..<10_000 {
        try queue.tryPut(item)
        _ = try queue.tryGet()
      }
      #expect(queue.allocated <= 2 * keptSlots)
    }
  }

  @Test("QU-21 capacity stays exact after the ring has started at an offset")
  func offsetStart() throws {
    for offset in [0, 1, 4, 41, 42, 63, 64] {
      let queue = AsyncQueue<Int>(capacity: 42)
      for item in 0..<offset {
        try queue.tryPut(item)
        #expect(try queue.tryGet() == item)
      }
      for item in 0..<42 {
        #expect(!queue.isFull)
        try queue.tryPut(item)
      }
      #expect(queue.isFull)
      #expect(throws: QueueError.full(nil)) { try queue.tryPut(42) }
      #expect(queue.takeAll() == Array(0..<42))
    }
  }

  @Test("QU-21 empty is right at every edge of a block", arguments: [0, 3])
  func edges(start: Int) {
    var ring = Ring<Int>()
    for item in 0..<start {
      ring.insert(item)
      _ = ring.removeFirst()
    }
    for size in 1..<257 {
      for item in 0..<size { ring.insert(item) }
      #expect(ring.count == size)
      for item in 0..<size { #expect(ring.removeFirst() == item) }
      #expect(ring.count == 0)
      #expect(ring.removeFirst() == nil)
    }
  }

  @Test("ring and heap do what plain arrays would", arguments: 0..<20)
  func model(seed: UInt64) {
    var lottery = Lottery(seed: seed)
    var ring = Ring<Int>()
    var heap = Heap<Int>(by: <)
    var model: [Int] = []
    var sorted: [Int] = []
    var bias = 3
    for step in 0..<2_000 {
      if step.isMultiple(of: 250) { bias = Int.random(in: 1...5, using: &lottery) }
      if Int.random(in: 0..<6, using: &lottery) < bias {
        let item = Int.random(in: 0..<50, using: &lottery)
        ring.insert(item)
        heap.insert(item)
        model.append(item)
        sorted.insert(item, at: sorted.firstIndex { $0 > item } ?? sorted.endIndex)
      } else {
        #expect(ring.removeFirst() == (model.isEmpty ? nil : model.removeFirst()))
        #expect(heap.removeFirst() == (sorted.isEmpty ? nil : sorted.removeFirst()))
      }
      #expect(ring.count == model.count)
      #expect(heap.count == model.count)
    }
  }

  @Test("a pile gives back what it was given, newest first", arguments: 0..<5)
  func pile(seed: UInt64) {
    var lottery = Lottery(seed: seed)
    var pile = Pile<Int>()
    var model: [Int] = []
    for step in 0..<2_000 {
      let isGrowing = (step / 300).isMultiple(of: 2)
      if Int.random(in: 0..<4, using: &lottery) < (isGrowing ? 3 : 1) {
        pile.insert(step)
        model.append(step)
      } else {
        #expect(pile.removeFirst() == model.popLast())
      }
      #expect(pile.count == model.count)
    }
  }

  @Test("PQ-02 equal items come out in the order in which they were put")
  func stability() throws {
    struct Job: Comparable {
      var urgency: Int
      var name: String
      static func < (one: Job, other: Job) -> Bool { one.urgency < other.urgency }
      static func == (one: Job, other: Job) -> Bool { one.urgency == other.urgency }
    }
    let equal = AsyncPriorityQueue<Job>()
    for name in "abcdefg" { try equal.tryPut(Job(urgency: 1, name: String(name))) }
    #expect(try (0..<7).map { _ in try equal.tryGet().name } == "abcdefg".map(String.init))

    // Also among others, and with items that come while others go.
    let mixed = AsyncPriorityQueue<Job>()
    var lottery = Lottery(seed: 1)
    var model: [(urgency: Int, number: Int)] = []
    for number in 0..<1_000 {
      let urgency = Int.random(in: 0..<5, using: &lottery)
      try mixed.tryPut(Job(urgency: urgency, name: "\(number)"))
      model.append((urgency, number))
      if number.isMultiple(of: 3), let first = model.min(by: { $0 < $1 }) {
        model.removeAll { $0 == first }
        #expect(try mixed.tryGet().name == "\(first.number)")
      }
    }
    for (_, number) in model.sorted(by: { $0 < $1 }) {
      #expect(try mixed.tryGet().name == "\(number)")
    }
    #expect(mixed.isEmpty)
  }

  @Test("PQ-06 an item whose order changes in the queue may come late, and nothing gets lost")
  func changedOrder() throws {
    final class Job: Sendable {
      let number: Int
      let urgency: Box
      init(_ number: Int) {
        self.number = number
        urgency = Box(number)
      }
      final class Box: Sendable {
        private let value: Mutex<Int>
        init(_ value: Int) { self.value = Mutex(value) }
        var current: Int { value.withLock { $0 } }
        func set(_ new: Int) { value.withLock { $0 = new } }
      }
    }
    let queue = AsyncPriorityQueue<Job> { $0.urgency.current < $1.urgency.current }
    let jobs = (0..<100).map(Job.init)
    for job in jobs { try queue.tryPut(job) }
    var lottery = Lottery(seed: 2)
    var taken: Set<Int> = []
    for _ in jobs {
      jobs[Int.random(in: 0..<100, using: &lottery)].urgency.set(
        Int.random(in: 0..<100, using: &lottery))
      taken.insert(try queue.tryGet().number)
    }
    #expect(taken.count == 100)
    #expect(queue.isEmpty)
  }

  @Test("PQ-06 a comparison that makes no sense gives a senseless order, and loses nothing")
  func senselessComparison() throws {
    for answer in [true, false] {
      let queue = AsyncPriorityQueue<Int> { _, _ in answer }
      for item in 0..<100 { try queue.tryPut(item) }
      #expect(queue.takeAll().sorted() == Array(0..<100))
    }
  }

  @Test("PQ-01 lowest first; newest first; by any order")
  func orders() throws {
    let smallest = AsyncPriorityQueue<Int>()
    let newest = AsyncStack<Int>()
    let longest = AsyncPriorityQueue<String> { $0.count > $1.count }
    for item in [1, 3, 2] {
      try smallest.tryPut(item)
      try newest.tryPut(item)
      try longest.tryPut(String(repeating: "x", count: item))
    }
    #expect(smallest.takeAll() == [1, 2, 3])
    #expect(newest.takeAll() == [2, 3, 1])
    #expect(try longest.tryGet() == "xxx")
  }
}
