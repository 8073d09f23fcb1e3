import AsyncPrimitives
import ExerciseKit
import Synchronization

// Right, and not like ours.

/// The accounts, for those that keep them apart.
final class Ledger: Sendable {
  private let state = Mutex(Totals())

  var totals: Totals { state.withLock { $0 } }

  func produced() { state.withLock { $0.produced += 1 } }
  func consumed() { state.withLock { $0.consumed += 1 } }
  func leave(_ parcels: [Parcel]) { state.withLock { $0.left += parcels } }
  /// Counts an error, but a `CancellationError` only if `always` says so.
  func note(_ error: any Error, always: Bool = false) {
    if always || !(error is CancellationError) { state.withLock { $0.errors.append(error) } }
  }
}

/// On a queue, of unstructured tasks that an actor keeps: each ending cancels those that it means.
final actor HandlesPipeline: Pipelining {
  private let queue: AsyncQueue<Parcel>
  private let drainLimit: Duration
  private let ledger = Ledger()
  private var producing: [Task<Void, Never>] = []
  private var consuming: [Task<Void, Never>] = []
  private var limiting: Task<Void, Never>?
  private var isClosing = false
  private var isCancelled = false

  init(capacity: Int, drainLimit: Duration) {
    queue = AsyncQueue(capacity: capacity)
    self.drainLimit = drainLimit
  }

  func run(_ producers: [any Producer], _ consumers: [any Consumer]) async -> Totals {
    if !isClosing { producing = producers.map { producer in Task { await work(producer) } } }
    consuming = consumers.map { consumer in Task { await work(consumer) } }
    await withTaskCancellationHandler {
      for task in producing { await task.value }
      queue.shutdown()
      for task in consuming { await task.value }
    } onCancel: {
      Task { await self.cancel() }
    }
    limiting?.cancel()
    await limiting?.value
    ledger.leave(queue.shutdown(immediate: true))
    return ledger.totals
  }

  func shutdown() {
    guard !isClosing else { return }
    isClosing = true
    for task in producing { task.cancel() }
    limiting = Task {
      guard (try? await Task.sleep(for: drainLimit)) != nil else { return }
      cancel()
    }
  }

  private func cancel() {
    isCancelled = true
    for task in producing + consuming { task.cancel() }
    ledger.leave(queue.shutdown(immediate: true))
  }

  private func work(_ producer: any Producer) async {
    do {
      while !isClosing, !isCancelled, let parcel = try await producer.next() {
        ledger.produced()
        do { try await queue.putIgnoringCancellation(parcel) } catch { ledger.leave([parcel]) }
      }
    } catch {
      ledger.note(error)
    }
  }

  private func work(_ consumer: any Consumer) async {
    do {
      for try await parcel in queue.items {
        do {
          try await consumer.consume(parcel)
          ledger.consumed()
        } catch {
          ledger.leave([parcel])
          ledger.note(error)
        }
      }
    } catch {}
  }
}

/// Without a queue: an array, a semaphore that counts the room, and one that counts the parcels.
final class SemaphoresPipeline: Pipelining {
  private let parcels = Mutex<[Parcel]>([])
  private let room: AsyncSemaphore
  private let filled = AsyncSemaphore(permits: 0, "parcels")
  private let drainLimit: Duration
  private let closing = AsyncEvent("shutdown")
  private let ledger = Ledger()

  init(capacity: Int, drainLimit: Duration) {
    room = AsyncSemaphore(permits: capacity, "room")
    self.drainLimit = drainLimit
  }

  func shutdown() { closing.set() }

  func run(_ producers: [any Producer], _ consumers: [any Consumer]) async -> Totals {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        async let consuming: Void = self.side(consumers) { await self.work($0) }
        await withTaskGroup(of: Void.self) { group in
          group.addTask { await self.side(producers) { await self.work($0) } }
          group.addTask { try? await self.closing.wait() }
          await group.next()
          group.cancelAll()
        }
        // One permit for each consumer, behind those for the parcels: there is nothing to it.
        for _ in consumers { _ = try? self.filled.release() }
        await consuming
      }
      group.addTask {
        try? await self.closing.wait()
        try? await Task.sleep(for: self.drainLimit)
      }
      await group.next()
      group.cancelAll()
      // Room for everybody who waits for it. Nobody will take what they bring.
      for _ in producers { _ = try? self.room.release() }
    }
    ledger.leave(parcels.withLock { $0 })
    return ledger.totals
  }

  private func side<Member: Sendable>(
    _ members: [Member], _ work: @escaping @Sendable (Member) async -> Void
  ) async {
    await withDiscardingTaskGroup { group in
      for member in members { group.addTask { await work(member) } }
    }
  }

  private func work(_ producer: any Producer) async {
    do {
      while !closing.isSet, !Task.isCancelled, let parcel = try await producer.next() {
        ledger.produced()
        await room.acquireIgnoringCancellation()
        parcels.withLock { $0.append(parcel) }
        try filled.release()
      }
    } catch {
      ledger.note(error)
    }
  }

  private func work(_ consumer: any Consumer) async {
    while (try? await filled.acquire()) != nil {
      let next = parcels.withLock { $0.isEmpty ? nil : $0.removeFirst() }
      guard let parcel = next else { return }
      _ = try? room.release()
      do {
        try await consumer.consume(parcel)
        ledger.consumed()
      } catch {
        ledger.leave([parcel])
        ledger.note(error)
      }
    }
  }
}
