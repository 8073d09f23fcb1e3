import AsyncPrimitives
import Broker
import Synchronization
import Testing

/// The same promises as the broker in memory, kept by a real server, in real time.
///
/// A busy machine may hold a test up for seconds at any point. So nothing here relies on a lease, or
/// a wait, that is *not yet* over, unless it is an hour long; what has to be over is awaited.
@Suite("Redis broker", .redis, .timeLimit(.minutes(5)))
struct RedisBrokerTests {
  /// A queue on a server of its own.
  private func withBroker(
    _ arguments: [String] = [], visibility: Duration = .seconds(3600),
    lifetime: Duration = .seconds(3600), _ body: (RedisBroker, RedisServer) async throws -> Void
  ) async throws {
    let server = try await RedisServer(arguments)
    let settings = BrokerSettings(
      visibility: visibility, resultLifetime: lifetime, deliveryLimit: 3)
    let broker = try RedisBroker(server.url, queue: "test", settings: settings)
    try await body(broker, server)
    await broker.close()
  }

  /// Leases what is there.
  private func take(_ broker: RedisBroker, _ limit: Int = 1, as worker: String = "ann")
    async throws -> [Delivery]
  {
    try await broker.receive(upTo: limit, for: worker, patience: .zero)
  }

  /// Leases a job that will be there sooner or later.
  private func patiently(_ broker: RedisBroker, as worker: String = "ann") async throws -> Delivery
  {
    try #require(try await broker.receive(upTo: 1, for: worker, patience: .seconds(120)).first)
  }

  @Test("DQ-01: what is leased is delivered to nobody else; it is settled once")
  func lease() async throws {
    try await withBroker { broker, _ in
      try await broker.submit(Job("a", "square", payload: "4"))
      let delivery = try #require(try await take(broker).first)
      #expect(delivery.job.payload == "4" && !delivery.isRedelivered && delivery.lease == 1)
      #expect(try await take(broker, as: "bob").isEmpty)
      #expect(try await broker.settle(delivery, .succeeded("16")))
      #expect(try await !broker.settle(delivery, .succeeded("17")))
      let status = try #require(try await broker.status(of: "a"))
      #expect(status.successful && status.value == "16" && status.attempts == 1)
    }
  }

  @Test("DQ-01, DQ-02: delivered again when the lease is over; only the last one can settle")
  func leases() async throws {
    try await withBroker(visibility: .milliseconds(50)) { broker, _ in
      try await broker.submit(Job("a", "square", payload: "4"))
      let first = try await patiently(broker)
      let second = try await patiently(broker, as: "bob")
      #expect(second.isRedelivered && second.lease == 2 && second.worker == "bob")
      #expect(try await broker.renew(first) == .lost)
      #expect(try await !broker.settle(first, .succeeded("1")))
      #expect(try await broker.settle(second, .succeeded("16")))
      #expect(try await !broker.settle(second, .succeeded("17")))
      let status = try #require(try await broker.status(of: "a"))
      #expect(status.successful && status.value == "16" && status.attempts == 2)
      let counts = try await broker.counts()
      #expect(counts.redelivered == 1 && counts.running == 0 && counts.queued == 0)
    }
  }

