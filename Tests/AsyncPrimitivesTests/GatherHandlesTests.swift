import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("gather over handles", .startsTasks)
struct GatherHandlesTests {
  /// Ends after so many seconds, with an error if that is what it is told to do.
  private func sleeper(_ seconds: Int, fails: Bool = false, _ journal: Journal) -> TaskHandle<Int> {
    TaskHandle(name: "sleeper \(seconds)") {
      do {
        try await Task.sleep(for: .seconds(seconds))
      } catch {
        journal.add("\(seconds) cancelled")
        // Ending takes it another second.
        await Task { try? await Task.sleep(for: .seconds(1)) }.value
        throw error
      }
      journal.add("\(seconds) done")
      if fails { throw Mishap(seconds) }
      return seconds
    }
  }

  @Test("GA-01 values are in argument order")
  func order() async throws {
    try await explore { _ async throws in
      let journal = Journal()
      let handles = [3, 1, 2].map { sleeper($0, journal) }
      #expect(try await gather(handles) == [3, 1, 2])
      #expect(try await gather([TaskHandle<Int>]()) == [])
    }
  }

  @Test("GA-05 leaveRunning throws at once, and the siblings run on")
  func leaveRunning() async throws {
    try await explore { world async throws in
      let journal = Journal()
      let handles = [sleeper(3, journal), sleeper(1, fails: true, journal), sleeper(2, journal)]
      await #expect(throws: Mishap(1)) { try await gather(handles, onFailure: .leaveRunning) }
      #expect(world.now == .seconds(1))
      #expect(handles.map(\.isDone) == [false, true, false])
      for handle in handles { #expect(handle.completion.observerCount == 0) }
      #expect(try await handles[0].value == 3)
      #expect(journal.entries == ["1 done", "2 done", "3 done"])
    }
  }

  @Test("GA-05 cancelSiblings cancels them, and throws when they have ended")
  func cancelSiblings() async throws {
    try await explore { world in
      let journal = Journal()
      let handles = [sleeper(3, journal), sleeper(1, fails: true, journal), sleeper(2, journal)]
      await #expect(throws: Mishap(1)) { try await gather(handles, onFailure: .cancelSiblings) }
      #expect(world.now == .seconds(2))
      #expect(handles.map(\.isDone) == [true, true, true])
      #expect(handles.map(\.isCancelled) == [true, false, true])
      #expect(Set(journal.entries) == ["1 done", "2 cancelled", "3 cancelled"])
    }
  }

  @Test("GA-08 tasks cancelled by others are outcomes; the rest is kept")
  func cancelledTasks() async throws {
    try await explore { world in
      let journal = Journal()
      let handles = (1...6).map { sleeper($0, fails: $0 == 6, journal) }
      async let outcomes = gatherOutcomes(handles)
      await world.settle()
      handles[1].cancel()
      handles[3].cancel()
      let values = try await outcomes.map { outcome -> String in
        switch outcome {
        case .success(let seconds): "\(seconds)"
        case .failure(let error): error is CancellationError ? "cancelled" : "\(error)"
        }
      }
      #expect(values == ["1", "cancelled", "3", "cancelled", "5", "\(Mishap(6))"])
    }
  }

  @Test(
    "GA-09 cancelling the caller cancels the tasks and waits for them",
    arguments: [
      SiblingPolicy.leaveRunning, .cancelSiblings,
    ])
  func cancelCaller(_ policy: SiblingPolicy) async throws {
    try await explore { world in
      let journal = Journal()
      let handles = [sleeper(10, journal), sleeper(20, journal)]
      let caller = Task {
        _ = try await gather(handles, onFailure: policy)
        journal.add("after")
      }
      await world.settle()
      caller.cancel()
      #expect(await caller.endsCancelled)
      #expect(handles.map(\.isCancelled) == [true, true])
      #expect(Set(journal.entries) == ["10 cancelled", "20 cancelled"])
    }
  }

  @Test("GA-10 cancelling the caller is never swallowed into the list of outcomes")
  func cancelCallerOfOutcomes() async throws {
    try await explore { world in
      let journal = Journal()
      let handles = [sleeper(10, journal), sleeper(20, journal)]
      let caller = Task {
        _ = try await gatherOutcomes(handles)
        journal.add("after")
      }
      await world.settle()
      caller.cancel()
      #expect(await caller.endsCancelled)
      #expect(Set(journal.entries) == ["10 cancelled", "20 cancelled"])
    }
  }

  @Test("GA-10 the caller is cancelled in the turn in which the last task ends: it still throws")
  func cancelAtTheEnd() async throws {
    try await explore { world in
      let gate = Gate()
      let handle = TaskHandle { try await gate.wait() }
      let caller = Task { _ = try await gatherOutcomes([handle]) }
      await world.settle()
      gate.open()
      _ = try await handle.value
      caller.cancel()
      _ = await caller.result  // whether it was in time is the schedule's affair
      #expect(handle.isDone && !handle.isCancelled)
    }
  }

  @Test("GA-12 a handle given twice runs once, and fills both places")
  func duplicates() async throws {
    try await explore { _ in
      let journal = Journal()
      let twice = sleeper(1, journal)
      let once = sleeper(2, journal)
      #expect(try await gather([twice, twice, once, twice]) == [1, 1, 2, 1])
      #expect(journal.entries == ["1 done", "2 done"])
      let outcomes = try await gatherOutcomes([twice, once, twice])
      #expect(outcomes.map { try? $0.get() } == [1, 2, 1])
    }
  }

  @Test("GA-04 of several that have failed already, the first in time is thrown")
  func failedBefore() async throws {
    try await explore { _ in
      let journal = Journal()
      let late = sleeper(2, fails: true, journal)
      let early = sleeper(1, fails: true, journal)
      _ = try await gatherOutcomes([late, early])
      await #expect(throws: Mishap(1)) { try await gather([late, early]) }
    }
  }

  @Test("GA-17 nothing keeps a task's value once the handle is gone")
  func released() async throws {
    final class Token: Sendable {}
    weak var value: Token?
    do {
      let handle = TaskHandle { Token() }
      value = try await gather([handle]).first
      #expect(value != nil)
    }
    // The task itself may be about to end still.
    while value != nil { await Task.yield() }
  }
}
