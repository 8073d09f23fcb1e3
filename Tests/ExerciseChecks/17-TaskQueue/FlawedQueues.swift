import AsyncPrimitives
import ExerciseKit

/// What can be wrong with a queue that is otherwise right.
enum Flaw {
  case noLimit, oneTooMany, oneByOne, startsOnSubmitOnly
  case keysIgnored, lastFirst, headOnly
  case errorsSwallowed, failureKeepsPlace, failedCallbackNotCounted
  case callsBackFirst, keyAfterCallback, callsBackInJobTask, callsBackInTurn
  case joinCountsJobs, joinTakesSnapshot, joinPolls
  case stopDrains, lineStaysOnStop, lineDroppedOnStop, staysOpen, closesAtTheEnd
  case stopDoesNotWait, secondStopDoesNotWait, stopWaitsUntilCancelled, joinRefusesOnceStopped
  case cancelsCallbacks, replacesOutcome, tellsOfStop
}

/// Built as ours is, with one flaw.
final actor FlawedQueue: TaskQueueing {
  private struct Job {
    var number: Int
    var key: String
    var work: QueueWork
    var callback: QueueCallback
  }

  private let flaw: Flaw
  private let concurrency: Int
  private var last = 0
  private var waiting: [Job] = []
  private var running: [Int: Task<Void, Never>] = [:]
  private var keys: Set<String> = []
  private var unfinished: Set<Int> = []
  private var callbacks: [Task<Void, Never>] = []
  private let idle = AsyncEvent("all is done")
  private var isStopped = false

  init(_ flaw: Flaw, concurrency: Int) {
    self.flaw = flaw
    self.concurrency =
      switch flaw {
      case .noLimit: 1_000
      case .oneTooMany: concurrency + 1
      case .oneByOne: 1
      default: concurrency
      }
  }

  func submit(
    for key: String, _ work: @escaping QueueWork, then callback: @escaping QueueCallback
  ) async throws {
    if isStopped, flaw != .staysOpen { throw TaskQueueStopped() }
    last += 1
    unfinished.insert(last)
    idle.clear()
    waiting.append(Job(number: last, key: key, work: work, callback: callback))
    startJobs()
  }

  func join() async throws {
    if isStopped, flaw == .joinRefusesOnceStopped { throw TaskQueueStopped() }
    let snapshot = unfinished
    while flaw == .joinPolls, !unfinished.isEmpty {
      try await Task.sleep(for: .milliseconds(100))
    }
    await until {
      switch self.flaw {
      case .joinCountsJobs: self.waiting.isEmpty && self.running.isEmpty
      case .joinTakesSnapshot: self.unfinished.isDisjoint(with: snapshot)
      default: self.unfinished.isEmpty
      }
    }
  }

  func stop() async {
    if isStopped, flaw == .secondStopDoesNotWait { return }
    isStopped = flaw != .closesAtTheEnd
    if flaw == .cancelsCallbacks { for task in callbacks { task.cancel() } }
    if flaw != .stopDrains {
      for task in running.values { task.cancel() }
      if flaw != .lineStaysOnStop {
        let left = waiting
        waiting = []
        for job in left {
          if flaw == .lineDroppedOnStop {
            unfinished.remove(job.number)
          } else {
            let error: any Error = flaw == .tellsOfStop ? TaskQueueStopped() : CancellationError()
            Task { await self.callBack(job, .failure(error)) }
          }
        }
      }
    }
    switch flaw {
    case .stopDoesNotWait: break
    case .stopWaitsUntilCancelled: try? await idle.wait()
    default: await until { self.unfinished.isEmpty }
    }
    isStopped = true
  }

  private func until(_ isTrue: () -> Bool) async {
    while !isTrue() {
      await withCheckedContinuation { waiters.append($0) }
    }
  }

  private var waiters: [CheckedContinuation<Void, Never>] = []

  private func wake() {
    for waiter in waiters { waiter.resume() }
    waiters = []
  }

  private func startJobs() {
    while running.count < concurrency, let index = next() {
      let job = waiting.remove(at: index)
      keys.insert(job.key)
      running[job.number] = Task { await self.run(job) }
    }
  }

  private func next() -> Int? {
    switch flaw {
    case .keysIgnored: waiting.indices.first
    case .lastFirst: waiting.lastIndex { !keys.contains($0.key) }
    case .headOnly: waiting.indices.first.flatMap { keys.contains(waiting[$0].key) ? nil : $0 }
    default: waiting.firstIndex { !keys.contains($0.key) }
    }
  }

  private func run(_ job: Job) async {
    let outcome: Result<String, any Error>
    do {
      let value = try await job.work()
      if flaw == .replacesOutcome { try Task.checkCancellation() }
      outcome = .success(value)
    } catch {
      // What had to be done comes after the line that throws.
      if flaw == .failureKeepsPlace { return }
      outcome = .failure(error)
    }
    if flaw == .callsBackFirst { await callBack(job, outcome) }
    running[job.number] = nil
    if flaw != .keyAfterCallback { keys.remove(job.key) }
    if flaw != .startsOnSubmitOnly { startJobs() }
    wake()
    switch (flaw, outcome) {
    case (.callsBackFirst, _): break
    case (.callsBackInJobTask, _): await callBack(job, outcome)
    case (.errorsSwallowed, .failure): finish(job)
    default:
      let before = flaw == .callsBackInTurn ? callbacks.last : nil
      callbacks.append(
        Task {
          await before?.value
          await self.callBack(job, outcome)
        })
    }
  }

  private func callBack(_ job: Job, _ outcome: Result<String, any Error>) async {
    do {
      try await job.callback(outcome)
    } catch {
      if flaw == .failedCallbackNotCounted { return }
    }
    finish(job)
  }

  private func finish(_ job: Job) {
    if flaw == .keyAfterCallback {
      keys.remove(job.key)
      startJobs()
    }
    unfinished.remove(job.number)
    if unfinished.isEmpty { idle.set() }
    wake()
  }
}

