import AsyncPrimitives
import Broker
import CheckKit
import Testing

@Suite("Work", .virtual)
struct WorkTests {
  @Test("jobs are done, and their values kept")
  func values() async throws {
    try await explore(schedules: 50) { world in
      let place = Workplace(world)
      for number in 1...6 {
        try await place.broker.submit(Job("\(number)", "sleep", payload: "\(number)"))
      }
      try await place.runUntilIdle(place.worker("ann"), place.worker("bob", concurrency: 2))
      for number in 1...6 {
        let status = try #require(try await place.broker.status(of: "\(number)"))
        #expect(status.successful && status.attempts == 1 && status.value == "\(number)")
      }
    }
  }

  @Test("DQ-05: a job longer than the visibility is done twice, unless its lease is renewed")
  func renewal() async throws {
    try await explore(schedules: 20) { world in
      for (renews, runs) in [(true, 1), (false, 2)] {
        let place = Workplace(world)
        try await place.broker.submit(Job("long", "slow once", payload: "15"))
        try await place.runUntilIdle(
          place.worker("ann", renews: renews), place.worker("bob", renews: renews))
        let begun = place.log.count(of: "ann begins") + place.log.count(of: "bob begins")
        #expect(begun == runs, "renewing: \(renews)")
        #expect(try await place.state(of: "long") == .succeeded)
      }
    }
  }

  @Test("DQ-06: what a dead worker had is done by another")
  func death() async throws {
    try await explore(schedules: 50) { world in
      let place = Workplace(world)
      let cable = BrokerCable(to: place.broker)
      let ann = place.worker("ann", of: cable)
      try await place.broker.submit(Job("a", "sleep", payload: "5"))
      let doomed = Task(name: "ann") { try await ann.run() }
      try await Task.sleep(for: .seconds(2))
      cable.cut()
      doomed.cancel()
      _ = await doomed.result
      #expect(try await place.state(of: "a") == .running, "to the broker, she is still at it")
      try await place.runUntilIdle(place.worker("bob"))
      let status = try #require(try await place.broker.status(of: "a"))
      #expect(status.successful && status.attempts == 2 && status.worker == "bob")
      // Her lease began at 0, and was not renewed any more.
      #expect(place.log.time(of: "bob begins") == .seconds(10))
    }
  }

  @Test("DQ-06: a cancelled worker hands back what it has, and nothing is lost or done twice")
  func cancellation() async throws {
    try await explore { world in
      let place = Workplace(world)
      for number in 1...3 {
        try await place.broker.submit(Job("\(number)", "sleep", payload: "2"))
      }
      let ann = place.worker("ann", concurrency: 2)
      let running = Task(name: "ann") { try await ann.run() }
      var lots = world.randomNumbers
      let moment = Int.random(in: 0...4, using: &lots)
      try await Task.sleep(for: .seconds(moment))
      running.cancel()
      _ = await running.result
      let left = try await place.broker.counts()
      #expect(left.running == 0 && left.queued + left.succeeded == 3, "\(left)")
      let before = world.now
      try await place.runUntilIdle(place.worker("bob"))
      #expect(try await place.broker.counts().succeeded == 3)
      #expect(world.now - before < .seconds(10), "nobody has to wait for a lease to end")
    }
  }

  @Test("DQ-09: a failing job is tried again after 1, 2 and 4 seconds, then it has failed")
  func retries() async throws {
    try await explore(schedules: 20) { world in
      let place = Workplace(world)
      try await place.broker.submit(Job("a", "fail", payload: "\"no luck\""))
      try await place.runUntilIdle(place.worker("ann"))
      #expect(place.log.entries.map(\.time) == [0, 1, 3, 7].map { .seconds($0) })
      let status = try #require(try await place.broker.status(of: "a"))
      #expect(status.state == .failed && status.attempts == 4 && status.error == "no luck")
      #expect(try await place.broker.counts().retried == 3)
      #expect(try await place.broker.deadLetters(limit: 5).map(\.id) == ["a"])
    }
  }

