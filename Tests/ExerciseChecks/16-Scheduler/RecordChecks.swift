import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// What a scheduler tells, and what it does in between: nothing.
let recordChecks: [Check<any Scheduling.Type>] = [
  Check(
    "the status says where each task is", hint: 1,
    cause: "Set it at each step: when the task is added, when an attempt begins, when it ends."
  ) { type, world in
    let office = try await Office(type, world)
    let tea = try await office.add("tea", after: 2, lasting: 2)
    let mail = try await office.add(
      "mail", after: 0, retry: .upTo(1, backoff: .seconds(3)), lasting: 2, failing: 2)
    let chimes = try await office.add("chimes", after: 2, every: 3, lasting: 2)
    try await office.pass(1)
    await office.expect(tea, is: .pending, when: "before the delay of a task has passed")
    await office.expect(mail, is: .running, when: "while the first attempt of a task goes on")
    try await office.pass(2)
    await office.expect(tea, is: .running, when: "while a task runs")
    await office.expect(mail, is: .pending, when: "while a task waits for its retry")
    try await office.pass(1.5)
    await office.expect(tea, is: .completed, when: "after a task ran to its end")
    await office.expect(chimes, is: .pending, when: "while a repeated task waits for its next run")
    try await office.pass(1.5)
    await office.expect(mail, is: .running, when: "while a task is tried again")
    await office.expect(chimes, is: .running, when: "while a repeated task runs once more")
    try await office.pass(1.5)
    await office.expect(mail, is: .failed, when: "after the last attempt of a task failed")
    // Whatever the numbers are: one that none of the three has.
    let unknown = TaskID([tea, mail, chimes].map(\.number).reduce(0, max) &+ 1)
    await office.expect(unknown, is: nil, when: "asked for a task that was never added")
    await office.scheduler.cancel(chimes)
    await office.scheduler.stop()
  },
  Check(
    "the log says what happened, and when on the scheduler's clock", hint: 1,
    cause: "Each line belongs where the status changes. Its time is that since the scheduler was "
      + "made."
  ) { type, world in
    let office = try await Office(type, world, opensAt: 10)
    try await office.pass(1)
    let chimes = try await office.add("chimes", after: 2, every: 3)
    let tea = try await office.add(
      "tea", after: 1, retry: .upTo(1, backoff: .seconds(3)), lasting: 0.5, failing: 1)
    try await office.pass(4)
    await office.scheduler.cancel(chimes)
    let slow = try await office.add("slow", after: 0, lasting: 9)
    try await office.pass(2)
    await office.scheduler.cancel(slow)
    await office.scheduler.cancel(tea)
    await world.settle()
    let seen = await office.scheduler.log.map { "\(text($0.time)) \($0.task) \($0.event)" }
    let expected = [
      "1 s chimes added", "1 s tea added", "2 s tea started", "2.5 s tea failed",
      "3 s chimes started", "3 s chimes completed", "5 s chimes cancelled", "5 s slow added",
      "5 s slow started", "5.5 s tea started", "6 s tea completed", "7 s slow cancelled",
    ]
    if seen != expected {
      let line = zip(seen, expected).first { $0 != $1 }
      let fault =
        line.map { "the log says “\($0)” where “\($1)” belongs" }
        ?? (seen.count < expected.count
          ? "the log has no line “\(expected[seen.count])”"
          : "the log has a line too many: “\(seen[expected.count])”")
      Issue.record("\(fault). All of it: \(seen.joined(separator: ", "))")
    }
    await office.scheduler.stop()
  },
  Check(
    "time is what the scheduler's clock says", hint: 1,
    cause: "Something asks another clock: Task.sleep, ContinuousClock. Ask the Stopwatch."
  ) { type, world in
    let office = try await Office(type, world, opensAt: 4, clock: FastClock(world, rate: 2))
    try await office.add("tea", after: 2)
    try await office.add("mail", after: 0, retry: .upTo(1, backoff: .seconds(4)), failing: 9)
    let chimes = try await office.add("chimes", after: 1, every: 2)
    try await office.pass(2.75)
    let fast = "on a clock that is twice as fast"
    office.expect("tea", begins: [5], because: "added at 4 s with a delay of 2 s, \(fast)")
    office.expect("mail", begins: [4, 6], because: "due at 4 s, with a backoff of 4 s, \(fast)")
    office.expect(
      "chimes", begins: [4.5, 5.5, 6.5],
      because: "added at 4 s with a delay of 1 s, every 2 s, \(fast)")
    await office.scheduler.cancel(chimes)
    let log = await office.scheduler.log
    let begun = log.filter { $0.task == "tea" && $0.event == .started }.map(\.time)
    #expect(
      begun == [.seconds(2)],
      "the log says that “tea”, with a delay of 2 s, began at \(text(begun)) on a fast clock")
    await office.scheduler.stop()
  },
  Check(
    "a scheduler with nothing to do does nothing", hint: 2,
    cause: "It looks again and again whether something is due. Sleep until the next task is due, "
      + "and on no clock if there is none.",
    options: fewSteps
  ) { type, world in
    let clock = FastClock(world)
    let office = try await Office(type, world, clock: clock)
    try await office.pass(1)
    #expect(
      clock.sleeps == 0 && world.sleepers == 0,
      "a scheduler without tasks sleeps, though there is nothing to wake up for")
    try await office.add("tea", after: 10_000)
    try await office.add("mail", after: 20_000)
    for seconds in [100.0, 5_000] {
      try await office.pass(seconds)
      #expect(
        clock.sleeps <= 4,
        """
        two tasks wait, and nothing else happened for \(text(time(seconds))): somebody lay down to \
        sleep \(clock.sleeps) times
        """)
      guard clock.sleeps <= 4 else { return }
    }
    try await office.pass(20_000)
    office.expect("mail", begins: [20_001], because: "added at 1 s with a delay of 20000 s")
    #expect(world.sleepers == 0, "all tasks have ended, and somebody still sleeps")
    await office.scheduler.stop()
  },
  Check(
    "a task's work may use the scheduler", hint: 3,
    cause: "Something is held while work runs, a lock or a turn, that the work needs itself."
  ) { type, world in
    let office = try await Office(type, world)
    let note = Note()
    let first = try await office.scheduler.add("first", after: .seconds(1), every: .seconds(1)) {
      try await office.work.perform("first", for: .zero)
      try await office.add("second", after: 1)
      guard let first = note.id.withLock({ $0 }) else { return }
      await office.expect(first, is: .running, when: "asked by a task about itself")
      await office.scheduler.cancel(first)
      note.isAnswered.withLock { $0 = true }
    }
    note.id.withLock { $0 = first }
    try await office.pass(5)
    #expect(
      note.isAnswered.withLock { $0 },
      """
      a task's work asked the scheduler at 1 s to add a task, for a status and to cancel, and has \
      no answer at 5 s
      """)
    office.expect("second", begins: [2], because: "added by another, at 1 s, with a delay of 1 s")
    office.expect("first", begins: [1], because: "cancelled by itself, in its first run")
    await office.scheduler.stop()
  },
]

/// Where a task finds its own number.
private final class Note: Sendable {
  let id = Mutex<TaskID?>(nil)
  let isAnswered = Mutex(false)
}

/// A scheduler that polls is found out soon.
private var fewSteps: Simulation.Options {
  var options = Simulation.Options()
  options.maximumSteps = 5_000
  return options
}
