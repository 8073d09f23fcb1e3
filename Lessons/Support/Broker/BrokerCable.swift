import Synchronization

/// What stands between a worker and its broker. Once it is cut, nothing comes through: to the broker
/// it looks as if the worker had been killed, and the worker can do nothing about it.
///
/// For tests, and for lessons. As in a network, others may have their turn before a call arrives and
/// after it has taken effect.
public final class BrokerCable: Broker {
  private let broker: any Broker
  private let state = Mutex(false)

  /// A cable to a broker.
  public init(to broker: any Broker) { self.broker = broker }

  /// True from the moment that it is cut.
  public var isCut: Bool { state.withLock { $0 } }

  /// Lets nothing through any more, in either direction.
  public func cut() { state.withLock { $0 = true } }

  private func pass<Value>(_ body: () async throws -> Value) async throws -> Value {
    await Task.yield()
    if isCut { throw BrokerError.confused("the cable is cut") }
    let value = try await body()
    await Task.yield()
    if isCut { throw BrokerError.confused("the cable is cut") }
    return value
  }

  /// The broker's.
  public var settings: BrokerSettings { broker.settings }

  /// As the broker does.
  public func submit(_ job: Job, after delay: Duration) async throws -> Bool {
    try await pass { try await broker.submit(job, after: delay) }
  }

  /// As the broker does.
  public func receive(
    upTo limit: Int, for worker: String, patience: Duration
  ) async throws -> [Delivery] {
    try await pass { try await broker.receive(upTo: limit, for: worker, patience: patience) }
  }

  /// As the broker does.
  public func renew(_ delivery: Delivery) async throws -> Lease {
    try await pass { try await broker.renew(delivery) }
  }

  /// As the broker does.
  @discardableResult
  public func settle(_ delivery: Delivery, _ settlement: Settlement) async throws -> Bool {
    try await pass { try await broker.settle(delivery, settlement) }
  }

  /// As the broker does.
  public func abort(_ id: String) async throws -> Bool {
    try await pass { try await broker.abort(id) }
  }

  /// As the broker does.
  public func status(of id: String) async throws -> JobStatus? {
    try await pass { try await broker.status(of: id) }
  }

  /// As the broker does.
  public func jobs(limit: Int) async throws -> [JobStatus] {
    try await pass { try await broker.jobs(limit: limit) }
  }

  /// As the broker does.
  public func deadLetters(limit: Int) async throws -> [JobStatus] {
    try await pass { try await broker.deadLetters(limit: limit) }
  }

  /// As the broker does.
  public func counts() async throws -> BrokerCounts {
    try await pass { try await broker.counts() }
  }

  /// As the broker does.
  public func beat(_ worker: String, for time: Duration) async throws {
    try await pass { try await broker.beat(worker, for: time) }
  }

  /// As the broker does.
  public func workers() async throws -> [String] {
    try await pass { try await broker.workers() }
  }
}
