@testable import AsyncPrimitives
import CheckKit
import Testing

/// Everything here is structured, and sleeps on the world's clock: it also runs in portable mode.
@Suite("gather")
struct GatherTests {
  @Test("GA-01 values are in argument order, whatever the order of completion")
  func order() async throws {
    try await explore { world in
      let values = try await gather(
        {
          try await world.clock.sleep(for: .seconds(3)); return 1
        },
        {
          try await world.clock.sleep(for: .seconds(1)); return 2
        },
        { 3 })
      #expect(values == [1, 2, 3])
      #expect(world.now == .seconds(3))
      let doubled = try await gather([3, 1, 2]) { number in
        try await world.clock.sleep(for: .seconds(number))
        return number * 2
      }
      #expect(doubled == [6, 2, 4])
      #expect(world.now == .seconds(6))
    }
  }

  @Test("GA-01 values that are nil keep their places")
  func optionals() async throws {
    #expect(try await gather([1, 2, 3]) { $0 == 2 ? nil : $0 } == [1, nil, 3])
    #expect(try await gather([Int]()) { $0 } == [])
    #expect(try await gatherOutcomes([Int]()) { $0 }.isEmpty)
  }

  @Test("GA-02 it is not done until the last child is done")
  func lastChild() async throws {
    try await explore { world in
      let gates = [Gate(), Gate(), Gate()]
      let journal = Journal()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          _ = try await gather(gates) { try await $0.wait() }
          journal.add("done")
        }
        gates[2].open()
        gates[0].open()
        await world.settle()
        #expect(journal.entries.isEmpty)
        gates[1].open()
        try await group.waitForAll()
        #expect(journal.entries == ["done"])
      }
    }
  }

  @Test(
    "GA-04 the first error in time is thrown, once the siblings are cancelled and have ended (D4)")
  func firstError() async throws {
    try await explore { world in
      let journal = Journal()
      await #expect(throws: Mishap(2)) {
        try await gather([3, 2, 4]) { seconds in
          do {
            try await world.clock.sleep(for: .seconds(seconds))
          } catch {
            journal.add("\(seconds) cancelled")
            throw error
          }
          throw Mishap(seconds)
        }
      }
      #expect(world.now == .seconds(2))
      #expect(Set(journal.entries) == ["3 cancelled", "4 cancelled"])
    }
  }

  @Test("GA-06 every outcome is kept at its place, and it waits for all")
  func outcomes() async throws {
    try await explore { world in
      let outcomes = try await gatherOutcomes([4, 3, 2, 1]) { number in
        try await world.clock.sleep(for: .seconds(number))
        if number < 3 { throw Mishap(number) }
        return number
      }
      #expect(outcomes.map { try? $0.get() } == [4, 3, nil, nil])
      #expect(throws: Mishap(2)) { try outcomes[2].get() }
      #expect(throws: Mishap(1)) { try outcomes[3].get() }
      #expect(world.now == .seconds(4))
    }
  }

  @Test("GA-08 a child that ends by CancellationError of its own is an outcome like another")
  func ownCancellation() async throws {
    try await explore { _ in
      let outcomes = try await gatherOutcomes(
        { 1 },
        {
          cancelCurrentTask()
          try Task.checkCancellation()
          return 2
        },
        { 3 })
      #expect(outcomes.map { try? $0.get() } == [1, nil, 3])
      #expect(throws: CancellationError.self) { try outcomes[1].get() }
    }
  }

  @Test("GA-09 cancelling the caller cancels every child, and code after gather does not run")
  func cancelCaller() async throws {
    try await explore { world in
      let journal = Journal()
      let gate = Gate()
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          let result = await outcome {
            _ = try await gather([1, 2]) { _ in
              do { try await gate.wait() } catch { journal.add("cancelled") }
            }
            journal.add("after")
          }
          #expect(throws: CancellationError.self) { try result.get() }
        }
        await world.settle()
        group.cancelAll()
      }
      // The children swallowed it. The caller still learns that it was cancelled.
      #expect(journal.entries == ["cancelled", "cancelled"])
    }
  }

  @Test("GA-10 cancelling the caller is never swallowed into the list of outcomes")
  func cancelCallerOfOutcomes() async throws {
    try await explore { world in
      let journal = Journal()
      let gate = Gate()
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          let result = await outcome {
            _ = try await gatherOutcomes([1, 2, 3], limit: 2) { number in
              journal.add("start \(number)")
              try await gate.wait()
            }
            journal.add("after")
          }
          #expect(throws: CancellationError.self) { try result.get() }
        }
        await world.settle()
        group.cancelAll()
      }
      #expect(journal.entries == ["start 1", "start 2"])
    }
  }

  @Test("GA-13 the errors of siblings after the first are dropped")
  func laterErrors() async throws {
    try await explore { world in
      await #expect(throws: Mishap(1)) {
        try await gather([1, 2, 3]) { number in
          try? await world.clock.sleep(for: .seconds(number))
          throw Mishap(number)
        }
      }
    }
  }

  @Test("GA-16 a limit is kept, and operations start in argument order", arguments: 1...5)
  func limit(_ limit: Int) async throws {
    try await explore(schedules: 60) { world in
      let journal = Journal()
      let values = try await gather(0..<5, limit: limit) { number in
        journal.add("start \(number)")
        // The later ones end sooner.
        try await world.clock.sleep(for: .seconds(number == 0 ? 10 : 1))
        journal.add("end")
        return number
      }
      #expect(values == [0, 1, 2, 3, 4])
      var running = 0
      for entry in journal.entries {
        running += entry == "end" ? -1 : 1
        #expect(running <= limit)
      }
      let starts = journal.entries.filter { $0 != "end" }
      #expect(starts == (0..<5).map { "start \($0)" })
    }
  }

  @Test("GA-16 with two at a time, one more starts for each that ends")
  func window() async throws {
    try await explore { world async throws in
      let journal = Journal()
      let gates = (0..<5).map { _ in Gate() }
      async let values = gather(0..<5, limit: 2) { number in
        journal.add("\(number)")
        try await gates[number].wait()
        return number
      }
      for (ended, started) in [(1, 3), (0, 4), (3, 5), (2, 5), (4, 5)] {
        gates[ended].open()
        await world.settle()
        #expect(journal.entries.count == started)
      }
      #expect(try await values == [0, 1, 2, 3, 4])
    }
  }

  @Test("GA-16 a limit that lets nothing run is an error that says so", arguments: [0, -1])
  func invalidLimit(_ limit: Int) async throws {
    await #expect(throws: InvalidLimit(limit: limit)) {
      try await gather([1], limit: limit) { $0 }
    }
    await #expect(throws: InvalidLimit(limit: limit)) {
      try await gatherOutcomes({ 1 }, limit: limit)
    }
    #expect("\(InvalidLimit(limit: limit))".contains("limit \(limit) lets nothing run"))
  }

  @Test("GA-17 nothing keeps the values and the operations after gather has returned")
  func released() async throws {
    final class Token: Sendable {}
    weak var value: Token?
    weak var captured: Token?
    do {
      let token = Token()
      captured = token
      let values = try await gather([token]) { _ in
        _ = token
        return Token()
      }
      value = values.first
      #expect(value != nil)
    }
    #expect(value == nil)
    #expect(captured == nil)
  }

  @Test("children are named as the caller likes, and after their places where somebody watches")
  func names() async throws {
    let places = ["gather 1", "gather 2"]
    try await explore { _ async throws in
      #expect(try await gather({ Task.name }, { Task.name }) == places)
      #expect(
        try await gather({ Task.name }, { Task.name }, names: ["tea"]) == ["tea", "gather 2"])
      #expect(
        try await gather(["a", "b"], name: { "item \($0)" }) { _ in Task.name }
          == ["item a", "item b"])
    }
  }
}
