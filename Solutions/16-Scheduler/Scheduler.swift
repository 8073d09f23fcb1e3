// Exercise 16 · Scheduler, as we would write it.
//
// All that is known about the tasks is in one actor, in plain structs, and every change is one
// step without an await: a task is added, the alarm goes off, an attempt ends, somebody cancels.
// After each step `settle` does what follows from it: one alarm is set for the earliest task, or
// none, and whoever waits for the last task is let go. So there is nothing to poll, and an idle
// scheduler has no task of its own at all.
//
// Each attempt is a task of its own, so that a slow one delays nobody. It starts with
// `Task.immediate`, inside the alarm's step: tasks started with `Task { }` may begin in any order,
// whatever the order of the lines. An actor does not help there, it only orders its own steps.
//
// The road not taken: a task for each entry, that sleeps until its time, runs and sleeps again. It
// is half as long, and almost right. But who wakes first of two that are due at the same moment is
// open, and every rule about cancelling and stopping becomes a question of what that one task is
// doing just now, which is hard to see from the outside.

import AsyncPrimitives
public import ExerciseKit

/// Runs tasks when they are due, on the clock that it was given.
public actor Scheduler: Scheduling {
  /// What the scheduler knows of a task. It is kept for ever, as somebody may ask for its status.
  private struct Entry {
    let name: String
    let interval: Duration?
    let retry: RetryPolicy
    let work: ScheduledWork
    var status = TaskStatus.pending
    /// When the run was to begin, or begins: the interval counts from there.
    var runDue: Duration
    /// When the next attempt is to begin. Nil unless the task is pending.
    var due: Duration?
    /// The attempts of this run so far.
    var attempts = 0
    /// The attempt that is running.
    var attempt: Task<Void, Never>?
    /// Set when a running task is cancelled: how it ends no longer counts.
    var isCancelled = false
  }

  private let clock: any Clock<Duration>
  private let watch: Stopwatch
  /// A task's number is its index: by number is in the order in which they were added.
  private var entries: [Entry] = []
  private var alarm: (time: Duration, task: Task<Void, Never>)?
  private let idle = AsyncEvent("idle")
  private var isStopped = false

  /// All that happened, in order.
  public private(set) var log: [TaskLogEntry] = []

  /// Makes a scheduler without tasks. Its time begins now.
  public init(clock: any Clock<Duration>) {
    self.clock = clock
    watch = Stopwatch(clock)
    idle.set()
  }

  /// Adds a task, which begins when `delay` has passed.
  ///
  /// - Throws: `SchedulerError.stopped` if the scheduler was stopped.
  public func add(
    _ name: String, after delay: Duration, every interval: Duration?, retry: RetryPolicy,
    _ work: @escaping ScheduledWork
  ) throws -> TaskID {
    guard !isStopped else { throw SchedulerError.stopped }
    let due = watch.now + delay
    entries.append(
      Entry(name: name, interval: interval, retry: retry, work: work, runDue: due, due: due))
    let number = entries.count - 1
    note(.added, number)
    settle()
    return TaskID(number)
  }

  /// Cancels a task, be it one that waits or one that runs. Does not wait for its end.
  public func cancel(_ id: TaskID) {
    switch status(of: id) {
    case .pending:
      end(id.number, .cancelled)
      note(.cancelled, id.number)
      settle()
    case .running:
      entries[id.number].isCancelled = true
      entries[id.number].attempt?.cancel()
    case .completed, .failed, .cancelled, nil:
      break
    }
  }

  /// Where a task is; nil if the scheduler does not know it.
  public func status(of id: TaskID) -> TaskStatus? {
    entries.indices.contains(id.number) ? entries[id.number].status : nil
  }

  /// Returns when no task waits or runs.
  ///
  /// - Throws: `TimeoutError` when `timeout` has passed; `CancellationError` if the caller is
  ///   cancelled.
  public func waitUntilIdle(timeout: Duration) async throws {
    try await withTimeout(timeout, clock: clock) { try await idle.wait() }
  }

  /// Cancels what waits, and returns when all that runs has ended.
  public func stop() async {
    isStopped = true
    for number in entries.indices where entries[number].status == .pending {
      cancel(TaskID(number))
    }
    // A caller who is cancelled has still to know that nothing runs any more.
    await idle.waitIgnoringCancellation()
  }

  // MARK: What happens to a task

  /// The alarm's step: begins everything that is due.
  private func beginDue() {
    alarm = nil
    let now = watch.now
    let due = entries.indices.compactMap { number in
      entries[number].due.map { (time: $0, number: number) }
    }
    for (_, number) in due.filter({ $0.time <= now }).sorted(by: <) { begin(number) }
    settle()
  }

  private func begin(_ number: Int) {
    entries[number].status = .running
    entries[number].due = nil
    entries[number].attempts += 1
    note(.started, number)
    entries[number].attempt = attempt(entries[number].work, of: number)
  }

  /// Runs the work up to where it suspends for the first time, before it returns.
  private nonisolated func attempt(_ work: @escaping ScheduledWork, of number: Int)
    -> Task<Void, Never>
  {
    Task.immediate(name: "scheduled task \(number)") {
      do {
        try await work()
        await self.attemptEnded(number, .completed)
      } catch {
        await self.attemptEnded(number, .failed)
      }
    }
  }

  private func attemptEnded(_ number: Int, _ outcome: TaskLogEntry.Event) {
    let entry = entries[number]
    note(entry.isCancelled ? .cancelled : outcome, number)
    if entry.isCancelled {
      end(number, .cancelled)
    } else if outcome == .failed {
      if entry.attempts <= entry.retry.limit, !isStopped {
        let pause = entry.retry.backoff * (1 << (entry.attempts - 1))
        wait(number, until: watch.now + pause)
      } else {
        end(number, .failed)
      }
    } else if let interval = entry.interval, !isStopped {
      // From due to due, so that being a little late does not add up.
      entries[number].runDue = max(entry.runDue + interval, watch.now)
      entries[number].attempts = 0
      wait(number, until: entries[number].runDue)
    } else {
      end(number, .completed)
    }
    settle()
  }

  private func wait(_ number: Int, until due: Duration) {
    entries[number].status = .pending
    entries[number].due = due
    entries[number].attempt = nil
  }

  private func end(_ number: Int, _ status: TaskStatus) {
    entries[number].status = status
    entries[number].due = nil
    entries[number].attempt = nil
  }

  private func note(_ event: TaskLogEntry.Event, _ number: Int) {
    log.append(TaskLogEntry(time: watch.now, task: entries[number].name, event: event))
  }

  // MARK: What follows from every step

  /// Sets the alarm for the task that is due first, and says whether anything waits or runs.
  private func settle() {
    setAlarm(for: entries.compactMap(\.due).min())
    if entries.contains(where: { $0.status == .pending || $0.status == .running }) {
      idle.clear()
    } else {
      idle.set()
    }
  }

  private func setAlarm(for time: Duration?) {
    guard alarm?.time != time else { return }
    alarm?.task.cancel()
    alarm = nil
    guard let time else { return }
    let task = Task(name: "alarm") {
      try? await watch.sleep(until: time)
      // Cancelled, perhaps after it woke: another alarm has been set, or none is needed.
      if !Task.isCancelled { beginDue() }
    }
    alarm = (time, task)
  }
}
