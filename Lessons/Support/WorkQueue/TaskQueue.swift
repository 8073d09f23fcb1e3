import AsyncPrimitives

/// Does jobs as they are submitted, so many at a time, and tells what came of each.
///
/// ```swift
/// try await withTaskQueue(concurrency: 3) { queue in
///   try queue.submit(fetch, "/news", name: "news", priority: 1) { outcome in
///     print("news:", outcome)
///   }
///   let map = try queue.submit("map") { try await fetch("/map") }
///   print(try await map.value)
/// }
/// ```
///
/// A job is any asynchronous function. What comes of it, a value, an error or that it was cancelled,
/// is in the ``Job`` that `submit` returns, and a callback is called with it once.
///
/// - **Order**: jobs of higher priority start first, and those of the same priority in the order in
///   which they were submitted. A priority concerns only jobs that wait: nothing that runs makes
///   room. As long as more important jobs keep coming, a less important one waits, without limit.
/// - **What suspends**: ``join()``, ``stop(immediate:)`` and a job's `value`. `submit` never does, and
///   never runs anything itself: no job and no callback before it has returned.
/// - **Jobs** are unstructured tasks. They inherit nothing from whoever submits them: no task-local
///   values, no priority, no cancellation. Hand over what they need as arguments.
/// - **Callbacks** run in tasks of their own, which are never cancelled, after the job has given its
///   place to the next. So a slow one holds nobody up, several may run at once, and each may submit
///   more and await it.
/// - **Failures** are outcomes: a job that throws stops nothing, nor does a callback. What a
///   callback throws goes to `UnretrievedError.handler`, as does the error of a job that has no
///   callback and whose outcome nobody asks for.
/// - **Cancellation** of one job: ``Job/cancel()``. One that waits never starts. One that runs is
///   asked to stop, and keeps its place until it has.
/// - **The end**: ``shutdown(immediate:)`` says so, ``stop(immediate:)`` also awaits it. A queue that
///   is dropped is shut down immediately. A job or callback of the queue must not await its
///   `join()` or `stop()`, which would be waiting for itself; it may call `shutdown`.
/// - **Cost**: a task per job that runs, and some hundred bytes for one that waits. The queue holds
///   any number: where work may come in faster than it is done, limit what you submit.
///
/// In production, a task group is enough where all jobs are known beforehand. Jobs that must survive
/// the process belong into a database or a message broker: see swift-jobs.
public final class TaskQueue: Sendable {
  /// What is told of a job's outcome. What it throws is reported, and stops nothing.
  public typealias Callback<Success> =
    @Sendable (_ outcome: Result<Success, any Error>) async throws -> Void

  private let board: JobBoard

  /// Makes a queue in which nothing has been submitted yet.
  ///
  /// - Parameters:
  ///   - concurrency: How many jobs run at the same time.
  ///   - name: What a report of a deadlock should call it.
  /// - Precondition: `concurrency` is at least 1.
  public init(concurrency: Int, name: String? = nil) {
    precondition(concurrency > 0, "a task queue cannot run \(concurrency) jobs at a time")
    board = JobBoard(concurrency: concurrency, name: name)
  }

  deinit { board.shutdown(immediate: true) }

  // MARK: - Submitting

  /// Has a job done.
  ///
  /// - Parameters:
  ///   - name: What the job and its task are called; by default "job" and its number.
  ///   - priority: The higher, the earlier.
  ///   - work: The job.
  ///   - callback: What is told of its outcome.
  /// - Throws: ``TaskQueueError/closed`` after a shutdown. Then nothing of the job is kept.
  @discardableResult
  public func submit<Success: Sendable>(
    _ name: String? = nil, priority: Int = 0,
    _ work: @escaping @Sendable () async throws -> Success,
    onDone callback: Callback<Success>? = nil
  ) throws(TaskQueueError) -> Job<Success> {
    try board.submit(name, priority: priority, work, callback)
  }

