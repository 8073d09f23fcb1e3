/// What exercise 20 is about: a worker that takes jobs from a broker and does them.
public protocol Working: Sendable {
  /// Makes a worker.
  ///
  /// - Parameters:
  ///   - name: What it calls itself when it asks the broker.
  ///   - broker: Where its jobs come from.
  ///   - retry: How often a job that fails is tried again, and after which pause.
  ///   - handler: Does a job.
  init(
    name: String, broker: any JobBroker, retry: RetryPolicy,
    handler: @escaping @Sendable (_ job: String) async throws -> Void)

  /// Does jobs until it is cancelled.
  func run() async throws
}

/// Keeps jobs until workers have done them.
///
/// Who gets a job has it on *lease*: nobody else gets it. If the lease runs out, because the worker
/// has died, say, the job is abandoned, and whoever claims it gets it.
///
/// Every call throws `CancellationError` at once, and changes nothing, if the task is cancelled. If
/// the broker cannot be reached, a call throws ``BrokerUnreachable``, and has changed nothing.
public protocol JobBroker: Sendable {
  /// How long a worker has a job. No job takes as long as that.
  var lease: Duration { get }

  /// The next job that is due. If there is none, waits for one, but not longer than `patience`.
  func take(for worker: String, waiting patience: Duration) async throws -> JobDelivery?

  /// A job that was abandoned, if there is one. Does not wait.
  func claim(for worker: String) async throws -> JobDelivery?

  /// The job is done: the broker forgets it.
  func acknowledge(_ delivery: JobDelivery) async throws

  /// The job has failed, and is due again after a pause.
  func retry(_ delivery: JobDelivery, after pause: Duration) async throws

  /// The job has failed for good: it goes to the dead letters, for somebody to look at.
  func bury(_ delivery: JobDelivery, because reason: String) async throws

  /// Nothing was done: the job is due at once, for anybody.
  func giveBack(_ delivery: JobDelivery) async throws
}

/// A job in a worker's hands.
public struct JobDelivery: Sendable, Hashable {
  /// What to do.
  public let job: String
  /// How many attempts have failed so far.
  public let failures: Int
  /// Tells it from all other deliveries.
  public let number: Int

  /// A job in a worker's hands; brokers make them.
  public init(job: String, failures: Int, number: Int) {
    self.job = job
    self.failures = failures
    self.number = number
  }
}

/// Thrown while a broker cannot be reached.
public struct BrokerUnreachable: Error, Hashable {
  /// Nobody answers.
  public init() {}
}
