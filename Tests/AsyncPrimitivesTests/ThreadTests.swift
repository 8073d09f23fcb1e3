import Dispatch
import Foundation
import Synchronization
import Testing

@testable import AsyncPrimitives

/// What one thread cannot show. Serialized, because some of these keep a thread for a moment.
@Suite("On real threads", .serialized)
struct ThreadTests {
  @Test("XX-02 no waiter is resumed while the primitive's own lock is held")
  func resumedOutsideTheLock() async throws {
    for _ in 0..<50 {
      let isCancelling = DispatchSemaphore(value: 0)
      let mayWithdraw = DispatchSemaphore(value: 0)
      let room = DisturbedLock(beforeWithdrawing: {
        // Here the waiter's status record is locked, and resuming the waiter needs it.
        isCancelling.signal()
        mayWithdraw.wait()
      })
      try await room.lock.lock()
      let waiter = Task { try await room.waitForLock() }
      while room.lock.waiterCount == 0 { await Task.yield() }
      let isOver = finishes {
        Thread.detachNewThread { waiter.cancel() }
        isCancelling.wait()
        Thread.detachNewThread { try? room.lock.unlock() }
        // Would never get the state if unlock kept it while it resumes the waiter.
        while room.lock.waiterCount > 0 {}
        mayWithdraw.signal()
      }
      try #require(isOver, "the waiter is resumed while the lock's own state is locked")
      try await waiter.value  // granted first: the cancellation came too late
      #expect(room.lock.isLocked)
    }
  }

  @Test("XX-03 two cancellations at a time: each handler resumes its own waiter only")
  func handlersKeepToThemselves() async throws {
    for _ in 0..<50 {
      let both = Rendezvous(of: 2)
      let room = DisturbedLock(beforeWithdrawing: { both.meet() })
      try await room.lock.lock()
      let waiters = (0..<2).map { _ in Task { try await room.waitForLock() } }
      while room.lock.waiterCount < 2 { await Task.yield() }
      let isOver = finishes {
        DispatchQueue.concurrentPerform(iterations: 2) { waiters[$0].cancel() }
      }
      try #require(isOver, "a cancellation handler waits for another task's")
      for waiter in waiters { #expect(await waiter.endsCancelled) }
      try room.lock.unlock()
      #expect(room.lock.tryLock())
    }
  }

  /// Holds threads up until the last of them has come.
  private final class Rendezvous: Sendable {
    private let missing: Atomic<Int>

    init(of count: Int) { missing = Atomic(count) }

    func meet() {
      missing.subtract(1, ordering: .acquiringAndReleasing)
      while missing.load(ordering: .acquiring) > 0 {}
    }
  }

  @Test("XX-07 more parked waiters than cores keep no thread: unrelated work goes on")
  func waitersKeepNoThread() async throws {
    let lock = AsyncLock()
    let handle = TaskHandle { try await lock.withLock {} }
    _ = try await handle.value
    try await lock.lock()
    let stuck = TaskHandle { try await lock.withLock {} }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<64 {
        group.addTask { try await lock.withLock {} }
        group.addTask { try await stuck.value }
        group.addTask { _ = try await wait(for: [stuck]) }
        group.addTask { for try await _ in asCompleted([stuck]) {} }
      }
      while lock.waiterCount < 65 { await Task.yield() }
      #expect(await Task { 1 }.value == 1)
      try lock.unlock()
      try await group.waitForAll()
    }
    #expect(stuck.completion.observerCount == 0)
  }

  @Test("XX-12 one owner at a time under real threads and random cancellations", arguments: 2...8)
  func oneOwner(tasks: Int) async throws {
    let lock = AsyncLock()
    let law = Law()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<tasks {
        var lottery = Lottery(seed: UInt64(tasks * 10 + number))
        let choices = (0..<200).map { _ in Int.random(in: 0..<4, using: &lottery) }
        group.addTask {
          for choice in choices {
            switch choice {
            case 0:
              if lock.tryLock() { law.enter(); law.leave(); try? lock.unlock() }
            case 1:
              let task = Task {
                try await lock.withLock {
                  law.enter(); law.leave()
                }
              }
              task.cancel()
              _ = await task.result
            default:
              let isGranted: Void? = try? await lock.withLock {
                law.enter()
                if choice == 3 { await Task.yield() }
                law.leave()
              }
              #expect(isGranted != nil)
            }
          }
        }
      }
    }
    #expect(law.violations.load(ordering: .relaxed) == 0)
    #expect(lock.waiterCount == 0)
    #expect(lock.tryLock())
  }

  /// What must hold at any time: at most one is inside.
  private final class Law: Sendable {
    let inside = Atomic(0)
    let violations = Atomic(0)

    func enter() {
      if inside.add(1, ordering: .relaxed).newValue != 1 { violations.add(1, ordering: .relaxed) }
    }

    func leave() { inside.subtract(1, ordering: .relaxed) }
  }

  @Test("LK-18 10,000 waiters are released in a chain without recursion")
  func chain() async throws {
    let lock = AsyncLock()
    try await lock.lock()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<10_000 { group.addTask { try await lock.withLock {} } }
      while lock.waiterCount < 10_000 { await Task.yield() }
      try lock.unlock()
      try await group.waitForAll()
    }
    #expect(!lock.isLocked)
  }

  @Test("LK-20 a cancellation that races an unlock never leaves the lock taken, 10,000 times")
  func cancelRacesUnlock() async throws {
    let lock = AsyncLock()
    var granted = 0
    for _ in 0..<10_000 {
      #expect(lock.tryLock())
      let waiter = Task { try await lock.withLock {} }
      let canceller = Task { waiter.cancel() }
      try lock.unlock()
      await canceller.value
      if case .success = await waiter.result { granted += 1 }
      guard !lock.isLocked, lock.waiterCount == 0 else {
        Issue.record("the lock is taken, and nobody holds it")
        return
      }
    }
  }

  @Test("XX-12 every completion reaches every waiter, under real threads and cancellations")
  func completions() async throws {
    for round in 0..<200 {
      let handles = (0..<4).map { number in TaskHandle { number } }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<3 {
          group.addTask {
            let values = try await gather(handles)
            #expect(values == [0, 1, 2, 3])
          }
          group.addTask {
            var seen: Set<TaskHandle<Int>> = []
            for try await handle in asCompleted(handles) { seen.insert(handle) }
            #expect(seen.count == 4)
          }
          group.addTask {
            let (done, pending) = try await wait(for: handles, until: .firstCompleted)
            #expect(!done.isEmpty)
            #expect(Set(done + pending).count == 4)
          }
        }
        if round.isMultiple(of: 2) {
          group.addTask {
            let waiter = Task { try await wait(for: handles) }
            waiter.cancel()
            _ = await waiter.result
          }
        }
        try await group.waitForAll()
      }
      for handle in handles { #expect(handle.completion.observerCount == 0) }
    }
  }
}
