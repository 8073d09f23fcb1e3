import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("asCompleted over handles", .startsTasks)
struct AsCompletedTests {
  private func sleepers(_ seconds: [Int]) -> [TaskHandle<Int>] {
    seconds.map { seconds in
      TaskHandle(name: "sleeper \(seconds)") {
        try await Task.sleep(for: .seconds(seconds))
        return seconds
      }
    }
  }

  @Test("AC-01 in the order of completion, not of the arguments")
  func order() async throws {
    try await explore { world in
      var seen: [Int] = []
      for try await handle in asCompleted(sleepers([3, 1, 2])) {
        seen.append(try handle.result())
        #expect(world.now == .seconds(seen.count))
      }
      #expect(seen == [1, 2, 3])
    }
  }

  @Test("AC-02 several that complete before one looks come in the order in which they completed")
  func sameTurn() async throws {
    try await explore { world in
      let journal = Journal()
      let handles = (1...4).map { number in
        TaskHandle {
          journal.add("\(number)"); return number
        }
      }
      let before = asCompleted(handles)
      await world.settle()
      for arrivals in [before, asCompleted(handles)] {
        var seen: [String] = []
        for try await handle in arrivals { seen.append("\(try handle.result())") }
        #expect(seen == journal.entries)
      }
    }
  }

  @Test("AC-04 a handle that is given twice is yielded once")
  func duplicates() async throws {
    try await explore { _ in
      let handles = sleepers([1, 2])
      var seen: [TaskHandle<Int>] = []
      for try await handle in asCompleted([handles[0], handles[0], handles[1]]) {
        seen.append(handle)
      }
      #expect(seen == handles)
    }
  }

  @Test("AC-05 a loop that was left can be taken up again, and nothing is lost")
  func resume() async throws {
    try await explore { _ in
      let arrivals = asCompleted(sleepers([4, 1, 3, 2]))
      var seen: [Int] = []
      for try await handle in arrivals {
        seen.append(try handle.result())
        if seen.count == 2 { break }
      }
      for try await handle in arrivals { seen.append(try handle.result()) }
      #expect(seen == [1, 2, 3, 4])
      #expect(try await arrivals.next() == nil)
    }
  }

  @Test("AC-06 a failed task is an element whose result throws; later ones still come")
  func failure() async throws {
    try await explore { _ in
      let handles = (1...3).map { number in
        TaskHandle {
          try await Task.sleep(for: .seconds(number))
          if number == 2 { throw Mishap(number) }
          return number
        }
      }
      var seen: [Int?] = []
      for try await handle in asCompleted(handles) {
        do { seen.append(try handle.result()) } catch {
          #expect(error as? Mishap == Mishap(2))
          seen.append(nil)
        }
      }
      #expect(seen == [1, nil, 3])
    }
  }

  @Test("AC-08 the handles themselves are yielded")
  func identity() async throws {
    try await explore { _ in
      let handles = sleepers([2, 1, 3])
      var seen: Set<TaskHandle<Int>> = []
      for try await handle in asCompleted(handles) { seen.insert(handle) }
      #expect(seen == Set(handles))
    }
  }

  @Test("AC-09 no tasks, no iteration")
  func empty() async throws {
    for try await _ in asCompleted([TaskHandle<Int>]()) { Issue.record("an element") }
    #expect(try await asCompleted([TaskHandle<Int>]()).next() == nil)
  }

  @Test("AC-10 several may ask at a time: the n-th to ask gets the n-th to finish")
  func concurrentNext() async throws {
    try await explore { world async throws in
      let handles = sleepers([3, 1])
      let arrivals = asCompleted(handles)
      var asks: [Task<TaskHandle<Int>?, any Error>] = []
      for _ in 0..<3 {
        asks.append(Task { try await arrivals.next() })
        await world.settle()
      }
      // Awaited in another order than asked.
      #expect(try await asks[1].value == handles[0])
      #expect(try await asks[0].value == handles[1])
      // One asked too many, and is told so instead of being left to wait.
      #expect(try await asks[2].value == nil)
    }
  }

