import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Event", .startsTasks)
struct EventTests {
  /// A task that waits for the event, and says when it goes on.
  private func waiter(
    _ name: String, for event: AsyncEvent, _ journal: Journal
  ) -> Task<Void, any Error> {
    Task(name: name) {
      try await event.wait()
      journal.add(name)
    }
  }

  @Test("EV-01 an event starts unset, can be set and cleared, and a set one is passed at once")
  func sets() async throws {
    try await explore(options: .uninterrupted) { _ in
      let event = AsyncEvent("start")
      #expect(!event.isSet)
      event.set()
      #expect(event.isSet)
      let journal = Journal()
      let other = Task { journal.add("other") }
      try await event.wait()
      await event.waitIgnoringCancellation()
      #expect(journal.entries.isEmpty)
      event.clear()
      #expect(!event.isSet)
      await other.value
    }
  }

  @Test("EV-02 set wakes all waiters in order, and a task that first runs after it does not park")
  func wakesInOrder() async throws {
    var options = Simulation.Options.uninterrupted
    options.strategy = .firstInFirstOut
    try await explore(schedules: 1, options: options) { world in
      let event = AsyncEvent()
      let journal = Journal()
      for name in ["1", "2", "3", "4"] {
        _ = waiter(name, for: event, journal)
        await world.settle()
      }
      _ = waiter("late", for: event, journal)
      event.set()
      await world.settle()
      #expect(journal.entries == ["late", "1", "2", "3", "4"])
    }
  }

  @Test("EV-02 whatever the schedule, set lets all go who wait and all who come")
  func wakesAll() async throws {
    try await explore { _ in
      let event = AsyncEvent()
      let journal = Journal()
      let waiters = (1...4).map { waiter("\($0)", for: event, journal) }
      await Task.yield()
      event.set()
      for waiter in waiters { try await waiter.value }
      #expect(event.waiterCount == 0)
      #expect(journal.entries.sorted() == ["1", "2", "3", "4"])
    }
  }

  @Test("EV-04 a cancelled wait throws and leaves, and the event stays as it was")
  func cancelled() async throws {
    try await explore { world in
      let event = AsyncEvent()
      let journal = Journal()
      let one = waiter("1", for: event, journal)
      let two = waiter("2", for: event, journal)
      await world.settle()
      one.cancel()
      #expect(event.waiterCount == 1)
      #expect(await one.endsCancelled)
      #expect(!event.isSet)
      event.set()
      try await two.value
      #expect(journal.entries == ["2"])
    }
  }

  @Test("EV-05 set, then cancelled before it runs: the wake-up stands (D1)")
  func setThenCancel() async throws {
    try await explore { world in
      let event = AsyncEvent()
      let journal = Journal()
      let task = waiter("woken", for: event, journal)
      await world.settle()
      event.set()
      event.clear()
      task.cancel()
      try await task.value
      #expect(journal.entries == ["woken"])
    }
  }

  @Test("EV-05 cancelled, then set: the waiter does not report the event")
  func cancelThenSet() async throws {
    try await explore { world in
      let event = AsyncEvent()
      let journal = Journal()
      let task = waiter("woken", for: event, journal)
      await world.settle()
      task.cancel()
      event.set()
      #expect(await task.endsCancelled)
      #expect(journal.entries.isEmpty)
    }
  }

  @Test("EV-05 set, clear and cancellation in every order: one outcome, and nobody is left")
  func everyOrder() async throws {
    let schedules = try await exploreAll { _ in
      let event = AsyncEvent()
      let task = Task { try await event.wait() }
      let canceller = Task { task.cancel() }
      let setter = Task {
        event.set()
        await Task.yield()
        event.clear()
      }
      await canceller.value
      await setter.value
      _ = await task.result
      #expect(event.waiterCount == 0)
      #expect(!event.isSet)
    }
    #expect(schedules > 10)
  }

  @Test("EV-06 a pulse that meets nobody is not remembered, and after clear one waits again")
  func pulse() async throws {
    try await explore { world in
      let event = AsyncEvent()
      let journal = Journal()
      event.set()
      event.clear()
      let task = waiter("1", for: event, journal)
      await world.settle()
      #expect(event.waiterCount == 1)
      #expect(journal.entries.isEmpty)
      event.set()
      try await task.value
    }
  }

  @Test("EV-08 a broadcast is one step: all who waited before it go, none who came after")
  func atomicBroadcast() async throws {
    try await explore(schedules: 50) { world in
      let event = AsyncEvent()
      let journal = Journal()
      let early = (1...40).map { waiter("\($0)", for: event, journal) }
      await world.settle()
      #expect(event.waiterCount == 40)
      event.set()
      event.clear()
      #expect(event.waiterCount == 0)
      let late = waiter("late", for: event, journal)
      for task in early { try await task.value }
      await world.settle()
      #expect(journal.entries.count == 40)
      #expect(!journal.entries.contains("late"))
      #expect(event.waiterCount == 1)
      late.cancel()
      #expect(await late.endsCancelled)
    }
  }

  @Test("EV-09 set and clear do nothing twice, and waiters may come straight back")
  func reentrant() async throws {
    try await explore { world in
      let event = AsyncEvent()
      event.clear()
      let tasks = (1...3).map { _ in
        Task {
          try await event.wait()
          event.set()
          event.set()
          try await event.wait()
          event.clear()
          event.clear()
          event.set()
        }
      }
      await world.settle()
      event.set()
      event.set()
      for task in tasks { try await task.value }
      #expect(event.isSet)
      #expect(event.waiterCount == 0)
    }
  }

  @Test("EV-10 waiterCount counts those who wait")
  func counts() async throws {
    try await explore { world in
      let event = AsyncEvent()
      let journal = Journal()
      #expect(event.waiterCount == 0)
      let one = waiter("1", for: event, journal)
      await world.settle()
      #expect(event.waiterCount == 1)
      let two = waiter("2", for: event, journal)
      await world.settle()
      #expect(event.waiterCount == 2)
      event.set()
      #expect(event.waiterCount == 0)
      try await one.value
      try await two.value
    }
  }

  @Test("set, cancelled and out of time in one turn: one outcome, and no timer stays")
  func timeoutAndSet() async throws {
    try await explore { world in
      let event = AsyncEvent()
      let race = Task {
        try await withThrowingTaskGroup(of: Bool.self) { group in
          group.addTask {
            try await event.wait(); return true
          }
          group.addTask {
            try await Task.sleep(for: .seconds(1)); return false
          }
          let isFirst = try await group.next()
          group.cancelAll()
          return isFirst
        }
      }
      let setter = Task {
        try await Task.sleep(for: .seconds(1)); event.set()
      }
      let canceller = Task {
        try await Task.sleep(for: .seconds(1)); race.cancel()
      }
      _ = await race.result
      try await setter.value
      try await canceller.value
      #expect(event.waiterCount == 0)
      #expect(world.sleepers == 0)
      #expect(world.now == .seconds(1))
    }
  }
}
