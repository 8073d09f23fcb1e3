import AsyncPrimitives
import ExerciseKit
import Synchronization

/// A task for each moment at which something is due, and a `Mutex` around the books.
///
/// Whoever is due at the same moment is in the same list, and the moment's task starts them from
/// its own thread, in order. Waiters are continuations.
final class MomentScheduler: Scheduling {
  private struct Entry: Sendable {
    let name: String
    let interval: Duration?
    let retry: RetryPolicy
    let work: ScheduledWork
    var status = TaskStatus.pending
    var runDue: Duration
    var moment: Duration
    var failures = 0
    var isCancelled = false
    var attempt: Task<Void, Never>?
  }

  private struct Moment: Sendable {
    var numbers: [Int]
    var task: Task<Void, Never>?
  }

  private struct Books: Sendable {
    var entries: [Entry] = []
    var moments: [Duration: Moment] = [:]
    var log: [TaskLogEntry] = []
    var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
    var nextWaiter = 0
    var isStopped = false

    var isIdle: Bool { !entries.contains { $0.status == .pending || $0.status == .running } }
  }

  private let watch: Stopwatch
  private let books = Mutex(Books())

  init(clock: any Clock<Duration>) { watch = Stopwatch(clock) }

  /// Changes the books, and lets go whoever waits if nothing is left.
  private func change<Value: Sendable>(_ body: (inout Books) -> Value) -> Value {
    let (value, waiters) = books.withLock { books in
      let value = body(&books)
      defer { if books.isIdle { books.waiters = [:] } }
      return (value, books.isIdle ? Array(books.waiters.values) : [])
    }
    for waiter in waiters { waiter.resume() }
    return value
  }

  func add(
    _ name: String, after delay: Duration, every interval: Duration?, retry: RetryPolicy,
    _ work: @escaping ScheduledWork
  ) async throws -> TaskID {
    let number: Int? = change { books in
      guard !books.isStopped else { return nil }
      let moment = watch.now + delay
      books.entries.append(
        Entry(
          name: name, interval: interval, retry: retry, work: work, runDue: moment, moment: moment))
      note(.added, books.entries.count - 1, &books)
      enlist(books.entries.count - 1, at: moment, &books)
      return books.entries.count - 1
    }
    guard let number else { throw SchedulerError.stopped }
    return TaskID(number)
  }

  private func note(_ event: TaskLogEntry.Event, _ number: Int, _ books: inout Books) {
    let name = books.entries[number].name
    books.log.append(TaskLogEntry(time: watch.now, task: name, event: event))
  }

  private func enlist(_ number: Int, at moment: Duration, _ books: inout Books) {
    books.entries[number].status = .pending
    books.entries[number].moment = moment
    if books.moments[moment] != nil {
      books.moments[moment]?.numbers.append(number)
    } else {
      let task = Task(name: "\(moment)") {
        do { try await self.watch.sleep(until: moment) } catch { return }
        self.begin(moment)
      }
      books.moments[moment] = Moment(numbers: [number], task: task)
    }
  }

  private func begin(_ moment: Duration) {
    let numbers = change { books in books.moments.removeValue(forKey: moment)?.numbers ?? [] }
    for number in numbers.sorted() {
      let work: ScheduledWork? = change { books in
        guard books.entries[number].status == .pending else { return nil }
        books.entries[number].status = .running
        note(.started, number, &books)
        return books.entries[number].work
      }
      guard let work else { continue }
      let attempt = Task.immediate(name: "attempt") {
        var hasFailed = false
        do { try await work() } catch { hasFailed = true }
        self.ended(number, hasFailed)
      }
      change { $0.entries[number].attempt = attempt }
      // Cancelled before anybody could know the handle.
      if change({ $0.entries[number].isCancelled }) { attempt.cancel() }
    }
  }

  private func ended(_ number: Int, _ hasFailed: Bool) {
    change { books in
      let entry = books.entries[number]
      note(entry.isCancelled ? .cancelled : hasFailed ? .failed : .completed, number, &books)
      if entry.isCancelled {
        books.entries[number].status = .cancelled
      } else if hasFailed, !books.isStopped, entry.failures < entry.retry.limit {
        books.entries[number].failures += 1
        var pause = entry.retry.backoff
        for _ in 0..<entry.failures { pause *= 2 }
        enlist(number, at: watch.now + pause, &books)
      } else if !hasFailed, !books.isStopped, let interval = entry.interval {
        books.entries[number].failures = 0
        books.entries[number].runDue = max(entry.runDue + interval, watch.now)
        enlist(number, at: books.entries[number].runDue, &books)
      } else {
        books.entries[number].status = hasFailed ? .failed : .completed
      }
    }
  }

  func cancel(_ id: TaskID) async { change { cancel(id.number, &$0) } }

  private func cancel(_ number: Int, _ books: inout Books) {
    switch books.entries[number].status {
    case .pending:
      let moment = books.entries[number].moment
      books.moments[moment]?.numbers.removeAll { $0 == number }
      if books.moments[moment]?.numbers.isEmpty == true {
        books.moments.removeValue(forKey: moment)?.task?.cancel()
      }
      books.entries[number].status = .cancelled
      note(.cancelled, number, &books)
    case .running:
      books.entries[number].isCancelled = true
      books.entries[number].attempt?.cancel()
    case .completed, .failed, .cancelled: break
    }
  }

  func status(of id: TaskID) async -> TaskStatus? {
    change { $0.entries.indices.contains(id.number) ? $0.entries[id.number].status : nil }
  }

  var log: [TaskLogEntry] { get async { change { $0.log } } }

  func waitUntilIdle(timeout: Duration) async throws {
    let deadline = watch.now + timeout
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.idle() }
      group.addTask {
        try await self.watch.sleep(until: deadline)
        throw TimeoutError(limit: timeout)
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func idle() async throws {
    let number = change { books in
      books.nextWaiter += 1
      return books.nextWaiter
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let isCancelled = Task.isCancelled
        change { $0.waiters[number] = continuation }
        // Cancelled before there was a continuation to resume.
        if isCancelled || Task.isCancelled { abandon(number) }
      }
    } onCancel: {
      abandon(number)
    }
  }

  private func abandon(_ number: Int) {
    books.withLock { $0.waiters.removeValue(forKey: number) }?.resume(throwing: CancellationError())
  }

  func stop() async {
    change { books in
      books.isStopped = true
      for number in books.entries.indices where books.entries[number].status == .pending {
        cancel(number, &books)
      }
    }
    // In a task of its own, which nobody cancels.
    await Task(name: "stop") { try? await self.idle() }.value
  }
}
