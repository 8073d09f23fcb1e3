import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Invariants of event, semaphore, condition and barrier", .startsTasks)
struct MeetingTests {
  typealias Kind = Meeting.Kind

  @Test(
    "XX-01 granted, then cancelled before it runs: one wake-up, and the grant stands (D1)",
    arguments: Kind.allCases)
  func grantThenCancel(_ kind: Kind) async throws {
    try await explore(options: .uninterrupted) { world in
      let meeting = try kind.meeting()
      let waiter = Task { try await meeting.wait() }
      await world.settle()
      try meeting.grant()
      waiter.cancel()
      #expect(world.ready == 1)
      try await waiter.value
      #expect(meeting.waiterCount() == 0)
    }
  }

  @Test(
    "XX-01 cancelled, then granted before it runs: one wake-up, and the cancellation stands",
    arguments: Kind.allCases)
  func cancelThenGrant(_ kind: Kind) async throws {
    try await explore(options: .uninterrupted) { world in
      let meeting = try kind.meeting()
      let waiter = Task { try await meeting.wait() }
      await world.settle()
      waiter.cancel()
      try meeting.grant()
      #expect(world.ready == 1)
      #expect(await waiter.endsCancelled)
      #expect(meeting.waiterCount() == (kind == .barrier ? 1 : 0))
      if kind == .barrier { try meeting.grant() }
    }
  }

  @Test(
    "XX-04 cancelled between the fast path and its registration: it throws and is not queued",
    arguments: Kind.allCases)
  func cancelledBeforeParking(_ kind: Kind) async throws {
    try await explore(schedules: 20) { _ in
      let meeting = try kind.meeting(beforeParking: cancelCurrentTask)
      let waiter = Task { try await meeting.wait() }
      #expect(await waiter.endsCancelled)
      #expect(meeting.waiterCount() == 0)
    }
  }

  @Test(
    "XX-05 cancelled waiters leave no residue behind somebody who goes on waiting",
    arguments: Kind.allCases)
  func noResidue(_ kind: Kind) async throws {
    try await explore(schedules: 4) { world in
      let meeting = try kind.meeting()
      let isRoomForTwo = kind != .barrier  // the second to arrive would complete the round
      let patient = Task { if isRoomForTwo { try await meeting.wait() } }
      await world.settle()
      let others = meeting.waiterCount()
      for _ in 0..<200 {
        let waiter = Task { try await meeting.wait() }
        await world.settle()
        #expect(meeting.waiterCount() == others + 1)
        waiter.cancel()
        #expect(meeting.waiterCount() == others)
        #expect(await waiter.endsCancelled)
      }
      if isRoomForTwo { try meeting.grant() }
      try await patient.value
    }
  }

  @Test("XX-05 100,000 requests of every size, cancelled or granted, need the memory of one")
  func flatMemory() async {
    var state = AsyncSemaphore.State(free: 1, limit: nil)
    for round in 0..<100_000 {
      _ = await withWaitContinuation { continuation in
        let ticket = state.join(for: 2 + round % 5)
        if round.isMultiple(of: 2) { _ = state.cancel(ticket) }
        let wakeup = state.waiters.park(continuation, with: ticket)
        if let wakeup { continuation.resume(returning: wakeup) }
        if round.isMultiple(of: 5) {
          state.free = 10
          state.grantWhatIsFree().resume()
        } else {
          state.cancel(ticket)?.resume()
        }
      }
    }
    #expect(state.waiters.isEmpty)
    #expect(state.waiters.capacity == 1)
    #expect(state.largeRequests.isEmpty)
    #expect(state.largeRequests.capacity < 16)
  }

  @Test(
    "XX-11 clean-up code waits its turn, also when it is cancelled while it waits",
    arguments: [Kind.event, .semaphore, .largeRequest, .barrier])
  func cleanUpWaits(_ kind: Kind) async throws {
    try await explore { world in
      let meeting = try kind.meeting()
      let task = Task { try await meeting.waitIgnoringCancellation() }
      task.cancel()
      await world.settle()
      #expect(meeting.waiterCount() == 1)
      try meeting.grant()
      try await task.value
    }
  }

