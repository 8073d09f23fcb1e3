import CheckKit
import Testing

@testable import AsyncPrimitives

/// The two forms of a semaphore, which hold the same promises (BS-05).
enum SemaphoreForm: String, CaseIterable, CustomTestStringConvertible {
  case unlimited, limited

  /// A semaphore with that many free permits, to which more may be added.
  func make(_ permits: Int) throws -> AsyncSemaphore {
    switch self {
    case .unlimited: AsyncSemaphore(permits: permits, "pool")
    case .limited: try AsyncSemaphore(permits: permits, limit: 20, "pool")
    }
  }

  var testDescription: String { rawValue }
}

/// A task that takes permits, and says so. It does not release them.
func taker(
  _ name: String, _ count: Int = 1, of semaphore: AsyncSemaphore, _ journal: Journal
) -> Task<Void, any Error> {
  Task(name: name) {
    try await semaphore.acquire(count)
    journal.add(name)
  }
}

@Suite("Semaphore (BS-05: both forms)", .startsTasks)
struct SemaphoreTests {
  @Test("SE-01 a semaphore may begin with no permit, and is locked then")
  func zero() async throws {
    let semaphore = AsyncSemaphore(permits: 0)
    #expect(semaphore.isLocked)
    #expect(semaphore.availablePermits == 0)
    #expect(!semaphore.tryAcquire())
    #expect(semaphore.limit == nil)
    #expect(AsyncSemaphore(limit: 0).isLocked)
  }

  @Test(
    "SE-02 acquire takes, release gives, and the count is exact", arguments: SemaphoreForm.allCases)
  func counts(_ form: SemaphoreForm) async throws {
    try await explore { _ in
      let semaphore = try form.make(3)
      try await semaphore.acquire()
      try await semaphore.acquire()
      #expect(semaphore.availablePermits == 1)
      #expect(!semaphore.isLocked)
      try semaphore.release()
      #expect(semaphore.availablePermits == 2)
      try await semaphore.acquire(2)
      #expect(semaphore.isLocked)
      try semaphore.release(3)
      #expect(semaphore.tryAcquire(3))
      #expect(!semaphore.tryAcquire())
      try semaphore.release(2)
      #expect(!semaphore.tryAcquire(3))
      #expect(semaphore.availablePermits == 2)
    }
  }

  @Test("a request of 0 is granted at once, past those who wait", arguments: SemaphoreForm.allCases)
  func nothing(_ form: SemaphoreForm) async throws {
    try await explore { world in
      let semaphore = try form.make(0)
      let task = taker("1", of: semaphore, Journal())
      await world.settle()
      try await semaphore.acquire(0)
      #expect(semaphore.tryAcquire(0))
      #expect(try !semaphore.release(0))
      try await semaphore.withPermits(0) {}
      #expect(semaphore.waiterCount == 1)
      try semaphore.release()
      try await task.value
    }
  }

  @Test("SE-04 who releases and acquires again goes to the back", arguments: SemaphoreForm.allCases)
  func reacquire(_ form: SemaphoreForm) async throws {
    try await explore { world in
      let semaphore = try form.make(0)
      let journal = Journal()
      var tasks: [Task<Void, any Error>] = []
      for name in ["a", "b", "c"] {
        tasks.append(
          Task {
            for round in 1...2 {
              try await semaphore.acquire()
              journal.add("\(name)\(round)")
              // All three stand in line again before the next one's turn is over.
              await world.settle()
              try semaphore.release()
            }
          })
        await world.settle()
      }
      try semaphore.release()
      for task in tasks { try await task.value }
      #expect(journal.entries == ["a1", "b1", "c1", "a2", "b2", "c2"])
    }
  }

  @Test(
    "SE-05 several releases before a waiter runs wake as many, in order, and are spoken for",
    arguments: SemaphoreForm.allCases)
  func manyReleases(_ form: SemaphoreForm) async throws {
    try await explore { world in
      let semaphore = try form.make(0)
      let journal = Journal()
      var tasks: [Task<Void, any Error>] = []
      for name in ["1", "2", "3"] {
        tasks.append(taker(name, of: semaphore, journal))
        await world.settle()
      }
      #expect(try semaphore.release())
      #expect(try semaphore.release())
      #expect(semaphore.waiterCount == 1)
      #expect(semaphore.isLocked)
      #expect(!semaphore.tryAcquire())
      try await tasks[0].value
      try await tasks[1].value
      #expect(journal.entries.sorted() == ["1", "2"])
      #expect(try semaphore.release(2))
      #expect(semaphore.availablePermits == 1)
      try await tasks[2].value
    }
  }

  @Test(
    "SE-06 the head is cancelled, then two releases: the two others acquire",
    arguments: SemaphoreForm.allCases)
  func cancelledHead(_ form: SemaphoreForm) async throws {
    try await explore { world in
      let semaphore = try form.make(0)
      let journal = Journal()
      var tasks: [Task<Void, any Error>] = []
      for name in ["1", "2", "3"] {
        tasks.append(taker(name, of: semaphore, journal))
        await world.settle()
      }
      tasks[0].cancel()
      try semaphore.release()
      try semaphore.release()
      await world.settle()
      #expect(journal.entries.sorted() == ["2", "3"])
      #expect(semaphore.isLocked)
      #expect(await tasks[0].endsCancelled)
    }
  }

