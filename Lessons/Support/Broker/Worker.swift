import AsyncPrimitives
import Synchronization

/// Takes jobs from a broker and does them, a few at a time.
///
/// ```swift
/// let worker = Worker("ann", of: broker, handlers)
/// try await worker.run()                              // until it is cancelled, or stopped
/// ```
///
/// - **At least once**: a job is acknowledged when it is done, and not before. While it is being
///   done, its lease is renewed. A worker that dies is silent, and somebody else gets its jobs.
/// - **Failures**: an attempt that throws is tried again 1, 2, 4 … seconds later, up to the job's
///   number of retries; then the job has failed, and is in the dead letters. Other jobs go on.
/// - **``stop()``**: takes no more jobs, and ends when those under way are done.
/// - **Cancellation**: those under way are cancelled, and handed back at once to be done by others.
///   Who has finished all the same is acknowledged. Both are done in spite of the cancellation, for
///   at most ``Options/farewell``.
/// - **A broker that cannot be reached**: it is asked again, after a pause that grows to two
///   seconds; what has been done meanwhile is acknowledged as soon as that is possible.
public final class Worker: Sendable {
  /// How a worker works.
  public struct Options: Sendable {
    /// How many jobs it does at a time, which is also the most that it leases.
    public var concurrency = 1
    /// How long it waits for a job before it asks anew.
    public var patience = Duration.seconds(5)
    /// The pause before a failed job is tried again, by the number of failures before this one.
    public var countdown: @Sendable (_ failures: Int) -> Duration = { .seconds(1 << min($0, 20)) }
    /// How often it renews its leases; `nil` for never.
    public var renewal: Duration?
    /// How often it says that it lives.
    public var pulse = Duration.seconds(5)
    /// How long a cancelled worker may take to tell the broker.
    public var farewell = Duration.seconds(5)

    /// One at a time; leases are renewed three times within the time that they last.
    public init(for broker: any Broker) { renewal = broker.settings.visibility / 3 }
  }

  /// What happens to a worker.
  public enum Event: Sendable {
    /// It begins with a job.
    case began(Delivery)
    /// It has ended a delivery like this.
    case settled(Delivery, Settlement)
    /// It had lost the job to somebody else before it could end the delivery.
    case tooLate(Delivery)
    /// The broker has not done what it was asked.
    case trouble(any Error)
  }

  /// What it is called; no other worker has that name.
  public let name: String
  private let broker: any Broker
  private let handlers: JobHandlers
  private let options: Options
  private let report: @Sendable (Event) -> Void
  private let stopping: AsyncEvent

  /// Makes a worker.
  ///
  /// - Parameters:
  ///   - name: What it is called; no other worker has that name.
  ///   - broker: Where its jobs come from.
  ///   - handlers: What it can do.
  ///   - options: How it works.
  ///   - report: Hears what happens, at once, from any of its tasks.
  public init(
    _ name: String, of broker: any Broker, _ handlers: JobHandlers, options: Options? = nil,
    report: @escaping @Sendable (Event) -> Void = { _ in }
  ) {
    self.name = name
    self.broker = broker
    self.handlers = handlers
    self.options = options ?? Options(for: broker)
    self.report = report
    stopping = AsyncEvent("the end of \(name)")
  }

  /// Takes no more jobs; ``run()`` returns when those under way are done.
  public func stop() { stopping.set() }

