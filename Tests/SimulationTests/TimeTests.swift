import CheckKit
import Testing

@Suite("Virtual time")
struct TimeTests {
  @Test("an hour costs next to nothing, and is an hour")
  func anHour() async throws {
    try await explore(schedules: 20) { world in
      let start = ContinuousClock.now
      try await Task.sleep(for: .seconds(3600))
      #expect(world.now == .seconds(3600))
      #expect(start.duration(to: .now) == .seconds(3600))
    }
  }

  @Test(
    "a sleep ends at exactly its time",
    arguments: [
      .nanoseconds(1), .microseconds(1), .microseconds(1500), .milliseconds(1), .milliseconds(15),
      .milliseconds(333), .milliseconds(1_100), .milliseconds(59_990), .seconds(86_400),
      .microseconds(123_456_789),
    ] as [Duration])
  func exactSleeps(_ length: Duration) async throws {
    try await explore(schedules: 10) { world in
      try await Task.sleep(for: length)
      #expect(world.now == length)
      try await Task.sleep(until: .now + length)
      #expect(world.now == length * 2)
      try await Task.sleep(nanoseconds: 250)
      #expect(world.now == length * 2 + .nanoseconds(250))
    }
  }

  @Test("a length in decimals ends at its nearest nanosecond")
  func decimals() async throws {
    try await explore(schedules: 10) { world in
      try await Task.sleep(for: .seconds(1.1))
      #expect(world.now == .milliseconds(1_100))
      try await Task.sleep(for: .seconds(0.3))
      #expect(world.now == .milliseconds(1_400))
    }
  }

  @Test("what sleeps together takes as long as the longest")
  func together() async throws {
    try await explore { world in
      await withTaskGroup(of: Void.self) { group in
        for length in [2.0, 1.0, 1.5] {
          group.addTask { try? await Task.sleep(for: .seconds(length)) }
        }
      }
      #expect(world.now == .seconds(2))
    }
  }

  @Test("the world's clock is exact in every mode")
  func worldClock() async throws {
    try await explore { world in
      async let long: Void = world.clock.sleep(for: .seconds(7200))
      async let short: Void = world.clock.sleep(for: .milliseconds(1))
      try await short
      #expect(world.now == .milliseconds(1))
      try await long
      #expect(world.now == .seconds(7200))
      #expect(world.clock.now.offset == .seconds(7200))
      try await world.clock.sleep(until: .init(offset: .seconds(1)))
      #expect(world.now == .seconds(7200), "a deadline that has passed moves no time")
    }
  }

  @Test("whoever sleeps until a fraction of a nanosecond has passed gets there")
  func fractions() async throws {
    try await explore(schedules: 10) { world in
      let due = VirtualClock.Instant(offset: .seconds(1) / 3)
      while world.clock.now < due { try await world.clock.sleep(until: due) }
      #expect(world.now == .nanoseconds(333_333_334))
      let later = ContinuousClock.now + .seconds(1) / 3
      while ContinuousClock.now < later { try await Task.sleep(until: later) }
    }
  }

  @Test("TK-12 cancelling a sleep ends it at once and takes its timer away")
  func cancelledSleep() async throws {
    try await explore { world in
      await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await world.clock.sleep(for: .seconds(60)) }
        group.addTask { try await Task.sleep(for: .seconds(60)) }
        await world.settle()
        #expect(world.sleepers == 2)
        group.cancelAll()
        while let result = await group.nextResult() {
          #expect(throws: CancellationError.self) { try result.get() }
        }
      }
      #expect(world.sleepers == 0)
      #expect(world.now == .zero)
    }
  }

  @Test("a sleep that was cancelled inside an actor is no task that is left")
  func cancelledSleepInActor() async throws {
    actor Bed {
      func sleep() async throws { try await Task.sleep(for: .seconds(60)) }
    }
    try await explore { world in
      let bed = Bed()
      let sleeper = Task { try await bed.sleep() }
      await world.settle()
      sleeper.cancel()
      await #expect(throws: CancellationError.self) { try await sleeper.value }
      #expect(world.now == .zero)
    }
  }

  @Test("a task that is cancelled before it sleeps does not lie down")
  func cancelledBefore() async throws {
    try await explore(schedules: 20) { world in
      await withThrowingTaskGroup(of: Void.self) { group in
        group.cancelAll()
        group.addTask { try await world.clock.sleep(for: .seconds(1)) }
        await #expect(throws: CancellationError.self) { try await group.next() }
      }
      #expect(world.now == .zero)
    }
  }

  @Test("a thousand sleepers wake in the order of their times")
  func manyTimers() async throws {
    try await explore(schedules: 3) { world in
      let order = await withTaskGroup(of: Int.self) { group in
        for number in 0..<1_000 {
          let length = (number * 7919) % 1_000
          group.addTask {
            try? await world.clock.sleep(for: .milliseconds(length))
            return length
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(order == Array(0..<1_000))
      #expect(world.now == .milliseconds(999))
    }
  }

  @Test("a clock that is not virtual is rounded to what was asked for", .needsCompleteMode)
  func suspendingClock() async throws {
    try await explore(schedules: 20) { world in
      try await SuspendingClock().sleep(for: .milliseconds(250))
      #expect(world.now == .milliseconds(250))
    }
  }

  @Test("time that goes by outside does not count inside")
  func realTimeOutside() async throws {
    let before = ContinuousClock.now
    let report = await Simulation.run { _ in ContinuousClock.now }
    let inside = try #require(report.value)
    #expect(before <= inside, "an instant from outside is not in the future")
    #expect(inside <= .now)
  }

  @Test("a paced run takes its time")
  func pace() async {
    var options = Simulation.Options()
    options.pace = 1_000
    let start = SuspendingClock.now
    let report = await Simulation.run(options: options) { world in
      try await Task.sleep(for: .seconds(5))
      return world.now
    }
    #expect(report.value == .seconds(5))
    #expect(start.duration(to: .now) >= .milliseconds(5))
  }
}
