import AsyncPrimitives
import Foundation
import Synchronization

/// One run of a simulation: the ready jobs, the timers, the time, and the loop that takes jobs.
///
/// Unchecked, because all that is not behind a `Mutex` or `Atomic` is touched by one thread only,
/// the one inside ``run()``: what other threads call goes through the mailbox, and reports are made
/// after the loop has ended.
final class Engine: TaskExecutor, SerialExecutor, @unchecked Sendable {
  let seed: UInt64
  let options: Simulation.Options
  /// Whether primitives end a turn where they might suspend.
  let interleaves: Bool
  /// Nanoseconds. Atomic, because in portable mode tasks on other threads ask for it.
  private let clock = Atomic<Int64>(0)
  private(set) var steps = 0
  let roster = Roster()
  private var queue: any ReadyQueue
  var timers = TimerHeap()
  /// The task that has a turn of its own, outside of all actors; -1 otherwise.
  private var turnOwner = -1
  /// A job that is no choice for the schedule but the rest of the turn that runs: the runtime takes
  /// us for an actor's executor (see ``execute(_:onMainActor:)``), and so comes back here when a
  /// task calls a function that is isolated to nothing, or goes on after a yield.
  private var restOfTurn: UnownedJob?
  /// The number of the runtime's own task that ends a sleep, while it does.
  var alarm: UInt64?
  private var settling: [UnsafeContinuation<Void, Never>] = []
  /// In portable mode: who lets others go first. They are ready again when this turn has ended.
  var yielding: [UnsafeContinuation<Void, Never>] = []
  private(set) var bodyEndedAt: Duration?
  /// Whether another thread has brought something, besides the body.
  private(set) var hasHadVisitors = false
  /// When the running job began, in real time: sleeps on a clock that is not ours need it.
  var jobBegan = SuspendingClock.now
  private let epoch: Int64
  /// What `ContinuousClock` told when the run was made.
  let realBeginning = ContinuousClock.now
  let started = SuspendingClock.now

  let mailbox = Mailbox()

  /// What the watchdog reads: the number of the job that runs, or 0 between jobs.
  let heartbeat = Atomic(0)
  /// How much the thread of the loop has worked, for the watchdog.
  let threadTime = Mutex<ThreadTime?>(nil)
  /// Set by the watchdog when it has given the run up: the thread, should it ever come back, leaves.
  let isAbandoned = Atomic(false)

  init(seed: UInt64, options: Simulation.Options, queue: (any ReadyQueue)?) {
    self.seed = seed
    self.options = options
    interleaves = options.interleavesPrimitives && seed != 0
    self.queue = queue ?? Self.queue(for: options.strategy.resolved(for: seed), seed: seed)
    epoch = Router.continuousTime()
  }

  private static func queue(for strategy: Simulation.Strategy, seed: UInt64) -> any ReadyQueue {
    switch strategy {
    case .firstInFirstOut, .bySeed: FirstInFirstOut()
    case .random: UniformChoice(seed: seed)
    case .probabilistic(let depth): PriorityChoice(seed: seed, depth: depth)
    }
  }

  // MARK: The engine of this thread

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()

  /// The engine whose loop runs on this thread.
  static var current: Engine? {
    guard let pointer = pthread_getspecific(key) else { return nil }
    return Unmanaged<Engine>.fromOpaque(pointer).takeUnretainedValue()
  }

  var isCurrent: Bool {
    pthread_getspecific(Self.key) == Unmanaged.passUnretained(self).toOpaque()
  }

  // MARK: Time

  var now: Int64 {
    get { clock.load(ordering: .relaxed) }
    set { clock.store(newValue, ordering: .relaxed) }
  }

  /// Virtual time since the run began.
  var virtualTime: Duration { .nanoseconds(now) }

  /// What `ContinuousClock` tells on this engine's thread, in nanoseconds.
  var continuousNanoseconds: Int64 { epoch + now }

  // MARK: Jobs come in

  /// A job of a task that prefers this executor, or an actor's turn on behalf of one.
  func enqueue(_ job: consuming ExecutorJob) { enqueue(UnownedJob(job), by: .preference) }

  func enqueue(_ job: UnownedJob, by way: Way) {
    if isCurrent { accept(job, by: way) } else { mailbox.deliver(.job(job, by: way)) }
  }

  /// How a job found its engine.
  enum Way {
    case preference, defaultExecutor, mainActor
  }

  private func accept(_ job: UnownedJob, by way: Way) {
    switch Router.identify(job) {
    case .task(let id):
      if id == alarm {
        restOfTurn = job
        return
      }
      let task =
        roster.number(of: id)
        ?? roster.register(job, id: id, claimedBy: way == .preference ? nil : self, at: moment)
      if task == turnOwner, way != .mainActor {
        restOfTurn = job
        return
      }
      if let order = roster.wakes(task) { timers.cancel(order: order) }
      queue.insert(ReadyJob(job: job, task: task, turn: way == .mainActor ? .mainActor : .task))
    case .wakeUp:
      // A yield. The turn that it ends in is its task's.
      let task = callingTask() ?? max(0, roster.running)
      _ = roster.wakes(task)
      queue.insert(ReadyJob(job: job, task: task))
    case .actor:
      queue.insert(ReadyJob(job: job, task: max(0, roster.running), turn: .actor))
    }
  }

