import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Timeout", .startsTasks)
struct TimeoutTests {
  @Test("WF-01 an operation that ends in time: its value is returned, and no timer is left")
  func inTime() async throws {
    try await explore { world in
      let value = try await withTimeout(.seconds(10)) {
        try await Task.sleep(for: .seconds(1))
        return 1
      }
      #expect(value == 1)
      #expect(world.now == .seconds(1))
      #expect(world.sleepers == 0)
      await expectThrow(Mishap(1)) {
        try await withTimeout(.seconds(10)) {
          try await Task.sleep(for: .seconds(1))
          throw Mishap(1)
        }
      }
      #expect(world.now == .seconds(2))
      #expect(world.sleepers == 0)
    }
  }

  @Test("WF-02 when the time is up, the operation is cancelled and awaited, and then this throws")
  func awaited() async throws {
    try await explore { world in
      let gate = Gate()
      let journal = Journal()
      let task = Task {
        await expectThrow(TimeoutError(limit: .seconds(1))) {
          try await withTimeout(.seconds(1)) {
            do { try await Task.sleep(for: .seconds(60)) } catch {
              journal.add("cancelled \(Task.isCancelled) at \(world.now)")
              await gate.waitStubbornly()
              journal.add("ended")
              throw error
            }
          }
        }
        journal.add("threw")
      }
      try await Task.sleep(for: .seconds(5))
      #expect(journal.entries == ["cancelled true at 1.0 seconds"])
      gate.open()
      await task.value
      #expect(journal.entries.dropFirst() == ["ended", "threw"])
    }
  }

  @Test("WF-04 an operation that fails while it is cancelled: its own error is thrown")
  func failsWhileCancelled() async throws {
    try await explore { world in
      let scope = TimeoutScope(.seconds(1))
      await expectThrow(Mishap(1)) {
        try await scope.run {
          try? await Task.sleep(for: .seconds(60))
          throw Mishap(1)
        }
      }
      #expect(scope.isExpired)
      #expect(world.now == .seconds(1))
    }
  }

  @Test("WF-05 the caller is cancelled: the operation is cancelled and awaited, and this throws")
  func callerCancelled() async throws {
    try await explore { world in
      let journal = Journal()
      let task = Task {
        defer { journal.add("left") }
        try await withTimeout(.seconds(10)) {
          defer { journal.add("operation ended") }
          do { try await Task.sleep(for: .seconds(60)) } catch {
            await Task.yield()
            throw error
          }
        }
      }
      await world.settle()
      task.cancel()
      #expect(await task.endsCancelled)
      #expect(journal.entries == ["operation ended", "left"])
      #expect(world.now == .zero)
      #expect(world.sleepers == 0)
    }
  }

  @Test("WF-06 the caller is cancelled in the turn in which the operation ends: it still sees it")
  func cancelledAtTheEnd() async throws {
    for cancelsFirst in [true, false] {
      try await explore { world in
        let gate = Gate()
        let task = Task {
          try await withTimeout(.seconds(10)) { await gate.waitStubbornly() }
          // The value stands (D5), and so does the cancellation.
          #expect(Task.isCancelled)
          try Task.checkCancellation()
          Issue.record("the cancellation was swallowed")
        }
        await world.settle()
        if cancelsFirst { task.cancel() }
        gate.open()
        if !cancelsFirst { task.cancel() }
        #expect(await task.endsCancelled)
        #expect(world.sleepers == 0)
      }
    }
  }

  @Test("D5 an operation that returns a value although its time is up: the value is returned")
  func lateValue() async throws {
    try await explore { world in
      let scope = TimeoutScope(.seconds(1))
      let value = try await scope.run {
        try? await Task.sleep(for: .seconds(60))
        return 1
      }
      #expect(value == 1)
      #expect(scope.isExpired)
      #expect(world.now == .seconds(1))
    }
  }

  @Test("D5 an operation that ends in the very moment: a value or a timeout, and nothing is lost")
  func sameMoment() async throws {
    try await explore { world in
      let lock = AsyncLock()
      try await lock.lock()
      let scope = TimeoutScope(.seconds(1))
      let task = Task { try await scope.run { try await lock.lock() } }
      try await Task.sleep(for: .seconds(1))
      try lock.unlock()
      switch await task.result {
      case .success: #expect(lock.isLocked)
      case .failure(let error):
        #expect(error is TimeoutError)
        #expect(scope.isExpired)
        #expect(!lock.isLocked)
      }
      #expect(lock.waiterCount == 0)
      #expect(world.sleepers == 0)
    }
  }

  @Test(
    "WF-08 no time: a finished handle's result is returned, and what waits is cancelled and awaited"
  )
  func noTime() async throws {
    for timeout in [Duration.zero, .seconds(-1)] {
      try await explore(options: .uninterrupted) { world async throws in
        let handle = TaskHandle { 1 }
        #expect(try await handle.value == 1)
        #expect(try await withTimeout(timeout) { try await handle.value } == 1)
        let journal = Journal()
        await expectThrow(TimeoutError(limit: timeout)) {
          try await withTimeout(timeout) {
            journal.add("began \(Task.isCancelled)")
            do { try await Task.sleep(for: .seconds(60)) } catch {
              await Task.yield()
              journal.add("ended")
              throw error
            }
          }
        }
        #expect(journal.entries == ["began false", "ended"])
        #expect(world.now == .zero)
        #expect(world.sleepers == 0)
      }
    }
  }

  @Test("WF-09 no time for what need not suspend: it completes (D15)", arguments: [0, -1])
  func noTimeNeeded(seconds: Int) async throws {
    try await explore(options: .uninterrupted) { world in
      let lock = AsyncLock()
      try await withTimeout(.seconds(seconds)) { try await lock.lock() }
      #expect(lock.isLocked)
      await expectThrow(TimeoutError.self) {
        try await withTimeout(.seconds(seconds)) { try await lock.lock() }
      }
      #expect(lock.waiterCount == 0)
      #expect(world.now == .zero)
    }
  }

  @Test("WF-10 an acquire whose time was up leaves nothing held, and nobody in the queue")
  func acquire() async throws {
    try await explore { world in
      let lock = AsyncLock()
      try await lock.lock()
      await expectThrow(TimeoutError.self) {
        try await withTimeout(.seconds(1)) { try await lock.lock() }
      }
      #expect(lock.waiterCount == 0)
      try lock.unlock()
      #expect(lock.tryLock())
    }
  }

  @Test("WF-13 a shielded task: the timeout ends the wait, and the task goes on")
  func shielded() async throws {
    try await explore { world async throws in
      let handle = TaskHandle {
        try await Task.sleep(for: .seconds(5))
        return "done"
      }
      await expectThrow(TimeoutError.self) {
        try await withTimeout(.seconds(1)) { try await shield(handle) }
      }
      #expect(world.now == .seconds(1))
      #expect(!handle.isDone)
      #expect(handle.completion.observerCount == 0)
      #expect(try await handle.value == "done")
    }
  }

  @Test("WF-16 what has no suspension point runs to its end, what yields and looks is interrupted")
  func cooperation() async throws {
    try await explore { _ in
      let sum = try await withTimeout(.zero) { (1...1_000).reduce(0, +) }
      #expect(sum == 500_500)
      await expectThrow(TimeoutError.self) {
        try await withTimeout(.zero) {
          while true {
            await Task.yield()
            try Task.checkCancellation()
          }
        }
      }
    }
  }
}
