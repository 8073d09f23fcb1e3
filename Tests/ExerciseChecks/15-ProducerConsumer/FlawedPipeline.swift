import AsyncPrimitives
import ExerciseKit

/// What can be wrong with a pipeline that is otherwise right.
enum Flaw {
  case oneTooMany, roomReserved, roomUntilConsumed, roomWhenEmpty
  case producersInTurn, consumersLast, manyAtATime, inPairs
  case consumersNotAwaited, cancellationNotHeard
  case queueShutDown, asksOnceMore, plainPut, flagOnly, sleepsForTheLimit, earlyShutdownForgotten
  case noDeadline, limitFromTheStart, limitAnew, abandonsAtTheDeadline
  case countsWhenTaken, dropsTheQueue, dropsWhatIsCancelled, dropsWhatIsLate, cancellationCounts
  case countsFailures, triesAgain, errorsSwallowed, consumerGivesUp, consumerTakesItForTheEnd
  case producerEndsAll, producerGoesOn
}

/// Built as ours is, with one flaw.
final class FlawedPipeline: Pipelining {
  private let flaw: Flaw
  private let queue: AsyncQueue<Parcel>
  private let room: AsyncSemaphore
  private let drainLimit: Duration
  private let closing = AsyncEvent("shutdown")
  private let again = AsyncQueue<Void>()
  private let ledger = Ledger()

  init(_ flaw: Flaw, capacity: Int, drainLimit: Duration) {
    self.flaw = flaw
    self.drainLimit = drainLimit
    room = AsyncSemaphore(limit: capacity, "room")
    switch flaw {
    case .roomReserved, .roomUntilConsumed, .roomWhenEmpty, .consumersLast: queue = AsyncQueue()
    case .oneTooMany: queue = AsyncQueue(capacity: capacity + 1)
    default: queue = AsyncQueue(capacity: capacity)
    }
  }

  func shutdown() async {
    switch flaw {
    case .queueShutDown: queue.shutdown()
    case .limitAnew: try? again.tryPut(())
    case .earlyShutdownForgotten: if !isRunning.isSet { return }
    default: break
    }
    closing.set()
  }

  private let isRunning = AsyncEvent()

  func run(_ producers: [any Producer], _ consumers: [any Consumer]) async -> Totals {
    isRunning.set()
    switch flaw {
    case .consumersNotAwaited:
      for consumer in consumers { Task { try await self.work(consumer) } }
      await produce(producers)
      queue.shutdown()
    case .cancellationNotHeard:
      await Task { await self.race(producers, consumers) }.value
    case .abandonsAtTheDeadline:
      let work = Task { await self.work(producers, consumers) }
      let limit = Task {
        await self.timeUp()
        work.cancel()
        self.ledger.leave(self.queue.shutdown(immediate: true))
      }
      _ = try? await wait(
        for: [TaskHandle { await work.value }, TaskHandle { await limit.value }],
        until: .firstCompleted)
      limit.cancel()
    case .sleepsForTheLimit:
      await race(producers, consumers)
      if closing.isSet { try? await Task.sleep(for: drainLimit) }
    default:
      await race(producers, consumers)
    }
    return ledger.totals
  }

  private func race(_ producers: [any Producer], _ consumers: [any Consumer]) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.work(producers, consumers) }
      group.addTask { await self.timeUp() }
      await group.next()
      group.cancelAll()
      let rest = queue.shutdown(immediate: true)
      if flaw != .dropsTheQueue { ledger.leave(rest) }
    }
  }

  private func timeUp() async {
    if flaw != .limitFromTheStart { try? await closing.wait() }
    switch flaw {
    case .noDeadline: try? await Task.sleep(for: .seconds(1_000_000))
    case .limitAnew:
      // Each call begins a new limit, until one has passed.
      while !Task.isCancelled {
        guard (try? await withTimeout(drainLimit) { try await self.again.get() }) != nil else {
          return
        }
      }
    default: try? await Task.sleep(for: drainLimit)
    }
  }

  private func work(_ producers: [any Producer], _ consumers: [any Consumer]) async {
    if flaw == .consumersLast { await produce(producers) }
    try? await withThrowingDiscardingTaskGroup { group in
      for consumer in flaw == .inPairs ? consumers.prefix(producers.count) : consumers[...] {
        group.addTask(name: consumer.name) { try await self.work(consumer) }
      }
      if flaw != .consumersLast { await produce(producers) }
      queue.shutdown()
    }
  }

  private func produce(_ producers: [any Producer]) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.produceAll(producers) }
      group.addTask { try? await self.closing.wait() }
      await group.next()
      if flaw != .flagOnly { group.cancelAll() }
    }
  }

  private func produceAll(_ producers: [any Producer]) async {
    guard flaw != .producersInTurn else {
      for producer in producers { try? await work(producer) }
      return
    }
    try? await withThrowingDiscardingTaskGroup { group in
      for producer in producers {
        group.addTask(name: producer.name) { try await self.work(producer) }
      }
    }
  }

  private func work(_ producer: any Producer) async throws {
    do {
      while flaw == .asksOnceMore || (!closing.isSet && !Task.isCancelled) {
        if flaw == .roomReserved { try await room.acquire() }
        guard let parcel = try await producer.next() else { break }
        if flaw == .dropsWhatIsLate, closing.isSet { break }
        ledger.produced()
        if flaw == .roomUntilConsumed || flaw == .roomWhenEmpty { try await room.acquire() }
        if flaw == .plainPut {
          try await queue.put(parcel)
        } else {
          do { try await queue.putIgnoringCancellation(parcel) } catch {
            ledger.leave([parcel])
            return
          }
        }
      }
      if flaw == .roomReserved { try room.release() }
    } catch {
      ledger.note(error, always: flaw == .cancellationCounts)
      if flaw == .producerEndsAll { throw error }
      if flaw == .producerGoesOn { try await work(producer) }
    }
  }

  private func work(_ consumer: any Consumer) async throws {
    guard flaw != .manyAtATime else {
      return await withDiscardingTaskGroup { group in
        while let parcel = try? await queue.get() {
          group.addTask { try? await self.hand(parcel, to: consumer) }
        }
      }
    }
    while let parcel = try? await queue.get() {
      if flaw == .roomReserved { try room.release() }
      // All of it at once, until it says that there is no more to release.
      while flaw == .roomWhenEmpty, queue.isEmpty, (try? room.release()) != nil {}
      do { try await hand(parcel, to: consumer) } catch is CancellationError {
        return
      }
      if flaw == .roomUntilConsumed { try room.release() }
    }
  }

  private func hand(_ parcel: Parcel, to consumer: any Consumer) async throws {
    if flaw == .countsWhenTaken { ledger.consumed() }
    do {
      do { try await consumer.consume(parcel) } catch  where flaw == .triesAgain {
        try await consumer.consume(parcel)
      }
      if flaw != .countsWhenTaken { ledger.consumed() }
    } catch {
      if flaw == .dropsWhatIsCancelled, error is CancellationError { return }
      if flaw == .countsFailures { return ledger.consumed() }
      ledger.leave([parcel])
      if flaw != .errorsSwallowed {
        ledger.note(error, always: flaw == .cancellationCounts)
      }
      if flaw == .consumerGivesUp { throw error }
      if flaw == .consumerTakesItForTheEnd, error is CancellationError { throw error }
    }
  }
}
