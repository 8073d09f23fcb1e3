import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Condition", .startsTasks)
struct ConditionTests {
  let lock = AsyncLock("larder")

  /// A task that waits, and then says so while it holds the lock.
  private func waiter(
    _ name: String, for condition: AsyncCondition, _ journal: Journal
  ) -> Task<Void, any Error> {
    Task(name: name) {
      try await condition.lock.withLock {
        try await condition.wait()
        #expect(condition.lock.isLocked)
        journal.add(name)
      }
    }
  }

  /// Starts tasks that wait, one after the other.
  private func waiters(
    _ names: [String], for condition: AsyncCondition, _ journal: Journal, in world: World
  ) async -> [Task<Void, any Error>] {
    var tasks: [Task<Void, any Error>] = []
    for name in names {
      tasks.append(waiter(name, for: condition, journal))
      await world.settle()
    }
    return tasks
  }

  @Test("CO-01 waiting and notifying without the lock are errors that name the condition")
  func withoutLock() async throws {
    let condition = AsyncCondition(lock, "refilled")
    let error = ConditionError.notLocked("refilled")
    await #expect(throws: error) { try await condition.wait() }
    await #expect(throws: error) { try await condition.wait(until: { true }) }
    await #expect(throws: error) { try await condition.wait(for: { 1 }) }
    #expect(throws: error) { try condition.notify() }
    #expect(throws: error) { try condition.notify(0) }
    #expect(throws: error) { try condition.notifyAll() }
    #expect(condition.waiterCount == 0)
    #expect(!lock.isLocked)
    #expect("\(error)".contains("condition “refilled” was used without its lock"))
    #expect("\(ConditionError.notLocked(nil))".hasPrefix("a condition"))
  }

  @Test("CO-02 the lock is free during the wait, and held again after it")
  func givesLockAway() async throws {
    try await explore { world in
      let condition = AsyncCondition(AsyncLock())
      let journal = Journal()
      let task = waiter("1", for: condition, journal)
      await world.settle()
      #expect(!condition.lock.isLocked)
      #expect(condition.waiterCount == 1)
      try await condition.lock.withLock {
        try condition.notify()
        await world.settle()
        #expect(journal.entries.isEmpty)
      }
      try await task.value
      #expect(journal.entries == ["1"])
      #expect(!condition.lock.isLocked)
    }
  }

  @Test("CO-04 notifying more than wait wakes all, and the rest is not remembered")
  func surplus() async throws {
    try await explore { world in
      let condition = AsyncCondition(AsyncLock())
      let journal = Journal()
      let early = await waiters(["1", "2"], for: condition, journal, in: world)
      try await condition.lock.withLock { try condition.notify(5) }
      for task in early { try await task.value }
      try await condition.lock.withLock {
        try condition.notify()
        try condition.notifyAll()
      }
      let late = waiter("late", for: condition, journal)
      await world.settle()
      #expect(journal.entries == ["1", "2"])
      #expect(condition.waiterCount == 1)
      try await condition.lock.withLock {
        try condition.notify(0)
        #expect(condition.waiterCount == 1)
        try condition.notify(.max)
      }
      try await late.value
    }
  }