  @Test("DQ-10: jobs that nobody can do fail, and hold nobody up")
  func unknownJobs() async throws {
    try await explore(schedules: 10) { world in
      let place = Workplace(world)
      for number in 1...100 { try await place.broker.submit(Job("u\(number)", "nonsense")) }
      try await place.broker.submit(Job("bad payload", "sleep", payload: "{"))
      try await place.broker.submit(Job("refused", "picky", payload: "\"not mine\""))
      try await place.broker.submit(Job("good", "sleep", payload: "1"))
      try await place.runUntilIdle(place.worker("ann"))
      let counts = try await place.broker.counts()
      #expect(counts.failed == 102 && counts.succeeded == 1 && counts.retried == 0)
      let reasons = try await place.broker.deadLetters(limit: 3).map { $0.error ?? "" }
      #expect(reasons[0] == "not mine")
      #expect(reasons[1].contains("payload") && reasons[2].contains("nonsense"))
    }
  }

  @Test("DQ-10: a job that begins too late has failed")
  func expiry() async throws {
    try await explore(schedules: 10) { world in
      let place = Workplace(world)
      try await place.broker.submit(Job("first", "sleep", payload: "5"))
      try await place.broker.submit(Job("a", "sleep", payload: "1", expiresAfter: .seconds(5)))
      try await place.broker.submit(Job("b", "sleep", payload: "1", expiresAfter: .seconds(6)))
      try await place.runUntilIdle(place.worker("ann"))
      #expect(try await place.broker.status(of: "a")?.error?.contains("expired") == true)
      #expect(try await place.state(of: "b") == .succeeded)
    }
  }

  @Test("DQ-12: jobs that wait never begin, one that runs is cancelled, one that ended stays so")
  func aborting() async throws {
    try await explore(schedules: 50) { world in
      let place = Workplace(world)
      try await place.broker.submit(Job("running", "sleep", payload: "60"))
      let ann = place.worker("ann")
      let working = Task(name: "ann") { try await ann.run() }
      try await Task.sleep(for: .seconds(1))
      try await place.broker.submit(Job("queued", "sleep", payload: "1"))
      try await place.broker.submit(Job("deferred", "sleep", payload: "1"), after: .seconds(2))
      #expect(try await place.broker.abort("queued"))
      #expect(try await place.broker.abort("deferred"))
      #expect(try await place.broker.abort("running"))
      try await Task.sleep(for: .seconds(5))
      for id in ["queued", "deferred", "running"] {
        #expect(try await place.state(of: id) == .aborted, "\(id)")
      }
      #expect(place.log.texts == ["ann begins"])
      #expect(try await !place.broker.abort("running"))
      #expect(try await !place.broker.abort("unknown"))
      ann.stop()
      try await working.value
      #expect(try await place.broker.counts().aborted == 3)
    }
  }

  @Test("DQ-14: a worker leases no more than it does at a time")
  func prefetch() async throws {
    try await explore(schedules: 20) { world in
      let place = Workplace(world)
      for number in 1...4 {
        try await place.broker.submit(Job("\(number)", "sleep", payload: "2"))
      }
      let ann = place.worker("ann", concurrency: 2)
      let working = Task(name: "ann") { try await ann.run() }
      try await Task.sleep(for: .seconds(1))
      let counts = try await place.broker.counts()
      #expect(counts.running == 2 && counts.queued == 2)
      ann.stop()
      try await working.value
      #expect(world.now == .seconds(2), "it stopped when the two were done")
      #expect(try await place.broker.counts().queued == 2)
    }
  }

  @Test("DQ-17: a worker says that it lives, and stops saying so when it is cancelled")
  func pulse() async throws {
    try await explore(schedules: 10) { world in
      let place = Workplace(world)
      let ann = place.worker("ann")
      let working = Task(name: "ann") { try await ann.run() }
      try await Task.sleep(for: .seconds(60))
      #expect(try await place.broker.workers() == ["ann"])
      working.cancel()
      _ = await working.result
      try await Task.sleep(for: .seconds(16))
      #expect(try await place.broker.workers().isEmpty)
    }
  }

  @Test("a worker that is stopped while it waits ends at once, and takes nothing with it")
  func stopping() async throws {
    try await explore { world in
      let place = Workplace(world)
      let ann = place.worker("ann")
      let working = Task(name: "ann") { try await ann.run() }
      await Task.yield()
      async let submitting = place.broker.submit(Job("a", "sleep", payload: "1"))
      ann.stop()
      _ = try await submitting
      try await working.value
      // It came in time and was done, or it waits for somebody else.
      let counts = try await place.broker.counts()
      #expect(counts.running == 0 && counts.queued + counts.succeeded == 1, "\(counts)")
    }
  }
}
