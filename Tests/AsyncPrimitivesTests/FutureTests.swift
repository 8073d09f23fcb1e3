import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Future", .startsTasks)
struct FutureTests {
  /// A task that awaits the value, and says so.
  private func waiter(_ name: String, of future: Future<Int>, _ journal: Journal) -> Task<
    Void, any Error
  > {
    Task(name: name) {
      let value = try await future.value
      journal.add("\(name) \(value)")
    }
  }

  @Test("FU-01 at first it is pending, and has no result")
  func pending() {
    let future = Future<Int>("answer")
    #expect(!future.isDone)
    #expect(!future.isCancelled)
    #expect(future.outcome == nil)
    #expect(throws: FutureError.notDone("answer")) { try future.result() }
    #expect("\(FutureError.notDone("answer"))".contains("future “answer” has no outcome yet"))
    #expect("\(FutureError.notDone(nil))".hasPrefix("the future has no outcome yet"))
  }

  @Test(
    "FU-02 the outcome is set once: another throws, a cancellation is false, and nothing changes")
  func setOnce() async throws {
    let errors = Future<Int>.init
    let value = errors("value")
    try value.succeed(1)
    let failed = errors("failed")
    try failed.fail(Mishap(1))
    let cancelled = errors("cancelled")
    #expect(cancelled.cancel())
    for future in [value, failed, cancelled] {
      let misuse = FutureError.alreadyDone(future.name)
      #expect(throws: misuse) { try future.succeed(2) }
      #expect(throws: misuse) { try future.fail(Mishap(2)) }
      #expect(throws: misuse) { try future.complete(with: .success(3)) }
      #expect(!future.cancel())
      #expect(future.isDone)
    }
    #expect(try value.result() == 1)
    #expect(try await value.value == 1)
    #expect(throws: Mishap(1)) { try failed.result() }
    await #expect(throws: Mishap(1)) { try await failed.value }
    #expect(throws: CancellationError.self) { try cancelled.result() }
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    #expect([value, failed, cancelled].map(\.isCancelled) == [false, false, true])
    #expect("\(FutureError.alreadyDone("x"))".contains("future “x” has its outcome already"))
  }

  @Test("FU-04 any number of waiters: woken in the order in which they came, with one outcome")
  func waiters() async throws {
    try await explore { world async throws in
      let future = Future<Int>()
      let journal = Journal()
      var tasks: [Task<Void, any Error>] = []
      for name in ["1", "2", "3"] {
        tasks.append(waiter(name, of: future, journal))
        await world.settle()
      }
      #expect(future.waiterCount == 3)
      try future.succeed(7)
      #expect(future.waiterCount == 0)
      for task in tasks { try await task.value }
      #expect(Set(journal.entries) == ["1 7", "2 7", "3 7"])
      #expect(try await future.value == 7)
      #expect(try await future.value == 7)
    }
  }

  @Test("FU-04 waiters run in the order in which they came, where the turns are in order")
  func wakeUpOrder() async throws {
    var options = Simulation.Options.uninterrupted
    options.strategy = .firstInFirstOut
    try await explore(schedules: 1, options: options) { world in
      let future = Future<Int>()
      let journal = Journal()
      let priorities: [TaskPriority] = [.low, .high, .medium, .background, .userInitiated]
      var tasks: [Task<Void, any Error>] = []
      for (number, priority) in priorities.enumerated() {
        tasks.append(
          Task(priority: priority) {
            _ = try await future.value
            journal.add("\(number)")
          })
        await world.settle()
      }
      try future.succeed(1)
      for task in tasks { try await task.value }
      #expect(journal.entries == ["0", "1", "2", "3", "4"])
    }
  }

  @Test("FU-04 all waiters get the error, or the cancellation, of the future")
  func sharedFailure() async throws {
    try await explore { world in
      for isCancelled in [true, false] {
        let future = Future<Int>()
        let tasks = (1...3).map { _ in Task { try await future.value } }
        await world.settle()
        if isCancelled { future.cancel() } else { try future.fail(Mishap(1)) }
        for task in tasks {
          if isCancelled {
            #expect(await task.endsCancelled)
          } else {
            await expectThrow(Mishap(1)) { try await task.value }
          }
          #expect(!task.isCancelled)
        }
      }
    }
  }

  @Test("FU-05 cancelling one waiter ends its wait only: the future and the others go on (D10)")
  func cancelOneWaiter() async throws {
    try await explore { world in
      let future = Future<Int>()
      let journal = Journal()
      let one = waiter("1", of: future, journal)
      let two = waiter("2", of: future, journal)
      await world.settle()
      one.cancel()
      #expect(await one.endsCancelled)
      #expect(future.waiterCount == 1)
      #expect(!future.isDone)
      try future.succeed(7)
      try await two.value
      #expect(journal.entries == ["2 7"])
    }
  }

  @Test("D1 a waiter that was woken by the outcome has it, however soon after it is cancelled")
  func setThenCancel() async throws {
    try await explore { world in
      let future = Future<Int>()
      let journal = Journal()
      let first = waiter("1", of: future, journal)
      await world.settle()
      try future.succeed(7)
      first.cancel()
      try await first.value

      let other = Future<Int>()
      let second = waiter("2", of: other, journal)
      await world.settle()
      second.cancel()
      try other.succeed(8)
      #expect(await second.endsCancelled)
      #expect(journal.entries == ["1 7"])
    }
  }