  /// Does jobs until it is stopped.
  ///
  /// - Throws: `CancellationError`; a ``BrokerError`` that will not pass.
  public func run() async throws {
    // Ends with this call: who is stopped need not be heard of again.
    async let _ = pulse()
    let slots = AsyncSemaphore(limit: max(1, options.concurrency), "slots of \(name)")
    var pause = Pause()
    try await withThrowingTaskGroup(of: Void.self) { group in
      while !stopping.isSet {
        try await slots.acquire()
        // It may have been stopped while it waited for one of its jobs to end.
        if stopping.isSet { break }
        var free = 1
        while slots.tryAcquire() { free += 1 }
        var deliveries: [Delivery] = []
        do {
          deliveries = try await receive(upTo: free)
          pause = Pause()
        } catch let error as BrokerError where error.isPassing {
          report(.trouble(error))
          try await Task.sleep(for: pause.next())
        }
        for _ in deliveries.count..<free { try slots.release() }
        for delivery in deliveries {
          group.addTask(name: "\(name): \(delivery.job.id)") { [self] in
            await perform(delivery)
            try slots.release()
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// Leases jobs, unless the worker is stopped.
  private func receive(upTo limit: Int) async throws -> [Delivery] {
    try await withThrowingTaskGroup(of: [Delivery]?.self) { [self] group in
      group.addTask { [self] in
        try await broker.receive(upTo: limit, for: name, patience: options.patience)
      }
      group.addTask { [self] in
        try? await stopping.wait()
        return nil
      }
      let first = try await group.next() ?? nil
      group.cancelAll()
      if let first { return first }
      // Stopped or cancelled. It may have got something at the last moment: that has to be settled.
      do {
        for try await rest in group { if let rest { return rest } }
      } catch is CancellationError {}
      return []
    }
  }

  /// Says from time to time that the worker lives.
  private func pulse() async {
    while !Task.isCancelled {
      try? await broker.beat(name, for: options.pulse * 3)
      try? await Task.sleep(for: options.pulse)
    }
  }

  // MARK: One delivery

  /// What came first: the end of the attempt, or something that ends it.
  private enum Turn: Sendable {
    case ended(Settlement)
    case lease(Lease)
  }

  private func perform(_ delivery: Delivery) async {
    report(.began(delivery))
    let (settlement, lease) = await withTaskGroup(of: Turn.self) { [self] group in
      group.addTask(name: delivery.job.id) { [self] in .ended(await attempt(delivery)) }
      group.addTask { [self] in .lease(await watch(delivery)) }
      var settlement = Settlement.handedBack
      var lease = Lease.held
      // Whichever ends first ends the other.
      for await turn in group {
        group.cancelAll()
        switch turn {
        case .ended(let ending): settlement = ending
        case .lease(let ending): lease = ending
        }
      }
      return (settlement, lease)
    }
    switch (settlement, lease) {
    case (.handedBack, .toBeAborted): await settle(delivery, .aborted)
    case (.handedBack, .lost): report(.tooLate(delivery))
    default: await settle(delivery, settlement)
    }
  }

  private func attempt(_ delivery: Delivery) async -> Settlement {
    do {
      let value = try await Delivery.$current.withValue(delivery) {
        try await handlers.perform(delivery.job)
      }
      return .succeeded(value)
    } catch let rejection as JobRejected {
      return .failed(rejection.description)
    } catch  where Task.isCancelled {
      return .handedBack
    } catch {
      guard delivery.failures < delivery.job.retries else { return .failed("\(error)") }
      let pause = (error as? RetryLater)?.pause ?? options.countdown(delivery.failures)
      return .retry(after: pause, because: "\(error)")
    }
  }

  /// Renews the lease until it is lost, or until the job is to be aborted.
  private func watch(_ delivery: Delivery) async -> Lease {
    guard let renewal = options.renewal else {
      try? await Task.sleep(for: .seconds(1_000_000))
      return .held
    }
    while true {
      do {
        try await Task.sleep(for: renewal)
        let lease = try await broker.renew(delivery)
        if lease != .held { return lease }
      } catch is CancellationError {
        return .held
      } catch {
        // The lease may be over by the time that the broker is back. It will say so.
        report(.trouble(error))
      }
    }
  }

  /// Tells the broker how a delivery ended, also if the worker is cancelled.
  private func settle(_ delivery: Delivery, _ settlement: Settlement) async {
    var pause = Pause()
    let end = ContinuousClock.now + options.farewell
    while true {
      do {
        let counts = try await withCancellationShield {
          try await broker.settle(delivery, settlement)
        }
        return report(counts ? .settled(delivery, settlement) : .tooLate(delivery))
      } catch let error as BrokerError where error.isPassing {
        report(.trouble(error))
        // Nobody waits for a cancelled worker for ever; the job will be delivered again.
        if Task.isCancelled, ContinuousClock.now >= end { return }
        let pause = pause.next()
        try? await withCancellationShield { try await Task.sleep(for: pause) }
      } catch {
        return report(.trouble(error))
      }
    }
  }
}

/// Pauses that grow from a twentieth of a second to two.
private struct Pause {
  private var time = Duration.milliseconds(50)

  mutating func next() -> Duration {
    defer { time = min(time * 2, .seconds(2)) }
    return time
  }
}
