/// How many jobs a queue has, all counted at the same moment.
public struct TaskQueueStatistics: Sendable, Hashable {
  /// Jobs that wait for their turn.
  public var queued = 0
  /// Jobs that run.
  public var running = 0
  /// Jobs that returned something.
  public var succeeded = 0
  /// Jobs that threw something other than `CancellationError`.
  public var failed = 0
  /// Jobs that were cancelled, before they began or while they ran.
  public var cancelled = 0
  /// Callbacks that are under way, or about to be.
  public var callingBack = 0
  /// Callbacks that threw.
  public var failedCallbacks = 0
  /// The most jobs that ran at the same time.
  public var mostRunning = 0

  /// Jobs that have ended: succeeded, failed or cancelled.
  public var done: Int { succeeded + failed + cancelled }
  /// All jobs that were ever submitted.
  public var submitted: Int { queued + running + done }

  /// Nothing has been submitted.
  public init() {}

  var isIdle: Bool { queued == 0 && running == 0 && callingBack == 0 }

  mutating func end(_ ending: JobEnding) {
    switch ending {
    case .succeeded: succeeded += 1
    case .failed: failed += 1
    case .cancelled: cancelled += 1
    }
    callingBack += 1
  }
}

/// A use of a task queue that cannot be right.
public enum TaskQueueError: Error, Hashable, CustomStringConvertible {
  /// It takes no more jobs.
  case closed
  /// So many jobs cannot run at a time.
  case invalidConcurrency(Int)

  /// What is wrong, and what to do about it.
  public var description: String {
    switch self {
    case .closed: "the task queue is shut down, and takes no more jobs"
    case .invalidConcurrency(let number):
      "a task queue cannot run \(number) jobs at a time: 1 is the least; pause() stops it"
    }
  }
}
