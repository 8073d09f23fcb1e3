import AsyncPrimitives
import Broker
import CheckKit
import Testing

@Suite("Memory broker", .virtual)
struct MemoryBrokerTests {
  @Test("DQ-01: what is not settled in time is delivered again, once, and says so")
  func visibility() async throws {
    try await explore(schedules: 20) { world in
      let place = Workplace(world)
      try await place.broker.submit(Job("a", "sleep", payload: "1"))
      let first = try #require(try await place.take().first)
      #expect(!first.isRedelivered && first.lease == 1)
      try await Task.sleep(for: .milliseconds(9_999))
      #expect(try await place.take(as: "bob").isEmpty, "after 9.999 s of 10")
      try await Task.sleep(for: .milliseconds(2))
      let second = try #require(try await place.take(as: "bob").first)
      #expect(second.isRedelivered && second.lease == 2)
      #expect(try await place.take(as: "cem").isEmpty, "it was delivered twice at a time")
      #expect(try await place.broker.counts().redelivered == 1)
    }
  }

  @Test("DQ-01: who waits for a job gets one whose lease is over, at that moment")
  func waitsForLeases() async throws {
    try await explore(schedules: 20) { world in
      let place = Workplace(world)
      try await place.broker.submit(Job("a", "sleep"))
      _ = try await place.take()
      let second = try await place.broker.receive(upTo: 1, for: "bob", patience: .seconds(60))
      #expect(second.first?.isRedelivered == true)
      #expect(world.now == .seconds(10))
    }
  }

  @Test("DQ-02: only the current lease can settle, and only once")
  func settling() async throws {
    try await explore(schedules: 20) { world in
      let place = Workplace(world)
      try await place.broker.submit(Job("a", "sleep"))
      let first = try #require(try await place.take().first)
      try await Task.sleep(for: .seconds(11))
      let second = try #require(try await place.take(as: "bob").first)
      #expect(try await !place.broker.settle(first, .succeeded("1")))
      #expect(try await place.broker.renew(first) == .lost)
      #expect(try await place.state(of: "a") == .running)
      #expect(try await place.broker.settle(second, .succeeded("2")))
      #expect(try await !place.broker.settle(second, .succeeded("3")))
      #expect(try await place.broker.status(of: "a")?.value == "2")
      #expect(try await place.take().isEmpty)
    }
  }

  @Test("DQ-04: two that look at the same time restore a job once")
  func restoring() async throws {
    try await explore(schedules: 100) { world in
      let place = Workplace(world, visibility: .zero)
      try await place.broker.submit(Job("a", "sleep"))
      _ = try await place.take()
      // With a visibility of zero, each look takes it from whoever had it, one at a time.
      async let bob = place.take(as: "bob")
      async let cem = place.take(as: "cem")
      let deliveries = try await bob + cem
      #expect(Set(deliveries.map(\.lease)).count == deliveries.count)
      var settled = 0
      for delivery in deliveries {
        if try await place.broker.settle(delivery, .succeeded("1")) { settled += 1 }
      }
      #expect(settled == 1)
    }
  }

  @Test("DQ-08: an id that is known is not taken again, also raced")
  func uniqueIds() async throws {
    try await explore(schedules: 20) { world in
      let place = Workplace(world)
      let accepted = try await gather(0..<50) { _ in
        try await place.broker.submit(Job("a", "sleep"))
      }
      #expect(accepted.count { $0 } == 1)
      let delivery = try #require(try await place.take().first)
      #expect(try await !place.broker.submit(Job("a", "sleep")), "while it runs")
      try await place.broker.settle(delivery, .succeeded("1"))
      #expect(try await !place.broker.submit(Job("a", "sleep")), "while its result is kept")
      try await Task.sleep(for: .seconds(61))
      #expect(try await place.broker.submit(Job("a", "sleep")), "after that")
    }
  }

  @Test("DQ-13: urgent jobs come first, then in their order")
  func priorities() async throws {
    try await explore(schedules: 20) { world in
      let place = Workplace(world)
      for (id, priority) in [("p9", Job.Priority.idle), ("p0", .urgent), ("p5", .normal)] {
        try await place.broker.submit(Job(id, "sleep", priority: priority))
      }
      try await place.broker.submit(Job("p5b", "sleep"))
      #expect(try await place.take(10).map(\.job.id) == ["p0", "p5", "p5b", "p9"])
    }
  }

