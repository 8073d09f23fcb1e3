import AsyncPrimitives
import ExerciseKit

/// A task for each entry that sleeps, runs and sleeps again, with plain sleeps: short, and nearly
/// right.
actor SleepersScheduler: Scheduling {
  private let watch: Stopwatch
  private var names: [String] = []
  private var statuses: [TaskStatus] = []
  private var tasks: [Task<Void, Never>] = []
  private(set) var log: [TaskLogEntry] = []
  private var isStopped = false

  init(clock: any Clock<Duration>) { watch = Stopwatch(clock) }

  func add(
    _ name: String, after delay: Duration, every interval: Duration?, retry: RetryPolicy,
    _ work: @escaping ScheduledWork
  ) throws -> TaskID {
    guard !isStopped else { throw SchedulerError.stopped }
    let number = tasks.count
    names.append(name)
    statuses.append(.pending)
    note(.added, number)
    tasks.append(
      Task(name: name) {
        do {
          try await Task.sleep(for: delay)
          repeat {
            let began = watch.now
            try await run(number, retry, work)
            guard let interval, !isStopped else { break }
            statuses[number] = .pending
            try await Task.sleep(for: max(.zero, began + interval - watch.now))
          } while true
        } catch is CancellationError where Task.isCancelled {
          end(number, .cancelled, .cancelled)
        } catch {
          statuses[number] = .failed
        }
      })
    return TaskID(number)
  }

  private func run(_ number: Int, _ retry: RetryPolicy, _ work: ScheduledWork) async throws {
    for attempt in 0...retry.limit {
      statuses[number] = .running
      note(.started, number)
      do {
        try await work()
        if Task.isCancelled { throw CancellationError() }
        return end(number, .completed, .completed)
      } catch {
        if Task.isCancelled { throw CancellationError() }
        note(.failed, number)
        guard attempt < retry.limit, !isStopped else { throw error }
        statuses[number] = .pending
        try await Task.sleep(for: retry.backoff * (1 << attempt))
      }
    }
  }

  private func end(_ number: Int, _ status: TaskStatus, _ event: TaskLogEntry.Event) {
    guard statuses[number] != .cancelled else { return }
    statuses[number] = status
    note(event, number)
  }

  private func note(_ event: TaskLogEntry.Event, _ number: Int) {
    log.append(TaskLogEntry(time: watch.now, task: names[number], event: event))
  }

  func cancel(_ id: TaskID) {
    tasks[id.number].cancel()
    if statuses[id.number] == .pending { end(id.number, .cancelled, .cancelled) }
  }

  func status(of id: TaskID) -> TaskStatus? { statuses[id.number] }

  func waitUntilIdle(timeout: Duration) async throws {
    try await withTimeout(timeout) { for task in tasks { await task.value } }
  }

  func stop() async {
    isStopped = true
    for number in tasks.indices where statuses[number] == .pending { cancel(TaskID(number)) }
    for task in tasks { await task.value }
  }
}

/// One loop from the beginning to the end, which looks every half second whether something is due,
/// and awaits its work then and there. It knows neither intervals nor retries.
actor PollingScheduler: Scheduling {
  private struct Entry {
    let name: String
    let due: Duration
    let work: ScheduledWork
    var status = TaskStatus.pending
  }

  private let clock: any Clock<Duration>
  private let watch: Stopwatch
  private var entries: [Entry] = []
  private var loop: Task<Void, Never>?
  private(set) var log: [TaskLogEntry] = []

  init(clock: any Clock<Duration>) {
    self.clock = clock
    watch = Stopwatch(clock)
    Task(name: "loop") { await start() }
  }

  private func start() {
    loop = Task(name: "loop") {
      while !Task.isCancelled {
        for number in entries.indices
        where entries[number].status == .pending && entries[number].due <= watch.now {
          entries[number].status = .running
          try? await entries[number].work()
          entries[number].status = .completed
        }
        try? await clock.sleep(for: .milliseconds(500))
      }
    }
  }

  func add(
    _ name: String, after delay: Duration, every interval: Duration?, retry: RetryPolicy,
    _ work: @escaping ScheduledWork
  ) -> TaskID {
    entries.append(Entry(name: name, due: watch.now + delay, work: work))
    return TaskID(entries.count - 1)
  }

  func cancel(_ id: TaskID) { entries[id.number].status = .cancelled }
  func status(of id: TaskID) -> TaskStatus? { entries[id.number].status }

  func waitUntilIdle(timeout: Duration) async throws {
    while entries.contains(where: { $0.status == .pending || $0.status == .running }) {
      try await clock.sleep(for: .milliseconds(500))
    }
  }

  func stop() async {
    loop?.cancel()
    await loop?.value
  }
}

/// Keeps everybody out with a lock while it changes something, and while it runs the work as well.
/// It knows neither intervals nor retries.
final class LockedScheduler: Scheduling {
  private let inner: SleepersScheduler
  private let lock = AsyncLock("the scheduler")

  init(clock: any Clock<Duration>) { inner = SleepersScheduler(clock: clock) }

  func add(
    _ name: String, after delay: Duration, every interval: Duration?, retry: RetryPolicy,
    _ work: @escaping ScheduledWork
  ) async throws -> TaskID {
    try await lock.withLock {
      try await inner.add(name, after: delay, every: interval, retry: retry) { [lock] in
        try await lock.withLock { try await work() }
      }
    }
  }

  func cancel(_ id: TaskID) async {
    await lock.lockIgnoringCancellation()
    defer { try? lock.unlock() }
    await inner.cancel(id)
  }

  func status(of id: TaskID) async -> TaskStatus? {
    await lock.lockIgnoringCancellation()
    defer { try? lock.unlock() }
    return await inner.status(of: id)
  }

  var log: [TaskLogEntry] { get async { await inner.log } }

  func waitUntilIdle(timeout: Duration) async throws {
    try await inner.waitUntilIdle(timeout: timeout)
  }

  func stop() async { await inner.stop() }
}
