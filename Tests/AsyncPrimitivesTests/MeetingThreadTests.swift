import Dispatch
import Foundation
import Synchronization
import Testing

@testable import AsyncPrimitives

/// What one thread cannot show. Serialized, because some of these keep a thread for a moment.
@Suite("Event, semaphore, condition and barrier on real threads", .serialized)
struct MeetingThreadTests {
  @Test(
    "XX-02 no waiter is resumed while the primitive's own lock is held",
    arguments: Meeting.Kind.allCases)
  func resumedOutsideTheLock(_ kind: Meeting.Kind) async throws {
    for _ in 0..<20 {
      let isCancelling = DispatchSemaphore(value: 0)
      let mayWithdraw = DispatchSemaphore(value: 0)
      let meeting = try kind.meeting(beforeWithdrawing: {
        // Here the waiter's status record is locked, and resuming the waiter needs it.
        isCancelling.signal()
        mayWithdraw.wait()
      })
      let waiter = Task { try await meeting.wait() }
      while meeting.waiterCount() == 0 { await Task.yield() }
      let isOver = finishes {
        Thread.detachNewThread { waiter.cancel() }
        isCancelling.wait()
        Thread.detachNewThread { try? meeting.grant() }
        // Would never get the state if the grant kept it while it resumes the waiter.
        while meeting.waiterCount() > 0 {}
        mayWithdraw.signal()
      }
      try #require(isOver, "the waiter is resumed while the primitive's own state is locked")
      try await waiter.value  // granted first: the cancellation came too late
    }
  }

  @Test("XX-03 a cancellation handler wakes its own task, and none of those who can go now (SE-22)")
  func handlersKeepToThemselves() async throws {
    for _ in 0..<20 {
      let semaphore = AsyncSemaphore(limit: 2)
      try await semaphore.acquire()
      let (isCancelling, mayGoOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
      let room = DisturbedRoom(
        semaphore, {},
        {
          isCancelling.signal()
          mayGoOn.wait()
        })
      let large = Task { try await semaphore.acquire(2) }
      while semaphore.waiterCount < 1 { await Task.yield() }
      // A follower whose status record is locked while the large request's handler runs.
      let small = Task {
        if let ticket = semaphore.takeOrJoin(1) { try await room.wait(with: ticket) }
      }
      while semaphore.waiterCount < 2 { await Task.yield() }
      let isOver = finishes {
        Thread.detachNewThread { small.cancel() }
        isCancelling.wait()
        large.cancel()
        mayGoOn.signal()
      }
      try #require(isOver, "a cancellation handler wakes another task than its own")
      #expect(await large.endsCancelled)
      if case .success = await small.result { try semaphore.release() }
      #expect(semaphore.availablePermits == 1)
    }
  }

  @Test("XX-07 more parked waiters than cores keep no thread: unrelated work goes on")
  func waitersKeepNoThread() async throws {
    let event = AsyncEvent()
    let semaphore = AsyncSemaphore(limit: 1)
    let condition = AsyncCondition(AsyncLock())
    let barrier = try AsyncBarrier(parties: 33)
    try await semaphore.acquire()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<32 {
        group.addTask { try await event.wait() }
        group.addTask { try await semaphore.withPermit {} }
        group.addTask { try await condition.lock.withLock { try await condition.wait() } }
        group.addTask { try await barrier.wait() }
      }
      while event.waiterCount < 32 || semaphore.waiterCount < 32 || condition.waiterCount < 32
        || barrier.waiterCount < 32
      { await Task.yield() }
      #expect(await Task { 1 }.value == 1)
      event.set()
      try semaphore.release()
      try await condition.lock.withLock { try condition.notifyAll() }
      try await barrier.wait()
      try await group.waitForAll()
    }
    #expect(semaphore.availablePermits == 1)
  }

  @Test(
    "XX-08 set, release, notify, reset and the rest need no task: a thread, deinit and a handler do"
  )
  func fromAnywhere() async throws {
    let event = AsyncEvent()
    let semaphore = AsyncSemaphore(permits: 0)
    let condition = AsyncCondition(AsyncLock())
    let barrier = try AsyncBarrier(parties: 2)
    let useAll: @Sendable () -> Void = {
      event.set()
      _ = try? semaphore.release()
      if condition.lock.tryLock() {
        try? condition.notifyAll()
        try? condition.lock.unlock()
      }
      barrier.abort()
      barrier.reset()
    }
    let uses: [@Sendable () async -> Void] = [
      { #expect(finishes { useAll() }) },
      { do { _ = AtDeath(useAll) } },
      { await MainActor.run { useAll() } },
      {
        let task = Task {
          await withTaskCancellationHandler {
            while !Task.isCancelled { await Task.yield() }
          } onCancel: {
            useAll()
          }
        }
        task.cancel()
        await task.value
      },
    ]
    for use in uses {
      event.clear()
      let waiters = [
        Task { try await event.wait() },
        Task { try await semaphore.acquire() },
        Task { try await condition.lock.withLock { try await condition.wait() } },
        Task { _ = await outcome { try await barrier.wait() } },
      ]
      while event.waiterCount + semaphore.waiterCount + barrier.waiterCount < 3
        || condition.waiterCount < 1 || condition.lock.isLocked
      { await Task.yield() }
      await use()
      for waiter in waiters { try await waiter.value }
    }
  }

  private final class AtDeath: Sendable {
    let use: @Sendable () -> Void
    init(_ use: @escaping @Sendable () -> Void) { self.use = use }
    deinit { use() }
  }

  @Test("SE-20 after 1,000 tasks on 5 permits of the global pool there are exactly 5")
  func thousandTasks() async throws {
    let semaphore = AsyncSemaphore(permits: 5)
    let inside = Atomic(0)
    let highest = Atomic(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<1_000 {
        group.addTask { @Sendable in
          try await semaphore.withPermit {
            highest.max(inside.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
            if number % 3 == 0 { await Task.yield() }
            inside.subtract(1, ordering: .relaxed)
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(highest.load(ordering: .relaxed) <= 5)
    for _ in 0..<5 { #expect(semaphore.tryAcquire()) }
    #expect(!semaphore.tryAcquire())
  }
}
