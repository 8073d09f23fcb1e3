import AsyncPrimitives
import CheckKit
import ExerciseKit

/// What can be wrong with a scheduler that is otherwise like ours.
enum Flaw {
  case startsWithTask, polls, oversleepsNewcomers, drifts, overlaps, retriesOnceTooOften
  case trustsCancellationErrors, keepsCounting, keepsPausesEqual, forgetsToTakeOut
  case cancelsInTheBooks, callsItCancelledAtOnce, forgetsThatItCancelled, failsTooSoon
  case logsAnotherTime, leavesAtOnce, cancelsAll, stopsWithTry, goesOnAfterStop, staysOpen
  case overlooksPauses, wakesNobodyOnCancel, timesTheTasksOut, swallowsTheTimeout
  case waitsOnAnotherClock, hearsCancelledAlarms, losesPlaces, makesUpForRuns, awaitsOnlyTheFirst
  case keepsOnlyTheFirstHandle, forgetsCancelsAtStop, knowsEveryTask, logsFromTheFirstTask
  case logsEndsTwice
}

/// Says what is wrong, as a type: checks are given types.
protocol Flawed: SendableMetatype {
  static var flaw: Flaw { get }
}

/// Our solution, with one thing wrong.
actor FlawedScheduler<F: Flawed>: Scheduling {
  private struct Entry {
    let name: String
    let interval: Duration?
    let retry: RetryPolicy
    let work: ScheduledWork
    var status = TaskStatus.pending
    var runDue: Duration
    /// Who begins first of those that are due at the same moment.
    var place: Int
    var due: Duration?
    var attempts = 0
    var attempt: Task<Void, Never>?
    var isCancelled = false
  }

  private let clock: any Clock<Duration>
  private let watch: Stopwatch
  private var entries: [Entry] = []
  private var alarm: (time: Duration, task: Task<Void, Never>)?
  private let idle = AsyncEvent("idle")
  private var firstAdded: Duration?
  private var isStopped = false
  private(set) var log: [TaskLogEntry] = []

  private nonisolated var flaw: Flaw { F.flaw }

  init(clock: any Clock<Duration>) {
    self.clock = clock
    watch = Stopwatch(clock)
    idle.set()
  }

  func add(
    _ name: String, after delay: Duration, every interval: Duration?, retry: RetryPolicy,
    _ work: @escaping ScheduledWork
  ) throws -> TaskID {
    guard !isStopped || flaw == .staysOpen else { throw SchedulerError.stopped }
    let due = watch.now + delay
    entries.append(
      Entry(
        name: name, interval: interval, retry: retry, work: work, runDue: due, place: log.count,
        due: due))
    firstAdded = firstAdded ?? watch.now
    note(.added, entries.count - 1)
    settle()
    return TaskID(entries.count - 1)
  }

  func cancel(_ id: TaskID) {
    switch status(of: id) {
    case .pending:
      let due = entries[id.number].due
      end(id.number, .cancelled)
      if flaw == .forgetsToTakeOut { entries[id.number].due = due }
      note(.cancelled, id.number)
      if flaw == .wakesNobodyOnCancel { setAlarm(for: nextDue) } else { settle() }
    case .running:
      if flaw != .forgetsThatItCancelled { entries[id.number].isCancelled = true }
      if flaw != .cancelsInTheBooks { entries[id.number].attempt?.cancel() }
      if flaw == .callsItCancelledAtOnce { end(id.number, .cancelled) }
    case .completed, .failed, .cancelled, nil:
      break
    }
  }

  func status(of id: TaskID) -> TaskStatus? {
    let isKnown = entries.indices.contains(id.number)
    return isKnown ? entries[id.number].status : flaw == .knowsEveryTask ? .completed : nil
  }

  func waitUntilIdle(timeout: Duration) async throws {
    do {
      if flaw == .waitsOnAnotherClock {
        try await withTimeout(timeout) { try await idle.wait() }
      } else {
        try await withTimeout(timeout, clock: clock) { try await idle.wait() }
      }
    } catch is TimeoutError where flaw == .swallowsTheTimeout {
    } catch let error as TimeoutError {
      if flaw == .timesTheTasksOut { cancelAll() }
      throw error
    }
  }

  func stop() async {
    isStopped = true
    cancelAll()
    switch flaw {
    case .leavesAtOnce: break
    case .awaitsOnlyTheFirst:
      await entries.first { $0.status == .running }?.attempt?.value
    case .stopsWithTry: try? await idle.wait()
    case .goesOnAfterStop:
      for entry in entries { await entry.attempt?.value }
    default: await idle.waitIgnoringCancellation()
    }
  }

  private func cancelAll() {
    for number in entries.indices {
      let isRunning = entries[number].status == .running
      if !isRunning || flaw == .cancelsAll || flaw == .timesTheTasksOut { cancel(TaskID(number)) }
    }
  }

  private var nextDue: Duration? { entries.compactMap(\.due).min() }

  private func beginDue(by time: Duration) {
    alarm = nil
    let now = flaw == .hearsCancelledAlarms ? time : watch.now
    let due = entries.indices.compactMap { number in
      entries[number].due.map { (time: $0, place: entries[number].place, number: number) }
    }
    for (_, _, number) in due.filter({ $0.time <= now }).sorted(by: <) { begin(number) }
    settle()
  }

  private func begin(_ number: Int) {
    if entries[number].status != .cancelled { entries[number].status = .running }
    entries[number].due = nil
    if flaw == .overlaps, let interval = entries[number].interval {
      entries[number].due = watch.now + interval
    }
    entries[number].attempts += 1
    note(.started, number)
    let attempt = attempt(entries[number].work, of: number)
    if flaw == .keepsOnlyTheFirstHandle, entries[number].attempt != nil { return }
    entries[number].attempt = attempt
  }

  private nonisolated func attempt(_ work: @escaping ScheduledWork, of number: Int)
    -> Task<Void, Never>
  {
    let body: @Sendable () async -> Void = {
      do {
        try await work()
        await self.attemptEnded(number, .completed)
      } catch is CancellationError where self.flaw == .trustsCancellationErrors {
        await self.attemptEnded(number, .cancelled)
      } catch {
        await self.attemptEnded(number, .failed)
      }
    }
    return flaw == .startsWithTask
      ? Task(name: "attempt") { await body() } : Task.immediate(name: "attempt") { await body() }
  }

  private func attemptEnded(_ number: Int, _ outcome: TaskLogEntry.Event) {
    if flaw == .forgetsCancelsAtStop, isStopped { entries[number].isCancelled = false }
    let entry = entries[number]
    guard entry.status == .running else { return }
    let isEnd = isStopped && flaw != .goesOnAfterStop
    if flaw == .logsEndsTwice, entry.isCancelled { note(outcome, number) }
    note(entry.isCancelled ? .cancelled : outcome, number)
    if entry.isCancelled || outcome == .cancelled {
      end(number, .cancelled)
    } else if outcome == .failed {
      let limit = entry.retry.limit + (flaw == .retriesOnceTooOften ? 1 : 0)
      if entry.attempts <= limit, !isEnd {
        let factor = flaw == .keepsPausesEqual ? 1 : 1 << (entry.attempts - 1)
        wait(number, until: watch.now + entry.retry.backoff * factor)
        if flaw == .failsTooSoon { entries[number].status = .failed }
      } else {
        end(number, .failed)
      }
    } else if let interval = entry.interval, !isEnd {
      let from = flaw == .drifts ? watch.now : entry.runDue
      entries[number].runDue =
        flaw == .makesUpForRuns ? from + interval : max(from + interval, watch.now)
      if flaw != .keepsCounting { entries[number].attempts = 0 }
      if flaw == .overlaps { return }
      wait(number, until: entries[number].runDue)
    } else {
      end(number, .completed)
    }
    settle()
  }

  private func wait(_ number: Int, until due: Duration) {
    entries[number].status = .pending
    entries[number].due = due
    if flaw == .losesPlaces { entries[number].place = log.count }
  }

  private func end(_ number: Int, _ status: TaskStatus) {
    entries[number].status = status
    entries[number].due = nil
  }

  private func note(_ event: TaskLogEntry.Event, _ number: Int) {
    let moment = (clock as? VirtualClock)?.now.offset
    let start = flaw == .logsFromTheFirstTask ? firstAdded ?? watch.now : .zero
    let time = flaw == .logsAnotherTime ? moment ?? watch.now : watch.now - start
    log.append(TaskLogEntry(time: time, task: entries[number].name, event: event))
  }

  private func settle() {
    setAlarm(for: nextDue)
    let isBusy = entries.contains {
      $0.status == .running
        || $0.status == .pending && !(flaw == .overlooksPauses && $0.attempts > 0)
    }
    if isBusy { idle.clear() } else { idle.set() }
  }

  private func setAlarm(for time: Duration?) {
    guard alarm?.time != time else { return }
    if let alarm, let time, time < alarm.time, flaw == .oversleepsNewcomers { return }
    alarm?.task.cancel()
    alarm = nil
    guard let time else { return }
    let task = Task(name: "alarm") {
      while flaw == .polls, watch.now < time, !Task.isCancelled {
        try? await clock.sleep(for: .seconds(1))
      }
      try? await watch.sleep(until: time)
      if !Task.isCancelled || flaw == .hearsCancelledAlarms { beginDue(by: time) }
    }
    alarm = (time, task)
  }
}
