import Synchronization
import Testing

@testable import AsyncPrimitives

/// Conservation laws, checked at rest after random use by many tasks on real threads.
@Suite("Conservation laws under real threads", .serialized)
struct MeetingStressTests {
  /// What a task does in each of its rounds, by seed.
  private func choices(_ count: Int, upTo limit: Int, seed: Int) -> [Int] {
    var lottery = Lottery(seed: UInt64(seed))
    return (0..<count).map { _ in Int.random(in: 0..<limit, using: &lottery) }
  }

  @Test(
    "XX-12 permits are constant under requests of all sizes, cancellations and new limits",
    arguments: 2...8)
  func permits(tasks: Int) async throws {
    let semaphore = AsyncSemaphore(limit: 4)
    let law = Law(limit: 4)
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<tasks {
        let choices = choices(150, upTo: 24, seed: tasks * 10 + number)
        group.addTask {
          for choice in choices {
            let count = choice % 4 + 1
            switch choice / 4 {
            case 0:
              if semaphore.tryAcquire(count) {
                law.enter(count); law.leave(count); _ = try? semaphore.release(count)
              }
            case 1, 2:
              let task = Task {
                try await semaphore.withPermits(count) {
                  law.enter(count)
                  law.leave(count)
                }
              }
              if choice.isMultiple(of: 2) { await Task.yield() }
              task.cancel()
              _ = await task.result
            case 3 where number == 0:
              // Never more than 4, so the law is the same. Nothing waits for ever at 0: the next
              // line raises it again.
              try? semaphore.setLimit(choice % 3)
              try? semaphore.setLimit(4)
            default:
              let isGranted: Void? = try? await semaphore.withPermits(count) {
                law.enter(count)
                if choice.isMultiple(of: 2) { await Task.yield() }
                law.leave(count)
              }
              #expect(isGranted != nil)
            }
          }
        }
      }
    }
    #expect(law.violations.load(ordering: .relaxed) == 0)
    #expect(semaphore.waiterCount == 0)
    #expect(semaphore.availablePermits == 4)
    #expect(semaphore.tryAcquire(4))
  }

  /// What must hold at any time: never more inside than the limit.
  private final class Law: Sendable {
    let limit: Int
    let inside = Atomic(0)
    let violations = Atomic(0)
    init(limit: Int) { self.limit = limit }

    func enter(_ count: Int) {
      if inside.add(count, ordering: .relaxed).newValue > limit {
        violations.add(1, ordering: .relaxed)
      }
    }

    func leave(_ count: Int) { inside.subtract(count, ordering: .relaxed) }
  }

  @Test("XX-12 signals sent are signals received, plus those that are left, with cancellations")
  func signals() async throws {
    let semaphore = AsyncSemaphore(permits: 0)
    let received = Atomic(0)
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<4 {
        group.addTask { @Sendable in
          for round in 0..<500 {
            let task = Task { try await semaphore.acquire() }
            if (round + number).isMultiple(of: 3) { await Task.yield() }
            if round.isMultiple(of: 2) { task.cancel() }
            if case .success = await task.result { received.add(1, ordering: .relaxed) }
          }
        }
        group.addTask {
          for round in 0..<500 {
            _ = try? semaphore.release()
            if round.isMultiple(of: 8) { await Task.yield() }
          }
        }
      }
    }
    let left = semaphore.availablePermits
    #expect(received.load(ordering: .relaxed) + left == 2_000)
    #expect(semaphore.waiterCount == 0)
  }

  @Test("XX-12 a broadcast reaches all who wait, with cancellations: 200 rounds of 16 tasks")
  func broadcast() async throws {
    let event = AsyncEvent()
    for round in 0..<200 {
      let tasks = (0..<16).map { _ in Task { try await event.wait() } }
      let victims = tasks.enumerated().filter { ($0.offset + round).isMultiple(of: 5) }
      while event.waiterCount < 16 { await Task.yield() }
      let canceller = Task { for (_, victim) in victims { victim.cancel() } }
      event.set()
      event.clear()
      // All of them end, or this never does. Only a cancelled one may have missed the event.
      for (number, task) in tasks.enumerated() {
        let isGranted = if case .success = await task.result { true } else { false }
        #expect(isGranted || (number + round).isMultiple(of: 5))
      }
      await canceller.value
      #expect(event.waiterCount == 0)
    }
  }

  @Test("XX-12 items in are items out, through two conditions on one lock, with cancellations")
  func buffer() async throws {
    let buffer = Buffer()
    let taken = Mutex<[Int]>([])
    let put = Mutex<[Int]>([])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for producer in 0..<3 {
        group.addTask { @Sendable in
          for number in 0..<200 {
            let item = producer * 1_000 + number
            let task = Task { try await buffer.put(item) }
            if number.isMultiple(of: 7) { task.cancel() }
            if case .success = await task.result { put.withLock { $0.append(item) } }
          }
        }
      }
      let consumers = (0..<3).map { number in
        Task { @Sendable in
          for round in 0... {
            let task = Task { try await buffer.take() }
            if (round + number).isMultiple(of: 5) { task.cancel() }
            switch await task.result {
            case .success(let item?): taken.withLock { $0.append(item) }
            case .success(nil): return
            case .failure: break
            }
          }
        }
      }
      try await group.waitForAll()
      try await buffer.close()
      for consumer in consumers { await consumer.value }
    }
    #expect(taken.withLock { $0.sorted() } == put.withLock { $0.sorted() })
    #expect(!buffer.lock.isLocked)
    #expect(buffer.notEmpty.waiterCount + buffer.notFull.waiterCount == 0)
  }

  /// A bounded buffer in the manner of the textbooks: one notification for one item.
  private final class Buffer: Sendable {
    let lock = AsyncLock()
    let notEmpty: AsyncCondition
    let notFull: AsyncCondition
    private let items = Mutex<[Int]>([])
    private let isClosed = Atomic(false)

    init() {
      notEmpty = AsyncCondition(lock)
      notFull = AsyncCondition(lock)
    }

    func put(_ item: Int) async throws {
      try await lock.withLock {
        try await notFull.wait(until: { items.withLock { $0.count } < 2 })
        items.withLock { $0.append(item) }
        try notEmpty.notify()
      }
    }

    func take() async throws -> Int? {
      try await lock.withLock {
        try await notEmpty.wait(until: {
          items.withLock { !$0.isEmpty } || isClosed.load(ordering: .relaxed)
        })
        guard let item = items.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return nil }
        try notFull.notify()
        return item
      }
    }

    func close() async throws {
      try await lock.withLock {
        isClosed.store(true, ordering: .relaxed)
        try notEmpty.notifyAll()
      }
    }
  }

  @Test("XX-12 every round of a barrier has each number once", arguments: [2, 5])
  func rounds(parties: Int) async throws {
    let barrier = try AsyncBarrier(parties: parties)
    let rounds = 300
    let seen = Mutex([Int](repeating: 0, count: rounds))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<parties {
        group.addTask { @Sendable in
          for round in 0..<rounds {
            // A visitor that comes and is cancelled does not complete a round for good: it either
            // leaves, or it is not there.
            let number = try await barrier.wait()
            seen.withLock { $0[round] += 1 << number }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(seen.withLock { $0.allSatisfy { $0 == (1 << parties) - 1 } })
    #expect(barrier.waiterCount == 0)
  }

  @Test("XX-12 arrivals at a barrier are complete rounds, waiters and cancellations, and no more")
  func arrivals() async throws {
    let barrier = try AsyncBarrier(parties: 3)
    let passed = Mutex([0, 0, 0])
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<6 {
        group.addTask { @Sendable in
          for round in 0..<100 {
            let task = Task { try await barrier.wait() }
            if (round + number).isMultiple(of: 2) { await Task.yield() }
            task.cancel()
            if case .success(let number) = await task.result { passed.withLock { $0[number] += 1 } }
          }
        }
      }
    }
    let counts = passed.withLock { $0 }
    #expect(counts[0] == counts[1] && counts[1] == counts[2])
    #expect(barrier.waiterCount == 0)
  }
}
