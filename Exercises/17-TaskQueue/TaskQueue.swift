// Exercise 17 · TaskQueue                                          45 minutes
//
// Build a task queue for jobs that belong to somebody: each has a key, say the customer whose order
// it changes. What concerns one customer is done one by one; different customers do not wait for
// each other.
//
// Rules:
//  1. `submit` awaits neither the job nor its callback. It may be called at any time, also by a
//     callback.
//  2. At most `concurrency` jobs run at the same time, and as many as that if the keys allow it.
//  3. Jobs of the same key run one after another, in the order in which they were submitted.
//  4. A job that waits for its key takes no place. Whenever there is a place, the first job in line
//     whose key is free starts.
//  5. When a job has ended, its callback is called once, with what the job returned or threw, be
//     it cancelled or not. By then the job has given back its place and its key, so that a slow
//     callback holds nobody up, neither a job nor another callback.
//  6. A job that throws stops nothing, and neither does a callback that throws.
//  7. `join` returns as soon as no job waits, none runs, and all callbacks have returned; those of
//     jobs that are submitted meanwhile, too. It does not look every so often. The same holds
//     during and after a stop.
//  8. `stop` cancels the jobs that run. Those that wait never start; their callbacks hear of a
//     CancellationError. No callback is cancelled, be it called before the stop or after. Each
//     call of `stop` returns when all jobs have ended and all callbacks have returned, even if
//     its own task is cancelled. From its beginning on, `submit` throws TaskQueueStopped.
//  9. What `submit` and `join` do in a task that is cancelled is up to you.
//
// For example:
//
//    let queue = TaskQueue(concurrency: 2)
//    for (name, page) in [("ann", 1), ("ann", 2), ("bob", 1)] {
//      try await queue.submit(for: name) {
//        try await draw(page, for: name)
//      } then: { outcome in
//        try await send(outcome, to: name)
//      }
//    }
//    try await queue.join()    // Ann's page 1 and Bob's are drawn together, then Ann's page 2.
//
// Check it:   swift test --filter TaskQueue
// Stuck?      Hints.md in this folder, a level at a time.

import AsyncPrimitives
public import ExerciseKit

/// Does jobs as they come, so many at a time, one at a time for each key.
public actor TaskQueue: TaskQueueing {
  private let concurrency: Int

  /// Makes a queue in which there is nothing to do yet.
  ///
  /// - Parameter concurrency: How many jobs run at the same time at most, at least 1.
  public init(concurrency: Int) {
    self.concurrency = concurrency
  }

  /// Has a job done, after those of the same key that were submitted before it.
  ///
  /// - Throws: `TaskQueueStopped` if the queue has been stopped.
  public func submit(
    for key: String, _ work: @escaping QueueWork, then callback: @escaping QueueCallback
  ) async throws {
    try todo("keep the job, and start what there is a place and a free key for")
  }

  /// Suspends until all jobs are done, and all callbacks have returned.
  public func join() async throws {
    try todo("wait until nothing is left to do")
  }

  /// Takes no more jobs, ends those that there are, and suspends until that is done.
  public func stop() async {
    todo("cancel what runs, tell those that wait, and wait for the end of all", returning: ())
  }
}
