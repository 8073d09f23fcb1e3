// Exercise 15 · ProducerConsumer                                   75 minutes
//
// A capstone. Build a pipeline: several producers make parcels, several consumers use them up, and
// a bounded queue is between them. It ends in four ways: by itself, by a shutdown, at a deadline, and
// by being cancelled; and on each of them it accounts for every parcel.
//
// Everything from chapters 01 to 12 is yours: AsyncQueue, AsyncEvent, groups, shields …
//
// Rules:
//  1. All producers and all consumers work side by side. Each producer is asked for one parcel after
//     the other, each consumer is given one at a time.
//  2. The queue holds at most `capacity` parcels. When it is full producers wait, each with at most
//     one more parcel in its hands. While there is room, they do not wait.
//  3. What was produced is consumed exactly once. Every consumer gets the parcels of one
//     producer in the order in which they were produced.
//  4. A consumer that throws has not consumed that parcel: it is left over, and not given out
//     again. The consumer goes on with the next. A producer that throws is asked no more,
//     and the others go on. Their errors are in the totals. All this is so for a
//     CancellationError too, whoever throws it, except that it is never in the totals.
//  5. `run` returns as soon as all producers are done and all parcels are dealt with, and when it
//     returns nothing goes on any more. Its totals say how many parcels were produced, how many
//     were consumed to the end, and which are left. They add up, however it ended.
//  6. `shutdown()` stops the producers: none is asked for another parcel, and one that is just making
//     one is cancelled. What they have made is still consumed, also what a producer that waits for
//     room has in its hands. Anybody may call it, a consumer too, before `run` and more than once.
//  7. `drainLimit` after the first `shutdown()` everything that still goes on is cancelled and
//     awaited, and no consumer takes another parcel. Without a shutdown there is no limit.
//  8. Cancelling the task that runs it does the same, at once. `run` still returns its totals.
//
// For example, with producers that never end:
//
//    let pipeline = Pipeline(capacity: 10, drainLimit: .seconds(30))
//    async let totals = pipeline.run([ann, bob], [van1, van2])
//    try await Task.sleep(for: .seconds(60))
//    pipeline.shutdown()
//    print(await totals)    // drained by then: produced 72, consumed 72, left [], errors []
//
// Check it:   swift test --filter ProducerConsumer
// Stuck?      Hints.md in this folder, a level at a time.

import AsyncPrimitives
public import ExerciseKit

/// Carries parcels from producers to consumers, through a queue of limited capacity.
public final class Pipeline: Pipelining {
  private let capacity: Int
  private let drainLimit: Duration

  /// A pipeline that has not been run yet.
  ///
  /// - Parameters:
  ///   - capacity: How many parcels the queue holds, at least 1.
  ///   - drainLimit: How long it may go on after a shutdown.
  public init(capacity: Int, drainLimit: Duration) {
    self.capacity = capacity
    self.drainLimit = drainLimit
  }

  /// Lets producers and consumers work until all is done, or time is up, or it is cancelled.
  ///
  /// - Returns: How many parcels were produced, how many were consumed, and which are left.
  public func run(_ producers: [any Producer], _ consumers: [any Consumer]) async -> Totals {
    todo("let all of them work, with a queue between them, and count", returning: Totals())
  }

  /// Stops the producers, and lets the consumers use up what is there.
  public func shutdown() {
    todo("let the producers stop, and the time for draining begin", returning: ())
  }
}
