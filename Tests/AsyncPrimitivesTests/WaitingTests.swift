import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Invariants of waiting", .startsTasks)
struct WaitingTests {
  @Test("XX-01 granted, then cancelled before it runs: one wake-up, and the grant stands (D1)")
  func grantThenCancel() async throws {
    try await explore { world in
      let lock = AsyncLock()
      try await lock.lock()
      let waiter = Task { try await lock.lock() }
      await world.settle()
      try lock.unlock()
      waiter.cancel()
      #expect(world.ready == 1)
      try await waiter.value
      #expect(lock.isLocked)
    }
  }

  @Test("XX-01 cancelled, then granted before it runs: one wake-up, and the cancellation stands")
  func cancelThenGrant() async throws {
    try await explore { world in
      let lock = AsyncLock()
      try await lock.lock()
      let waiter = Task { try await lock.lock() }
      await world.settle()
      waiter.cancel()
      try lock.unlock()
      #expect(world.ready == 1)
      #expect(await waiter.endsCancelled)
      #expect(!lock.isLocked)
    }
  }

  @Test("XX-01 grant, cancellation and a newcomer in every order there is: each waiter wakes once")
  func everyOrder() async throws {
    let schedules = try await exploreAll { _ in
      let lock = AsyncLock()
      try await lock.lock()
      let waiter = Task {
        try await lock.lock(); try lock.unlock()
      }
      let canceller = Task { waiter.cancel() }
      let newcomer = Task {
        try await lock.lock(); try lock.unlock()
      }
      try lock.unlock()
      await canceller.value
      _ = await waiter.result
      try await newcomer.value
      #expect(!lock.isLocked)
      #expect(lock.waiterCount == 0)
    }
    #expect(schedules > 10)
  }

  @Test("XX-04 cancelled before its first step: it throws at once and is never queued")
  func cancelledBeforeFirstStep() async throws {
    try await explore { world in
      let lock = AsyncLock()
      try await lock.lock()
      let waiter = Task { try await lock.lock() }
      waiter.cancel()
      await world.settle()
      #expect(lock.waiterCount == 0)
      #expect(await waiter.endsCancelled)
    }
  }

  @Test("XX-04 cancelled between the fast path and its registration: it throws and is not queued")
  func cancelledBeforeRegistration() async throws {
    try await explore { _ in
      let room = DisturbedLock(beforeParking: cancelCurrentTask)
      try await room.lock.lock()
      let waiter = Task { try await room.waitForLock() }
      #expect(await waiter.endsCancelled)
      #expect(room.lock.waiterCount == 0)
      try room.lock.unlock()
      #expect(room.lock.tryLock())
    }
  }

  @Test("XX-04 released between the fast path and the registration: the waiter gets the lock")
  func releasedBeforeRegistration() async throws {
    try await explore { _ in
      let lock = AsyncLock()
      try await lock.lock()
      let ticket = try #require(lock.takeOrJoin())
      try lock.unlock()
      try await lock.wait(with: ticket)
      #expect(lock.isLocked)
    }
  }

  @Test("XX-05 cancelled waiters leave no residue behind a lock that stays taken")
  func noResidue() async throws {
    try await explore(schedules: 4) { world in
      let lock = AsyncLock()
      try await lock.lock()
      for _ in 0..<500 {
        let waiter = Task { try await lock.lock() }
        await world.settle()
        #expect(lock.waiterCount == 1)
        waiter.cancel()
        #expect(lock.waiterCount == 0)
        #expect(await waiter.endsCancelled)
      }
    }
  }

  @Test("XX-05 100,000 cancelled waiters, parked or not, need the memory of one")
  func flatMemory() async {
    var queue = WaiterQueue<Void>()
    for round in 0..<100_000 {
      _ = await withWaitContinuation { continuation in
        let ticket = queue.join()
        if round.isMultiple(of: 2) { _ = queue.cancel(ticket) }
        let wakeup = queue.park(continuation, with: ticket)
        if let wakeup { continuation.resume(returning: wakeup) }
        queue.cancel(ticket)?.resume()
      }
    }
    #expect(queue.isEmpty)
    #expect(queue.capacity == 1)
  }

  @Test("XX-06 waiters are served in order of arrival, whatever their priority")
  func arrivalOrder() async throws {
    try await explore(options: .uninterrupted) { _ in
      let lock = AsyncLock()
      let arrivals = Journal()
      let grants = Journal()
      try await lock.lock()
      let priorities: [TaskPriority] = [.low, .high, .background, .medium, .high, .low]
      let waiters = priorities.enumerated().map { number, priority in
        Task(priority: priority) {
          // Nothing suspends between this line and the queue.
          arrivals.add("\(number)")
          try await lock.lock()
          grants.add("\(number)")
          try lock.unlock()
        }
      }
      while lock.waiterCount < waiters.count { await Task.yield() }
      try lock.unlock()
      for waiter in waiters { try await waiter.value }
      #expect(grants.entries == arrivals.entries)
    }
  }

  @Test("XX-06 whatever the schedule, nothing comes between an arrival and the queue")
  func arrivalOrderUnderManySchedules() async throws {
    try await explore(schedules: 1_000, options: .uninterrupted) { world in
      let lock = AsyncLock()
      let arrivals = Journal()
      let grants = Journal()
      try await lock.lock()
      let waiters = (1...3).map { number in
        Task {
          arrivals.add("\(number)")
          try await lock.lock()
          grants.add("\(number)")
          try lock.unlock()
        }
      }
      await world.settle()
      try lock.unlock()
      for waiter in waiters { try await waiter.value }
      #expect(grants.entries == arrivals.entries)
    }
  }
}
