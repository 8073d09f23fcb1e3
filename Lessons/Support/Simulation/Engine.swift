import AsyncPrimitives
import Dispatch
import Foundation
import Synchronization

/// One run of a simulation: the ready jobs, the timers, the time, and the loop that takes jobs.
///
/// Unchecked, because all that is not behind a `Mutex` or `Atomic` is touched by one thread only,
/// the one inside ``run()``: `enqueue` and the timer functions take the other way, through the
/// inbox, when another thread calls them, and the report is made after the loop has ended.
final class Engine: TaskExecutor, SerialExecutor, @unchecked Sendable {
  let seed: UInt64
  let options: Simulation.Options
  /// Nanoseconds. Atomic, because in portable mode tasks on other threads ask for it.
  private let clock = Atomic<Int64>(0)
  private(set) var steps = 0
  private var roster = Roster()
  private var queue: any ReadyQueue
  private var timers = TimerHeap()
  private var timerOrder = 0
  private var sleepers: [ObjectIdentifier: Int] = [:]
  /// The task that has a turn of its own, outside of all actors; -1 otherwise.
  private var turnOwner = -1
  /// A job that is no choice for the schedule but the rest of the turn that runs: the runtime takes
  /// us for an actor's executor (see ``execute(_:onMainActor:)``), and so comes back here when a
  /// task calls a function that is isolated to nothing, or goes on after a yield.
  private var restOfTurn: UnownedJob?
  /// The number of the runtime's own task that ends a sleep, while it does.
  private var alarm: UInt64?
  private var settling: [UnsafeContinuation<Void, Never>] = []
  private(set) var bodyEndedAt: Duration?
  private var hasHadVisitors = false
  /// When the running job began, in real time: sleeps on a clock that is not ours need it.
  private var jobBegan = SuspendingClock.now
  private let epoch: Int64
  private let started = SuspendingClock.now

  /// What other threads bring, and the bell that they ring.
  private let inbox = Mutex<[Delivery]>([])
  private let inboxIsEmpty = Atomic(true)
  private let bell = DispatchSemaphore(value: 0)

  /// What the watchdog reads: the number of the job that runs, or 0 between jobs.
  let heartbeat = Atomic(0)
  /// Set by the watchdog when it has given the run up: the thread, should it ever come back, leaves.
  let isAbandoned = Atomic(false)

  enum Delivery {
    case job(UnownedJob, by: Way)
    case timer(Sleeper, at: Int64)
    case cancelledTimer(Sleeper)
    case settle(UnsafeContinuation<Void, Never>)
    case end
  }

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

  private var isCurrent: Bool {
    pthread_getspecific(Self.key) == Unmanaged.passUnretained(self).toOpaque()
  }

  // MARK: Time

  private(set) var now: Int64 {
    get { clock.load(ordering: .relaxed) }
    set { clock.store(newValue, ordering: .relaxed) }
  }

  /// Virtual time since the run began.
  var virtualTime: Duration { .nanoseconds(now) }

  /// What `ContinuousClock` tells on this engine's thread, in nanoseconds.
  var continuousTime: Int64 { epoch + now }

