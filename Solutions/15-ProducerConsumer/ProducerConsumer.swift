// Exercise 15 · ProducerConsumer, as we would write it.
//
// There are four endings, and they share one path. By itself: the producers are done, so the queue
// is shut down, the consumers take what is there, and their loops end. A shutdown only makes the
// producers be done earlier. Time that is up, or a cancellation, cuts the whole short: every
// task is a descendant of `run`'s, so one cancelAll reaches them all, and the group awaits them.
//
// Each race is a group of two: the work, and what may end it. The accounts are kept where something
// has happened, and not where it was intended: a parcel counts as produced when a producer has
// returned it, as consumed when a consumer has returned. In between it is always in somebody's
// hands, who either passes it on or leaves it over: the producer, the queue, the consumer.
//
// The road not taken: unstructured tasks in properties, which `shutdown()` cancels. It looks more
// direct, until somebody calls it before `run`, or `run` is cancelled, and every ending needs its
// own way of reaching all the tasks. Nor does `shutdown()` shut the queue down: that would turn away
// the producer that stands before a full queue with a parcel in its hands.

import AsyncPrimitives
public import ExerciseKit
import Synchronization

/// Carries parcels from producers to consumers, through a queue of limited capacity.
public final class Pipeline: Pipelining {
  private let queue: AsyncQueue<Parcel>
  private let drainLimit: Duration
  private let isClosing = AsyncEvent("shutdown")
  private let totals = Mutex(Totals())

  /// A pipeline that has not been run yet.
  ///
  /// - Parameters:
  ///   - capacity: How many parcels the queue holds, at least 1.
  ///   - drainLimit: How long it may go on after a shutdown.
  public init(capacity: Int, drainLimit: Duration) {
    queue = AsyncQueue(capacity: capacity, name: "parcels")
    self.drainLimit = drainLimit
  }

  /// Lets producers and consumers work until all is done, or time is up, or it is cancelled.
  ///
  /// - Returns: How many parcels were produced, how many were consumed, and which are left.
  public func run(_ producers: [any Producer], _ consumers: [any Consumer]) async -> Totals {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.work(producers, consumers) }
      group.addTask { await self.untilTimeIsUp() }
      // All is done, or time is up. If this task is cancelled, the second ends at once.
      await group.next()
      group.cancelAll()
      // Nobody takes any more. It also wakes the producers that wait for room.
      leave(queue.shutdown(immediate: true))
    }
    return totals.withLock { $0 }
  }

  /// Stops the producers, and lets the consumers use up what is there.
  public func shutdown() {
    isClosing.set()
  }

  /// Returns early if it is cancelled.
  private func untilTimeIsUp() async {
    try? await isClosing.wait()
    try? await Task.sleep(for: drainLimit)
  }

  private func work(_ producers: [any Producer], _ consumers: [any Consumer]) async {
    await withDiscardingTaskGroup { group in
      for consumer in consumers {
        group.addTask(name: consumer.name) { await self.keepBusy(consumer) }
      }
      await produceUntilClosing(producers)
      // No more will come: the consumers' loops end when they have taken what is there.
      queue.shutdown()
    }
  }

  private func produceUntilClosing(_ producers: [any Producer]) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await withDiscardingTaskGroup { group in
          for producer in producers {
            group.addTask(name: producer.name) { await self.keepAsking(producer) }
          }
        }
      }
      group.addTask { try? await self.isClosing.wait() }
      await group.next()
      group.cancelAll()
    }
  }

  private func keepAsking(_ producer: any Producer) async {
    do {
      while !isClosing.isSet, !Task.isCancelled, let parcel = try await producer.next() {
        totals.withLock { $0.produced += 1 }
        // A producer that was stopped still delivers what it has made. Only the end of the
        // whole turns it away.
        do { try await queue.putIgnoringCancellation(parcel) } catch { leave([parcel]) }
      }
    } catch {
      note(error)
    }
  }

  private func keepBusy(_ consumer: any Consumer) async {
    // The loop ends when nothing more will come, or throws when it is cancelled.
    while let parcel = try? await queue.get() {
      do {
        try await consumer.consume(parcel)
        totals.withLock { $0.consumed += 1 }
      } catch {
        leave([parcel])
        note(error)
      }
    }
  }

  private func leave(_ parcels: [Parcel]) {
    totals.withLock { $0.left += parcels }
  }

  private func note(_ error: any Error) {
    guard !(error is CancellationError) else { return }
    totals.withLock { $0.errors.append(error) }
  }
}
