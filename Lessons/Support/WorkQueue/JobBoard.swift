import AsyncPrimitives
import Synchronization

/// Which jobs wait and which run. It outlives the queue until the last of them has ended.
final class JobBoard: Sendable {
  fileprivate struct State {
    /// The task of a job that runs. For a moment there is none yet, but it may be cancelled.
    enum Runner {
      case starting(isCancelled: Bool)
      case task(Task<Void, Never>)
    }

    var concurrency: Int
    var isPaused = false
    var isClosed = false
    var statistics = TaskQueueStatistics()
    var line = WaitingLine()
    /// A job that was cancelled is missing here. Its number is still in line, and is skipped.
    var waiting: [Int: any QueuedJob] = [:]
    var running: [Int: Runner] = [:]
    /// Set when nothing is left to do; made when somebody wants to know.
    var idle: Future<Void>?
  }

  private let name: String?
  private let state: Mutex<State>

  init(concurrency: Int, name: String?) {
    self.name = name
    state = Mutex(State(concurrency: concurrency))
  }

  // MARK: - How it is doing

  var concurrency: Int { state.withLock(\.concurrency) }
  var isPaused: Bool { state.withLock(\.isPaused) }
  var statistics: TaskQueueStatistics { state.withLock(\.statistics) }

  func state<Success>(of number: Int) -> TaskQueue.Job<Success>.State {
    state.withLock { state in
      if state.waiting[number] != nil { return .queued }
      return state.running[number] != nil ? .running : .done
    }
  }

  /// What is set when nothing is left to do; nil if that is now.
  func idle() -> Future<Void>? {
    state.withLock { state in
      if state.statistics.isIdle { return nil }
      let idle =
        state.idle ?? Future(name.map { "end of all jobs of “\($0)”" } ?? "end of all jobs")
      state.idle = idle
      return idle
    }
  }

  // MARK: - What its owner says

  func submit<Success>(
    _ name: String?, priority: Int, _ work: @escaping @Sendable () async throws -> Success,
    _ callback: TaskQueue.Callback<Success>?
  ) throws(TaskQueueError) -> TaskQueue.Job<Success> {
    let job = state.withLock { state -> TaskQueue.Job<Success>? in
      guard !state.isClosed else { return nil }
      let number = state.statistics.submitted + 1
      let record = JobRecord(name: name ?? "job \(number)", work, callback)
      state.waiting[number] = record
      state.line.append(number, priority: priority)
      state.statistics.queued += 1
      return TaskQueue.Job(number: number, name: record.name, board: self, future: record.future)
    }
    guard let job else { throw .closed }
    startJobs()
    return job
  }

  func setConcurrency(_ concurrency: Int) {
    state.withLock { $0.concurrency = concurrency }
    startJobs()
  }

  func setPaused(_ isPaused: Bool) {
    // A shutdown that is graceful has to come to its end.
    state.withLock { $0.isPaused = isPaused && !$0.isClosed }
    startJobs()
  }

  func cancel(_ number: Int) -> Bool {
    let (job, task, isKnown) = state.withLock { state in state.cancel(number) }
    task?.cancel()
    if let job { abandon(job) }
    return isKnown
  }

  func shutdown(immediate: Bool) {
    let (jobs, tasks) = state.withLock { state -> ([any QueuedJob], [Task<Void, Never>]) in
      state.isClosed = true
      state.isPaused = false
      guard immediate else { return ([], []) }
      // In order, so that those who hear of it do.
      let numbers = state.waiting.keys.sorted() + state.running.keys.sorted()
      let cancelled = numbers.map { state.cancel($0) }
      return (cancelled.compactMap(\.job), cancelled.compactMap(\.task))
    }
    for task in tasks { task.cancel() }
    for job in jobs { abandon(job) }
    startJobs()
  }

  // MARK: - Doing the jobs

  /// Starts as many jobs as there is room for.
  private func startJobs() {
    while let (number, job) = state.withLock({ $0.startNext() }) {
      // Detached: what happens to start a job, often the end of another one, is not its parent.
      let task = Task.detached(name: job.name) { await self.run(job, number) }
      // Outside of the lock. So it may have been cancelled meanwhile, or even have ended.
      if state.withLock({ $0.hasStarted(number, task) }) { task.cancel() }
    }
  }

  private func run(_ job: any QueuedJob, _ number: Int) async {
    let ending = await job.run()
    state.withLock { state in
      state.running[number] = nil
      state.statistics.running -= 1
      state.statistics.end(ending)
    }
    startJobs()
    conclude(job)
  }

  private func abandon(_ job: any QueuedJob) {
    job.abandon()
    conclude(job)
  }

  /// Lets everybody know what came of a job that has been counted.
  private func conclude(_ job: any QueuedJob) {
    job.tell()
    guard job.hasCallback else { return finishCallback(isFailed: false) }
    // A task of its own: that of the job may be cancelled, and the callback shall not be.
    Task.detached(name: "callback of \(job.name)") {
      self.finishCallback(isFailed: await !job.callBack())
    }
  }

  private func finishCallback(isFailed: Bool) {
    let idle = state.withLock { state -> Future<Void>? in
      state.statistics.callingBack -= 1
      if isFailed { state.statistics.failedCallbacks += 1 }
      return state.statistics.isIdle ? state.idle.take() : nil
    }
    // It has left the state, so that nobody else sets it.
    try? idle?.succeed(())
  }
}

extension JobBoard.State {
  fileprivate mutating func startNext() -> (Int, any QueuedJob)? {
    guard !isPaused, statistics.running < concurrency else { return nil }
    while let number = line.takeFirst() {
      guard let job = waiting.removeValue(forKey: number) else { continue }
      running[number] = .starting(isCancelled: false)
      statistics.queued -= 1
      statistics.running += 1
      statistics.mostRunning = max(statistics.mostRunning, statistics.running)
      return (number, job)
    }
    return nil
  }

  /// Whether the task is to be cancelled.
  fileprivate mutating func hasStarted(_ number: Int, _ task: Task<Void, Never>) -> Bool {
    guard case .starting(let isCancelled)? = running[number] else { return false }
    running[number] = .task(task)
    return isCancelled
  }

  /// The job that never starts, or the task to cancel, or neither; and whether there was something.
  fileprivate mutating func cancel(
    _ number: Int
  ) -> (job: (any QueuedJob)?, task: Task<Void, Never>?, isKnown: Bool) {
    if let job = waiting.removeValue(forKey: number) {
      statistics.queued -= 1
      statistics.end(.cancelled)
      return (job, nil, true)
    }
    switch running[number] {
    case .starting:
      running[number] = .starting(isCancelled: true)
      return (nil, nil, true)
    case .task(let task): return (nil, task, true)
    case nil: return (nil, nil, false)
    }
  }
}
