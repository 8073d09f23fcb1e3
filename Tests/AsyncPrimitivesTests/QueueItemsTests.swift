import CheckKit
import Testing

@testable import AsyncPrimitives

/// `items`, and what becomes of the items themselves.
@Suite("Items of queues", .startsTasks, .serialized)
struct QueueItemsTests {
  @Test(
    "a loop takes what is there, waits for more, and ends at the shutdown",
    arguments: QueueKind.allCases)
  func loop(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 2)
      for item in [2, 1] { try queue.tryPut(item) }
      let journal = Journal()
      let consumer = Task {
        try await queue.forEach { journal.add("\($0)") }
        journal.add("end")
      }
      await world.settle()
      #expect(journal.entries == kind.outgoing([2, 1]).map(String.init))
      try queue.tryPut(3)
      await world.settle()
      queue.shutdown()
      try await consumer.value
      #expect(journal.entries.suffix(2) == ["3", "end"])
    }
  }

  @Test(
    "CH-05 a loop that is cancelled throws, takes nothing, and the others go on",
    arguments: QueueKind.allCases)
  func cancelledLoop(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make()
      let journal = Journal()
      let loops = ["a", "b"].map { name in
        Task { try await queue.forEach { journal.add("\(name)\($0)") } }
      }
      await world.settle()
      loops[0].cancel()
      try queue.tryPut(1)
      try queue.tryPut(2)
      await world.settle()
      #expect(
        journal.entries == kind.outgoing([1, 2]).map { "b\($0)" }
          || journal.entries == ["b1", "b2"])
      queue.shutdown()
      #expect(await loops[0].endsCancelled)
      try await loops[1].value
    }
  }

  @Test("leaving a loop leaves the rest in the queue, and another loop goes on there")
  func leaving() async throws {
    let queue = AsyncQueue<Int>()
    for item in 1...4 { try await queue.put(item) }
    var seen: [Int] = []
    for try await item in queue.items {
      seen.append(item)
      if item == 2 { break }
    }
    #expect(seen == [1, 2])
    #expect(queue.count == 2)
    queue.shutdown()
    for try await item in queue.items { seen.append(item) }
    #expect(seen == [1, 2, 3, 4])
    var iterator = queue.items.makeAsyncIterator()
    #expect(try await iterator.next() == nil)
    #expect(try await iterator.next() == nil)
  }

  @Test("items is a sequence like any other: map, prefix, reduce")
  func algorithms() async throws {
    let queue = AsyncQueue<Int>()
    for item in 1...5 { try await queue.put(item) }
    let sum = try await queue.items.prefix(3).map { $0 * 10 }.reduce(0, +)
    #expect(sum == 60)
    #expect(queue.count == 2)
  }

  private final class Parcel: Sendable {}

  @Test("QU-18 items that are left in a dropped queue are released")
  func droppedQueue() async throws {
    weak var (inQueue, inStack, inHeap): (Parcel?, Parcel?, Parcel?)
    do {
      let (queue, stack) = (AsyncQueue<Parcel>(), AsyncStack<Parcel>())
      let heap = AsyncPriorityQueue<Parcel> { _, _ in false }
      let parcels = [Parcel(), Parcel(), Parcel()]
      (inQueue, inStack, inHeap) = (parcels[0], parcels[1], parcels[2])
      try queue.tryPut(parcels[0])
      try stack.tryPut(parcels[1])
      try heap.tryPut(parcels[2])
    }
    #expect(inQueue == nil && inStack == nil && inHeap == nil)
  }

  @Test("QU-18 a queue keeps nothing of what has been taken, given up, refused or dropped")
  func nothingIsKept() async throws {
    try await explore { world in
      let queue = AsyncQueue<Parcel>(capacity: 1)
      weak var (taken, givenUp, refused, dropped): (Parcel?, Parcel?, Parcel?, Parcel?)
      weak var handed: Parcel?

      let getter = Task { _ = try await queue.get() }
      await world.settle()
      do { try queue.tryPut(remember(&handed)) }
      try await getter.value

      try queue.tryPut(remember(&taken))
      let quitter = Task { [parcel = remember(&givenUp)] in try await queue.put(parcel) }
      await world.settle()
      quitter.cancel()
      #expect(await quitter.endsCancelled)
      _ = try queue.tryGet()

      try queue.tryPut(remember(&dropped))
      let late = Task { [parcel = remember(&refused)] in try await queue.put(parcel) }
      await world.settle()
      queue.shutdown(immediate: true)
      #expect(verdict(await late.result) == "shut down")
      #expect(handed == nil && taken == nil && givenUp == nil && refused == nil && dropped == nil)
      #expect(queue.isEmpty)
    }
  }

  private func remember(_ parcel: inout Parcel?) -> Parcel {
    let new = Parcel()
    parcel = new
    return new
  }

  @Test("XX-02 an item that is let go may call the queue: it is not locked then")
  func itemsAreReleasedOutsideTheLock() async throws {
    let isOver = finishes {
      let queue = AsyncQueue<Caller>(capacity: 2)
      let stack = AsyncStack<Caller>(capacity: 2)
      let sorted = AsyncPriorityQueue<Caller>(capacity: 2) { _, _ in false }
      for _ in 0..<2 {
        try? queue.tryPut(Caller { _ = queue.count })
        try? stack.tryPut(Caller { _ = stack.count })
        try? sorted.tryPut(Caller { _ = sorted.count })
      }
      try? queue.tryPut(Caller { _ = queue.count })  // full
      _ = try? queue.tryGet()
      _ = try? stack.tryGet()
      _ = try? sorted.tryGet()
      queue.shutdown(immediate: true)
      stack.shutdown(immediate: true)
      sorted.shutdown(immediate: true)
      try? queue.tryPut(Caller { _ = queue.count })  // shut down
    }
    #expect(isOver)

    let queue = AsyncQueue<Caller>(capacity: 1)
    try queue.tryPut(Caller {})
    let cancelled = Task { try await queue.put(Caller { _ = queue.count }) }
    while queue.statistics.waitingProducers == 0 { await Task.yield() }
    cancelled.cancel()
    #expect(await cancelled.endsCancelled)
    let refused = Task { try await queue.put(Caller { _ = queue.count }) }
    while queue.statistics.waitingProducers == 0 { await Task.yield() }
    queue.shutdown()
    #expect(verdict(await refused.result) == "shut down")
    let left = try queue.tryGet()
    withExtendedLifetime(left) {}
  }

  /// Calls when it goes.
  private final class Caller: Sendable {
    private let call: @Sendable () -> Void
    init(_ call: @escaping @Sendable () -> Void) { self.call = call }
    deinit { call() }
  }
}