  @Test(
    "XX-04 XX-11 cancelled already: it throws and changes nothing, even if it need not wait (D3)")
  func cancelledAlready() async throws {
    try await explore { _ in
      let event = AsyncEvent()
      event.set()
      let semaphore = AsyncSemaphore(limit: 2)
      let condition = AsyncCondition(AsyncLock())
      let barrier = try AsyncBarrier(parties: 1)
      let task = Task {
        cancelCurrentTask()
        await #expect(throws: CancellationError.self) { try await event.wait() }
        await event.waitIgnoringCancellation()

        await #expect(throws: CancellationError.self) { try await semaphore.acquire() }
        await #expect(throws: CancellationError.self) { try await semaphore.acquire(0) }
        await #expect(throws: CancellationError.self) { try await semaphore.withPermit {} }
        await #expect(throws: CancellationError.self) { try await semaphore.acquire(3) }
        #expect(semaphore.availablePermits == 2)
        #expect(semaphore.waiterCount == 0)
        await semaphore.acquireIgnoringCancellation(2)
        #expect(semaphore.isLocked)
        #expect(try !semaphore.release(2))
        #expect(semaphore.tryAcquire())
        try semaphore.release()

        await condition.lock.lockIgnoringCancellation()
        await #expect(throws: CancellationError.self) { try await condition.wait() }
        await #expect(throws: CancellationError.self) { try await condition.wait(until: { true }) }
        #expect(condition.lock.isLocked)
        #expect(condition.waiterCount == 0)
        try condition.notifyAll()
        try condition.lock.unlock()

        await #expect(throws: CancellationError.self) { try await barrier.wait() }
        #expect(try await barrier.waitIgnoringCancellation() == 0)
      }
      try await task.value
    }
  }

  @Test("XX-11 a task that is cancelled already does not count at a barrier, even as the last")
  func lastIsCancelled() async throws {
    try await explore { world in
      let barrier = try AsyncBarrier(parties: 2)
      let waiter = Task { try await barrier.wait() }
      await world.settle()
      let late = Task { try await barrier.wait() }
      late.cancel()
      await #expect(throws: CancellationError.self) { try await late.value }
      #expect(barrier.waiterCount == 1)
      let last = try await barrier.wait()
      #expect(last == 1)
      #expect(try await waiter.value == 0)
    }
  }

  @Test("XX-10 what need not wait neither suspends nor yields, and does not leave its actor")
  func fastPath() async throws {
    try await explore(options: .uninterrupted) { _ in
      let desk = try Desk()
      async let one: Void = desk.pass("a")
      async let two: Void = desk.pass("b")
      try await one
      try await two
      #expect([["a", "a", "b", "b"], ["b", "b", "a", "a"]].contains(await desk.steps))
    }
  }

  private actor Desk {
    let event = AsyncEvent()
    let semaphore = AsyncSemaphore(limit: 3)
    let condition = AsyncCondition(AsyncLock())
    let barrier: AsyncBarrier
    var steps: [String] = []

    init() throws {
      barrier = try AsyncBarrier(parties: 1)
      event.set()
    }

    func pass(_ name: String) async throws {
      steps.append(name)
      try await event.wait()
      await event.waitIgnoringCancellation()
      try await semaphore.withPermit { assertIsolated() }
      try await semaphore.withPermits(3) { assertIsolated() }
      await semaphore.acquireIgnoringCancellation()
      try semaphore.release()
      try await condition.lock.withLock {
        try await condition.wait(until: { steps.count > 0 })
        try condition.notifyAll()
      }
      try await barrier.wait()
      try await barrier.waitIgnoringCancellation()
      steps.append(name)
    }
  }

  private static let priorities: [TaskPriority] = [
    .low, .high, .background, .medium, .high, .low,
  ]

  @Test("XX-06 a semaphore serves in order of arrival, whatever the priorities")
  func semaphoreOrder() async throws {
    try await explore(options: .uninterrupted) { world in
      let semaphore = AsyncSemaphore(permits: 0)
      let (arrivals, departures) = (Journal(), Journal())
      let tasks = Self.priorities.enumerated().map { number, priority in
        Task(priority: priority) {
          arrivals.add("\(number)")
          try await semaphore.acquire(2)
          departures.add("\(number)")
          try semaphore.release(2)
        }
      }
      await world.settle()
      try semaphore.release(2)
      for task in tasks { try await task.value }
      #expect(departures.entries == arrivals.entries)
    }
  }

  @Test("XX-06 a condition wakes in order of arrival, whatever the priorities")
  func conditionOrder() async throws {
    try await explore(options: .uninterrupted) { world in
      let condition = AsyncCondition(AsyncLock())
      let (arrivals, departures) = (Journal(), Journal())
      let tasks = Self.priorities.enumerated().map { number, priority in
        Task(priority: priority) {
          try await condition.lock.withLock {
            arrivals.add("\(number)")
            try await condition.wait()
            departures.add("\(number)")
          }
        }
      }
      await world.settle()
      try await condition.lock.withLock { try condition.notifyAll() }
      for task in tasks { try await task.value }
      #expect(departures.entries == arrivals.entries)
    }
  }

  @Test("XX-06 a barrier numbers its tasks in order of arrival, whatever the priorities")
  func barrierOrder() async throws {
    try await explore(options: .uninterrupted) { _ in
      let barrier = try AsyncBarrier(parties: 6)
      let arrivals = Journal()
      let tasks = Self.priorities.map { priority in
        Task(priority: priority) {
          let position = arrivals.entries.count
          arrivals.add("\(position)")
          return try await barrier.wait() == position
        }
      }
      for task in tasks { #expect(try await task.value) }
    }
  }
}
