import AsyncPrimitives
import CheckKit
import ExerciseKit
import Testing

/// Stopping, and waiting for the end.
let endChecks: [Check<any Scheduling.Type>] = [
  Check(
    "stop() cancels what waits, and awaits what runs", hint: 3,
    cause: "It returns before the last attempt has ended, waits for what will never begin, or "
      + "waits in a way that its caller's cancellation cuts short."
  ) { type, world in
    for isCancelled in [false, true] {
      let office = try await Office(type, world)
      let quick = try await office.add("quick", after: 1, lasting: 3)
      let slow = try await office.add("slow", after: 1, lasting: 8)
      let mail = try await office.add("mail", after: 1, lasting: 5)
      let gone = try await office.scheduler.add("gone", after: .seconds(1)) {
        try await office.cleanUp("gone", for: 4)
      }
      let tea = try await office.add("tea", after: 600)
      try await office.pass(2)
      await office.scheduler.cancel(gone)
      let began = world.now
      let stops = ["stop()", "a second stop()"].map { name in
        Task(name: name) {
          await office.scheduler.stop()
          return (name, world.now - began)
        }
      }
      for stop in stops where isCancelled { stop.cancel() }
      for stop in stops {
        let (name, took) = await stop.value
        #expect(
          took == .seconds(7),
          """
          \(name)\(isCancelled ? " by a caller that is cancelled" : "") returned after \
          \(text(took)), when the last of four tasks that ran needed 7 s to end
          """)
      }
      try await office.work.rest()
      #expect(
        office.work.names(.cancelled).isEmpty,
        "stop() cancelled the work of a task that ran: what runs is to be awaited")
      for id in [quick, slow, mail] {
        await office.expect(id, is: .completed, when: "after stop(), for a task that ran")
      }
      await office.expect(
        gone, is: .cancelled, when: "after stop(), for a task that was cancelled before and ran on")
      await office.expect(tea, is: .cancelled, when: "after stop(), for a task that waited")
    }
  },
  Check(
    "nothing begins after stop()", hint: 3,
    cause: "An attempt that ends while stop() waits is followed by a retry or by a next run, or "
      + "somebody adds a task."
  ) { type, world in
    let office = try await Office(type, world)
    let fax = try await office.add(
      "fax", after: 0, retry: .upTo(3, backoff: .seconds(3)), failing: 9)
    let mail = try await office.add(
      "mail", after: 1, retry: .upTo(3, backoff: .seconds(1)), lasting: 2, failing: 9)
    let chimes = try await office.add("chimes", after: 1, every: 1, lasting: 2)
    try await office.pass(2)
    await office.scheduler.stop()
    await #expect(throws: SchedulerError.stopped, "add has to throw SchedulerError.stopped now") {
      try await office.add("late", after: 0)
    }
    try await office.pass(60)
    let late = office.work.steps.filter { $0.began >= .seconds(2) }
    if let first = late.first {
      let more = late.count == 1 ? "" : ", and \(late.count - 1) more began later"
      Issue.record(
        "“\(first.name)” began at \(text(first.began)), after stop() was called at 2 s\(more)")
    }
    await office.expect(
      fax, is: .cancelled, when: "after stop(), for a task that waited for a retry")
    await office.expect(mail, is: .failed, when: "after stop(), for a task whose attempt failed")
    await office.expect(
      chimes, is: .completed, when: "after stop(), for a repeated task whose run succeeded")
  },
  Check(
    "waiting until idle ends as soon as nothing waits or runs", hint: 3,
    cause: "Look after every step whether a task is left that waits or runs, also for a retry, and "
      + "let go whoever waits."
  ) { type, world in
    let office = try await Office(type, world)
    let idle = { (what: String, expected: Double) async in
      await withDiscardingTaskGroup { group in
        for name in ["idle?", "idle too?"] {
          group.addTask(name: name) {
            var end = "ended"
            do { try await office.scheduler.waitUntilIdle(timeout: .seconds(1_000)) } catch {
              end = "threw “\(error)”"
            }
            guard world.now != time(expected) || end != "ended" else { return }
            Issue.record(
              """
              \(what), waiting until idle \(end) at \(text(world.now)), and should have ended at \
              \(text(time(expected)))
              """)
          }
        }
      }
    }
    await idle("with no task at all", 0)
    try await office.add("tea", after: 1, lasting: 1)
    await idle("with a task from 1 s to 2 s", 2)
    try await office.add("mail", after: 1, retry: .upTo(1, backoff: .seconds(3)), failing: 1)
    await idle("with a task at 3 s that fails, and is retried 3 s later", 6)
    let late = try await office.add("late", after: 60)
    let cancel = Task(name: "cancel") {
      try await world.clock.sleep(for: .seconds(1))
      await office.scheduler.cancel(late)
    }
    await idle("with a task that waits, and is cancelled at 7 s", 7)
    try await cancel.value
    await office.scheduler.stop()
  },
  Check(
    "waiting until idle ends with its timeout or its caller, and changes nothing", hint: 3,
    cause: "Limit the wait and not the tasks, on the scheduler's clock, and throw what ended it."
  ) { type, world in
    let office = try await Office(type, world, clock: FastClock(world, rate: 2))
    let slow = try await office.add("slow", after: 0, lasting: 10)
    let tea = try await office.add("tea", after: 16)
    await #expect(throws: TimeoutError.self, "the timeout has passed, and nothing was thrown") {
      try await office.scheduler.waitUntilIdle(timeout: .seconds(6))
    }
    #expect(
      world.now == .seconds(3),
      """
      with a timeout of 6 s, on a clock that is twice as fast, waiting until idle ended at \
      \(text(world.now))
      """)
    let waiter = Task(name: "idle?") {
      try await office.scheduler.waitUntilIdle(timeout: .seconds(1_000))
    }
    try await office.pass(1)
    waiter.cancel()
    let result = await waiter.result
    #expect(
      world.now == .seconds(4), "a waiter cancelled at 4 s went on until \(text(world.now))")
    #expect(throws: CancellationError.self, "a waiter was cancelled, and threw something else") {
      try result.get()
    }
    let moment = "after waiters until idle timed out and were cancelled"
    await office.expect(slow, is: .running, when: "\(moment), for a task that runs")
    await office.expect(tea, is: .pending, when: "\(moment), for a task that waits")
    try await office.pass(10)
    office.expect("tea", begins: [8], because: "due at 8 s, long after the waiters had gone")
    await office.expect(slow, is: .completed, when: "\(moment), for a task whose 10 s have passed")
    await office.scheduler.stop()
  },
]
