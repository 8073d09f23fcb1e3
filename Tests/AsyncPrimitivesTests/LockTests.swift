import AsyncPrimitives
import CheckKit
import Testing

@Suite("Lock", .startsTasks)
struct LockTests {
  /// A task that takes the lock, and says so. It does not release it.
  private func taker(_ name: String, of lock: AsyncLock, _ journal: Journal) -> Task<
    Void, any Error
  > {
    Task(name: name) {
      try await lock.lock()
      journal.add(name)
    }
  }

  @Test("LK-01 taking and releasing toggles the lock, and scoped use releases it on exit")
  func toggles() async throws {
    try await explore { _ in
      let lock = AsyncLock()
      #expect(!lock.isLocked)
      try await lock.lock()
      #expect(lock.isLocked)
      try lock.unlock()
      #expect(!lock.isLocked)
      try await lock.withLock { #expect(lock.isLocked) }
      #expect(!lock.isLocked)
    }
  }

  @Test("LK-02 strictly first come, first served, and one release admits one waiter")
  func fifo() async throws {
    try await explore { world in
      let lock = AsyncLock()
      let journal = Journal()
      try await lock.lock()
      _ = taker("1", of: lock, journal)
      await world.settle()
      _ = taker("2", of: lock, journal)
      await world.settle()
      try lock.unlock()
      await world.settle()
      #expect(journal.entries == ["1"])
      await world.settle()
      #expect(journal.entries == ["1"])
      _ = taker("3", of: lock, journal)
      await world.settle()
      try lock.unlock()
      await world.settle()
      #expect(journal.entries == ["1", "2"])
      try lock.unlock()
      await world.settle()
      #expect(journal.entries == ["1", "2", "3"])
    }
  }

  @Test("LK-04 cancel the head waiter and release in one turn: the next is admitted")
  func cancelHeadAndRelease() async throws {
    try await explore { world in
      let lock = AsyncLock()
      let journal = Journal()
      try await lock.lock()
      let b = taker("B", of: lock, journal)
      await world.settle()
      let c = taker("C", of: lock, journal)
      await world.settle()
      b.cancel()
      try lock.unlock()
      #expect(await b.endsCancelled)
      try await c.value
      #expect(journal.entries == ["C"])
      try lock.unlock()
      #expect(!lock.isLocked)
    }
  }

  @Test("LK-05 cancel head + release with three waiters: exactly one acquires")
  func cancelHeadOfThree() async throws {
    try await explore { world in
      let lock = AsyncLock()
      let journal = Journal()
      try await lock.lock()
      let t1 = taker("1", of: lock, journal)
      await world.settle()
      let t2 = taker("2", of: lock, journal)
      await world.settle()
      let t3 = taker("3", of: lock, journal)
      await world.settle()
      t1.cancel()
      try lock.unlock()
      await world.settle()
      #expect(journal.entries == ["2"])
      #expect(lock.waiterCount == 1)
      #expect(await t1.endsCancelled)
      try await t2.value
      try lock.unlock()
      try await t3.value
    }
  }

  @Test("LK-06 a waiter is cancelled while a newcomer arrives: the newcomer gets the lock")
  func newcomer() async throws {
    try await explore { world in
      let lock = AsyncLock()
      let journal = Journal()
      try await lock.lock()
      let b = taker("B", of: lock, journal)
      await world.settle()
      let c = taker("C", of: lock, journal)
      b.cancel()
      try lock.unlock()
      await world.settle()
      #expect(journal.entries == ["C"])
      #expect(lock.isLocked)
      #expect(await b.endsCancelled)
      try await c.value
    }
  }

  @Test("LK-08 cancel first, then release, with a single waiter: the lock ends free")
  func cancelThenRelease() async throws {
    try await explore { world in
      let lock = AsyncLock()
      try await lock.lock()
      let waiter = taker("W", of: lock, Journal())
      await world.settle()
      waiter.cancel()
      try lock.unlock()
      await world.settle()
      #expect(lock.tryLock())
      #expect(await waiter.endsCancelled)
    }
  }

  @Test("LK-09 the holder is cancelled inside its section: it releases, and the next gets the lock")
  func holderCancelled() async throws {
    try await explore { world in
      let lock = AsyncLock()
      let journal = Journal()
      let holder = Task {
        try await lock.withLock { try await Task.sleep(for: .seconds(60)) }
      }
      await world.settle()
      let next = taker("2", of: lock, journal)
      await world.settle()
      #expect(journal.entries.isEmpty)
      holder.cancel()
      try await next.value
      #expect(journal.entries == ["2"])
      #expect(world.now == .zero)
      #expect(await holder.endsCancelled)
    }
  }

  @Test("LK-10 a waiter whose time was up leaves no trace")
  func timedOut() async throws {
    try await explore { world in
      let lock = AsyncLock()
      try await lock.lock()
      await withTaskGroup(of: Void.self) { group in
        group.addTask { try? await lock.lock() }
        group.addTask { try? await Task.sleep(for: .seconds(1)) }
        await group.next()
        group.cancelAll()
      }
      #expect(world.now == .seconds(1))
      #expect(lock.waiterCount == 0)
      try lock.unlock()
      #expect(lock.tryLock())
    }
  }

  @Test("LK-12 tryLock takes a free lock only, and a failure changes nothing")
  func tryLock() async throws {
    try await explore { world in
      let lock = AsyncLock()
      #expect(lock.tryLock())
      #expect(!lock.tryLock())
      try lock.unlock()
      #expect(lock.tryLock())
      let waiter = taker("W", of: lock, Journal())
      await world.settle()
      #expect(!lock.tryLock())
      #expect(lock.waiterCount == 1)
      // Handed over, not set free: nobody can overtake the waiter before it runs.
      try lock.unlock()
      #expect(!lock.tryLock())
      try await waiter.value
    }
  }

  @Test("LK-13 releasing a free lock is an error that names it, and the lock stays free")
  func misuse() async throws {
    let lock = AsyncLock("till")
    #expect(throws: LockError.notLocked("till")) { try lock.unlock() }
    #expect(!lock.isLocked)
    #expect("\(LockError.notLocked("till"))".contains("lock “till”, which nobody holds"))
    #expect("\(LockError.notLocked(nil))".contains("a lock, which nobody holds"))
    // Somebody who releases inside of withLock hears of it, and a body's own error comes first.
    await #expect(throws: LockError.notLocked("till")) {
      try await lock.withLock { try lock.unlock() }
    }
    await #expect(throws: Mishap(1)) {
      try await lock.withLock {
        try lock.unlock()
        throw Mishap(1)
      }
    }
    #expect(lock.tryLock())
  }

  @Test("LK-14 another task than took the lock may release it")
  func releaseByAnother() async throws {
    try await explore { _ in
      let lock = AsyncLock()
      try await lock.lock()
      try await Task { try lock.unlock() }.value
      #expect(!lock.isLocked)
    }
  }

  @Test("LK-17 scoped use releases on a value, on a throw and on an early return")
  func exits() async throws {
    try await explore { _ in
      let lock = AsyncLock()
      let nothing: Int? = try await lock.withLock { nil }
      #expect(nothing == nil)
      #expect(!lock.isLocked)
      await #expect(throws: Mishap(1)) { try await lock.withLock { throw Mishap(1) } }
      #expect(!lock.isLocked)
      let early = try await lock.withLock { () async throws -> Int in
        if lock.isLocked { return 1 }
        await Task.yield()
        return 2
      }
      #expect(early == 1)
      #expect(!lock.isLocked)
      #expect(try await lock.withLockIgnoringCancellation { 3 } == 3)
      #expect(!lock.isLocked)
    }
  }

  @Test("LK-21 cancelling a waiter in the middle keeps the order of the rest")
  func cancelMiddle() async throws {
    try await explore { world in
      let lock = AsyncLock()
      let journal = Journal()
      try await lock.lock()
      var tasks: [Task<Void, any Error>] = []
      for name in ["1", "2", "3"] {
        tasks.append(taker(name, of: lock, journal))
        await world.settle()
      }
      tasks[1].cancel()
      try lock.unlock()
      try await tasks[0].value
      try lock.unlock()
      try await tasks[2].value
      #expect(journal.entries == ["1", "3"])
      #expect(await tasks[1].endsCancelled)
    }
  }

  @Test("LK-22 after contention a free lock is taken without suspending again")
  func plainAgain() async throws {
    try await explore(options: .uninterrupted) { world in
      let lock = AsyncLock()
      let journal = Journal()
      try await lock.lock()
      let waiter = Task { try await lock.withLock {} }
      await world.settle()
      try lock.unlock()
      try await waiter.value
      let other = Task { journal.add("other") }
      try await lock.lock()
      try lock.unlock()
      #expect(journal.entries.isEmpty)
      await other.value
    }
  }

  private static let shared = AsyncLock("shared")

  @Test("LK-24 a lock made outside of any task serves all executors")
  func anyExecutor() async throws {
    let journal = Journal()
    try await Self.shared.withLock { journal.add("global") }
    try await useOnMainActor(journal)
    #expect(await Simulation.run { _ in try await Self.shared.withLock {} }.verdict.isPassed)
    #expect(journal.entries == ["global", "main"])
  }

  @MainActor private func useOnMainActor(_ journal: Journal) async throws {
    try await Self.shared.withLock {
      MainActor.assertIsolated()
      journal.add("main")
    }
    MainActor.assertIsolated()
  }
}
