import AsyncPrimitives
import Synchronization

extension TaskQueue {
  /// A job that was submitted: how it is doing, what came of it, and a way to cancel it.
  ///
  /// It may be dropped. The job is done all the same.
  public struct Job<Success: Sendable>: Sendable {
    /// Where a job stands.
    public enum State: Sendable {
      /// It waits for its turn.
      case queued
      /// It runs.
      case running
      /// It has ended, or was cancelled before it began.
      case done
    }

    /// The how manieth job of its queue it is, beginning with 1.
    public let number: Int
    /// What it is called.
    public let name: String

    let board: JobBoard
    let future: Future<Success>

    /// Where it stands.
    public var state: State { board.state(of: number) }

    /// What came of it, once it is done.
    public var outcome: Result<Success, any Error>? { future.outcome }

    /// What it returns, waiting for it if need be.
    ///
    /// - Throws: What the job has thrown; `CancellationError` if the job was cancelled, or if the
    ///   waiting task is. Then the job goes on.
    nonisolated(nonsending) public var value: Success {
      get async throws { try await future.value }
    }

    /// Cancels the job: if it waits, it never starts; if it runs, its task is cancelled.
    ///
    /// - Returns: False if there is nothing left to cancel.
    @discardableResult
    public func cancel() -> Bool { board.cancel(number) }
  }
}

/// How a job ended, for the statistics.
enum JobEnding {
  case succeeded, failed, cancelled
}

/// What the queue knows of a job, whatever it returns.
protocol QueuedJob: Sendable {
  var name: String { get }
  var hasCallback: Bool { get }
  /// Does the work, and keeps what comes of it.
  func run() async -> JobEnding
  /// Keeps a cancellation as the outcome of a job that will not run.
  func abandon()
  /// Lets everybody have the outcome who awaits it.
  func tell()
  /// Calls the callback. False if it throws.
  func callBack() async -> Bool
}

final class JobRecord<Success: Sendable>: QueuedJob {
  private struct State {
    /// Dropped as soon as it is of no more use, with all that it holds.
    var work: (@Sendable () async throws -> Success)?
    var outcome: Result<Success, any Error> = .failure(CancellationError())
  }

  let name: String
  let future: Future<Success>
  private let state: Mutex<State>
  private let callback: TaskQueue.Callback<Success>?
  private let unretrieved = UnretrievedError.handler

  init(
    name: String, _ work: @escaping @Sendable () async throws -> Success,
    _ callback: TaskQueue.Callback<Success>?
  ) {
    self.name = name
    self.callback = callback
    future = Future("outcome of \(name)")
    state = Mutex(State(work: work))
  }

  var hasCallback: Bool { callback != nil }

  func run() async -> JobEnding {
    guard let work = state.withLock({ $0.work.take() }) else { return .cancelled }
    do {
      let value = try await work()
      state.withLock { $0.outcome = .success(value) }
      return .succeeded
    } catch {
      state.withLock { $0.outcome = .failure(error) }
      return error is CancellationError ? .cancelled : .failed
    }
  }

  func abandon() {
    // Released outside the lock: what the work holds may do anything when it goes.
    withExtendedLifetime(state.withLock { $0.work.take() }) {}
  }

  func tell() {
    // Each job is told of once, and nobody else has the future.
    try? future.complete(with: state.withLock(\.outcome))
  }

  func callBack() async -> Bool {
    guard let callback, let outcome = future.outcome else { return true }
    do {
      try await callback(outcome)
      return true
    } catch {
      unretrieved(UnretrievedError(source: "the callback of \(name)", error: error))
      return false
    }
  }
}
