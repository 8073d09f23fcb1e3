/// How a run's time goes by.
extension Engine {
  /// A plain `Task.sleep`, by the task that runs now.
  func setTimer(for job: UnownedJob, in left: Duration, isExact: Bool) {
    let length =
      isExact
      ? left.nanoseconds
      : roundest(from: left.nanoseconds, to: (left + jobBegan.duration(to: .now)).nanoseconds)
    // A sleep that rounds to nothing still moves time, or a loop that waits for a deadline a
    // fraction of a nanosecond away would never end.
    let at = moment(in: max(left > .zero ? 1 : 0, length))
    let task = callingTask()
    let order = timers.insert(at: at, task: task ?? -1, action: .run(job))
    // If something else wakes the task, this timer no longer counts.
    if let task { roster.sleeps(task, timer: order, until: at, at: moment) }
  }

  func setTimer(for sleeper: Sleeper, at: Int64) {
    if isCurrent {
      addTimer(for: sleeper, at: at)
    } else {
      mailbox.deliver(.timer(sleeper, at: at))
    }
  }

  func cancelTimer(of sleeper: Sleeper) {
    if isCurrent { timers.cancel(sleeper) } else { mailbox.deliver(.cancelledTimer(sleeper)) }
  }

  func addTimer(for sleeper: Sleeper, at: Int64) {
    let at = max(now, moment(in: at - now))
    let task = callingTask()
    timers.insert(at: at, task: task ?? -1, action: .wake(sleeper))
    if let task { roster.sleeps(task, timer: nil, until: at, at: moment) }
  }

  /// The virtual time so much later, or the end of all time: some 250 years after the beginning.
  private func moment(in length: Int64) -> Int64 {
    let endOfTime: Int64 = 8_000_000_000_000_000_000
    let (moment, overflow) = now.addingReportingOverflow(length)
    return overflow ? endOfTime : min(moment, endOfTime)
  }

  /// How many tasks sleep.
  var sleeping: Int { timers.count }

  /// Moves to the next moment at which somebody wakes, and wakes all who do.
  func advance() {
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
      case .wake(let sleeper): sleeper.wake()
      }
    }
  }

  /// The runtime's end of a sleep that was cancelled has nothing left to do but to free its memory.
  func discard(_ timer: Timer) {
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
    let passed = { Double(self.started.duration(to: .now).nanoseconds) * pace }
    while passed() < Double(next) {
      if mailbox.wait(for: .nanoseconds((Double(next) - passed()) / pace)) {
        now = max(now, min(next, Int64(passed())))
        return false
      }
    }
    return true
  }
}
