import Broker
import CheckKit
import Synchronization
import Testing

extension Trait where Self == ConditionTrait {
  /// A broker in memory keeps the time of `ContinuousClock`, which only the complete mode holds.
  static var virtual: Self {
    .enabled(if: Simulation.Mode.current == .complete, "it needs virtual time")
  }
}

/// A broker, and the work that its workers do.
struct Workplace: Sendable {
  let broker: MemoryBroker
  let log: EventLog
  let world: World

  /// Visibility of ten seconds, and results that are kept for a minute.
  init(_ world: World, visibility: Duration = .seconds(10), deliveryLimit: Int = 10) {
    self.world = world
    log = EventLog(world)
    broker = MemoryBroker(
      BrokerSettings(
        visibility: visibility, resultLifetime: .seconds(60), deliveryLimit: deliveryLimit))
  }

  /// A worker that knows how to `sleep` for some seconds, to be `slow once`, to `fail`, to be `picky`.
  func worker(
    _ name: String, of broker: (any Broker)? = nil, concurrency: Int = 1,
    renews: Bool = true, countdown: @escaping @Sendable (Int) -> Duration = { .seconds(1 << $0) }
  ) -> Worker {
    var handlers = JobHandlers()
    handlers.on("sleep") { [log] (seconds: Double) in
      log.add("\(name) begins")
      try await Task.sleep(for: .milliseconds(Int(seconds * 1000)))
      log.add("\(name) is done")
      return seconds
    }
    handlers.on("slow once") { [log] (seconds: Int) in
      let isFirst = !log.texts.contains { $0.hasSuffix("begins") }
      log.add("\(name) begins")
      try await Task.sleep(for: .seconds(isFirst ? seconds : 1))
      return seconds
    }
    handlers.on("fail") { [log] (reason: String) -> String in
      log.add("fails")
      throw Mishap(description: reason)
    }
    handlers.on("picky") { (reason: String) -> String in throw JobRejected(reason) }
    var options = Worker.Options(for: self.broker)
    options.concurrency = concurrency
    options.countdown = countdown
    options.patience = .seconds(3)
    if !renews { options.renewal = nil }
    return Worker(name, of: broker ?? self.broker, handlers, options: options)
  }

  /// Runs workers until all jobs have ended, and stops them.
  func runUntilIdle(_ workers: Worker..., atMost limit: Duration = .seconds(200)) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in workers { group.addTask(name: worker.name) { try await worker.run() } }
      while true {
        let counts = try await broker.counts()
        if counts.queued + counts.waiting + counts.running == 0 { break }
        #expect(world.now < limit, "the jobs do not end: \(counts)")
        if world.now >= limit { break }
        try await Task.sleep(for: .milliseconds(500))
      }
      for worker in workers { worker.stop() }
      try await group.waitForAll()
    }
  }

  /// Leases at once what is there.
  func take(_ limit: Int = 1, as worker: String = "ann") async throws -> [Delivery] {
    try await broker.receive(upTo: limit, for: worker, patience: .zero)
  }

  func state(of id: String) async throws -> JobState? { try await broker.status(of: id)?.state }
}

struct Mishap: Error, CustomStringConvertible {
  let description: String
}