  /// Has a function called with these arguments.
  ///
  /// - Parameters:
  ///   - work: The function.
  ///   - first: The first of the arguments that it is called with.
  ///   - others: The other ones.
  ///   - name: What the job and its task are called; by default "job" and its number.
  ///   - priority: The higher, the earlier.
  ///   - callback: What is told of its outcome.
  /// - Throws: ``TaskQueueError/closed`` after a shutdown. Then nothing of the job is kept.
  @discardableResult
  public func submit<First: Sendable, each Other: Sendable, Success: Sendable>(
    _ work: @escaping @Sendable (First, repeat each Other) async throws -> Success,
    _ first: First, _ others: repeat each Other, name: String? = nil, priority: Int = 0,
    onDone callback: Callback<Success>? = nil
  ) throws(TaskQueueError) -> Job<Success> {
    try board.submit(
      name, priority: priority, { try await work(first, repeat each others) }, callback)
  }

  // MARK: - While it works

  /// How many jobs run at the same time.
  public var concurrency: Int { board.concurrency }

  /// Changes how many jobs run at the same time.
  ///
  /// If there are more than that, none starts until enough of them have ended.
  ///
  /// - Throws: ``TaskQueueError/invalidConcurrency(_:)`` if it is less than 1.
  public func setConcurrency(_ concurrency: Int) throws(TaskQueueError) {
    guard concurrency > 0 else { throw .invalidConcurrency(concurrency) }
    board.setConcurrency(concurrency)
  }

  /// Whether no job is started at the moment.
  public var isPaused: Bool { board.isPaused }

  /// Starts no more jobs. Those that run go on, and more may be submitted.
  ///
  /// ``join()`` waits until somebody calls ``resume()``, if there are jobs. After a shutdown, there
  /// are no more pauses.
  public func pause() { board.setPaused(true) }

  /// Starts jobs again.
  public func resume() { board.setPaused(false) }

  /// How many jobs there are, and how those ended that have.
  public var statistics: TaskQueueStatistics { board.statistics }

  // MARK: - The end

  /// Suspends until no job waits, none runs, and all callbacks have returned.
  ///
  /// Jobs that are submitted meanwhile count, too, above all those that a callback submits. The
  /// queue stays open.
  ///
  /// - Throws: `CancellationError` if the task is cancelled, now or while it waits. The jobs go on.
  nonisolated(nonsending) public func join() async throws {
    try Task.checkCancellation()
    if let idle = board.idle() { try await idle.value }
  }

  /// Takes no more jobs, and returns at once.
  ///
  /// - Parameter immediate: False to have all jobs done that were submitted, also those of a queue
  ///   that was paused. True to cancel them: those that wait never start, and those that run are
  ///   asked to stop. Their callbacks hear of it.
  public func shutdown(immediate: Bool = false) { board.shutdown(immediate: immediate) }

  /// Takes no more jobs, and suspends until none runs and all callbacks have returned.
  ///
  /// If the task that calls is cancelled, all jobs are, as by an immediate stop, and awaited.
  ///
  /// - Parameter immediate: What ``shutdown(immediate:)`` does with it.
  nonisolated(nonsending) public func stop(immediate: Bool = false) async {
    board.shutdown(immediate: immediate)
    await withTaskCancellationHandler {
      // A future that nobody fails or cancels.
      if let idle = board.idle() { try? await idle.valueIgnoringCancellation }
    } onCancel: {
      board.shutdown(immediate: true)
    }
  }
}

/// Makes a task queue for `body`, and returns when `body` has, and all jobs and callbacks.
///
/// So jobs are children in all but name: none outlives the call.
///
/// - Parameters:
///   - concurrency: How many jobs run at the same time.
///   - name: What a report of a deadlock should call it.
///   - body: What submits jobs. If it throws, they are cancelled and awaited.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws; `CancellationError` if the task is cancelled.
nonisolated(nonsending) public func withTaskQueue<Value>(
  concurrency: Int, name: String? = nil,
  _ body: nonisolated(nonsending) (TaskQueue) async throws -> Value
) async throws -> Value {
  let queue = TaskQueue(concurrency: concurrency, name: name)
  do {
    let value = try await body(queue)
    await queue.stop()
    // Otherwise a cut-short run would look like a whole one.
    try Task.checkCancellation()
    return value
  } catch {
    await queue.stop(immediate: true)
    throw error
  }
}
