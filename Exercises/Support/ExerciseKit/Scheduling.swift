/// What a scheduled task does, each time that it is run.
public typealias ScheduledWork = @Sendable () async throws -> Void

/// What exercise 16 is about: a scheduler that runs tasks at their time.
public protocol Scheduling: Sendable {
  /// Makes a scheduler without tasks. Its time begins now, on `clock`.
  init(clock: any Clock<Duration>)

  /// Adds a task that waits for its time.
  func add(
    _ name: String, after delay: Duration, every interval: Duration?, retry: RetryPolicy,
    _ work: @escaping ScheduledWork
  ) async throws -> TaskID

  /// Cancels a task, be it one that waits or one that runs. Does not wait for its end.
  func cancel(_ id: TaskID) async

  /// Where a task is; nil if the scheduler does not know it.
  func status(of id: TaskID) async -> TaskStatus?

  /// All that happened, in order.
  var log: [TaskLogEntry] { get async }

  /// Returns when no task waits or runs.
  func waitUntilIdle(timeout: Duration) async throws

  /// Cancels what waits, and returns when all that runs has ended.
  func stop() async
}

extension Scheduling {
  /// Adds a task with what most tasks do not need left out: it runs once, and is not retried.
  @discardableResult
  public func add(
    _ name: String, after delay: Duration, every interval: Duration? = nil,
    retry: RetryPolicy = .never, work: @escaping ScheduledWork
  ) async throws -> TaskID {
    try await add(name, after: delay, every: interval, retry: retry, work)
  }
}

/// What a scheduler calls a task.
public struct TaskID: Hashable, Sendable {
  /// A number that no other task of the scheduler has.
  public let number: Int

  /// The task of that number.
  public init(_ number: Int) { self.number = number }
}

/// Where a scheduled task is.
public enum TaskStatus: String, Sendable, CustomStringConvertible {
  /// It waits: for its time, for its next run, or for its next attempt.
  case pending
  /// It is being run.
  case running
  /// It has run, and will not be run again.
  case completed
  /// It threw, and will not be tried again.
  case failed
  /// It was cancelled, and has ended.
  case cancelled

  /// One word.
  public var description: String { rawValue }
}

/// How often a task that throws is tried again, and how long it waits before.
public struct RetryPolicy: Hashable, Sendable {
  /// How many more attempts there may be after the first.
  public let limit: Int
  /// How long to wait before the first of them. Before each later one, it is twice as long.
  public let backoff: Duration

  /// At most `limit` more attempts, the first of them after `backoff`.
  public static func upTo(_ limit: Int, backoff: Duration) -> RetryPolicy {
    RetryPolicy(limit: limit, backoff: backoff)
  }

  /// No further attempt.
  public static let never = RetryPolicy(limit: 0, backoff: .zero)
}

/// A line of a scheduler's log.
public struct TaskLogEntry: Hashable, Sendable, CustomStringConvertible {
  /// What can happen to a task.
  public enum Event: String, Sendable {
    /// It was added.
    case added
    /// An attempt to run it has begun.
    case started
    /// An attempt has returned, and nobody had cancelled it.
    case completed
    /// An attempt has thrown, and nobody had cancelled it.
    case failed
    /// It was cancelled, and waits or runs no longer. If it ran, this line is the only one that
    /// tells of the attempt's end.
    case cancelled
  }

  /// When it happened: the time since the scheduler was made, on the scheduler's clock.
  public let time: Duration
  /// The name of the task.
  public let task: String
  /// What happened.
  public let event: Event

  /// Something that happened to a task.
  public init(time: Duration, task: String, event: Event) {
    self.time = time
    self.task = task
    self.event = event
  }

  /// "1.5 s tea started".
  public var description: String { "\(time / .seconds(1)) s \(task) \(event.rawValue)" }
}

/// What a scheduler refuses.
public enum SchedulerError: Error, Hashable {
  /// It was stopped, and takes no more tasks.
  case stopped
}

/// Any clock, read as the time since the stopwatch was made.
///
/// An `any Clock<Duration>` can sleep, but what its moments are is its own secret. Here, a moment
/// is the time that has passed, and can be compared, added to, and kept.
///
/// ```swift
/// let watch = Stopwatch(clock)
/// let due = watch.now + .seconds(5)
/// try await watch.sleep(until: due)
/// ```
public struct Stopwatch: Sendable {
  private let read: @Sendable () -> Duration
  private let rest: @Sendable (Duration) async throws -> Void

  /// Starts a stopwatch.
  public init(_ clock: some Clock<Duration>) {
    let start = clock.now
    read = { start.duration(to: clock.now) }
    rest = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
  }

  /// How much time has passed.
  public var now: Duration { read() }

  /// Suspends until that much time has passed.
  ///
  /// - Throws: `CancellationError` as soon as the task is cancelled.
  public func sleep(until time: Duration) async throws { try await rest(time) }
}
