// Exercise 16 · Scheduler                                          90 minutes
//
// Build a scheduler that runs tasks at their time, again and again where that is wanted, tries
// again what fails, and can tell at any moment what became of each task.
//
// The protocol, the statuses and the log's lines are in ExerciseKit/Scheduling.swift, with a
// `Stopwatch`: it turns the scheduler's clock into the time since the scheduler was made.
//
// Rules:
//  1. A task begins when its delay has passed, on the scheduler's clock. Tasks run beside each
//     other: one that takes long delays no other.
//  2. Of tasks that are due at the same moment, also for a retry or a next run, the work begins in
//     the order in which they were added: the work itself, and not only its line in the log.
//  3. Without an interval a task runs once. With one it runs again and again: its runs begin one
//     interval apart. A run that takes longer is not overlapped: the next one begins when it ends,
//     and the interval counts from there, so no run is made up for. (A run begins with its first
//     attempt, and ends with its last.)
//  4. An attempt that throws, whatever it throws, is retried up to `retry.limit` times: after
//     `retry.backoff`, then twice that, then four times that. If no attempt is left, the task has
//     failed and runs no more, also with an interval. A new run has all its attempts again.
//  5. `cancel` takes effect at once on a task that waits (also for a retry or its next run): it
//     is cancelled, and never begins. One that runs hears of it by cooperative cancellation. It
//     stays running until its work ends; then it is cancelled, whatever it returned or threw.
//     `cancel` does not wait for that, and changes nothing about a task that has ended.
//  6. The status is `running` while an attempt runs, and `pending` while the task waits. The log
//     has a line for each thing that happens, in order: TaskLogEntry.Event says which. An attempt
//     of a task that was cancelled ends with one line, `cancelled`.
//  7. No polling: a scheduler with nothing to do sleeps on no clock, and one that waits sleeps
//     until the next task is due, and not again and again.
//  8. `waitUntilIdle` returns as soon as nothing waits and nothing runs. It throws TimeoutError
//     when the timeout has passed on the scheduler's clock, which changes nothing for the tasks,
//     and CancellationError when its caller is cancelled.
//  9. `stop` cancels what waits, and returns when all that runs has ended, not before, even if
//     the task that calls it is cancelled. What runs is not cancelled by it. How that attempt
//     ends is how its task ends, or `cancelled` if somebody has cancelled it: there is no retry
//     and no further run. From then on, `add` throws SchedulerError.stopped.
// 10. A task's work may use the scheduler: add tasks, cancel any, ask for a status.
//
// For example:
//
//    let scheduler = Scheduler(clock: ContinuousClock())
//    try await scheduler.add("tea", after: .seconds(180)) { try await pour() }
//    let chimes = try await scheduler.add("chimes", after: .zero, every: .seconds(3600)) {
//      try await ring()
//    }
//    try await scheduler.add("mail", after: .seconds(1), retry: .upTo(3, backoff: .seconds(2))) {
//      try await send()            // fails each time: begins at 1, 3, 7 and 15 s
//    }
//    await scheduler.status(of: chimes)  // pending, until the next hour
//    await scheduler.stop()
//
// One order of work: `add` for a task that runs once, `status`, `log`, and a first `stop`, with
// which every check ends; then intervals, cancelling, retries, and waiting until idle.
//
// Check it:   swift test --filter Scheduler
// Stuck?      Hints.md in this folder, a level at a time.

public import ExerciseKit

/// Runs tasks when they are due, on the clock that it was given.
public actor Scheduler: Scheduling {
  /// Makes a scheduler without tasks. Its time begins now.
  public init(clock: any Clock<Duration>) {}

  /// Adds a task, which begins when `delay` has passed.
  ///
  /// - Parameters:
  ///   - name: What the log calls it.
  ///   - delay: How long it waits before it begins.
  ///   - interval: How far apart its runs begin; nil if it is to run once.
  ///   - retry: How often it is tried again when it throws.
  ///   - work: What it does.
  /// - Throws: `SchedulerError.stopped` if the scheduler was stopped.
  public func add(
    _ name: String, after delay: Duration, every interval: Duration?, retry: RetryPolicy,
    _ work: @escaping ScheduledWork
  ) async throws -> TaskID {
    try todo("note the task and when it is due, and see to it that somebody wakes up for it")
  }

  /// Cancels a task, be it one that waits or one that runs. Does not wait for its end.
  public func cancel(_ id: TaskID) async {
    todo("take a task that waits out, and cancel the work of one that runs", returning: ())
  }

  /// Where a task is; nil if the scheduler does not know it.
  public func status(of id: TaskID) async -> TaskStatus? {
    todo("look up where the task is", returning: nil)
  }

  /// All that happened, in order.
  public var log: [TaskLogEntry] {
    get async { todo("keep a line for each thing that happens", returning: []) }
  }

  /// Returns when no task waits or runs.
  ///
  /// - Throws: `TimeoutError` when `timeout` has passed; `CancellationError` if the caller is
  ///   cancelled.
  public func waitUntilIdle(timeout: Duration) async throws {
    try todo("suspend until the last task has ended, or the timeout has passed")
  }

  /// Cancels what waits, and returns when all that runs has ended.
  public func stop() async {
    todo("cancel all that waits, and await all that runs", returning: ())
  }
}