  private func collectMail() {
    for delivery in mailbox.collect() {
      if !roster.entries.isEmpty { hasHadVisitors = true }
      switch delivery {
      case .job(let job, let way): accept(job, by: way)
      case .timer(let sleeper, let at): addTimer(for: sleeper, at: at)
      case .cancelledTimer(let sleeper): timers.cancel(sleeper)
      case .settle(let continuation): settling.append(continuation)
      case .end: bodyEndedAt = virtualTime
      }
    }
  }

  private func readyYielding() {
    guard !yielding.isEmpty else { return }
    let continuations = yielding
    yielding = []
    for continuation in continuations { continuation.resume() }
  }

  // MARK: The loop

  /// Runs jobs until the body has ended and all is quiet, or until something is wrong.
  ///
  /// - Returns: How it ended and who was left, or nil if the watchdog has given the run up.
  func run() -> (Ending, [Simulation.WaitingTask])? {
    pthread_setspecific(Self.key, Unmanaged.passUnretained(self).toOpaque())
    defer { pthread_setspecific(Self.key, nil) }
    threadTime.withLock { $0 = ThreadTime.ofCurrentThread() }
    guard let ending = loop() else { return nil }
    let left = ending == .quiet ? [] : roster.unfinished()
    if ending == .quiet {
      while timers.next != nil { discard(timers.removeFirst()) }
      roster.close()
    } else {
      // Tasks that are still alive may call their executor at any time: it stays.
      _ = Unmanaged.passRetained(self)
    }
    return (ending, left)
  }

  private func loop() -> Ending? {
    while !isAbandoned.load(ordering: .relaxed) {
      collectMail()
      readyYielding()
      if queue.count > 0 {
        guard steps < options.maximumSteps else { return .tooManySteps }
        step()
      } else if !settling.isEmpty {
        // In portable mode, tasks beside the simulation may be about to bring something.
        if options.mode == .portable, options.awaitsVisitors || hasHadVisitors,
          mailbox.wait(for: .milliseconds(5))
        {
          continue
        }
        let settled = settling
        settling = []
        for continuation in settled { continuation.resume() }
      } else if bodyEndedAt != nil {
        return roster.hasUnfinished(at: moment) ? .leftovers : .quiet
      } else if timers.count > 0 {
        advance()
      } else {
        // Nothing is ready and nobody sleeps: perhaps another thread is about to bring something.
        // A run that was visited once is likely to be visited again.
        let patience = options.patience * (hasHadVisitors ? 5 : 1)
        guard mailbox.wait(for: patience) else { return .silence }
      }
    }
    return nil
  }

  /// Why a loop ended.
  enum Ending {
    case quiet, leftovers, silence, tooManySteps
  }

  private func step() {
    let ready = queue.next()
    steps += 1
    if ready.turn == .actor {
      roster.actorTurn(on: ready.task)
    } else {
      roster.runs(ready.task, at: moment)
    }
    heartbeat.store(steps, ordering: .relaxed)
    jobBegan = .now
    turnOwner = ready.turn == .task ? ready.task : -1
    execute(ready.job, onMainActor: ready.turn == .mainActor)
    turnOwner = -1
    heartbeat.store(0, ordering: .relaxed)
    roster.stepEnded(wasActorTurn: ready.turn == .actor, at: moment)
  }

  func execute(_ job: UnownedJob, onMainActor: Bool) {
    // Isolated to an executor that is not the generic one, so that the runtime does not slip into
    // an actor and out again on the quiet: every hop becomes a job, and so a choice for the
    // schedule.
    let isolation =
      onMainActor ? MainActor.sharedUnownedExecutor : asUnownedSerialExecutor()
    job.runSynchronously(isolatedTo: isolation, taskExecutor: asUnownedTaskExecutor())
    while let rest = restOfTurn {
      restOfTurn = nil
      rest.runSynchronously(
        isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    }
  }

  // MARK: What the body asks for

  var moment: Trace.Moment { Trace.Moment(nanoseconds: now, step: steps) }

  func bodyDidEnd() {
    if isCurrent { bodyEndedAt = virtualTime } else { mailbox.deliver(.end) }
  }

  func settle() async {
    await withUnsafeContinuation { continuation in
      if isCurrent { settling.append(continuation) } else { mailbox.deliver(.settle(continuation)) }
    }
  }

  func note(_ event: Trace.Event.Kind, about resource: Observation.Resource? = nil) {
    guard let task = callingTask() else { return }
    roster.note(event, by: task, about: resource, at: moment)
  }

  /// The task that calls, met here for the first time or not.
  func callingTask() -> Int? { roster.currentOrImmediate(claimedBy: self, at: moment) }

  /// What happened so far.
  var trace: Trace { roster.trace }

  /// The names of the tasks, for the watchdog.
  var board: NameBoard { roster.board }

  /// How many jobs could run now.
  var ready: Int { queue.count }

  /// What a scripted run was offered and took.
  var choices: [(taken: Int, of: Int)] { (queue as? ScriptedChoice)?.choices ?? [] }
}
