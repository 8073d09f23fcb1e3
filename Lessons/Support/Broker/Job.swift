/// Something to be done, in a form that can be sent to another process.
///
/// The payload is JSON, and the name says which handler of a ``Worker`` understands it.
public struct Job: Sendable, Hashable {
  /// The order in which jobs are taken that wait at the same time.
  public enum Priority: Int, Sendable, CaseIterable {
    /// Before all others.
    case urgent = 0
    /// What most jobs have.
    case normal = 5
    /// When nothing else waits.
    case idle = 9
  }

  /// What no other job is called. Who submits the same one twice uses the same id twice.
  public var id: String
  /// Which handler does it: "square".
  public var name: String
  /// What the handler needs to know, as JSON.
  public var payload: String
  /// Before or after which others it is taken.
  public var priority: Priority
  /// How often it is tried again after an attempt has failed.
  public var retries: Int
  /// How long after being submitted it may still begin; `nil` for any time.
  public var expiresAfter: Duration?

  /// Describes a job.
  public init(
    _ id: String, _ name: String, payload: String = "null", priority: Priority = .normal,
    retries: Int = 3, expiresAfter: Duration? = nil
  ) {
    self.id = id
    self.name = name
    self.payload = payload
    self.priority = priority
    self.retries = retries
    self.expiresAfter = expiresAfter
  }
}

/// A job in the hands of a worker, which has to settle it.
public struct Delivery: Sendable, Hashable {
  /// What to do.
  public let job: Job
  /// Who has it.
  public let worker: String
  /// Tells this delivery from all others of the same job: who comes too late cannot settle it.
  public let lease: Int
  /// How many attempts have failed before this one.
  public let failures: Int
  /// True if somebody had it before, and was not heard of any more.
  public let isRedelivered: Bool

  /// The delivery that the current task works on, in the handler of a ``Worker``.
  @TaskLocal public static var current: Delivery?

  /// Describes a delivery; brokers do.
  public init(job: Job, worker: String, lease: Int, failures: Int, isRedelivered: Bool) {
    self.job = job
    self.worker = worker
    self.lease = lease
    self.failures = failures
    self.isRedelivered = isRedelivered
  }
}

/// What came of a delivery.
public enum Settlement: Sendable, Hashable {
  /// It is done, and this is its value, as JSON.
  case succeeded(String)
  /// It failed for good.
  case failed(String)
  /// It failed, and is to be tried again.
  case retry(after: Duration, because: String)
  /// It was stopped because somebody wanted it to be.
  case aborted
  /// Nothing was done; somebody else may have it, at once.
  case handedBack
}

/// What a worker learns when it says that it is still at it.
public enum Lease: String, Sendable {
  /// The job is still its own.
  case held
  /// The job is still its own, and somebody wants it to be stopped.
  case toBeAborted
  /// The job has been given to somebody else, or is settled.
  case lost
}

/// Where a job is.
public enum JobState: String, Sendable, CaseIterable {
  /// It waits for a worker.
  case queued
  /// It has failed, and waits for its next attempt; or it was submitted for later.
  case waiting
  /// A worker has it.
  case running
  /// It is done.
  case succeeded
  /// It failed for good.
  case failed
  /// It was stopped.
  case aborted

  /// True if nothing more will happen to it.
  public var isFinal: Bool {
    switch self {
    case .succeeded, .failed, .aborted: true
    case .queued, .waiting, .running: false
    }
  }
}

/// What a broker knows of a job.
public struct JobStatus: Sendable, Hashable {
  /// The job's own.
  public var id: String
  /// The job's name.
  public var name: String
  /// Where it is.
  public var state: JobState
  /// How often a worker got it.
  public var attempts: Int
  /// What came of it, as JSON, once it has succeeded.
  public var value: String?
  /// Why it failed, last time.
  public var error: String?
  /// Who has it, or had it last.
  public var worker: String?

  /// True if nothing more will happen to it.
  public var ready: Bool { state.isFinal }
  /// True if it is done.
  public var successful: Bool { state == .succeeded }

  /// Describes where a job is; brokers do.
  public init(
    id: String, name: String, state: JobState, attempts: Int, value: String? = nil,
    error: String? = nil, worker: String? = nil
  ) {
    self.id = id
    self.name = name
    self.state = state
    self.attempts = attempts
    self.value = value
    self.error = error
    self.worker = worker
  }
}

/// How many there are of everything.
public struct BrokerCounts: Sendable, Hashable {
  /// Jobs accepted so far.
  public var submitted = 0
  /// Jobs that were done, so far.
  public var succeeded = 0
  /// Jobs that failed for good, so far.
  public var failed = 0
  /// Jobs that were stopped, so far.
  public var aborted = 0
  /// Attempts that failed and were to be tried again, so far.
  public var retried = 0
  /// Deliveries of what somebody else had before, so far.
  public var redelivered = 0
  /// Jobs that wait for a worker now.
  public var queued = 0
  /// Jobs that wait for their time now.
  public var waiting = 0
  /// Jobs that a worker has now.
  public var running = 0

  /// Nothing of anything.
  public init() {}
}

/// What keeps a broker from doing what it is asked.
public enum BrokerError: Error, Hashable, CustomStringConvertible {
  /// It cannot be reached just now. What was asked may have been done, or not.
  case unavailable(String)
  /// It takes no more jobs until some have gone.
  case full(String)
  /// It answered something that it should not.
  case confused(String)

  /// A line.
  public var description: String {
    switch self {
    case .unavailable(let reason), .full(let reason): reason
    case .confused(let reason): "the broker does not behave: \(reason)"
    }
  }

  /// True if it makes sense to ask again a little later.
  public var isPassing: Bool {
    switch self {
    case .unavailable, .full: true
    case .confused: false
    }
  }
}