  @Test("DQ-05: a lease that is renewed lasts")
  func renewal() async throws {
    let visibility = Duration.seconds(1)
    try await withBroker(visibility: visibility) { broker, _ in
      try await broker.submit(Job("a", "square"))
      var leased = ContinuousClock.now
      let delivery = try #require(try await take(broker).first)
      let start = leased
      var isUnbroken = true
      while isUnbroken, ContinuousClock.now - start < visibility * 2 {
        try await Task.sleep(for: visibility / 4)
        let asked = ContinuousClock.now
        let renewal = try await broker.renew(delivery)
        let others = try await take(broker, as: "bob")
        // If we were held up for longer than the lease, it may be over, and that is right.
        isUnbroken = ContinuousClock.now - leased < visibility
        if isUnbroken { #expect(renewal == .held && others.isEmpty) }
        leased = asked
      }
      if isUnbroken { #expect(try await broker.settle(delivery, .succeeded("1"))) }
    }
  }

  @Test("DQ-08: fifty submit the same id, and one of them is first")
  func uniqueIds() async throws {
    try await withBroker { broker, _ in
      let accepted = try await gather(0..<50) { _ in try await broker.submit(Job("a", "square")) }
      #expect(accepted.count { $0 } == 1)
      let delivery = try #require(try await take(broker).first)
      try await broker.settle(delivery, .succeeded("1"))
      #expect(try await !broker.submit(Job("a", "square")))
    }
  }

  @Test("DQ-16: a result is kept for its time, and its id is free again")
  func lifetime() async throws {
    try await withBroker(lifetime: .milliseconds(50)) { broker, _ in
      try await broker.submit(Job("a", "square"))
      let delivery = try #require(try await take(broker).first)
      try await broker.settle(delivery, .succeeded("1"))
      try await eventually { try await broker.status(of: "a") == nil }
      #expect(try await broker.submit(Job("a", "square")))
      #expect(try await broker.jobs(limit: 9).map(\.id) == ["a"])
    }
  }

  @Test("DQ-09: a retry waits for its time; the last failure is a dead letter")
  func retries() async throws {
    try await withBroker { broker, _ in
      for (id, pause) in [("late", Duration.seconds(3600)), ("soon", .milliseconds(50))] {
        try await broker.submit(Job(id, "square"))
        let delivery = try #require(try await take(broker).first)
        try await broker.settle(delivery, .retry(after: pause, because: "not yet"))
      }
      let second = try await patiently(broker)
      #expect(second.job.id == "soon" && second.failures == 1 && !second.isRedelivered)
      try await broker.settle(second, .failed("never"))
      let dead = try #require(try await broker.deadLetters(limit: 5).first)
      #expect(dead.id == "soon" && dead.error == "never" && dead.attempts == 2)
      #expect(try await take(broker).isEmpty)
      #expect(try await broker.status(of: "late")?.state == .waiting)
    }
  }

  @Test("DQ-10: what others have written into the stream is buried, and holds nobody up")
  func strangers() async throws {
    try await withBroker { broker, server in
      let redis = try RedisClient(server.url)
      try await broker.submit(Job("first", "square"))
      for number in 1...100 { try await redis.send("XADD", "test:jobs:5", "*", "x", "\(number)") }
      try await broker.submit(Job("late", "square", expiresAfter: .milliseconds(1)))
      try await broker.submit(Job("last", "square"))
      try await Task.sleep(for: .milliseconds(20))
      #expect(try await take(broker, 9).map(\.job.id) == ["first", "last"])
      #expect(try await broker.counts().failed == 101)
      #expect(try await broker.status(of: "late")?.error?.contains("expired") == true)
      await redis.close()
    }
  }

  @Test("DQ-12: aborted while it waits, while it runs, and too late")
  func aborting() async throws {
    try await withBroker { broker, _ in
      try await broker.submit(Job("queued", "square"))
      try await broker.submit(Job("deferred", "square"), after: .seconds(3600))
      #expect(try await broker.abort("queued"))
      #expect(try await broker.abort("deferred"))
      #expect(try await take(broker, 5).isEmpty)
      try await broker.submit(Job("running", "square"))
      let delivery = try #require(try await take(broker).first)
      #expect(try await broker.abort("running"))
      #expect(try await broker.renew(delivery) == .toBeAborted)
      #expect(try await broker.settle(delivery, .aborted))
      #expect(try await !broker.abort("running"))
      #expect(try await !broker.abort("unknown"))
      #expect(try await broker.counts().aborted == 3)
    }
  }

  @Test("DQ-12: aborted, and its worker dies before it hears of it")
  func abortedOrphan() async throws {
    try await withBroker(visibility: .milliseconds(300)) { broker, _ in
      try await broker.submit(Job("orphan", "square"))
      _ = try await patiently(broker)
      #expect(try await broker.abort("orphan"))
      try await eventually {
        #expect(try await take(broker, as: "bob").isEmpty)
        return try await broker.counts().aborted == 1
      }
    }
  }

  @Test("DQ-13, DQ-14: urgent ones first, and no more than asked for")
  func priorities() async throws {
    try await withBroker { broker, _ in
      for (id, priority) in [("p9", Job.Priority.idle), ("p0", .urgent), ("p5", .normal)] {
        try await broker.submit(Job(id, "square", priority: priority))
      }
      #expect(try await take(broker, 2).map(\.job.id) == ["p0", "p5"])
      #expect(try await broker.counts().queued == 1)
      #expect(try await take(broker, 2).map(\.job.id) == ["p9"])
    }
  }

  @Test("DQ-17: who is not heard of is taken off the list")
  func beats() async throws {
    try await withBroker { broker, _ in
      for name in ["ann", "bob"] { try await broker.beat(name, for: .seconds(3600)) }
      #expect(try await broker.workers() == ["ann", "bob"])
      try await broker.beat("ann", for: .milliseconds(20))
      try await eventually { try await broker.workers() == ["bob"] }
    }
  }

  @Test("what is delivered too often is given up")
  func deliveryLimit() async throws {
    try await withBroker(visibility: .milliseconds(50)) { broker, _ in
      try await broker.submit(Job("poison", "square"))
      for _ in 1...3 {
        #expect(try await broker.receive(upTo: 1, for: "ann", patience: .seconds(120)).count == 1)
      }
      try await eventually {
        #expect(try await take(broker).isEmpty)
        return try await broker.status(of: "poison")?.error?.contains("given up") == true
      }
    }
  }

  @Test("who waits is woken by a new job")
  func waking() async throws {
    try await withBroker { broker, _ in
      async let waiting = broker.receive(upTo: 1, for: "ann", patience: .seconds(3600))
      try await Task.sleep(for: .milliseconds(100))
      try await broker.submit(Job("a", "square"))
      #expect(try await waiting.map(\.job.id) == ["a"])
    }
  }

  @Test("a full Redis takes no more jobs, and lets those end that it has")
  func full() async throws {
    try await withBroker { broker, server in
      let redis = try RedisClient(server.url)
      try await broker.submit(Job("a", "square", payload: "4"))
      try await redis.send("CONFIG", "SET", "maxmemory", "1")
      let error = await #expect(throws: BrokerError.self) {
        try await broker.submit(Job("b", "square"))
      }
      #expect(error.map { "\($0)" }?.contains("maxmemory") == true)
      let delivery = try #require(try await take(broker).first)
      #expect(try await broker.settle(delivery, .succeeded("16")))
      #expect(try await broker.status(of: "a")?.value == "16")
      try await redis.send("CONFIG", "SET", "maxmemory", "0")
      #expect(try await broker.submit(Job("b", "square")))
      await redis.close()
    }
  }

  @Test("killed in the middle: unavailable meanwhile, and nothing is lost")
  func restart() async throws {
    try await withBroker { broker, server in
      for number in 1...5 { try await broker.submit(Job("\(number)", "square")) }
      let delivery = try #require(try await take(broker).first)
      server.kill()
      await #expect(throws: BrokerError.self) { try await broker.counts() }
      try await server.start()
      #expect(try await broker.settle(delivery, .succeeded("1")), "the lease has outlived it")
      #expect(try await take(broker, 9).map(\.job.id) == ["2", "3", "4", "5"])
    }
  }

  @Test("workers on a real server: done, retried, given up, stopped")
  func workers() async throws {
    try await withBroker { broker, _ in
      var handlers = JobHandlers()
      let tries = Mutex(0)
      handlers.on("square") { (number: Int) in number * number }
      handlers.on("second time") { (_: Int?) -> String in
        if tries.withLock({
          $0 += 1; return $0
        }) < 2 {
          throw RetryLater(after: .zero, "no")
        }
        return "yes"
      }
      for number in 1...20 {
        try await broker.submit(Job("\(number)", "square", payload: "\(number)"))
      }
      try await broker.submit(Job("again", "second time"))
      try await broker.submit(Job("what", "what"))
      let workers = ["ann", "bob"].map { Worker($0, of: broker, handlers) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in workers { group.addTask { try await worker.run() } }
        for id in (1...20).map({ "\($0)" }) + ["again", "what"] {
          _ = try await broker.outcome(of: id, within: .seconds(120))
        }
        for worker in workers { worker.stop() }
        try await group.waitForAll()
      }
      #expect(try await broker.status(of: "7")?.value == "49")
      #expect(try await broker.status(of: "again")?.attempts == 2)
      #expect(try await broker.status(of: "what")?.state == .failed)
      let counts = try await broker.counts()
      #expect(counts.succeeded == 21 && counts.failed == 1 && counts.retried == 1)
    }
  }
}