  @Test("CO-05 notifyAll wakes all in order, on every schedule, and each has the lock in turn")
  func inOrder() async throws {
    try await explore { world in
      let condition = AsyncCondition(AsyncLock())
      let journal = Journal()
      var tasks: [Task<Void, any Error>] = []
      for name in ["1", "2", "3"] {
        tasks.append(
          Task {
            try await condition.lock.withLock {
              try await condition.wait()
              journal.add("in \(name)")
              await Task.yield()
              journal.add("out \(name)")
            }
          })
        await world.settle()
      }
      try await condition.lock.lock()
      try condition.notifyAll()
      // Comes later, so it is behind those who have been notified, though none of them has run.
      let newcomer = Task { try await condition.lock.withLock { journal.add("newcomer") } }
      await Task.yield()
      try condition.lock.unlock()
      for task in tasks { try await task.value }
      try await newcomer.value
      #expect(
        journal.entries == ["in 1", "out 1", "in 2", "out 2", "in 3", "out 3", "newcomer"])
    }
  }

  @Test("CO-06 waiting for a predicate goes on through false alarms, and returns its value")
  func predicate() async throws {
    try await explore { world in
      let condition = AsyncCondition(AsyncLock())
      let eggs = Shelf()
      let cook = Task {
        try await condition.lock.withLock {
          try await condition.wait(until: { await eggs.count >= 3 })
          return await eggs.count
        }
      }
      let guest = Task {
        try await condition.lock.withLock {
          try await condition.wait(for: { await eggs.count > 3 ? "omelette" : nil })
        }
      }
      for count in 0...2 {
        await world.settle()
        #expect(condition.waiterCount == 2)
        try await condition.lock.withLock {
          await eggs.put(count)
          try condition.notifyAll()
        }
      }
      try await condition.lock.withLock {
        await eggs.put(3)
        try condition.notifyAll()
      }
      #expect(try await cook.value == 3)
      await world.settle()
      #expect(condition.waiterCount == 1)
      try await condition.lock.withLock {
        await eggs.put(4)
        try condition.notify()
      }
      #expect(try await guest.value == "omelette")
      #expect(!condition.lock.isLocked)
    }
  }

  private actor Shelf {
    var count = 0
    func put(_ count: Int) { self.count = count }
  }

  @Test("CO-06 a trailing closure that returns a Bool is a condition, not a value")
  func trailingClosure() async throws {
    try await explore { world in
      let condition = AsyncCondition(AsyncLock())
      let shelf = Shelf()
      let task = Task {
        try await condition.lock.withLock {
          try await condition.wait { await shelf.count == 1 }
          #expect(await shelf.count == 1)
        }
      }
      await world.settle()
      #expect(condition.waiterCount == 1)
      try await condition.lock.withLock {
        await shelf.put(1)
        try condition.notify()
      }
      try await task.value
    }
  }

  @Test("CO-06 a predicate that is true at once does not suspend; one that throws keeps the lock")
  func predicateAtOnce() async throws {
    try await explore(options: .uninterrupted) { _ in
      let condition = AsyncCondition(AsyncLock())
      let journal = Journal()
      let other = Task { journal.add("other") }
      try await condition.lock.withLock {
        try await condition.wait(until: { true })
        #expect(try await condition.wait(for: { 1 }) == 1)
        await #expect(throws: Mishap(1)) {
          try await condition.wait(until: { throw Mishap(1) })
        }
        #expect(condition.lock.isLocked)
      }
      #expect(journal.entries.isEmpty)
      await other.value
    }
  }

  @Test("CO-14 a condition shares its lock, and conditions on one lock wake their own waiters only")
  func sharedLock() async throws {
    try await explore { world in
      let lock = AsyncLock()
      let (notEmpty, notFull) = (AsyncCondition(lock), AsyncCondition(lock))
      #expect(notEmpty.lock === notFull.lock)
      let journal = Journal()
      let one = waiter("notEmpty", for: notEmpty, journal)
      let two = waiter("notFull", for: notFull, journal)
      await world.settle()
      try await lock.lock()
      try notFull.notifyAll()
      try lock.unlock()
      try await two.value
      #expect(journal.entries == ["notFull"])
      #expect(notEmpty.waiterCount == 1)
      try await lock.lock()
      try notEmpty.notify()
      try lock.unlock()
      try await one.value
    }
  }

  @Test("CO-16 a notified task leaves the condition's queue and joins the lock's, at once")
  func statistics() async throws {
    try await explore { world in
      let condition = AsyncCondition(AsyncLock())
      let journal = Journal()
      let tasks = await waiters(["1", "2", "3"], for: condition, journal, in: world)
      try await condition.lock.lock()
      #expect(condition.waiterCount == 3)
      #expect(condition.lock.waiterCount == 0)
      try condition.notify(2)
      #expect(condition.waiterCount == 1)
      #expect(condition.lock.waiterCount == 2)
      await world.settle()
      #expect(condition.lock.waiterCount == 2)
      // Handed to the first: the lock is not free for a moment.
      try condition.lock.unlock()
      #expect(condition.lock.isLocked)
      #expect(condition.lock.waiterCount == 1)
      try await tasks[0].value
      try await tasks[1].value
      #expect(journal.entries == ["1", "2"])
      try await condition.lock.withLock { try condition.notifyAll() }
      try await tasks[2].value
    }
  }
}
