import Dispatch
import Foundation
import Synchronization
import Testing

@testable import AsyncPrimitives

/// What one thread cannot show. Serialized, because some of these keep a thread for a moment.
@Suite("Queues on real threads", .serialized)
struct QueueThreadTests {
  @Test("XX-02 no waiter is resumed while the queue's own lock is held")
  func resumedOutsideTheLock() async throws {
    for round in 0..<30 {
      let isCancelling = DispatchSemaphore(value: 0)
      let mayWithdraw = DispatchSemaphore(value: 0)
      let queue = AsyncQueue<Int>(capacity: 1)
      let room = DisturbedQueue(
        core: queue.core,
        beforeWithdrawing: {
          // Here the waiter's status record is locked, and resuming the waiter needs it.
          isCancelling.signal()
          mayWithdraw.wait()
        })
      // In turn: what a put, a get, and a shutdown wake.
      let isPutter = round % 3 == 1
      if isPutter { try queue.tryPut(0) }
      let waiter = Task {
        if isPutter { try await room.waitForRoom(with: 1) } else { try await room.waitForItem() }
      }
      while !queue.someoneWaits { await Task.yield() }
      let isOver = finishes {
        Thread.detachNewThread { waiter.cancel() }
        isCancelling.wait()
        Thread.detachNewThread {
          switch round % 3 {
          case 0: try? queue.tryPut(1)
          case 1: _ = try? queue.tryGet()
          default: queue.shutdown()
          }
        }
        // Would never get the state if it were kept while the waiter is resumed.
        while queue.someoneWaits {}
        mayWithdraw.signal()
      }
      try #require(isOver, "the waiter is resumed while the queue's own state is locked")
      try await waiter.value  // granted first: the cancellation came too late
    }
  }

  @Test("XX-03 two cancellations at a time: each handler resumes its own waiter only")
  func handlersKeepToThemselves() async throws {
    for round in 0..<30 {
      let missing = Missing(2)
      let queue = AsyncQueue<Int>(capacity: 1)
      let room = DisturbedQueue(core: queue.core, beforeWithdrawing: { missing.meet() })
      let arePutters = round.isMultiple(of: 2)
      if arePutters { try queue.tryPut(0) }
      let waiters = (0..<2).map { _ in
        Task {
          if arePutters {
            try await room.waitForRoom(with: 1)
          } else {
            try await room.waitForItem()
          }
        }
      }
      while queue.statistics.waitingProducers + queue.statistics.waitingConsumers < 2 {
        await Task.yield()
      }
      let isOver = finishes {
        DispatchQueue.concurrentPerform(iterations: 2) { waiters[$0].cancel() }
      }
      try #require(isOver, "a cancellation handler waits for another task's")
      for waiter in waiters { #expect(await waiter.endsCancelled) }
      #expect(queue.takeAll() == (arePutters ? [0] : []))
    }
  }

  private final class Missing: Sendable {
    private let count: Atomic<Int>
    init(_ count: Int) { self.count = Atomic(count) }

    func meet() {
      count.subtract(1, ordering: .acquiringAndReleasing)
      while count.load(ordering: .acquiring) > 0 {}
    }
  }

  @Test("XX-07 more waiting tasks than cores keep no thread: unrelated work goes on")
  func waitersKeepNoThread() async throws {
    let empty = AsyncQueue<Int>()
    let full = AsyncQueue<Int>(capacity: 1)
    try await full.put(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<64 {
        group.addTask { for try await _ in empty.items {} }
        group.addTask { try await full.put(1) }
        group.addTask { try await full.join() }
      }
      while empty.statistics.waitingConsumers < 64 || full.statistics.waitingProducers < 64
        || full.statistics.waitingJoiners < 64
      { await Task.yield() }
      #expect(await Task { 1 }.value == 1)
      empty.shutdown()
      for _ in 0..<65 {
        _ = try await full.get()
        try full.taskDone()
      }
      try await group.waitForAll()
    }
    #expect(full.statistics.unfinished == 0)
  }

  @Test("XX-08 the forms that do not wait work on a thread, in deinit, in a handler, on main")
  func fromAnywhere() async throws {
    let queue = AsyncQueue<Int>()
    #expect(finishes { try? queue.tryPut(1) })
    do { _ = Putter(queue: queue) }
    let task = Task {
      await withTaskCancellationHandler {
        while !Task.isCancelled { await Task.yield() }
      } onCancel: {
        try? queue.tryPut(3)
      }
    }
    task.cancel()
    await task.value
    try await MainActor.run { try queue.tryPut(4) }
    #expect(try (0..<3).map { _ in try queue.tryGet() } == [1, 2, 3])
    #expect(finishes { _ = try? queue.tryGet() })
    #expect(finishes { for _ in 0..<4 { try? queue.taskDone() } })
    #expect(queue.statistics.unfinished == 0)
    #expect(finishes { queue.shutdown(immediate: true) })
    #expect(queue.isShutDown)
  }

  private final class Putter: Sendable {
    let queue: AsyncQueue<Int>
    init(queue: AsyncQueue<Int>) { self.queue = queue }
    deinit { try? queue.tryPut(2) }
  }

  @Test(
    "XX-12, QU-16 items in = items out + left, under real threads and random cancellations",
    arguments: QueueKind.allCases, [nil, 1, 3] as [Int?])
  func conservation(kind: QueueKind, capacity: Int?) async throws {
    let queue = kind.make(capacity: capacity)
    let tally = Tally()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<6 {
        var lottery = Lottery(seed: UInt64(number))
        let choices = (0..<60).map { _ in Int.random(in: 0..<6, using: &lottery) }
        group.addTask {
          for (step, choice) in choices.enumerated() {
            let item = number * 1_000 + step
            switch choice {
            case 0: if (try? queue.tryPut(item)) != nil { tally.put(item) }
            case 1: if let item = try? queue.tryGet() { tally.got(item) }
            default:
              let task = Task {
                if choice.isMultiple(of: 2) {
                  try await queue.put(item)
                  tally.put(item)
                } else {
                  tally.got(try await queue.get())
                }
              }
              if choice > 3 { await Task.yield() }
              // Without it, all could come to wait for each other.
              task.cancel()
              _ = await task.result
            }
          }
        }
      }
    }
    let left = queue.takeAll()
    #expect(tally.items.put.sorted() == (tally.items.got + left).sorted())
    let rest = queue.statistics
    #expect(rest.waitingProducers + rest.waitingConsumers == 0)
    #expect(rest.highWaterMark <= capacity ?? .max)
    #expect(rest.unfinished == tally.items.put.count)
  }

