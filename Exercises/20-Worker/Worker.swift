// Exercise 20 · Worker                                             45 minutes
//
// Build the loop of a worker: it takes jobs from a broker, one at a time, has
// `handler` do them, and tells the broker what came of each.
//
// The broker is in `ExerciseKit/JobBroking.swift`: read what its calls promise.
// From lesson 12 you have `withCancellationShield`, if you need it.
//
// Rules:
//  1. A job is acknowledged when it is done, and not before.
//  2. A job that throws has failed, whatever it throws. It goes back with
//     `retry`: after retry.backoff the first time, and after twice the pause
//     before each further time. The worker does not wait for that: it goes on
//     with other jobs.
//  3. A job that has failed when it has had its retry.limit retries is buried,
//     with the error as the reason. That ends the job, not the worker.
//  4. Before each new job, it claims what dead workers have left. It never waits
//     longer than a lease for a new job before it claims again.
//  5. When `run` is cancelled, it takes nothing more, and the job that runs is
//     cancelled. If it has not been done, whatever it throws, it is given back;
//     if it has been done all the same, it is acknowledged. Both reach the
//     broker in spite of the cancellation. Then `run` throws CancellationError.
//     A job that was given back has not failed.
//  6. While the broker is unreachable, it asks again every second. No job is
//     done a second time for that.
//
// For example:
//
//    let worker = Worker(name: "ann", broker: broker, retry: .upTo(3, backoff: .seconds(1))) {
//      job in try await resize(job)
//    }
//    try await worker.run()     // until it is cancelled
//
// Check it:   swift test --filter Worker
// Stuck?      Hints.md in this folder, a level at a time.

public import ExerciseKit

/// Takes jobs from a broker and does them, one at a time.
public final class Worker: Working {
  private let name: String
  private let broker: any JobBroker
  private let retry: RetryPolicy
  private let handler: @Sendable (_ job: String) async throws -> Void

  /// Makes a worker that has nothing to do yet.
  public init(
    name: String, broker: any JobBroker, retry: RetryPolicy,
    handler: @escaping @Sendable (_ job: String) async throws -> Void
  ) {
    self.name = name
    self.broker = broker
    self.retry = retry
    self.handler = handler
  }

  /// Does jobs until it is cancelled.
  ///
  /// - Throws: `CancellationError`, when the broker has been told what became of the last job.
  public func run() async throws {
    try todo("claim or take a job, do it, and tell the broker what came of it; and again")
  }
}