/// Awaits in place.
final actor InlineQueue: TaskQueueing {
  func submit(
    for key: String, _ work: @escaping QueueWork, then callback: @escaping QueueCallback
  ) async throws {
    do {
      let value = try await work()
      try await callback(.success(value))
    } catch {
      try await callback(.failure(error))
    }
  }

  func join() async throws {}
  func stop() async {}
}

/// As one builds it from a queue and a lock for each key: right, but for the places it wastes.
final actor WorkersQueue: TaskQueueing {
  private typealias Job = (key: String, work: QueueWork, callback: QueueCallback)

  private let jobs = AsyncQueue<Job>()
  private let concurrency: Int
  private var locks: [String: AsyncLock] = [:]
  private var workers: [Task<Void, Never>] = []

  init(concurrency: Int) { self.concurrency = concurrency }

  func submit(
    for key: String, _ work: @escaping QueueWork, then callback: @escaping QueueCallback
  ) async throws {
    try jobs.tryPut((key, work, callback))
    if workers.count < concurrency { workers.append(Task { await self.work() }) }
  }

  private func work() async {
    while let job = try? await jobs.get() {
      let lock = lock(of: job.key)
      let outcome: Result<String, any Error>
      do {
        outcome = .success(try await lock.withLock { try await job.work() })
      } catch {
        outcome = .failure(error)
      }
      Task {
        try? await job.callback(outcome)
        try? self.jobs.taskDone()
      }
    }
  }

  private func lock(of key: String) -> AsyncLock {
    let lock = locks[key] ?? AsyncLock(key)
    locks[key] = lock
    return lock
  }

  func join() async throws {
    try await jobs.join()
    // For the checks that are not about this flaw.
    for worker in workers { worker.cancel() }
    workers = []
  }

  func stop() async {}
}