  @Test(
    "XX-12, QU-16 everything arrives once, each producer's in order, under real threads",
    arguments: [nil, 1, 64] as [Int?])
  func pipeline(capacity: Int?) async throws {
    let queue = AsyncQueue<Int>(capacity: capacity)
    let tally = Tally()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<3 {
        group.addTask {
          var last: [Int: Int] = [:]
          for try await item in queue.items {
            #expect(last[item / 1_000, default: -1] < item % 1_000)
            last[item / 1_000] = item % 1_000
            tally.got(item)
            try queue.taskDone()
          }
        }
      }
      try await withThrowingTaskGroup(of: Void.self) { producers in
        for producer in 0..<3 {
          producers.addTask {
            for item in 0..<1_000 { try await queue.put(producer * 1_000 + item) }
          }
        }
        try await producers.waitForAll()
      }
      try await queue.join()
      queue.shutdown()
      try await group.waitForAll()
    }
    #expect(tally.items.got.sorted() == Array(0..<3_000))
    #expect(queue.statistics.unfinished == 0)
  }

  @Test(
    "XX-12, QS-08 shutdown races puts, gets and cancellations: one outcome each",
    arguments: QueueKind.allCases)
  func racingShutdown(kind: QueueKind) async throws {
    for round in 0..<100 {
      let queue = kind.make(capacity: 2)
      let tally = Tally()
      let dropped = await withTaskGroup(of: [Int].self) { group in
        for item in 0..<4 {
          group.addTask {
            if (try? await queue.put(item)) != nil { tally.put(item) }
            return []
          }
          group.addTask {
            let task = Task { tally.got(try await queue.get()) }
            if item == 0 { task.cancel() }
            _ = await task.result
            return []
          }
        }
        group.addTask { queue.shutdown(immediate: round.isMultiple(of: 2)) }
        return await group.reduce(into: []) { $0 += $1 }
      }
      let left = queue.takeAll()
      #expect(tally.items.put.sorted() == (tally.items.got + dropped + left).sorted())
      for _ in 0..<(tally.items.got.count + left.count) { try queue.taskDone() }
      try await queue.join()
    }
  }

  /// What was put and what was got.
  private final class Tally: Sendable {
    private let state = Mutex((put: [Int](), got: [Int]()))
    var items: (put: [Int], got: [Int]) { state.withLock { $0 } }
    func put(_ item: Int) { state.withLock { $0.put.append(item) } }
    func got(_ item: Int) { state.withLock { $0.got.append(item) } }
  }
}

extension AsyncQueue {
  fileprivate var someoneWaits: Bool {
    let now = statistics
    return now.waitingProducers + now.waitingConsumers > 0
  }
}
