import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Condition: cancellation", .startsTasks)
struct ConditionCancellationTests {
  /// A task that waits, says what came of it while it should hold the lock, and rethrows.
  private func waiter(
    _ name: String, for condition: AsyncCondition, _ journal: Journal
  ) -> Task<Void, any Error> {
    Task(name: name) {
      try await condition.lock.withLock {
        do {
          try await condition.wait()
          journal.add("\(name) goes on")
        } catch {
          // Held by this very task, or else two would be inside at once.
          #expect(condition.lock.isLocked)
          journal.add("\(name) is cancelled")
          await Task.yield()
          throw error
        }
      }
    }
  }

  @Test("CO-08 cancelled while it waits: it has the lock again when CancellationError comes out")
  func whileWaiting() async throws {
    try await explore { world in
      let condition = AsyncCondition(AsyncLock())
      let journal = Journal()
      let task = waiter("1", for: condition, journal)
      await world.settle()
      try await condition.lock.lock()
      task.cancel()
      #expect(condition.waiterCount == 0)
      await world.settle()
      // It waits for the lock, and its cancellation does not cut that short.
      #expect(journal.entries.isEmpty)
      #expect(condition.lock.waiterCount == 1)
      try condition.lock.unlock()
      #expect(await task.endsCancelled)
      #expect(journal.entries == ["1 is cancelled"])
      #expect(!condition.lock.isLocked)
    }
  }

  @Test("CO-09 cancelled after a notify, while it takes the lock: it takes it, then it throws")
  func whileRelocking() async throws {
    try await explore { world in
      let condition = AsyncCondition(AsyncLock())
      let journal = Journal()
      let task = waiter("1", for: condition, journal)
      await world.settle()
      try await condition.lock.lock()
      try condition.notify()
      await world.settle()
      task.cancel()
      await world.settle()
      #expect(journal.entries.isEmpty)
      #expect(condition.lock.waiterCount == 1)
      try condition.lock.unlock()
      #expect(await task.endsCancelled)
      #expect(journal.entries == ["1 is cancelled"])
      #expect(condition.lock.tryLock())
    }
  }

  @Test("CO-10 taking the lock again cannot be cancelled, not even twice")
  func twice() async throws {
    try await explore { world in
      let condition = AsyncCondition(AsyncLock())
      let journal = Journal()
      let task = waiter("1", for: condition, journal)
      await world.settle()
      try await condition.lock.lock()
      try condition.notifyAll()
      for _ in 0..<2 {
        task.cancel()
        await world.settle()
        #expect(condition.lock.waiterCount == 1)
      }
      try condition.lock.unlock()
      #expect(await task.endsCancelled)
      #expect(!condition.lock.isLocked)
    }
  }

  @Test("CO-12 notified and cancelled in one turn, before it runs: the same")
  func inOneTurn() async throws {
    try await explore { world in
      let condition = AsyncCondition(AsyncLock())
      let journal = Journal()
      let task = waiter("1", for: condition, journal)
      await world.settle()
      try await condition.lock.lock()
      try condition.notify()
      task.cancel()
      try condition.lock.unlock()
      #expect(await task.endsCancelled)
      #expect(journal.entries == ["1 is cancelled"])
      #expect(!condition.lock.isLocked)
      #expect(condition.lock.waiterCount == 0)
    }
  }

  @Test("CO-12 a notification that a cancelled task cannot use goes to the next in line")
  func passedOn() async throws {
    try await explore { world in
      let condition = AsyncCondition(AsyncLock())
      let journal = Journal()
      let first = waiter("1", for: condition, journal)
      await world.settle()
      let second = waiter("2", for: condition, journal)
      await world.settle()
      try await condition.lock.lock()
      try condition.notify()
      first.cancel()
      try condition.lock.unlock()
      #expect(await first.endsCancelled)
      try await second.value
      #expect(journal.entries == ["1 is cancelled", "2 goes on"])
    }
  }

  @Test("CO-12 cancelled first, then notified: the notification goes to the next in line")
  func cancelThenNotify() async throws {
    try await explore { world in
      let condition = AsyncCondition(AsyncLock())
      let journal = Journal()
      let first = waiter("1", for: condition, journal)
      await world.settle()
      let second = waiter("2", for: condition, journal)
      await world.settle()
      try await condition.lock.lock()
      first.cancel()
      try condition.notify()
      try condition.lock.unlock()
      #expect(await first.endsCancelled)
      try await second.value
      #expect(journal.entries.sorted() == ["1 is cancelled", "2 goes on"])
    }
  }

  @Test("CO-12 a notification for all is not passed on: who came later does not hear of it")
  func notPassedOn() async throws {
    try await explore { world in
      let condition = AsyncCondition(AsyncLock())
      let journal = Journal()
      let first = waiter("1", for: condition, journal)
      await world.settle()
      try await condition.lock.lock()
      try condition.notifyAll()
      // Gives the lock away to "1", which has its turn only later.
      let late = Task {
        try await condition.wait()
        journal.add("late goes on")
        try condition.lock.unlock()
      }
      first.cancel()
      #expect(await first.endsCancelled)
      await world.settle()
      #expect(condition.waiterCount == 1)
      try await condition.lock.lock()
      try condition.notify()
      try condition.lock.unlock()
      try await late.value
    }
  }

  @Test("CO-12 wait, notify and cancellation in every order: the lock ends free, nobody is left")
  func everyOrder() async throws {
    let schedules = try await exploreAll(options: .uninterrupted) { _ in
      let condition = AsyncCondition(AsyncLock())
      let waiter = Task { try await condition.lock.withLock { try await condition.wait() } }
      let canceller = Task { waiter.cancel() }
      let notifier = Task { try await condition.lock.withLock { try condition.notify() } }
      await canceller.value
      try await notifier.value
      _ = await waiter.result
      #expect(condition.waiterCount == 0)
      #expect(!condition.lock.isLocked)
      #expect(condition.lock.waiterCount == 0)
    }
    #expect(schedules > 10)
  }

  @Test("CO-12 whoever of two waiters is cancelled, and whenever: one notification wakes the other")
  func neverLost() async throws {
    try await explore(schedules: 1_000) { world in
      let condition = AsyncCondition(AsyncLock())
      let journal = Journal()
      let victim = waiter("1", for: condition, journal)
      let survivor = waiter("2", for: condition, journal)
      await world.settle()
      let canceller = Task { victim.cancel() }
      try await condition.lock.withLock {
        try condition.notify()
        await Task.yield()
      }
      await canceller.value
      let isCancelled = await victim.endsCancelled
      await world.settle()
      if isCancelled {
        try await survivor.value
      } else {
        #expect(condition.waiterCount == 1)
        survivor.cancel()
        #expect(await survivor.endsCancelled)
      }
      #expect(!condition.lock.isLocked)
    }
  }

  @Test(
    "CO-13, WF-12 a timeout around the wait, in the lock's scope: the scope releases what it holds")
  func timeout() async throws {
    try await explore { world in
      let condition = AsyncCondition(AsyncLock())
      let hasTimedOut = try await condition.lock.withLock {
        do {
          try await withTimeout(.seconds(1), clock: world.clock) { try await condition.wait() }
          return false
        } catch is TimeoutError {
          return true
        }
      }
      #expect(hasTimedOut)
      #expect(world.now == .seconds(1))
      #expect(world.sleepers == 0)
      #expect(condition.waiterCount == 0)
      #expect(condition.lock.tryLock())
    }
  }
}