  @Test(
    "SE-08 cancelled and released in one turn: the next is never left waiting",
    arguments: SemaphoreForm.allCases)
  func cancelAndRelease(_ form: SemaphoreForm) async throws {
    try await explore { world in
      let semaphore = try form.make(0)
      let one = taker("1", of: semaphore, Journal())
      await world.settle()
      let two = taker("2", of: semaphore, Journal())
      await world.settle()
      one.cancel()
      try semaphore.release()
      try await two.value
      #expect(await one.endsCancelled)
      #expect(semaphore.isLocked)
    }
  }

  @Test(
    "SE-09 a permit granted to a task that is cancelled before it runs is not lost (D1)",
    arguments: SemaphoreForm.allCases)
  func grantedThenCancelled(_ form: SemaphoreForm) async throws {
    try await explore { world in
      let semaphore = try form.make(0)
      let task = Task { try await semaphore.withPermit {} }
      await world.settle()
      try semaphore.release()
      task.cancel()
      try await task.value
      try await semaphore.acquire()
      #expect(semaphore.isLocked)
    }
  }

  @Test(
    "SE-10 cancelling a waiter neither consumes nor creates a permit",
    arguments: SemaphoreForm.allCases)
  func cancelledWaiter(_ form: SemaphoreForm) async throws {
    try await explore { world in
      let semaphore = try form.make(0)
      let one = taker("1", of: semaphore, Journal())
      await world.settle()
      one.cancel()
      #expect(await one.endsCancelled)
      #expect(semaphore.availablePermits == 0)
      let two = taker("2", of: semaphore, Journal())
      await world.settle()
      #expect(semaphore.waiterCount == 1)
      #expect(try semaphore.release())
      try await two.value
      #expect(semaphore.isLocked)
    }
  }

  @Test(
    "SE-12 cancelled before the call, with no permit: it throws at once, the count intact",
    arguments: SemaphoreForm.allCases)
  func cancelledBefore(_ form: SemaphoreForm) async throws {
    try await explore { world in
      let semaphore = try form.make(0)
      let task = taker("1", of: semaphore, Journal())
      task.cancel()
      await world.settle()
      #expect(semaphore.waiterCount == 0)
      #expect(await task.endsCancelled)
      try semaphore.release()
      #expect(semaphore.availablePermits == 1)
    }
  }

  @Test(
    "SE-13 released, then cancelled before it runs: one wake-up, and permits are conserved",
    arguments: SemaphoreForm.allCases)
  func oneWakeUp(_ form: SemaphoreForm) async throws {
    try await explore { world in
      let semaphore = try form.make(0)
      let task = taker("1", 2, of: semaphore, Journal())
      await world.settle()
      try semaphore.release(5)
      task.cancel()
      #expect(world.ready == 1)
      try await task.value
      for _ in 0..<3 { #expect(semaphore.tryAcquire()) }
      #expect(!semaphore.tryAcquire())
    }
  }

  @Test("SE-14 cancelling one waiter does not wake the others", arguments: SemaphoreForm.allCases)
  func cancelsOne(_ form: SemaphoreForm) async throws {
    try await explore { world in
      let semaphore = try form.make(0)
      let journal = Journal()
      let one = taker("1", of: semaphore, journal)
      await world.settle()
      let two = taker("2", of: semaphore, journal)
      await world.settle()
      two.cancel()
      await world.settle()
      #expect(semaphore.waiterCount == 1)
      one.cancel()
      await world.settle()
      #expect(journal.entries.isEmpty)
      #expect(await one.endsCancelled)
      #expect(await two.endsCancelled)
    }
  }

  @Test("SE-16 release says whether it woke a waiter", arguments: SemaphoreForm.allCases)
  func saysWhether(_ form: SemaphoreForm) async throws {
    try await explore { world in
      let semaphore = try form.make(0)
      let task = taker("1", 2, of: semaphore, Journal())
      await world.settle()
      #expect(try !semaphore.release())
      #expect(try semaphore.release())
      #expect(try !semaphore.release())
      try await task.value
    }
  }

  @Test(
    "SE-25 withPermit releases on a value, a throw, an early return and a cancellation",
    arguments: SemaphoreForm.allCases)
  func exits(_ form: SemaphoreForm) async throws {
    try await explore { world in
      let semaphore = try form.make(2)
      let nothing: Int? = try await semaphore.withPermit { nil }
      #expect(nothing == nil)
      await #expect(throws: Mishap(1)) { try await semaphore.withPermits(2) { throw Mishap(1) } }
      let early = try await semaphore.withPermit { () async throws -> Int in
        if semaphore.availablePermits == 1 { return 1 }
        await Task.yield()
        return 2
      }
      #expect(early == 1)
      let task = Task {
        try await semaphore.withPermits(2) { try await Task.sleep(for: .seconds(9)) }
      }
      await world.settle()
      #expect(semaphore.isLocked)
      task.cancel()
      #expect(await task.endsCancelled)
      #expect(semaphore.availablePermits == 2)
      #expect(world.now == .zero)
    }
  }
}
