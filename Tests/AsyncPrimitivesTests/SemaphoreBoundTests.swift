import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Semaphore: limits", .startsTasks)
struct SemaphoreBoundTests {
  @Test("SE-01 fewer permits than none are rejected")
  func negative() async {
    await #expect(processExitsWith: .failure) { _ = AsyncSemaphore(permits: -1) }
    await #expect(processExitsWith: .failure) { _ = AsyncSemaphore(limit: -1) }
    await #expect(processExitsWith: .failure) { _ = AsyncSemaphore(permits: 1).tryAcquire(-1) }
    await #expect(processExitsWith: .failure) {
      try AsyncSemaphore(permits: 1).release(-1)
    }
    #expect(throws: SemaphoreError.invalidLimit(nil, permits: -1, limit: 1)) {
      try AsyncSemaphore(permits: -1, limit: 1)
    }
  }

  @Test("SE-24 raising the limit wakes as many as there is room for; lowering it wakes nobody")
  func resizing() async throws {
    try await explore { world in
      let semaphore = AsyncSemaphore(limit: 2)
      let journal = Journal()
      var tasks: [Task<Void, any Error>] = []
      for name in ["1", "2", "3", "4", "5", "6"] {
        tasks.append(taker(name, of: semaphore, journal))
        await world.settle()
      }
      #expect(journal.entries == ["1", "2"])
      try semaphore.setLimit(4)
      #expect(semaphore.limit == 4)
      await world.settle()
      #expect(journal.entries.sorted() == ["1", "2", "3", "4"])
      try semaphore.setLimit(1)
      for _ in 0..<3 {
        #expect(try !semaphore.release())
        await world.settle()
        #expect(journal.entries.count == 4)
        #expect(semaphore.availablePermits == 0)
      }
      // One is out, as many as the limit allows: the next goes in when that one comes out.
      #expect(try semaphore.release())
      await world.settle()
      #expect(journal.entries.last == "5")
      #expect(semaphore.waiterCount == 1)
      try semaphore.setLimit(2)
      for task in tasks { try await task.value }
      #expect(journal.entries.last == "6")
      try semaphore.release(2)
      #expect(semaphore.availablePermits == 2)
      #expect(throws: SemaphoreError.aboveLimit(nil, limit: 2)) { try semaphore.release() }
    }
  }

  @Test("SE-24 a limit of 0 pauses, and one raised far wakes all who fit, in order")
  func pausing() async throws {
    try await explore { world in
      let semaphore = AsyncSemaphore(limit: 3)
      try semaphore.setLimit(0)
      let journal = Journal()
      var tasks = [taker("2", 2, of: semaphore, journal)]
      await world.settle()
      tasks.append(taker("4", 4, of: semaphore, journal))
      await world.settle()
      tasks.append(taker("1", 1, of: semaphore, journal))
      await world.settle()
      #expect(journal.entries.isEmpty)
      try semaphore.setLimit(5)
      await world.settle()
      #expect(journal.entries == ["2"])
      try semaphore.setLimit(.max)
      for task in tasks { try await task.value }
      #expect(semaphore.availablePermits == .max - 7)
      try semaphore.setLimit(0)
      try semaphore.release(7)
      #expect(semaphore.availablePermits == 0)
      #expect(throws: SemaphoreError.aboveLimit(nil, limit: 0)) { try semaphore.release() }
    }
  }

  @Test("SE-24 a semaphore without a limit cannot be given one")
  func noLimit() throws {
    let semaphore = AsyncSemaphore(permits: 1, "pool")
    #expect(throws: SemaphoreError.hasNoLimit("pool")) { try semaphore.setLimit(2) }
    #expect(semaphore.availablePermits == 1)
  }

  @Test("SE-26 a release that an Int cannot count is rejected and changes nothing")
  func overflow() throws {
    let semaphore = AsyncSemaphore(permits: .max, "pool")
    #expect(throws: SemaphoreError.overflow("pool")) { try semaphore.release() }
    #expect(semaphore.availablePermits == .max)
    #expect(semaphore.tryAcquire(.max))
    try semaphore.release(.max)
    let limited = AsyncSemaphore(limit: .max)
    #expect(throws: SemaphoreError.aboveLimit(nil, limit: .max)) { try limited.release(.max) }
    #expect(limited.availablePermits == .max)
  }

  @Test("BS-01 a release above the limit is an error, names it, and changes nothing")
  func bounded() async throws {
    let semaphore = try AsyncSemaphore(permits: 1, limit: 2, "pool")
    try semaphore.release()
    #expect(throws: SemaphoreError.aboveLimit("pool", limit: 2)) { try semaphore.release() }
    #expect(semaphore.availablePermits == 2)
    try await semaphore.acquire()
    #expect(throws: SemaphoreError.aboveLimit("pool", limit: 2)) { try semaphore.release(2) }
    #expect(semaphore.availablePermits == 1)
    try semaphore.release()
    // Somebody who releases inside of withPermit hears of it, and a body's own error comes first.
    await #expect(throws: SemaphoreError.aboveLimit("pool", limit: 2)) {
      try await semaphore.withPermit { try semaphore.release() }
    }
    await #expect(throws: Mishap(1)) {
      try await semaphore.withPermit {
        try semaphore.release()
        throw Mishap(1)
      }
    }
    #expect(semaphore.availablePermits == 2)
  }

  @Test("BS-02 more permits than the limit are rejected, and every error names its semaphore")
  func invalidLimit() {
    #expect(throws: SemaphoreError.invalidLimit("pool", permits: 3, limit: 2)) {
      try AsyncSemaphore(permits: 3, limit: 2, "pool")
    }
    let errors: [SemaphoreError] = [
      .aboveLimit("pool", limit: 2), .overflow("pool"), .hasNoLimit("pool"),
      .invalidLimit("pool", permits: 3, limit: 2),
    ]
    for error in errors { #expect("\(error)".contains("semaphore “pool”")) }
    #expect("\(SemaphoreError.overflow(nil))".contains("a semaphore"))
  }

  @Test("BS-04 a release with waiters at the bound hands the permit over, and is no error")
  func handedOver() async throws {
    try await explore { world in
      let semaphore = AsyncSemaphore(limit: 1)
      try await semaphore.acquire()
      let task = taker("1", of: semaphore, Journal())
      await world.settle()
      #expect(try semaphore.release())
      #expect(semaphore.availablePermits == 0)
      try await task.value
      try semaphore.release()
      #expect(throws: SemaphoreError.aboveLimit(nil, limit: 1)) { try semaphore.release() }
    }
  }
}
