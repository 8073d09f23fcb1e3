import CheckKit
import Exercise16
import ExerciseKit
import Solution16
import Testing

@Suite("16 Scheduler")
struct SchedulerTests {
  @Test("your answer", arguments: schedulerChecks)
  func learner(_ check: Check<any Scheduling.Type>) async {
    await judge(Exercise16.Scheduler.self, by: check, of: "16-Scheduler")
  }

  @Test("our solution", arguments: schedulerChecks)
  func solution(_ check: Check<any Scheduling.Type>) async {
    await judge(Solution16.Scheduler.self, by: check, of: "16-Scheduler")
  }

  @Test("a right answer that is one loop", arguments: schedulerChecks)
  func loop(_ check: Check<any Scheduling.Type>) async {
    await judge(LoopScheduler.self, by: check, of: "16-Scheduler")
  }

  @Test("a right answer with a task for each moment", arguments: schedulerChecks)
  func moments(_ check: Check<any Scheduling.Type>) async {
    await judge(MomentScheduler.self, by: check, of: "16-Scheduler")
  }

  @Test("a wrong answer", arguments: wrongSchedulers)
  func wrong(_ answer: WrongAnswer<any Scheduling.Type>) async {
    await expectRejection(of: answer, by: schedulerChecks)
  }
}

let schedulerChecks = timeChecks + retryChecks + cancellationChecks + recordChecks + endChecks

/// When tasks begin.
let timeChecks: [Check<any Scheduling.Type>] = [
  Check(
    "a task runs once, when its delay has passed", hint: 1,
    cause: "Compute when it is due as it is added, sleep until then, and run it a single time."
  ) { type, world in
    let office = try await Office(type, world, opensAt: 5)
    try await office.add("tea", after: 2)
    try await office.add("mail", after: 0)
    try await office.pass(10)
    office.expect("tea", begins: [7], because: "added at 5 s with a delay of 2 s")
    office.expect("mail", begins: [5], because: "added at 5 s without a delay")
    await office.scheduler.stop()
  },
  Check(
    "a task that is added later may be due earlier", hint: 1,
    cause:
      "Whoever sleeps until the next task is due has to be woken when one comes in front of it."
  ) { type, world in
    let office = try await Office(type, world)
    try await office.add("supper", after: 60)
    try await office.pass(1)
    try await office.add("tea", after: 2)
    try await office.pass(1)
    try await office.add("lunch", after: 30)
    try await office.pass(70)
    office.expect("tea", begins: [3], because: "added at 1 s with a delay of 2 s")
    office.expect("lunch", begins: [32], because: "added at 2 s with a delay of 30 s")
    office.expect("supper", begins: [60], because: "added at 0 s with a delay of 60 s")
    await office.scheduler.stop()
  },
  Check(
    "tasks due at the same moment begin in the order in which they were added", hint: 3,
    cause: "Tasks that sleep until the same moment, or that are started with Task { } one after "
      + "the other, begin in any order. See that one has begun before you start the next, and go "
      + "by when a task was added, not by when it began to wait."
  ) { type, world in
    let office = try await Office(type, world)
    let names = ["chimes", "fax", "3rd", "4th", "5th", "6th"]
    try await office.add(names[0], after: 0, every: 2)
    try await office.add(names[1], after: 0, retry: .upTo(1, backoff: .seconds(4)), failing: 1)
    try await office.add(names[2], after: 4)
    try await office.add(names[3], after: 4)
    try await office.pass(1)
    try await office.add("noon", after: 1)
    try await office.add(names[4], after: 3)
    try await office.pass(2)
    try await office.add(names[5], after: 1)
    try await office.pass(3)
    let order = office.work.steps.filter { $0.began == .seconds(4) }.map(\.name)
    #expect(
      order == names,
      """
      six tasks, added in the order \(names.joined(separator: ", ")), were all due at 4 s, \
      “chimes” for its third run and “fax” for its retry; they began in the order \
      \(order.joined(separator: ", "))
      """)
    await office.scheduler.stop()
  },
  Check(
    "a slow task delays no other", hint: 1,
    cause: "Whoever looks after the time awaits the work. Give each run a task of its own."
  ) { type, world in
    let office = try await Office(type, world)
    try await office.add("slow", after: 1, lasting: 10)
    try await office.add("tea", after: 1)
    try await office.add("mail", after: 3)
    try await office.pass(20)
    office.expect("tea", begins: [1], because: "due at 1 s, together with one that takes 10 s")
    office.expect("mail", begins: [3], because: "due at 3 s, while another takes its 10 s")
    await office.scheduler.stop()
  },
  Check(
    "the runs of a repeated task begin one interval apart", hint: 2,
    cause: "The interval counts from when a run was due, not from its end, and for every run."
  ) { type, world in
    let office = try await Office(type, world)
    let chimes = try await office.add("chimes", after: 1, every: 2, lasting: 0.5)
    try await office.pass(6)
    office.expect(
      "chimes", begins: [1, 3, 5],
      because: "first due at 1 s, every 2 s, and each run takes half a second")
    await office.scheduler.cancel(chimes)
    await office.scheduler.stop()
  },
  Check(
    "a run that takes longer than the interval is not overlapped", hint: 2,
    cause: "Decide when the next run is due when the one before has ended, and not earlier: one "
      + "interval after that one was due, or now if that has passed. Count on from there."
  ) { type, world in
    let office = try await Office(type, world)
    let backup = try await office.add("backup", after: 1, every: 1, lasting: 2.5)
    let report = try await office.scheduler.add("report", after: .seconds(1), every: .seconds(2)) {
      let isFirst = office.begins("report").isEmpty
      try await office.work.perform("report", for: isFirst ? .seconds(5.5) : .zero)
    }
    try await office.pass(9)
    office.expect(
      "backup", begins: [1, 3.5, 6, 8.5], because: "due every 1 s, and each run takes 2.5 s")
    office.expect(
      "report", begins: [1, 6.5, 8.5], because: "due every 2 s, and only its first run takes 5.5 s")
    await office.scheduler.cancel(backup)
    await office.scheduler.cancel(report)
    await office.scheduler.stop()
  },
]