  @Test("DQ-14: nobody gets more than asked for")
  func limits() async throws {
    try await explore(schedules: 20) { world in
      let place = Workplace(world)
      for number in 1...4 { try await place.broker.submit(Job("\(number)", "sleep")) }
      #expect(try await place.take(2).map(\.job.id) == ["1", "2"])
      #expect(try await place.broker.counts().queued == 2)
    }
  }

  @Test("DQ-16: results are kept for their time; waiting for one has an end")
  func results() async throws {
    try await explore(schedules: 20) { world in
      let place = Workplace(world)
      try await place.broker.submit(Job("a", "sleep"))
      await #expect(throws: TimeoutError.self) {
        try await place.broker.outcome(of: "a", within: .seconds(2))
      }
      #expect(world.now == .seconds(2))
      let delivery = try #require(try await place.take().first)
      try await place.broker.settle(delivery, .succeeded("7"))
      #expect(try await place.broker.outcome(of: "a", within: .seconds(1))?.value == "7")
      try await Task.sleep(for: .milliseconds(59_999))
      #expect(try await place.state(of: "a") == .succeeded)
      try await Task.sleep(for: .milliseconds(1))
      #expect(try await place.state(of: "a") == nil)
      #expect(try await place.broker.outcome(of: "a", within: .seconds(1)) == nil)
    }
  }

  @Test("DQ-17: a worker that is not heard of is taken off the list")
  func beats() async throws {
    try await explore(schedules: 20) { world in
      let place = Workplace(world)
      try await place.broker.beat("bob", for: .seconds(5))
      try await place.broker.beat("ann", for: .seconds(3))
      #expect(try await place.broker.workers() == ["ann", "bob"])
      try await Task.sleep(for: .seconds(3))
      #expect(try await place.broker.workers() == ["bob"])
    }
  }

  @Test("a job for later waits for its time, and wakes who waits for it")
  func delays() async throws {
    try await explore(schedules: 20) { world in
      let place = Workplace(world)
      try await place.broker.submit(Job("later", "sleep"), after: .seconds(7))
      #expect(try await place.state(of: "later") == .waiting)
      let got = try await place.broker.receive(upTo: 1, for: "ann", patience: .seconds(60))
      #expect(got.map(\.job.id) == ["later"] && world.now == .seconds(7))
    }
  }

  @Test("a job that is submitted wakes who waits, and nobody is left waiting in vain")
  func waking() async throws {
    try await explore { world in
      let place = Workplace(world)
      async let takes = gather(["ann", "bob", "cem"]) { worker in
        try await place.broker.receive(upTo: 1, for: worker, patience: .seconds(9)).count
      }
      try await place.broker.submit(Job("a", "sleep"))
      try await place.broker.submit(Job("b", "sleep"))
      #expect(try await takes.reduce(0, +) == 2)
      #expect(world.now == .seconds(9), "the third has waited to the end of its patience")
    }
  }

  @Test("who is cancelled while waiting has leased nothing")
  func cancelledReceivers() async throws {
    try await explore { world in
      let place = Workplace(world)
      let receiver = Task(name: "receiver") {
        try await place.broker.receive(upTo: 1, for: "ann", patience: .seconds(9))
      }
      async let submitting = place.broker.submit(Job("a", "sleep"))
      receiver.cancel()
      _ = try await submitting
      let got = (try? await receiver.value) ?? []
      let state = try await place.state(of: "a")
      #expect(state == (got.isEmpty ? .queued : .running))
    }
  }

  @Test("what is delivered too often is given up")
  func deliveryLimit() async throws {
    try await explore(schedules: 20) { world in
      let place = Workplace(world, deliveryLimit: 3)
      try await place.broker.submit(Job("poison", "sleep"))
      for _ in 1...3 {
        #expect(try await place.take().count == 1)
        try await Task.sleep(for: .seconds(10))
      }
      #expect(try await place.take().isEmpty)
      let status = try #require(try await place.broker.status(of: "poison"))
      #expect(status.state == .failed && status.attempts == 3)
      #expect(status.error?.contains("given up") == true)
      #expect(try await place.broker.deadLetters(limit: 5).map(\.id) == ["poison"])
    }
  }
}
