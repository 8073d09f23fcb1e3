import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("wait", .startsTasks)
struct WaitTests {
  private func sleeper(_ seconds: Double, fails: Bool = false) -> TaskHandle<Double> {
    TaskHandle(name: "sleeper \(seconds)") {
      try await Task.sleep(for: .seconds(seconds))
      if fails { throw Mishap(Int(seconds)) }
      return seconds
    }
  }

  @Test("WT-01 allCompleted: all are done, and a second call returns without suspending")
  func all() async throws {
    try await explore { world in
      let (a, b) = (sleeper(2), sleeper(1))
      let (done, pending) = try await wait(for: [a, b])
      #expect(done == [b, a])  // in the order in which they finished
      #expect(pending.isEmpty)
      #expect(world.now == .seconds(2))
      let journal = Journal()
      let other = Task { journal.add("other") }
      #expect(try await wait(for: [a, b]).done == [b, a])
      #expect(try await wait(for: [a, b], timeout: .zero).done == [b, a])
      #expect(try await wait(for: [a, b], timeout: .seconds(9)).done == [b, a])
      #expect(try await wait(for: [TaskHandle<Int>]()).done.isEmpty)
      #expect(journal.entries.isEmpty)
      await other.value
    }
  }

  @Test("WT-02 firstCompleted returns when one is done, and the rest runs on")
  func first() async throws {
    try await explore { world in
      let (a, b) = (sleeper(2), sleeper(1))
      let (done, pending) = try await wait(for: [a, b], until: .firstCompleted)
      #expect(done == [b])
      #expect(pending == [a])
      #expect(world.now == .seconds(1))
      #expect(try await a.value == 2)
    }
  }

  @Test("WT-04 firstFailure with a task that has failed returns at once")
  func failedBefore() async throws {
    try await explore { world in
      let (a, b) = (sleeper(5), sleeper(1, fails: true))
      _ = try await wait(for: [b])
      let (done, pending) = try await wait(for: [a, b], until: .firstFailure)
      #expect(done == [b])
      #expect(pending == [a])
      #expect(world.now == .seconds(1))
      a.cancel()
    }
  }

  @Test("WT-05 firstFailure returns at the first failure; without one, when all are done")
  func firstFailure() async throws {
    try await explore { world in
      let (a, b, c) = (sleeper(1), sleeper(2, fails: true), sleeper(3))
      let (done, pending) = try await wait(for: [a, b, c], until: .firstFailure)
      #expect(done == [a, b])
      #expect(pending == [c])
      #expect(world.now == .seconds(2))
      #expect(try await wait(for: [a, c], until: .firstFailure).done == [a, c])
      #expect(world.now == .seconds(3))
    }
  }

  @Test("WT-06 a cancelled task has not failed: it only counts as done (D6)")
  func cancelledIsNoFailure() async throws {
    try await explore { world async throws in
      let (a, b) = (sleeper(100), sleeper(2))
      async let result = wait(for: [a, b], until: .firstFailure)
      await world.settle()
      a.cancel()
      #expect(try await result.done == [a, b])
      #expect(world.now == .seconds(2))
    }
  }

  @Test("WT-08 when the time is up it says who is done, throws nothing and cancels nobody")
  func timeout() async throws {
    try await explore { world in
      let (a, b) = (sleeper(0.1), sleeper(10))
      let (done, pending) = try await wait(for: [a, b], timeout: .milliseconds(110))
      #expect(done == [a])
      #expect(pending == [b])
      #expect(world.now == .milliseconds(110))
      #expect(b.completion.observerCount == 0)
      #expect(world.sleepers == 1)
      #expect(try await b.value == 10)
    }
  }

  @Test("WT-08 the timeout runs on the clock that was given, and is gone when all are done")
  func clock() async throws {
    try await explore { world in
      let never = sleeper(100)
      let (done, _) = try await wait(for: [never], timeout: .seconds(1), clock: world.clock)
      #expect(done.isEmpty)
      #expect(world.now == .seconds(1))
      let soon = sleeper(1)
      _ = try await wait(for: [soon], timeout: .seconds(50), clock: world.clock)
      #expect(world.now == .seconds(2))
      #expect(world.sleepers == 1)  // `never` itself
      never.cancel()
    }
  }

  @Test("WT-09 time up and completion at one instant: done or pending, never both, never neither")
  func sameInstant() async throws {
    let both = Journal()
    try await explore { world in
      let handle = sleeper(1)
      let (done, pending) = try await wait(for: [handle], timeout: .seconds(1))
      #expect(done + pending == [handle])
      #expect(world.now == .seconds(1))
      both.add(done.isEmpty ? "pending" : "done")
      _ = try await handle.value
    }
    // Each happens under some schedule. (A replay has one schedule only.)
    if both.entries.count > 1 { #expect(Set(both.entries) == ["done", "pending"]) }
  }

  @Test("WT-10 a timeout of zero gives one turn, and reports", arguments: [0, -1])
  func zero(_ seconds: Int) async {
    // In order, one turn is enough for a task of one step, and not for a task of two.
    let report = await Simulation.run(options: .init(strategy: .firstInFirstOut)) { world in
      let oneStep = TaskHandle { 1 }
      let sleeping = TaskHandle {
        try await Task.sleep(for: .seconds(1))
        return 2
      }
      let (done, pending) = try await wait(
        for: [oneStep, sleeping], timeout: .seconds(seconds))
      #expect(done == [oneStep])
      #expect(pending == [sleeping])
      #expect(world.now == .zero)
      _ = try await sleeping.value
    }
    #expect(report.verdict.isPassed)
  }

  @Test("WT-12 a handle that is given twice counts once")
  func duplicates() async throws {
    try await explore { _ async throws in
      let (c, d) = (sleeper(1), sleeper(2))
      #expect(try await wait(for: [c, c, d]).done == [c, d])
    }
  }

  @Test("WT-13 cancelling the waiter throws, and leaves the tasks alone")
  func cancelWaiter() async throws {
    try await explore { world async throws in
      for timeout in [nil, Duration.seconds(50)] {
        let handle = sleeper(2)
        let waiter = Task { _ = try await wait(for: [handle], timeout: timeout) }
        await world.settle()
        #expect(handle.completion.observerCount == 1)
        waiter.cancel()
        #expect(await waiter.endsCancelled)
        #expect(handle.completion.observerCount == 0)
        #expect(world.sleepers == 1)
        #expect(try await handle.value == 2)
      }
    }
  }

  @Test("WT-14 a long-lived task does not remember the waits that are over")
  func noObserversLeft() async throws {
    try await explore(schedules: 5) { _ in
      let gate = Gate()
      let long = TaskHandle { try await gate.wait() }
      for _ in 0..<1_000 {
        let short = TaskHandle { await Task.yield() }
        let (done, pending) = try await wait(for: [long, short], until: .firstCompleted)
        #expect(done == [short])
        #expect(pending == [long])
        #expect(long.completion.observerCount == 0)
      }
      for _ in 0..<100 { _ = try await wait(for: [long], timeout: .seconds(1)) }
      #expect(long.completion.observerCount == 0)
      gate.open()
      _ = try await long.value
    }
  }

  @Test("WT-14 100,000 observers that come and go leave nothing behind")
  func flatObservers() {
    let completion = TaskCompletion<Int>()
    for _ in 0..<100_000 {
      guard let key = completion.observe({}) else { continue }
      completion.removeObserver(key)
    }
    #expect(completion.observerCount == 0)
  }
}