  /// The nearest whole number of nanoseconds.
  static func nanoseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    // Three centuries are as good as never.
    guard !overflow else { return seconds < 0 ? .min / 4 : .max / 4 }
    return whole + (attoseconds + (attoseconds < 0 ? -500_000_000 : 500_000_000)) / 1_000_000_000
  }

  // MARK: Jobs come in

  /// A job of a task that prefers this executor, or an actor's turn on behalf of one.
  func enqueue(_ job: consuming ExecutorJob) { enqueue(UnownedJob(job), by: .preference) }

  func enqueue(_ job: UnownedJob, by way: Way) {
    if isCurrent { accept(job, by: way) } else { deliver(.job(job, by: way)) }
  }

  /// How a job found its engine.
  enum Way {
    case preference, defaultExecutor, mainActor
  }

  private func deliver(_ delivery: Delivery) {
    inbox.withLock { $0.append(delivery) }
    inboxIsEmpty.store(false, ordering: .releasing)
    bell.signal()
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
      let task = roster.current() ?? max(0, roster.running)
      if task == turnOwner || turnOwner < 0 { _ = roster.wakes(task) }
      queue.insert(ReadyJob(job: job, task: task))
    case .actor:
      queue.insert(ReadyJob(job: job, task: max(0, roster.running), turn: .actor))
    }
  }

  private func collectMail() {
    guard !inboxIsEmpty.load(ordering: .relaxed) else { return }
    _ = inboxIsEmpty.exchange(true, ordering: .acquiring)
    let mail = inbox.withLock { mail in
      defer { mail = [] }
      return mail
    }
    for delivery in mail {
      switch delivery {
      case .job(let job, let way): accept(job, by: way)
      case .timer(let sleeper, let at): addTimer(for: sleeper, at: at)
      case .cancelledTimer(let sleeper): forgetTimer(of: sleeper)
      case .settle(let continuation): settling.append(continuation)
      case .end: bodyEndedAt = virtualTime
      }
    }
  }

  // MARK: Timers

  /// A plain `Task.sleep`, by the task that runs now.
  func setTimer(for job: UnownedJob, in left: Duration, isExact: Bool) {
    let length =
      isExact
      ? Self.nanoseconds(left)
      : roundest(
        from: Self.nanoseconds(left),
        to: Self.nanoseconds(left + jobBegan.duration(to: .now)))
    // A sleep that rounds to nothing still moves time, or a loop that waits for a deadline a
    // fraction of a nanosecond away would never end.
    let atLeast: Int64 = left > .zero ? 1 : 0
    addTimer(at: now + max(atLeast, length), task: roster.current() ?? -1, action: .run(job))
  }

  func setTimer(for sleeper: Sleeper, at: Int64) {
    if isCurrent { addTimer(for: sleeper, at: at) } else { deliver(.timer(sleeper, at: at)) }
  }

  func cancelTimer(of sleeper: Sleeper) {
    if isCurrent { forgetTimer(of: sleeper) } else { deliver(.cancelledTimer(sleeper)) }
  }

  private func addTimer(for sleeper: Sleeper, at: Int64) {
    sleepers[ObjectIdentifier(sleeper)] = timerOrder
    addTimer(at: max(now, at), task: roster.current() ?? -1, action: .wake(sleeper))
  }

  private func forgetTimer(of sleeper: Sleeper) {
    guard let order = sleepers.removeValue(forKey: ObjectIdentifier(sleeper)) else { return }
    timers.cancel(order: order)
  }

  private func addTimer(at: Int64, task: Int, action: Timer.Action) {
    // Only a plain sleep is cancelled by its task's waking up; a sleeper tells us itself.
    if task >= 0 {
      if case .run = action {
        roster.sleeps(task, timer: timerOrder, until: at, at: moment)
      } else {
        roster.sleeps(task, timer: nil, until: at, at: moment)
      }
    }
    timers.insert(Timer(at: at, order: timerOrder, task: task, action: action))
    timerOrder += 1
  }

  /// How many tasks sleep.
  var sleeping: Int { timers.count }

  /// Moves to the next moment at which somebody wakes, and wakes all who do.
  private func advance() {
    while let dead = timers.removeCancelledFirst() { discard(dead) }
    guard let next = timers.next else { return }
    if let pace = options.pace, !waitInRealTime(until: next, pace: pace) { return }
    now = max(now, next)
    while timers.next == next {
      if let dead = timers.removeCancelledFirst() {
        discard(dead)
        continue
      }
      let timer = timers.removeFirst()
      switch timer.action {
      case .run(let job):
        if timer.task >= 0 { roster.timerWentOff(timer.task) }
        ring(job)
      case .wake(let sleeper):
        sleepers[ObjectIdentifier(sleeper)] = nil
        sleeper.wake()
      }
    }
  }

  /// The runtime's end of a sleep that was cancelled has nothing left to do but to free its memory.
  private func discard(_ timer: Timer) {
    if case .run(let job) = timer.action { ring(job) }
  }

  /// Runs the job that ends a sleep. It belongs to the runtime, and is nobody's turn.
  private func ring(_ job: UnownedJob) {
    if case .task(let id) = Router.identify(job) { alarm = id }
    execute(job, onMainActor: false)
    alarm = nil
  }

  /// False if somebody came in before the moment did.
  private func waitInRealTime(until next: Int64, pace: Double) -> Bool {
    let passed = { Double(Self.nanoseconds(self.started.duration(to: .now))) * pace }
    while passed() < Double(next) {
      let left = (Double(next) - passed()) / pace
      if bell.wait(timeout: .now() + .nanoseconds(Int(left.rounded(.up)))) == .success,
        !inboxIsEmpty.load(ordering: .acquiring)
      {
        now = max(now, min(next, Int64(passed())))
        return false
      }
    }
    return true
  }

  // MARK: The loop

  /// Runs jobs until the body has ended and all is quiet, or until something is wrong.
  ///
  /// - Returns: How it ended and who was left, or nil if the watchdog has given the run up.
  func run() -> (Ending, [Simulation.WaitingTask])? {
    pthread_setspecific(Self.key, Unmanaged.passUnretained(self).toOpaque())
    defer { pthread_setspecific(Self.key, nil) }
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
      if queue.count > 0 {
        guard steps < options.maximumSteps else { return .tooManySteps }
        step()
      } else if !settling.isEmpty {
        // In portable mode, tasks beside the simulation may be about to bring something.
        if options.mode == .portable, awaitVisitors(for: .milliseconds(5)) { continue }
        let settled = settling
        settling = []
        for continuation in settled { continuation.resume() }
      } else if bodyEndedAt != nil {
        return roster.hasUnfinished(at: moment) ? .leftovers : .quiet
      } else if timers.count > 0 {
        advance()
      } else {
        // A run that was visited once is likely to be visited again.
        let patience = options.patience * (hasHadVisitors ? 5 : 1)
        guard awaitVisitors(for: patience) else { return .silence }
        hasHadVisitors = true
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

  private func execute(_ job: UnownedJob, onMainActor: Bool) {
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

  /// Nothing is ready and nobody sleeps: perhaps another thread is about to bring something.
  private func awaitVisitors(for patience: Duration) -> Bool {
    let deadline = DispatchTime.now() + .nanoseconds(Int(Self.nanoseconds(patience)))
    while inboxIsEmpty.load(ordering: .acquiring) {
      if bell.wait(timeout: deadline) == .timedOut { break }
    }
    return !inboxIsEmpty.load(ordering: .acquiring)
  }

  // MARK: What the body asks for

  var moment: Trace.Moment { Trace.Moment(nanoseconds: now, step: steps) }

  func bodyDidEnd() {
    if isCurrent { bodyEndedAt = virtualTime } else { deliver(.end) }
  }

  func settle() async {
    await withUnsafeContinuation { continuation in
      if isCurrent { settling.append(continuation) } else { deliver(.settle(continuation)) }
    }
  }

  func note(_ event: Trace.Event.Kind, about resource: Observation.Resource? = nil) {
    roster.note(event, about: resource, at: moment)
  }

  /// Whether primitives end a turn where they might suspend.
  let interleaves: Bool

  /// What happened so far.
  var trace: Trace { roster.trace }

  /// The names of the tasks, for the watchdog.
  var board: NameBoard { roster.board }

  /// How many jobs could run now.
  var ready: Int { queue.count }

  /// What a scripted run was offered and took.
  var choices: [(taken: Int, of: Int)] { (queue as? ScriptedChoice)?.choices ?? [] }
}
