import AsyncPrimitives
import CheckKit
import ExerciseKit
import Synchronization

let wrongPipelines: [WrongAnswer<PipelineMaker>] = [
  WrongAnswer(
    "a stream in place of a queue", rejectedBy: "producers wait when the queue is full",
    naming: ["at most, and"]
  ) { _, _ in StreamPipeline() },
  WrongAnswer(
    "looks whether there is a parcel, and then waits for one",
    rejectedBy: "it returns as soon as all is done, and its totals add up",
    naming: ["only when it was cancelled"]
  ) { capacity, _ in LookingPipeline(capacity: capacity) },
  WrongAnswer(
    "the last parcel first", rejectedBy: "a consumer gets each producer's parcels in their order",
    naming: ["parcels as"]
  ) { capacity, _ in StackPipeline(capacity: capacity) },
  flawed(
    .oneTooMany, "a queue that is too large by one",
    rejectedBy: "producers wait when the queue is full", naming: ["at most, and"]),
  flawed(
    .roomReserved, "reserves room before it makes a parcel",
    rejectedBy: "producers do not wait while there is room", naming: ["and ann stopped after"]),
  flawed(
    .roomUntilConsumed, "keeps the room until the parcel is consumed",
    rejectedBy: "producers do not wait while there is room", naming: ["and ann stopped after"]),
  flawed(
    .roomWhenEmpty, "lets producers in again only when the queue is empty",
    rejectedBy: "producers do not wait while there is room", naming: ["has made 0 more"]),
  flawed(
    .producersInTurn, "asks one producer after the other",
    rejectedBy: "all work side by side, each at one parcel at a time",
    naming: ["and the last was consumed after"]),
  flawed(
    .consumersLast, "produces everything, and then consumes",
    rejectedBy: "all work side by side, each at one parcel at a time",
    naming: ["and the last was consumed after"]),
  flawed(
    .manyAtATime, "starts a task for each parcel",
    rejectedBy: "all work side by side, each at one parcel at a time",
    naming: ["two parcels at the same time"]),
  flawed(
    .inPairs, "lets as many consumers work as there are producers",
    rejectedBy: "all work side by side, each at one parcel at a time",
    naming: ["and the last was consumed after"]),
  flawed(
    .consumersNotAwaited, "does not await its consumers",
    rejectedBy: "it returns as soon as all is done, and its totals add up",
    naming: ["still at work"]),
  flawed(
    .asksOnceMore, "cancels the producers, and relies on their noticing it",
    rejectedBy: "after a shutdown no producer is asked for another parcel",
    naming: ["after that"]),
  flawed(
    .flagOnly, "does not cancel a producer that makes a parcel",
    rejectedBy: "a shutdown does not wait for a parcel that is being made",
    naming: ["it returned at"]),
  flawed(
    .queueShutDown, "shuts the queue down, and turns away who waits for room",
    rejectedBy: "after a shutdown the consumers drain what was produced",
    naming: ["never consumed"]),
  flawed(
    .plainPut, "cancels the producers, and with them their waiting for room",
    rejectedBy: "after a shutdown the consumers drain what was produced",
    naming: ["never consumed"]),
  flawed(
    .dropsWhatIsLate, "forgets what a producer returns after the shutdown",
    rejectedBy: "after a shutdown the consumers drain what was produced",
    naming: ["never consumed: cid 1"]),
  flawed(
    .sleepsForTheLimit, "sleeps until the deadline in any case",
    rejectedBy: "it returns as soon as it has drained, not at the deadline",
    naming: ["it returned at"]),
  flawed(
    .earlyShutdownForgotten, "forgets a shutdown that came before run",
    rejectedBy: "anybody may call for the shutdown, at any time and more than once",
    naming: ["before it ran"]),
  flawed(
    .noDeadline, "drains however long it takes",
    rejectedBy: "a deadline turns draining into cancelling, and a second shutdown does not move it",
    naming: ["and returned at"]),
  flawed(
    .countsWhenTaken, "counts a parcel when it is taken",
    rejectedBy: "after the deadline nothing is counted that was not processed",
    naming: ["consumed to the end were"]),
  flawed(
    .dropsTheQueue, "forgets what is in the queue",
    rejectedBy: "after the deadline nothing is counted that was not processed",
    naming: ["so lost"]),
  flawed(
    .cancellationCounts, "counts a CancellationError as an error",
    rejectedBy: "after the deadline nothing is counted that was not processed",
    naming: [#"errors in the totals are ["CancellationError()"]"#]),
  flawed(
    .abandonsAtTheDeadline, "returns at the deadline, whoever still works",
    rejectedBy:
      "a consumer that does not listen to the deadline is awaited, and gets no other parcel",
    naming: ["it returned at"]),
  flawed(
    .limitAnew, "lets the limit begin anew",
    rejectedBy: "a deadline turns draining into cancelling, and a second shutdown does not move it",
    naming: ["and again at 4 s"]),
  flawed(
    .limitFromTheStart, "lets the limit begin with run",
    rejectedBy: "without a shutdown there is no deadline", naming: ["nobody called shutdown()"]),
  flawed(
    .countsFailures, "counts a parcel over which a consumer threw",
    rejectedBy: "a consumer that throws loses no parcel", naming: ["consumed to the end were"]),
  flawed(
    .triesAgain, "tries a failed parcel again",
    rejectedBy: "a consumer that throws loses no parcel", naming: ["given out 2 times"]),
  flawed(
    .errorsSwallowed, "swallows a consumer's error",
    rejectedBy: "a consumer that throws loses no parcel", naming: ["errors in the totals are []"]),
  flawed(
    .consumerGivesUp, "a consumer's error ends all",
    rejectedBy: "a consumer that throws goes on, and so do the others",
    naming: ["of the others"]),
  flawed(
    .consumerTakesItForTheEnd, "takes a consumer's own CancellationError for the end",
    rejectedBy: "a consumer that throws goes on, and so do the others",
    naming: ["though nobody was cancelled"]),
  flawed(
    .producerGoesOn, "asks a producer that has thrown again",
    rejectedBy: "a producer that throws stops only itself", naming: ["bob 1, bob 2"]),
  flawed(
    .producerEndsAll, "a producer's error ends all",
    rejectedBy: "a producer that throws stops only itself", naming: ["consumed were"]),
  flawed(
    .cancellationNotHeard, "works in a task that hears of no cancellation",
    rejectedBy: "cancelling the whole stops it promptly", naming: ["cancelled at 1.5 s"]),
  flawed(
    .dropsWhatIsCancelled, "forgets the parcel whose consumer was cancelled",
    rejectedBy: "whenever it is cancelled, its totals add up", naming: ["so lost"]),
]

private func flawed(
  _ flaw: Flaw, _ fault: String, rejectedBy sentence: String, naming words: [String]
) -> WrongAnswer<PipelineMaker> {
  WrongAnswer(fault, rejectedBy: sentence, naming: words) { capacity, limit in
    FlawedPipeline(flaw, capacity: capacity, drainLimit: limit)
  }
}

/// A first answer, without any ending but its own: how it hands over is the other's.
private func carry(
  _ producers: [any Producer], _ consumers: [any Consumer],
  put: @escaping @Sendable (Parcel) async throws -> Void, end: @escaping @Sendable () -> Void,
  get: @escaping @Sendable () async throws -> Parcel?
) async -> Totals {
  let ledger = Ledger()
  await withDiscardingTaskGroup { group in
    for consumer in consumers {
      group.addTask(name: consumer.name) {
        while let parcel = try? await get() {
          try? await consumer.consume(parcel)
          ledger.consumed()
        }
      }
    }
    await withDiscardingTaskGroup { group in
      for producer in producers {
        group.addTask(name: producer.name) {
          while let parcel = try? await producer.next() {
            ledger.produced()
            try? await put(parcel)
          }
        }
      }
    }
    end()
  }
  return ledger.totals
}

/// An `AsyncStream` between them, with a consumer at a time in front of it. It takes whatever comes.
final class StreamPipeline: Pipelining {
  private let stream: AsyncStream<Parcel>
  private let continuation: AsyncStream<Parcel>.Continuation
  private let lock = AsyncLock()

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func shutdown() { continuation.finish() }

  func run(_ producers: [any Producer], _ consumers: [any Consumer]) async -> Totals {
    await carry(producers, consumers) { parcel in
      self.continuation.yield(parcel)
    } end: {
      self.continuation.finish()
    } get: {
      try await self.lock.withLock {
        var iterator = self.stream.makeAsyncIterator()
        return await iterator.next()
      }
    }
  }
}

/// Between looking and taking, another consumer takes.
final class LookingPipeline: Pipelining {
  private let queue: AsyncQueue<Parcel>
  private let isDone = AsyncEvent()

  init(capacity: Int) { queue = AsyncQueue(capacity: capacity, name: "parcels") }

  func shutdown() { isDone.set() }

  func run(_ producers: [any Producer], _ consumers: [any Consumer]) async -> Totals {
    await carry(producers, consumers) { parcel in
      try await self.queue.put(parcel)
    } end: {
      self.isDone.set()
    } get: {
      if self.isDone.isSet, self.queue.isEmpty { return nil }
      return try await self.queue.get()
    }
  }
}

/// Took the stack for a queue.
final class StackPipeline: Pipelining {
  private let stack: AsyncStack<Parcel>

  init(capacity: Int) { stack = AsyncStack(capacity: capacity) }

  func shutdown() { stack.shutdown() }

  func run(_ producers: [any Producer], _ consumers: [any Consumer]) async -> Totals {
    await carry(producers, consumers) { parcel in
      try await self.stack.put(parcel)
    } end: {
      self.stack.shutdown()
    } get: {
      try await self.stack.get()
    }
  }
}
