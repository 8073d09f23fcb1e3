import CheckKit
import Synchronization
import Testing

@testable import AsyncPrimitives

@Suite("Semaphore: sizes of requests", .startsTasks)
struct SemaphoreSizeTests {
  @Test("SE-17 without a limit, a release beyond the first value raises the count")
  func unlimited() throws {
    let semaphore = AsyncSemaphore(permits: 0)
    try semaphore.release()
    #expect(semaphore.availablePermits == 1)
    try semaphore.release(10)
    #expect(semaphore.availablePermits == 11)
  }

  @Test(
    "SE-18 a limiter runs as many at a time as its limit, no fewer and no more", arguments: 1...10)
  func limiter(limit: Int) async throws {
    try await explore(schedules: 30) { world in
      let semaphore = AsyncSemaphore(limit: limit)
      let peak = Peak()
      try await gather(Array(1...20)) { _ in
        try await semaphore.withPermit { try await peak.stay(for: .seconds(1)) }
      }
      #expect(peak.highest == limit)
      #expect(world.now == .seconds((20 + limit - 1) / limit))
      #expect(semaphore.availablePermits == limit)
    }
  }

  @Test("SE-18 the same, with all tasks on one actor", arguments: [1, 3, 10])
  func limiterOnAnActor(limit: Int) async throws {
    try await explore(schedules: 30) { _ in
      let desk = Desk(limit: limit)
      try await gather(Array(1...20)) { _ in try await desk.serve() }
      #expect(desk.peak.highest == limit)
    }
  }

  private actor Desk {
    let semaphore: AsyncSemaphore
    let peak = Peak()
    init(limit: Int) { semaphore = AsyncSemaphore(permits: limit) }

    func serve() async throws {
      try await semaphore.withPermit {
        assertIsolated()
        try await peak.stay(for: .seconds(1))
      }
    }
  }

  /// How many were inside at the same time.
  private final class Peak: Sendable {
    private let state = Mutex((now: 0, highest: 0))
    var highest: Int { state.withLock { $0.highest } }

    func stay(for duration: Duration) async throws {
      state.withLock {
        $0.now += 1
        $0.highest = max($0.now, $0.highest)
      }
      defer { state.withLock { $0.now -= 1 } }
      try await Task.sleep(for: duration)
    }
  }

  @Test("SE-20 after 1,000 tasks on 5 permits there are exactly 5")
  func thousandTasks() async throws {
    try await explore(schedules: 4) { _ in
      let semaphore = AsyncSemaphore(permits: 5)
      try await gather(Array(1...1_000)) { number in
        try await semaphore.withPermit { if number % 3 == 0 { await Task.yield() } }
      }
      for _ in 0..<5 { #expect(semaphore.tryAcquire()) }
      #expect(!semaphore.tryAcquire())
    }
  }

  @Test("SE-21 a large request at the head is not overtaken, and collects what comes in")
  func largeRequest() async throws {
    try await explore { world in
      let semaphore = AsyncSemaphore(limit: 5)
      let journal = Journal()
      try await semaphore.acquire()
      let first = taker("5", 5, of: semaphore, journal)
      await world.settle()
      let second = taker("3", 3, of: semaphore, journal)
      await world.settle()
      // Four are free, and all of them are kept for the first in line.
      #expect(semaphore.waiterCount == 2)
      #expect(semaphore.availablePermits == 0)
      #expect(!semaphore.tryAcquire())
      #expect(try semaphore.release())
      try await first.value
      #expect(try !semaphore.release())
      await world.settle()
      #expect(journal.entries == ["5"])
      #expect(try semaphore.release(2))
      try await second.value
      #expect(semaphore.availablePermits == 0)
      try semaphore.release(2)
      #expect(semaphore.availablePermits == 2)
    }
  }

  @Test("SE-22 a large request cancelled half way gives back what was kept, and wakes followers")
  func largeRequestCancelled() async throws {
    try await explore { world in
      let semaphore = AsyncSemaphore(limit: 10)
      let journal = Journal()
      try await semaphore.acquire(4)
      let large = taker("8", 8, of: semaphore, journal)
      await world.settle()
      large.cancel()
      #expect(await large.endsCancelled)
      #expect(semaphore.availablePermits == 6)

      let again = taker("8", 8, of: semaphore, journal)
      await world.settle()
      let followers = [
        taker("a", 4, of: semaphore, journal), taker("b", 2, of: semaphore, journal),
      ]
      await world.settle()
      let last = taker("c", of: semaphore, journal)
      await world.settle()
      #expect(journal.entries.isEmpty)
      again.cancel()
      await world.settle()
      #expect(journal.entries.sorted() == ["a", "b"])
      #expect(semaphore.waiterCount == 1)
      try semaphore.release()
      try await last.value
      for follower in followers { try await follower.value }
      #expect(await again.endsCancelled)
    }
  }

  @Test("SE-22 a large request's cancellation, a release and a newcomer in every order")
  func everyOrder() async throws {
    let schedules = try await exploreAll { _ in
      let semaphore = AsyncSemaphore(limit: 2)
      try await semaphore.acquire()
      let large = Task { try await semaphore.withPermits(2) {} }
      let canceller = Task { large.cancel() }
      let small = Task { try await semaphore.withPermit {} }
      try semaphore.release()
      await canceller.value
      _ = await large.result
      try await small.value
      #expect(semaphore.availablePermits == 2)
      #expect(semaphore.waiterCount == 0)
    }
    #expect(schedules > 10)
  }

  @Test("SE-22 the followers of a cancelled large request wait for no release")
  func followersOfCancelled() async throws {
    try await explore { _ in
      let semaphore = AsyncSemaphore(limit: 2)
      try await semaphore.acquire()
      let large = Task { try await semaphore.acquire(2) }
      let small = Task { try await semaphore.acquire() }
      await Task.yield()
      large.cancel()
      _ = await large.result
      try await small.value
      #expect(semaphore.availablePermits == 0)
    }
  }

  @Test("SE-22 a large request withdrawn before it parks is forgotten")
  func withdrawnBeforeParking() async throws {
    try await explore { _ in
      let semaphore = AsyncSemaphore(limit: 2)
      try await semaphore.acquire()
      let ticket = try #require(semaphore.takeOrJoin(2))
      semaphore.withdraw(ticket)?.resume()
      await #expect(throws: CancellationError.self) { try await semaphore.wait(with: ticket) }
      #expect(semaphore.availablePermits == 1)
    }
  }
}
