/// What exercise 17 is about: does jobs as they come, so many at a time, one at a time for each key.
public protocol TaskQueueing: Sendable {
  /// Has a job done, after those of the same key that were submitted before it.
  ///
  /// - Throws: ``TaskQueueStopped`` if the queue has been stopped.
  func submit(
    for key: String, _ work: @escaping QueueWork, then callback: @escaping QueueCallback
  ) async throws

  /// Suspends until all jobs are done, and all callbacks have returned.
  func join() async throws

  /// Takes no more jobs, ends those that there are, and suspends until that is done.
  func stop() async
}

/// Makes a queue that does at most `concurrency` jobs at the same time.
public typealias TaskQueueMaker = @Sendable (_ concurrency: Int) -> any TaskQueueing

/// What is to be done.
public typealias QueueWork = @Sendable () async throws -> String

/// What is told how it went.
public typealias QueueCallback =
  @Sendable (_ outcome: Result<String, any Error>) async throws -> Void

/// Thrown for a job that came too late.
public struct TaskQueueStopped: Error, Hashable, CustomStringConvertible {
  /// The queue has been stopped.
  public init() {}

  /// "the queue has been stopped".
  public var description: String { "the queue has been stopped" }
}
