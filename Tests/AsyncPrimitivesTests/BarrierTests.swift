import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Barrier", .startsTasks)
struct BarrierTests {
  /// Starts tasks that arrive, one after the other.
  private func arrive(
    _ count: Int, at barrier: AsyncBarrier, in world: World
  ) async -> [Task<Int, any Error>] {
    var tasks: [Task<Int, any Error>] = []
    for _ in 0..<count {
      tasks.append(Task { try await barrier.wait() })
      await world.settle()
    }
    return tasks
  }

  @Test("BA-01 a barrier for nobody is rejected", arguments: [0, -1])
  func noParties(parties: Int) {
    #expect(throws: BarrierError.noParties("start", parties: parties)) {
      try AsyncBarrier(parties: parties, "start")
    }
    #expect("\(BarrierError.noParties("start", parties: 0))".contains("barrier “start”"))
    #expect("\(BarrierError.broken(nil))".hasPrefix("a barrier is broken"))
  }

  @Test("BA-02 a barrier lets all go when the last arrives, each with its own number, every round")
  func rounds() async throws {
    try await explore { _ in
      let barrier = try AsyncBarrier(parties: 3)
      #expect(barrier.parties == 3)
      for _ in 0..<3 {
        let numbers = try await gather([1, 2, 3]) { _ in try await barrier.wait() }
        #expect(numbers.sorted() == [0, 1, 2])
        #expect(barrier.waiterCount == 0)
      }
    }
  }

  @Test("BA-02 nobody passes before the last has come, and numbers are in order of arrival")
  func inOrder() async throws {
    try await explore { world in
      let barrier = try AsyncBarrier(parties: 4)
      let tasks = await arrive(3, at: barrier, in: world)
      #expect(barrier.waiterCount == 3)
      #expect(try await barrier.wait() == 3)
      #expect(barrier.waiterCount == 0)
      for (number, task) in tasks.enumerated() { #expect(try await task.value == number) }
    }
  }

  @Test("BA-02 the last to arrive, and a party of one, do not suspend")
  func lastDoesNotSuspend() async throws {
    try await explore(options: .uninterrupted) { world in
      let alone = try AsyncBarrier(parties: 1)
      let pair = try AsyncBarrier(parties: 2)
      let tasks = await arrive(1, at: pair, in: world)
      let journal = Journal()
      let other = Task { journal.add("other") }
      #expect(try await alone.wait() == 0)
      #expect(try await alone.waitIgnoringCancellation() == 0)
      #expect(try await pair.wait() == 1)
      #expect(journal.entries.isEmpty)
      await other.value
      #expect(try await tasks[0].value == 0)
    }
  }

  @Test("BA-04 reset sends the waiters away, and the barrier is good again")
  func reset() async throws {
    try await explore { world in
      let barrier = try AsyncBarrier(parties: 3, "start")
      barrier.reset()
      let tasks = await arrive(2, at: barrier, in: world)
      barrier.reset()
      barrier.reset()
      #expect(!barrier.isBroken)
      #expect(barrier.waiterCount == 0)
      for task in tasks {
        await #expect(throws: BarrierError.broken("start")) { try await task.value }
      }
      let numbers = try await gather([1, 2, 3]) { _ in try await barrier.wait() }
      #expect(numbers.sorted() == [0, 1, 2])
    }
  }

  @Test("BA-04 abort sends away who waits and who comes, until a reset")
  func abort() async throws {
    try await explore { world in
      let barrier = try AsyncBarrier(parties: 2, "start")
      let tasks = await arrive(1, at: barrier, in: world)
      barrier.abort()
      barrier.abort()
      #expect(barrier.isBroken)
      for _ in 0..<2 {
        await #expect(throws: BarrierError.broken("start")) { try await barrier.wait() }
        await #expect(throws: BarrierError.broken("start")) {
          try await barrier.waitIgnoringCancellation()
        }
      }
      await #expect(throws: BarrierError.broken("start")) { try await tasks[0].value }
      barrier.reset()
      #expect(!barrier.isBroken)
      let numbers = try await gather([1, 2]) { _ in try await barrier.wait() }
      #expect(numbers.sorted() == [0, 1])
    }
  }

  @Test("BA-05 a task that comes back while others are on their way out is in the next round")
  func draining() async throws {
    try await explore { world in
      let barrier = try AsyncBarrier(parties: 3)
      let journal = Journal()
      let tasks = (0..<2).map { _ in
        Task {
          let first = try await barrier.wait()
          journal.add("first")
          let second = try await barrier.wait()
          journal.add("second")
          return (first, second)
        }
      }
      await world.settle()
      // The last one: it is back before the others have run.
      let third = (try await barrier.wait(), await outcome { try await barrier.wait() })
      #expect(third.0 == 2)
      var numbers = [try third.1.get()]
      for task in tasks { numbers.append(try await task.value.1) }
      #expect(numbers.sorted() == [0, 1, 2])
      #expect(journal.entries == ["first", "first", "second", "second"])
    }
  }

  @Test("a cancelled waiter no longer counts, and leaves no gap in the numbers")
  func cancelled() async throws {
    try await explore { world in
      let barrier = try AsyncBarrier(parties: 3)
      let tasks = await arrive(2, at: barrier, in: world)
      tasks[0].cancel()
      #expect(barrier.waiterCount == 1)
      await world.settle()
      let more = await arrive(1, at: barrier, in: world)
      #expect(barrier.waiterCount == 2)
      #expect(try await barrier.wait() == 2)
      #expect(try await tasks[1].value == 0)
      #expect(try await more[0].value == 1)
      await #expect(throws: CancellationError.self) { try await tasks[0].value }
      #expect(!barrier.isBroken)
    }
  }

  @Test("let go, then cancelled before it runs: it has its number (D1); broken stands likewise")
  func letGoThenCancelled() async throws {
    try await explore { world in
      let barrier = try AsyncBarrier(parties: 2, "start")
      let passed = await arrive(1, at: barrier, in: world)
      try await barrier.wait()
      passed[0].cancel()
      #expect(try await passed[0].value == 0)
      let broken = await arrive(1, at: barrier, in: world)
      barrier.abort()
      barrier.reset()
      broken[0].cancel()
      await #expect(throws: BarrierError.broken("start")) { try await broken[0].value }
    }
  }

  @Test("arrivals, a cancellation and a reset in every order: one outcome each, nobody is left")
  func everyOrder() async throws {
    let schedules = try await exploreAll(options: .uninterrupted) { _ in
      let barrier = try AsyncBarrier(parties: 2)
      let one = Task { try await barrier.wait() }
      let two = Task { try await barrier.wait() }
      let canceller = Task { one.cancel() }
      let resetter = Task { barrier.reset() }
      await canceller.value
      await resetter.value
      await Task.yield()
      two.cancel()  // whoever lost its partner waits for another
      let results = [await one.result, await two.result]
      if case (.success(let first), .success(let second)) = (results[0], results[1]) {
        #expect(Set([first, second]) == [0, 1])
      }
      #expect(barrier.waiterCount == 0)
    }
    #expect(schedules > 10)
  }
}