  @Test("AC-10 an ask that is cancelled takes nothing away from the others")
  func cancelledNext() async throws {
    try await explore { world async throws in
      let handles = sleepers([1, 2])
      let arrivals = asCompleted(handles)
      let first = Task { try await arrivals.next() }
      await world.settle()
      let second = Task { try await arrivals.next() }
      await world.settle()
      first.cancel()
      #expect(try await second.value == handles[0])
      #expect(try await arrivals.next() == handles[1])
      #expect(await first.endsCancelled)
    }
  }

  @Test("leaving the loop cancels nobody, and leaves no observer behind")
  func leaving() async throws {
    try await explore { _ in
      let handles = sleepers([1, 2])
      for try await _ in asCompleted(handles) { break }
      #expect(handles[1].completion.observerCount == 0)
      #expect(try await handles[1].value == 2)
    }
  }
}

/// Structured, and on the world's clock: these also run in portable mode.
@Suite("asCompleted over operations")
struct CompletedOperationsTests {
  @Test("AC-01 outcomes come in the order of completion, and say whose they are")
  func order() async throws {
    try await explore { world in
      let seen = try await asCompleted([3, 1, 2], name: { "item \($0)" }) { seconds in
        try await world.clock.sleep(for: .seconds(seconds))
        return seconds * 10
      } body: { outcomes in
        var seen: [String] = []
        for try await outcome in outcomes {
          seen.append("\(outcome.index) \(outcome.name) \(try outcome.result.get())")
        }
        return seen
      }
      #expect(seen == ["1 item 1 10", "2 item 2 20", "0 item 3 30"])
    }
  }

  @Test("AC-06 a failing element is its own Result, and later ones still come (D13)")
  func failure() async throws {
    try await explore { world in
      let operations: [@Sendable () async throws -> Int] = (1...3).map { number in
        {
          try await world.clock.sleep(for: .seconds(number))
          if number == 2 { throw Mishap(number) }
          return number
        }
      }
      try await asCompleted(operations, names: ["one"]) { outcomes in
        #expect(try await outcomes.next()?.name == "one")
        let second = try await outcomes.next()
        #expect(second?.name == "task 2")
        #expect(throws: Mishap(2)) { try second?.result.get() }
        #expect(try await outcomes.next()?.result.get() == 3)
        #expect(try await outcomes.next() == nil)
      }
    }
  }

  @Test("AC-09 no operations, no iteration")
  func empty() async throws {
    try await asCompleted([Int](), operation: { $0 }) { outcomes in
      for try await _ in outcomes { Issue.record("an element") }
    }
  }

  @Test("D13 leaving early cancels the rest, and waits until they have ended")
  func leaving() async throws {
    try await explore { world in
      let journal = Journal()
      let winner = try await asCompleted([2, 1, 3]) { seconds in
        do {
          try await world.clock.sleep(for: .seconds(seconds))
        } catch {
          journal.add("\(seconds) cancelled")
          throw error
        }
        return seconds
      } body: { outcomes in
        try await outcomes.next()?.result.get()
      }
      #expect(winner == 1)
      #expect(world.now == .seconds(1))
      #expect(Set(journal.entries) == ["2 cancelled", "3 cancelled"])
    }
  }

  @Test("cancelling the caller cancels the children and ends the loop with CancellationError")
  func cancelCaller() async throws {
    try await explore { world in
      let journal = Journal()
      let gate = Gate()
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          let result = await outcome {
            try await asCompleted([1, 2]) { _ in
              do { try await gate.wait() } catch { journal.add("cancelled") }
            } body: { outcomes in
              for try await _ in outcomes { journal.add("element") }
              journal.add("after")
            }
          }
          #expect(throws: CancellationError.self) { try result.get() }
        }
        await world.settle()
        group.cancelAll()
      }
      #expect(journal.entries == ["cancelled", "cancelled"])
    }
  }

  @Test("a sequence that escapes from its scope ends there")
  func escape() async throws {
    let escaped = try await asCompleted([1, 2], operation: { $0 }) { $0 }
    while try await escaped.next() != nil {}
    #expect(try await escaped.next() == nil)
  }
}
