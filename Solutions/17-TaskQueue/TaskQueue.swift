// Exercise 17 · TaskQueue, as we would write it.
//
// All that is decided is decided in one function that awaits nothing: `startJobs`. It is called
// whenever something changes, by `submit` and when a job has ended. A key runs at most once, so the
// dictionary of those that run says both which keys are taken and how many places are.
//
// A job is finished when its callback has returned. That is what `join` counts: between the end of a
// job and what its callback submits, nothing waits and nothing runs, and all the same it is not over.
//
// The road not taken: a worker for each place, which takes jobs from an AsyncQueue. It is the usual
// build, and here it leads astray: a worker that has taken a job whose key is busy can only wait with
// it, and its place is lost to others. Nor a task per job that waits for a semaphore and then for
// its key: it would keep the order, and the place.

import AsyncPrimitives
public import ExerciseKit

/// Does jobs as they come, so many at a time, one at a time for each key.
public actor TaskQueue: TaskQueueing {
  private struct Job {
    var key: String
    var work: QueueWork
    var callback: QueueCallback
  }

  private let concurrency: Int
  private var waiting: [Job] = []
  /// At most one for each key.
  private var running: [String: Task<Void, Never>] = [:]
  /// Jobs whose callback has not returned.
  private var unfinished = 0
  private let idle = AsyncEvent("all is done")
  private var isStopped = false

  /// Makes a queue in which there is nothing to do yet.
  ///
  /// - Parameter concurrency: How many jobs run at the same time at most, at least 1.
  public init(concurrency: Int) {
    self.concurrency = concurrency
    idle.set()
  }

  /// Has a job done, after those of the same key that were submitted before it.
  ///
  /// - Throws: `TaskQueueStopped` if the queue has been stopped.
  public func submit(
    for key: String, _ work: @escaping QueueWork, then callback: @escaping QueueCallback
  ) async throws {
    guard !isStopped else { throw TaskQueueStopped() }
    unfinished += 1
    idle.clear()
    waiting.append(Job(key: key, work: work, callback: callback))
    startJobs()
  }

  /// Suspends until all jobs are done, and all callbacks have returned.
  public func join() async throws {
    try await idle.wait()
  }

  /// Takes no more jobs, ends those that there are, and suspends until that is done.
  public func stop() async {
    isStopped = true
    for task in running.values { task.cancel() }
    let left = waiting
    waiting = []
    for job in left { callBack(job, .failure(CancellationError())) }
    await idle.waitIgnoringCancellation()
  }

  /// Awaits nothing: nobody comes in between looking for a place and taking it.
  private func startJobs() {
    while running.count < concurrency,
      let index = waiting.firstIndex(where: { running[$0.key] == nil })
    {
      let job = waiting.remove(at: index)
      running[job.key] = Task(name: "a job of \(job.key)") { await run(job) }
    }
  }

  private func run(_ job: Job) async {
    var outcome: Result<String, any Error>
    do {
      outcome = .success(try await job.work())
    } catch {
      outcome = .failure(error)
    }
    running[job.key] = nil
    startJobs()
    callBack(job, outcome)
  }

  /// In a task of its own: that of the job may be cancelled.
  private func callBack(_ job: Job, _ outcome: Result<String, any Error>) {
    Task(name: "a callback of \(job.key)") {
      // It has been told. What it makes of that is its own affair.
      try? await job.callback(outcome)
      unfinished -= 1
      if unfinished == 0 { idle.set() }
    }
  }
}
