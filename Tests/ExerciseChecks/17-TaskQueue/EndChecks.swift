import CheckKit
import ExerciseKit
import Synchronization
import Testing

let endChecks: [Check<TaskQueueMaker>] = [
  Check(
    "join returns when all is done, callbacks and what they submit, too", hint: 2,
    cause: "Between the end of a job and what its callback submits, nothing waits and nothing runs."
  ) { make, world in
    let shop = Shop(make, concurrency: 2, world)
    try await shop.queue.join()
    try await shop.submit("ann 1") {
      try await shop.rest(1, in: "callback of ann 1")
      try await shop.submit("bob 1") { try await shop.rest(1, in: "callback of bob 1") }
    }
    try await shop.submit("ann 2")
    let joiners = (1...2).map { number in
      Task(name: "join \(number)") {
        try await shop.queue.join()
        let through = shop.jobs("is through")
        for job in ["ann 1", "ann 2", "bob 1"] where !through.contains(job) {
          Issue.record(
            """
            join returned at \(world.now) and something was not done: \(job), which is submitted by a \
            callback or whose callback takes 1 s. What was done: \(list(through))
            """)
          return
        }
      }
    }
    for joiner in joiners { try await joiner.value }
    let advice = world.now > .seconds(4) ? ". Does it look every so often?" : ""
    #expect(
      world.now == .seconds(4), "all is done at 4 s, and join returned at \(world.now)\(advice)")
    try await shop.submit("cem 1")
    try await shop.queue.join()
    #expect(
      shop.jobs("is through").contains("cem 1"), "a second join did not wait for a job after it")
    await shop.close()
  },
  Check(
    "stop cancels what runs, and what waits never starts", hint: 3,
    cause: "Remember that it was stopped before anything is awaited, empty the line, cancel tasks."
  ) { make, world in
    let shop = Shop(make, concurrency: 2, world)
    for job in ["ann 1", "bob 1", "ann 2", "cem 1"] { try await shop.submit(job, seconds: 3) }
    await world.settle()
    let stopping = Task(name: "stop") { await shop.queue.stop() }
    await stopping.value
    let moment = world.now
    let late = Mutex("nothing")
    do {
      try await shop.submit("dan 1")
    } catch {
      late.withLock { $0 = "\(type(of: error))" }
    }
    await shop.close()
    let began = shop.jobs("begins")
    let extra = began.filter { !["ann 1", "bob 1"].contains($0) }
    #expect(extra.isEmpty, "began after the stop: \(list(extra))")
    #expect(
      shop.jobs("is cancelled").count == 2 && moment < .seconds(1),
      """
      two jobs of 3 s ran when it was stopped at 0 s. Cancelled: \(list(shop.jobs("is cancelled"))); \
      stop returned at \(moment)
      """)
    let thrown = late.withLock(\.self)
    #expect(
      thrown == "TaskQueueStopped",
      "submitting after the stop threw \(thrown), not TaskQueueStopped")
  },
  Check(
    "on a stop, every callback is called, and none is cancelled", hint: 3,
    cause:
      "A callback that runs in the job's task is cancelled with it; and those of jobs that wait "
      + "are called by nobody else."
  ) { make, world in
    let shop = Shop(make, concurrency: 1, world)
    for job in ["ann 1", "bob 1", "ann 2"] {
      try await shop.submit(job, seconds: 3) { try await shop.rest(1, in: "callback of \(job)") }
    }
    await world.settle()
    await shop.queue.stop()
    let through = shop.jobs("is through").sorted()
    let moment = world.now
    await shop.close()
    for job in ["ann 1", "bob 1", "ann 2"] {
      let heard = shop.heard(job)
      #expect(
        heard == ["of a cancellation"],
        """
        \(job) was \(job == "ann 1" ? "cancelled while it ran" : "never started"). Its callback \
        should hear of a cancellation once, and has heard \(list(heard))
        """)
    }
    guard ["ann 1", "bob 1", "ann 2"].allSatisfy({ shop.heard($0).count == 1 }) else { return }
    let later = shop.jobs("is through").sorted()
    #expect(
      later == ["ann 1", "ann 2", "bob 1"],
      """
      each callback awaits for 1 s, and is cancelled meanwhile. Those that came to their end: \
      \(list(later))
      """)
    #expect(
      through == later,
      "stop returned at \(moment), and these callbacks had returned by then: \(list(through))")
  },
]
