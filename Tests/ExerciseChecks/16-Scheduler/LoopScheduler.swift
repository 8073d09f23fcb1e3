import AsyncPrimitives
import ExerciseKit

/// One loop that begins what is due, and then waits for the time or for mail: somebody has changed
/// the books.
///
/// An attempt starts with `Task.immediate`: its work has begun before the loop goes on. There is a
/// loop only while tasks wait or run.
actor LoopScheduler: Scheduling {
  private struct Entry {
    let name: String
    let interval: Duration?
    let retry: RetryPolicy
    let work: ScheduledWork
    /// When the run is due, and when its next attempt is.
    var runDue: Duration
    var due: Duration
    var status = TaskStatus.pending
    var pause: Duration
    var left: Int
    var attempt: Task<Void, Never>?
    var isCancelled = false
  }

  private let clock: any Clock<Duration>
  private let watch: Stopwatch
  private var entries: [Entry] = []
  private let mail = AsyncEvent("mail")
  /// Set while there is no loop.
  private let idle = AsyncEvent("idle")
  private(set) var log: [TaskLogEntry] = []
  private var isStopped = false

  init(clock: any Clock<Duration>) {
    self.clock = clock
    watch = Stopwatch(clock)
    idle.set()
  }

  func add(
    _ name: String, after delay: Duration, every interval: Duration?, retry: RetryPolicy,
    _ work: @escaping ScheduledWork
  ) throws -> TaskID {
    if isStopped { throw SchedulerError.stopped }
    let due = watch.now + delay
    entries.append(
      Entry(
        name: name, interval: interval, retry: retry, work: work, runDue: due, due: due,
        pause: retry.backoff, left: retry.limit))
    note(.added, entries.count - 1)
    if idle.isSet {
      idle.clear()
      Task(name: "loop") { await run() }
    }
    mail.set()
    return TaskID(entries.count - 1)
  }

  /// Ends when nothing waits or runs any more.
  private func run() async {
    while true {
      mail.clear()
      let waiting = entries.indices.filter { entries[$0].status == .pending }
      let first = waiting.min { entries[$0].due < entries[$1].due }
      let isRunning = entries.contains { $0.status == .running }
      if let first, entries[first].due <= watch.now {
        begin(first)
      } else if let first {
        try? await withTimeout(entries[first].due - watch.now, clock: clock) {
          try await mail.wait()
        }
      } else if isRunning {
        await mail.waitIgnoringCancellation()
      } else {
        idle.set()
        return
      }
    }
  }

  private func begin(_ number: Int) {
    entries[number].status = .running
    note(.started, number)
    entries[number].attempt = attempt(number, entries[number].work)
  }

  private nonisolated func attempt(
    _ number: Int, _ work: @escaping ScheduledWork
  ) -> Task<Void, Never> {
    Task.immediate(name: "attempt") {
      let hasFailed: Bool
      do {
        try await work()
        hasFailed = false
      } catch {
        hasFailed = true
      }
      await ended(number, hasFailed)
    }
  }

  private func ended(_ number: Int, _ hasFailed: Bool) {
    var entry = entries[number]
    entry.attempt = nil
    note(entry.isCancelled ? .cancelled : hasFailed ? .failed : .completed, number)
    let mayGoOn = !entry.isCancelled && !isStopped
    entry.status = entry.isCancelled ? .cancelled : hasFailed ? .failed : .completed
    if mayGoOn, hasFailed, entry.left > 0 {
      entry.status = .pending
      entry.due = watch.now + entry.pause
      entry.pause *= 2
      entry.left -= 1
    } else if mayGoOn, !hasFailed, let interval = entry.interval {
      entry.status = .pending
      entry.runDue = max(entry.runDue + interval, watch.now)
      entry.due = entry.runDue
      entry.pause = entry.retry.backoff
      entry.left = entry.retry.limit
    }
    entries[number] = entry
    mail.set()
  }

  func cancel(_ id: TaskID) {
    if entries[id.number].status == .pending {
      entries[id.number].status = .cancelled
      note(.cancelled, id.number)
      mail.set()
    } else if entries[id.number].status == .running {
      entries[id.number].isCancelled = true
      entries[id.number].attempt?.cancel()
    }
  }

  func status(of id: TaskID) -> TaskStatus? {
    entries.indices.contains(id.number) ? entries[id.number].status : nil
  }

  func waitUntilIdle(timeout: Duration) async throws {
    try await withTimeout(timeout, clock: clock) {
      try await idle.wait()
    }
  }

  func stop() async {
    isStopped = true
    for number in entries.indices where entries[number].status == .pending {
      cancel(TaskID(number))
    }
    await idle.waitIgnoringCancellation()
  }

  private func note(_ event: TaskLogEntry.Event, _ number: Int) {
    log.append(TaskLogEntry(time: watch.now, task: entries[number].name, event: event))
  }
}
