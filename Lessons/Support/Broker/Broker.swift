import AsyncPrimitives

/// Keeps jobs until workers have done them, and what came of them for a while.
///
/// ```swift
/// let broker = MemoryBroker()                       // or: try RedisBroker("redis://127.0.0.1:6379")
/// try await broker.submit(Job("a-1", "square", payload: "12"))
/// …                                                 // a Worker does it, here or elsewhere
/// let status = try await broker.outcome(of: "a-1", within: .seconds(5))
/// print(status.value ?? "")                         // 144
/// ```
///
/// - **At least once**: a job that is accepted is kept until somebody settles it. A worker *leases*
///   it for ``BrokerSettings/visibility``; who does not settle or renew in time is taken for dead,
///   and the job is delivered again. So a job may be done twice, and never not at all: what must not
///   happen twice has to be made to notice that it has happened.
/// - **One settlement counts**: that of the current lease. One that comes late changes nothing.
/// - **One id is one job**, as long as its result is kept.
/// - **Every call** either takes effect whole or not at all, and may throw ``BrokerError``. After
///   ``BrokerError/unavailable(_:)`` it is unknown which; asking again is safe for all of them.
public protocol Broker: Sendable {
  /// Its time limits.
  var settings: BrokerSettings { get }

  /// Accepts a job, which is kept from here on.
  ///
  /// - Parameter delay: When it may begin, from now.
  /// - Returns: False if it knows a job of that id already: then nothing has changed.
  @discardableResult
  func submit(_ job: Job, after delay: Duration) async throws -> Bool

  /// Leases jobs that are due: urgent ones first, then in the order in which they were submitted.
  ///
  /// It suspends until there is one. If it throws, for instance because the caller is cancelled,
  /// nothing was leased.
  ///
  /// - Parameters:
  ///   - limit: The most to lease, at least one.
  ///   - worker: Who asks.
  ///   - patience: How long to wait for the first one.
  /// - Returns: What was leased; empty if there was nothing for all that time.
  func receive(
    upTo limit: Int, for worker: String, patience: Duration
  ) async throws -> [Delivery]

  /// Says that the worker is still at it: the lease begins anew.
  func renew(_ delivery: Delivery) async throws -> Lease

  /// Ends a delivery.
  ///
  /// - Returns: False if the lease is over: then nothing has changed.
  @discardableResult
  func settle(_ delivery: Delivery, _ settlement: Settlement) async throws -> Bool

  /// Asks that a job be stopped: one that has not begun never begins, one that runs is cancelled.
  ///
  /// - Returns: False if there is nothing to stop: it has ended, or nobody knows it.
  @discardableResult
  func abort(_ id: String) async throws -> Bool

  /// Where a job is; `nil` if it is unknown, or has ended too long ago.
  func status(of id: String) async throws -> JobStatus?

  /// Suspends until a job has ended.
  ///
  /// - Returns: Its status; `nil` if nobody knows the job.
  /// - Throws: `TimeoutError` if it takes longer than `time`.
  func outcome(of id: String, within time: Duration) async throws -> JobStatus?

  /// The jobs that it knows, the latest first, at most so many.
  func jobs(limit: Int) async throws -> [JobStatus]

  /// The jobs that failed for good, the latest first, at most so many: somebody should look at them.
  func deadLetters(limit: Int) async throws -> [JobStatus]

  /// How many there are of everything.
  func counts() async throws -> BrokerCounts

  /// Says that a worker lives, and will be heard of again within `time`.
  func beat(_ worker: String, for time: Duration) async throws

  /// Who has been heard of in time, by name.
  func workers() async throws -> [String]
}

/// The time limits of a broker.
public struct BrokerSettings: Sendable, Hashable {
  /// How long a worker may be silent about a job before somebody else gets it.
  public var visibility: Duration
  /// How long results are kept.
  public var resultLifetime: Duration
  /// How often a job is delivered at most: what ends every worker that touches it ends here.
  public var deliveryLimit: Int

  /// 30 seconds, an hour, ten times.
  public init(
    visibility: Duration = .seconds(30), resultLifetime: Duration = .seconds(3600),
    deliveryLimit: Int = 10
  ) {
    self.visibility = visibility
    self.resultLifetime = resultLifetime
    self.deliveryLimit = deliveryLimit
  }
}

extension Broker {
  /// Accepts a job that may begin at once.
  ///
  /// - Returns: False if it knows a job of that id already.
  @discardableResult
  public func submit(_ job: Job) async throws -> Bool { try await submit(job, after: .zero) }

  /// Suspends until a job has ended: looks, and looks again after a pause that grows to a quarter of
  /// a second.
  public func outcome(of id: String, within time: Duration) async throws -> JobStatus? {
    try await withTimeout(time) {
      var pause = Duration.milliseconds(5)
      while true {
        guard let status = try await status(of: id) else { return nil }
        if status.ready { return status }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(250))
      }
    }
  }
}
