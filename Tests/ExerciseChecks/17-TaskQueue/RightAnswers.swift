import AsyncPrimitives
import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// Right, and not like ours.
struct RightTaskQueue: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let make: TaskQueueMaker
}

let rightTaskQueues = [
  RightTaskQueue(testDescription: "a task for each job, which waits to be let in") {
    DoorQueue(concurrency: $0)
  },
  RightTaskQueue(testDescription: "a class with a Mutex, and a line for each key") {
    LinesQueue(concurrency: $0)
  },
]

/// Every job is a task from the beginning. It parks until somebody lets it in, and gives its place
/// to the next when it leaves.
final actor DoorQueue: TaskQueueing {
  private let concurrency: Int
  private var inside: Set<String> = []
  private var line: [(number: Int, key: String, door: CheckedContinuation<Bool, Never>)] = []
  private var tasks: [Int: Task<Void, Never>] = [:]
  private var runs: [Int: Task<String, any Error>] = [:]
  private var last = 0
  private var isStopped = false

  init(concurrency: Int) { self.concurrency = concurrency }

  func submit(
    for key: String, _ work: @escaping QueueWork, then callback: @escaping QueueCallback
  ) async throws {
    if isStopped { throw TaskQueueStopped() }
    last += 1
    let number = last
    // Parked before submit returns, so that the line has the order of submitting.
    await withCheckedContinuation { (parked: CheckedContinuation<Void, Never>) in
      tasks[number] = Task {
        let mayRun = await withCheckedContinuation { door in
          line.append((number, key, door))
          parked.resume()
          letIn()
        }
        let outcome = mayRun ? await run(number, key, work) : .failure(CancellationError())
        try? await callback(outcome)
        tasks[number] = nil
      }
    }
  }

  func join() async throws {
    while let task = tasks.values.first { await task.value }
  }

  func stop() async {
    isStopped = true
    let left = line
    line = []
    for (_, _, door) in left { door.resume(returning: false) }
    for run in runs.values { run.cancel() }
    while let task = tasks.values.first { await task.value }
  }

  private func run(
    _ number: Int, _ key: String, _ work: @escaping QueueWork
  ) async -> Result<String, any Error> {
    let run = Task { try await work() }
    runs[number] = run
    if isStopped { run.cancel() }
    let outcome = await run.result
    runs[number] = nil
    inside.remove(key)
    letIn()
    return outcome
  }

  private func letIn() {
    while inside.count < concurrency,
      let index = line.firstIndex(where: { !inside.contains($0.key) })
    {
      let (_, key, door) = line.remove(at: index)
      inside.insert(key)
      door.resume(returning: true)
    }
  }
}

/// A line for each key, and no actor: all state is behind a `Mutex`, and nothing is awaited there.
final class LinesQueue: TaskQueueing {
  private struct Job: Sendable {
    var number: Int
    var work: QueueWork
    var callback: QueueCallback
  }

  private struct State {
    var last = 0
    var lines: [String: [Job]] = [:]
    var running: [String: Task<Void, Never>?] = [:]
    var unfinished = 0
    var idle: [Future<Void>] = []
    var isStopped = false

    /// The job with the lowest number of all whose keys are free.
    mutating func next(_ concurrency: Int) -> (key: String, job: Job)? {
      guard running.count < concurrency, !isStopped else { return nil }
      let first = lines.filter { running[$0.key] == nil }
        .compactMap { key, jobs in jobs.first.map { (key: key, job: $0) } }
        .min { $0.job.number < $1.job.number }
      guard let first else { return nil }
      lines[first.key]?.removeFirst()
      running[first.key] = .some(nil)
      return first
    }
  }

  private let concurrency: Int
  private let state = Mutex(State())

  init(concurrency: Int) { self.concurrency = concurrency }

  func submit(
    for key: String, _ work: @escaping QueueWork, then callback: @escaping QueueCallback
  ) throws {
    try state.withLock { state in
      if state.isStopped { throw TaskQueueStopped() }
      state.last += 1
      state.unfinished += 1
      state.lines[key, default: []].append(
        Job(number: state.last, work: work, callback: callback))
    }
    start()
  }

  func join() async throws { try await idle()?.value }

  func stop() async {
    let (left, tasks) = state.withLock { state in
      state.isStopped = true
      defer { state.lines = [:] }
      return (state.lines.values.flatMap(\.self), state.running.values.compactMap(\.self))
    }
    for task in tasks { task.cancel() }
    for job in left { callBack(job, .failure(CancellationError())) }
    try? await idle()?.valueIgnoringCancellation
  }

  private func idle() -> Future<Void>? {
    state.withLock { state in
      if state.unfinished == 0 { return nil }
      state.idle.append(Future("end"))
      return state.idle.last
    }
  }

  private func start() {
    while let (key, job) = state.withLock({ $0.next(concurrency) }) {
      let task = Task {
        let outcome: Result<String, any Error>
        do { outcome = .success(try await job.work()) } catch { outcome = .failure(error) }
        self.state.withLock { _ = $0.running.removeValue(forKey: key) }
        self.start()
        self.callBack(job, outcome)
      }
      let isLate = state.withLock { state in
        if state.running[key] != nil { state.running[key] = .some(task) }
        return state.isStopped
      }
      if isLate { task.cancel() }
    }
  }

  private func callBack(_ job: Job, _ outcome: Result<String, any Error>) {
    Task {
      try? await job.callback(outcome)
      let idle = self.state.withLock { state -> [Future<Void>] in
        state.unfinished -= 1
        guard state.unfinished == 0 else { return [] }
        defer { state.idle = [] }
        return state.idle
      }
      for future in idle { try? future.succeed(()) }
    }
  }
}