  @Test(
    "XX-01 set, cancel the future and cancel a waiter, in every order: one outcome, one wake-up")
  func everyOrder() async throws {
    try await exploreAll { _ in
      let future = Future<Int>()
      let waiter = Task { try await future.value }
      let canceller = Task { waiter.cancel() }
      let setter = Task { (try? future.succeed(1)) != nil }
      let hasFailed = future.cancel()
      let hasSucceeded = await setter.value
      #expect(hasSucceeded != hasFailed)
      await canceller.value
      switch await waiter.result {
      case .success(let value):
        #expect(value == 1)
        #expect(hasSucceeded)
      case .failure(let error): #expect(error is CancellationError)
      }
      #expect(future.waiterCount == 0)
    }
  }

  @Test("FU-09 an outcome for a cancelled future is dropped; for one that is done, it is misuse")
  func unlessCancelled() throws {
    let cancelled = Future<Int>()
    cancelled.cancel()
    #expect(try !cancelled.completeUnlessCancelled(with: .success(2)))
    #expect(try !cancelled.completeUnlessCancelled(with: .failure(Mishap(1))))
    #expect(cancelled.isCancelled)
    let pending = Future<Int>()
    #expect(try pending.completeUnlessCancelled(with: .success(2)))
    #expect(throws: FutureError.alreadyDone(nil)) {
      try pending.completeUnlessCancelled(with: .success(3))
    }
    #expect(try pending.result() == 2)
  }

  @Test("FU-12 a producer can see that nobody waits")
  func nobodyWaits() async throws {
    try await explore { world in
      let future = Future<Int>()
      #expect(future.waiterCount == 0)
      let waiter = Task { try await future.value }
      await world.settle()
      #expect(future.waiterCount == 1)
      waiter.cancel()
      #expect(await waiter.endsCancelled)
      #expect(future.waiterCount == 0)
    }
  }

  @Test("FU-13 an error that nobody has looked at is reported when the future is dropped")
  func unretrieved() async throws {
    let reports = Journal()
    UnretrievedError.$handler.withValue({ reports.add("\($0)") }) {
      let named = Future<Int>("answer")
      try? named.fail(Mishap(1))
      #expect(named.isDone)
      #expect(!named.isCancelled)
      #expect(reports.entries.isEmpty)
    }
    UnretrievedError.$handler.withValue({ reports.add("\($0)") }) {
      try? Future<Int>().fail(Mishap(2))
    }
    #expect(
      reports.entries == [
        "future “answer” failed, and nobody asked for its outcome: \(Mishap(1))",
        "a future failed, and nobody asked for its outcome: \(Mishap(2))",
      ])
  }

  @Test("FU-13 futures that were looked at, succeeded, were cancelled or left alone are silent")
  func silent() async throws {
    try await explore { world in
      let reports = Journal()
      try await UnretrievedError.$handler.withValue({ reports.add("\($0)") }) {
        _ = Future<Int>("left alone")
        try Future<Int>("succeeded").succeed(1)
        Future<Int>("cancelled").cancel()
        try Future<Int>("failed like a cancelled one").fail(CancellationError())
        let looked = Future<Int>("looked at")
        try looked.fail(Mishap(1))
        _ = looked.outcome
        let asked = Future<Int>("asked")
        try asked.fail(Mishap(1))
        #expect(throws: Mishap(1)) { try asked.result() }
        let awaited = Future<Int>("awaited")
        let waiter = Task { try await awaited.value }
        await world.settle()
        try awaited.fail(Mishap(1))
        await expectThrow(Mishap(1)) { try await waiter.value }
        let called = Future<Int>("called back")
        called.onDone { _ in }
        try called.fail(Mishap(1))
        await world.settle()
      }
      #expect(reports.entries.isEmpty)
    }
  }

  @Test("FU-13 a waiter that was cancelled has not seen the error")
  func unseenByACancelledWaiter() async throws {
    try await explore { world in
      let reports = Journal()
      do {
        let future = UnretrievedError.$handler.withValue({ reports.add("\($0.error)") }) {
          Future<Int>()
        }
        let waiter = Task { try await future.value }
        await world.settle()
        waiter.cancel()
        try future.fail(Mishap(1))
        #expect(await waiter.endsCancelled)
        await world.settle()
      }
      await world.settle()
      #expect(reports.entries == ["\(Mishap(1))"])
    }
  }

  @Test("FU-14 set and cancel: exactly one wins, and waiters see that one")
  func setOrCancel() async throws {
    for setsFirst in [true, false] {
      try await explore { world in
        let future = Future<Int>()
        let waiter = Task { try await future.value }
        await world.settle()
        if setsFirst {
          try future.succeed(1)
          #expect(!future.cancel())
          let value = try await waiter.value
          #expect(value == 1)
        } else {
          #expect(future.cancel())
          #expect(throws: FutureError.alreadyDone(nil)) { try future.succeed(1) }
          #expect(await waiter.endsCancelled)
        }
      }
    }
  }
}
