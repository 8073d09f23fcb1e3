import CheckKit
import Exercise17
import ExerciseKit
import Solution17
import Testing

@Suite("17 TaskQueue")
struct TaskQueueTests {
  @Test("your answer", arguments: taskQueueChecks)
  func learner(_ check: Check<TaskQueueMaker>) async {
    await judge({ Exercise17.TaskQueue(concurrency: $0) }, by: check, of: "17-TaskQueue")
  }

  @Test("our solution", arguments: taskQueueChecks)
  func solution(_ check: Check<TaskQueueMaker>) async {
    await judge({ Solution17.TaskQueue(concurrency: $0) }, by: check, of: "17-TaskQueue")
  }

  @Test("a right answer of another build", arguments: taskQueueChecks, rightTaskQueues)
  func alternative(_ check: Check<TaskQueueMaker>, _ right: RightTaskQueue) async {
    await judge(right.make, by: check, of: "17-TaskQueue")
  }

  @Test("a wrong answer", arguments: wrongTaskQueues)
  func wrong(_ answer: WrongAnswer<TaskQueueMaker>) async {
    await expectRejection(of: answer, by: taskQueueChecks)
  }
}

let taskQueueChecks = workChecks + endChecks

let workChecks: [Check<TaskQueueMaker>] = [
  Check(
    "submit awaits neither the job nor its callback", hint: 1,
    cause: "The job is awaited where it is submitted. Keep it, and run it in a task of its own."
  ) { make, world in
    let shop = Shop(make, concurrency: 1, world)
    for job in ["ann 1", "bob 1", "ann 2"] {
      try await shop.submit(job) { try await shop.rest(1, in: "callback of \(job)") }
      #expect(
        world.now == .zero, "submit returned for \(job) after \(world.now), and should at once")
      guard world.now == .zero else { break }
    }
    await shop.finish()
  },
  Check(
    "at most so many jobs run at the same time, and as many as that", hint: 1,
    cause: "Start jobs while there is a place: when one comes in, and when one has ended."
  ) { make, world in
    let shop = Shop(make, concurrency: 3, world)
    try await shop.submit(["ann 1", "bob 1", "cem 1", "dan 1", "eve 1", "fay 1", "gil 1"])
    await shop.finish()
    #expect(shop.most <= 3, "\(shop.most) jobs ran at the same time, and 3 may")
    let ends = shop.log.entries.filter { $0.text.hasSuffix(" ends") }
    #expect(ends.count == 7, "7 jobs were submitted, and \(ends.count) ended")
    if let last = ends.last, ends.count == 7, shop.most <= 3 {
      #expect(
        last.time == .seconds(3),
        """
        7 jobs of 1 s, 3 at a time, take 3 s. These took \(last.time), and at most \(shop.most) ran \
        at the same time
        """)
    }
  },
  Check(
    "jobs of one key run one after another, in order", hint: 1,
    cause: "Whether a key runs must be known before its next job starts; and the line has an order."
  ) { make, world in
    let shop = Shop(make, concurrency: 3, world)
    try await shop.submit(["ann 1", "ann 2", "bob 1", "ann 3", "bob 2"])
    await shop.finish()
    #expect(
      shop.together.isEmpty, "two jobs of \(shop.together.first ?? "") ran at the same time")
    for (key, count) in [("ann", 3), ("bob", 2)] {
      let began = shop.jobs("begins").filter { $0.hasPrefix(key) }
      let wanted = (1...count).map { "\(key) \($0)" }
      #expect(began == wanted, "the jobs of \(key) began in this order: \(list(began))")
    }
  },
  Check(
    "a job that waits for its key takes no place", hint: 1,
    cause: "Who takes a place first and waits for the key then, keeps others out who could run."
  ) { make, world in
    let shop = Shop(make, concurrency: 2, world)
    try await shop.submit("ann 1", seconds: 3)
    try await shop.submit(["ann 2", "ann 3", "bob 1", "cem 1", "bob 2"])
    await shop.finish()
    for (job, wanted) in [
      ("ann 1", 0), ("bob 1", 0), ("cem 1", 1), ("bob 2", 2), ("ann 2", 3), ("ann 3", 4),
    ] {
      let second = shop.second("\(job) begins")
      #expect(
        second == wanted,
        """
        2 places, ann 1 takes 3 s, and ann 2, ann 3, bob 1, cem 1 and bob 2 follow, of 1 s each. \
        \(job) is the first in line whose key is free at \(wanted) s, and began \
        \(second.map { "at \($0) s" } ?? "never")
        """)
      guard second == wanted else { break }
    }
  },
  Check(
    "each callback hears once what came of its job", hint: 2,
    cause: "A job ends in one of two ways, and its callback has to be called on both."
  ) { make, world in
    let shop = Shop(make, concurrency: 2, world)
    try await shop.submit("ann 1")
    try await shop.submit("bob 1", throwing: OutOfInk())
    try await shop.submit("ann 2")
    await shop.finish()
    for (job, wanted) in [
      ("ann 1", "“ann 1, done”"), ("bob 1", "“out of ink”"), ("ann 2", "“ann 2, done”"),
    ] {
      let heard = shop.heard(job)
      #expect(
        heard == [wanted],
        "the callback of \(job) should hear \(wanted) once, and has heard \(list(heard))")
    }
  },
  Check(
    "a job or a callback that throws stops nothing", hint: 2,
    cause: "An error ends the task in which it is not caught, and all that was to come after it."
  ) { make, world in
    let shop = Shop(make, concurrency: 1, world)
    try await shop.submit("ann 1", throwing: OutOfInk())
    try await shop.submit("ann 2") { throw OutOfInk() }
    try await shop.submit("bob 1")
    let join = await shop.finish()
    let ended = shop.jobs("ends")
    #expect(
      ended == ["ann 1", "ann 2", "bob 1"],
      "ann 1 throws, the callback of ann 2 throws, bob 1 follows. What ended: \(list(ended))")
    guard ended.count == 3 else { return }
    #expect(join == "returns", "all three jobs have ended, and join \(join)")
  },
  Check(
    "a slow callback holds nobody up", hint: 2,
    cause: "When a job has ended, give back place and key, and then call back in a task of its own."
  ) { make, world in
    let shop = Shop(make, concurrency: 1, world)
    try await shop.submit("ann 1") { try await shop.rest(5, in: "callback of ann 1") }
    try await shop.submit(["ann 2", "bob 1"])
    await shop.finish()
    for (job, wanted) in [("ann 2", 1), ("bob 1", 2)] {
      let second = shop.second("\(job) begins")
      #expect(
        second == wanted,
        """
        ann 1 ended at 1 s, and its callback takes 5 s more. \(job) should begin at \(wanted) s, \
        and began \(second.map { "at \($0) s" } ?? "never")
        """)
      guard second == wanted else { continue }
      let heard = shop.second("\(job) heard “\(job), done”")
      #expect(
        heard == wanted + 1,
        """
        the callback of ann 1 takes until 6 s. \(job) ended at \(wanted + 1) s, and its callback \
        was called \(heard.map { "at \($0) s" } ?? "never")
        """)
    }
  },
]
