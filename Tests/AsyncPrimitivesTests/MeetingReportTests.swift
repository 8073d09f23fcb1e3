import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("What is said about event, semaphore, condition and barrier", .startsTasks)
struct MeetingReportTests {
  /// What is said about a body that waits for something that never comes.
  private func report(
    of body: @escaping @Sendable (World) async throws -> Void
  ) async -> String {
    let report = await Simulation.run { world in try await body(world) }
    #expect(report.verdict.isDeadlock)
    return report.verdict.description
  }

  @Test("XX-09 a task that waits keeps its primitive alive, and the deadlock's report names it")
  func names() async {
    let event = await report { _ in try await AsyncEvent("start").wait() }
    #expect(event.contains("“body” waits for event “start” to be set"))
    let semaphore = await report { _ in try await AsyncSemaphore(permits: 0, "pool").acquire(2) }
    #expect(semaphore.contains("“body” waits for a permit of semaphore “pool”."))
    let anonymous = await report { _ in try await AsyncSemaphore(limit: 0).acquire() }
    #expect(anonymous.contains("“body” waits for a permit of a semaphore."))
    let barrier = await report { _ in try await AsyncBarrier(parties: 2, "finish").wait() }
    #expect(barrier.contains("“body” waits for barrier “finish” to be complete"))
    let condition = await report { _ in
      let lock = AsyncLock()
      try await lock.withLock { try await AsyncCondition(lock, "refilled").wait() }
    }
    #expect(condition.contains("“body” waits for condition “refilled” to be notified"))
  }

  @Test("a report names those who hold permits, each once")
  func holders() async {
    let held = await report { world in
      let pool = AsyncSemaphore(limit: 3, "pool")
      let holder = Task(name: "ann") {
        try await pool.acquire()
        try await pool.acquire()
        try await pool.withPermit {}
        try await AsyncEvent("never").wait()
      }
      await world.settle()
      try await pool.acquire(2)
      try await holder.value
    }
    #expect(held.contains("“body” waits for a permit of semaphore “pool”, which “ann” holds."))
  }

  @Test("nobody holds the signals of a semaphore that begins with none")
  func signals() async {
    let signalled = await report { _ in
      let items = AsyncSemaphore(permits: 0, "items")
      try items.release()
      try await items.acquire()
      try await items.acquire()
    }
    #expect(signalled.contains("“body” waits for a permit of semaphore “items”.\n"))
  }

  @Test("a notified task waits for the lock, and the report says who holds it")
  func relocking() async {
    let relocking = await report { world in
      let condition = AsyncCondition(AsyncLock("larder"), "refilled")
      let waiter = Task(name: "cook") {
        try await condition.lock.withLock { try await condition.wait() }
      }
      await world.settle()
      try await condition.lock.lock()
      try condition.notify()
      try await waiter.value
    }
    #expect(relocking.contains("“cook” waits for lock “larder”, which “body” holds"))
  }

  @Test("XX-09 an event that dies with a parked waiter says so")
  func abandonedEvent() async {
    await #expect(processExitsWith: .failure) {
      _ = await withWaitContinuation { (continuation: WaitContinuation<Void>) in
        let event = AsyncEvent("start")
        if let ticket = event.passOrJoin() { _ = event.park(continuation, with: ticket) }
      }
    }
  }

  @Test("XX-09 a semaphore that dies with a parked waiter says so")
  func abandonedSemaphore() async {
    await #expect(processExitsWith: .failure) {
      _ = await withWaitContinuation { (continuation: WaitContinuation<Void>) in
        let semaphore = AsyncSemaphore(permits: 0, "pool")
        if let ticket = semaphore.takeOrJoin(1) { _ = semaphore.park(continuation, with: ticket) }
      }
    }
  }

  @Test("XX-09 a condition that dies with a parked waiter says so")
  func abandonedCondition() async {
    await #expect(processExitsWith: .failure) {
      _ = await withWaitContinuation {
        (continuation: WaitContinuation<AsyncCondition.Notification>) in
        let condition = AsyncCondition(AsyncLock())
        _ = condition.lock.tryLock()
        if let (ticket, _) = condition.joinAndRelease() {
          _ = condition.park(continuation, with: ticket)
        }
      }
    }
  }

  @Test("XX-09 a barrier that dies with a parked waiter says so")
  func abandonedBarrier() async {
    await #expect(processExitsWith: .failure) {
      _ = await withWaitContinuation { (continuation: WaitContinuation<AsyncBarrier.Outcome>) in
        guard let barrier = try? AsyncBarrier(parties: 2, "start") else { return }
        if case .joined(let ticket) = barrier.arrive() {
          _ = barrier.park(continuation, with: ticket)
        }
      }
    }
  }
}
