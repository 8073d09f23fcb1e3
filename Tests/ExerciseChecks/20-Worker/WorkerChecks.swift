import CheckKit
import Exercise20
import ExerciseKit
import Solution20
import Testing

@Suite("20 Worker")
struct WorkerTests {
  @Test("your answer", arguments: workerChecks)
  func learner(_ check: Check<any Working.Type>) async {
    await judge(Exercise20.Worker.self, by: check, of: "20-Worker")
  }

  @Test("our solution", arguments: workerChecks)
  func solution(_ check: Check<any Working.Type>) async {
    await judge(Solution20.Worker.self, by: check, of: "20-Worker")
  }

  @Test("a right answer with a task for each delivery", arguments: workerChecks)
  func tasks(_ check: Check<any Working.Type>) async {
    await judge(TaskForEachWorker.self, by: check, of: "20-Worker")
  }

  @Test("a wrong answer", arguments: wrongWorkers)
  func wrong(_ answer: WrongAnswer<any Working.Type>) async {
    await expectRejection(of: answer, by: workerChecks)
  }
}

let workerChecks: [Check<any Working.Type>] = [
  Check(
    "jobs are done one after the other, as long as there are some", hint: 1,
    cause: "It is one loop: get a job, do it, tell the broker, and again."
  ) { type, world in
    let shop = Shop(type, world)
    for job in ["fog", "elk"] { shop.broker.add(job) }
    let ann = shop.hire()
    try await shop.pass(30)
    shop.broker.add("cat")
    try await shop.pass(3)
    await shop.dismiss(ann)
    shop.expect("fog", begins: "at 0 s", because: "there were two jobs of 2 s at the beginning")
    shop.expect("elk", begins: "at 2 s", because: "there were two jobs of 2 s at the beginning")
    shop.expect("cat", begins: "at 30 s", because: "a job came at 30 s, when there was no other")
    for job in ["fog", "elk", "cat"] {
      shop.expect(job, told: ["acknowledge"], when: "when all was done")
    }
  },
  Check(
    "a job is acknowledged when it is done, and not before", hint: 1,
    cause: "A job that has been acknowledged is forgotten: if the worker dies now, it is lost."
  ) { type, world in
    let shop = Shop(type, world)
    shop.broker.add("fog")
    let ann = shop.hire()
    try await shop.pass(1)
    shop.expect("fog", told: [], when: "in the middle of the job")
    try await shop.pass(2)
    shop.expect("fog", told: ["acknowledge"], when: "after the job")
    await shop.dismiss(ann)
  },
  Check(
    "a job that fails is tried again, after a pause that doubles", hint: 3,
    cause: "Whatever it throws, it has failed. The pause is backoff * 2 to the power of failures."
  ) { type, world in
    let shop = Shop(type, world, failing: ["jam": 3])
    shop.broker.add("jam")
    let ann = shop.hire()
    try await shop.pass(30)
    await shop.dismiss(ann)
    shop.expect("jam", begins: "at 0 s, 3 s, 7 s, 13 s", because: "three attempts of 2 s failed")
    shop.expect(
      "jam", told: ["retry after 1 s", "retry after 2 s", "retry after 4 s", "acknowledge"],
      when: "when the fourth had succeeded")
    // What it throws does not matter, as long as nobody has cancelled it.
    let second = Shop(
      type, world, failing: ["wax": 1, "tin": 1],
      throwing: ["wax": CancellationError(), "tin": BrokerUnreachable()])
    for job in ["wax", "tin"] { second.broker.add(job) }
    let bob = second.hire("bob")
    try await second.pass(10)
    await second.dismiss(bob)
    second.expect(
      "wax", told: ["retry after 1 s", "acknowledge"],
      when: "when it had thrown a CancellationError of its own, and run() was not cancelled")
    second.expect(
      "tin", told: ["retry after 1 s", "acknowledge"],
      when: "when it had thrown a BrokerUnreachable of its own, and the broker could be reached")
  },
  Check(
    "a job that fails once more after its last retry is buried, and others go on", hint: 2,
    cause:
      "Compare the delivery's failures with the limit. No error of the handler's ends the loop."
  ) { type, world in
    let shop = Shop(type, world, failing: ["jam": 9])
    shop.broker.add("jam")
    let ann = shop.hire()
    try await shop.pass(40)
    shop.broker.add("fog")
    try await shop.pass(3)
    await shop.dismiss(ann)
    shop.expect(
      "jam",
      told: [
        "retry after 1 s", "retry after 2 s", "retry after 4 s", "bury because of jam 4",
      ], when: "after the retries of a job that always fails")
    shop.expect("fog", told: ["acknowledge"], when: "3 s after another job had come")
    // Others have tried it before.
    let second = Shop(type, world, failing: ["wax": 9, "tin": 9])
    second.broker.add("wax", failures: 3)
    second.broker.add("tin", failures: 2)
    let bob = second.hire("bob")
    try await second.pass(5)
    await second.dismiss(bob)
    second.expect(
      "wax", told: ["bury because of jam 1"], when: "after a job that had failed 3 times before")
    second.expect(
      "tin", told: ["retry after 4 s"], when: "after a job that had failed twice before")
  },
  Check(
    "other jobs are done while one waits for its retry", hint: 1,
    cause: "The broker keeps the time of the pause. A worker that sleeps for it does nothing else."
  ) { type, world in
    let shop = Shop(type, world, failing: ["jam": 3])
    for job in ["jam", "fog", "elk"] { shop.broker.add(job) }
    let ann = shop.hire()
    try await shop.pass(30)
    await shop.dismiss(ann)
    shop.expect("fog", begins: "at 2 s", because: "the job before it failed at 2 s")
    shop.expect("fog", told: ["acknowledge"], when: "at the end")
    // The two that are due at 4 s may come in either order.
    let elk = shop.begins("elk")
    #expect(
      ["at 4 s", "at 6 s"].contains(elk), "“elk” began \(elk), and only one job was before it")
  },
  Check(
    "what a dead worker has left is claimed", hint: 2,
    cause: "Claim before every new job, and never wait longer than a lease for a new one."
  ) { type, world in
    // Nothing else to do.
    let quiet = Shop(type, world)
    quiet.broker.add("left", leasedTo: "a dead worker")
    let ann = quiet.hire()
    try await quiet.pass(23)
    quiet.expect(
      "left", told: ["acknowledge"],
      when: "13 s after the lease of a dead worker had run out, with no other jobs")
    try await quiet.pass(37)
    await quiet.dismiss(ann)
    let gap = quiet.broker.longestWithoutClaim
    #expect(
      gap <= quiet.broker.lease,
      "with no jobs for a minute, it did not claim for \(text(gap)), and a lease takes 10 s")
    // Too much to do.
    let busy = Shop(type, world)
    busy.broker.add("left", leasedTo: "a dead worker")
    for number in 1...20 { busy.broker.add("job \(number)") }
    let bob = busy.hire("bob")
    try await busy.pass(15)
    busy.expect(
      "left", told: ["acknowledge"],
      when: "5 s after the lease of a dead worker had run out, with new jobs waiting")
    await busy.dismiss(bob)
  },
  Check(
    "a cancelled worker gives back what it has not done", hint: 2,
    cause: "Shield what tells the broker, and only that. Look at your task, not at the error."
  ) { type, world in
    let shop = Shop(type, world, rude: world.seed % 4 < 2 ? ["fog"] : [])
    for job in ["fog", "elk"] { shop.broker.add(job) }
    let ann = shop.hire()
    try await shop.pass(1)
    await shop.dismissStrictly(ann)
    #expect(world.now == .seconds(1), "it was cancelled at 1 s, and ended at \(text(world.now))")
    shop.expect("fog", told: ["give back"], when: "when the worker was cancelled in its middle")
    shop.expect("elk", begins: "never", because: "the worker was cancelled before")
    // A worker that has nothing to do is cancelled as well.
    let idle = Shop(type, world)
    let bob = idle.hire("bob")
    try await idle.pass(1)
    let begin = world.now
    await idle.dismissStrictly(bob)
    #expect(world.now == begin, "an idle worker took \(text(world.now - begin)) to end")
  },
  Check(
    "what was done all the same is acknowledged, once", hint: 1,
    cause: "A handler that returns has done its job, whether its task is cancelled or not."
  ) { type, world in
    let shop = Shop(type, world, deaf: ["fog"])
    for job in ["fog", "elk"] { shop.broker.add(job) }
    let ann = shop.hire()
    try await shop.pass(1)
    await shop.dismiss(ann)
    shop.expect(
      "fog", told: ["acknowledge"],
      when: "when its worker was cancelled, and the handler returned all the same")
    shop.expect("elk", begins: "never", because: "the worker was cancelled before")
  },
  Check(
    "cancelled at any moment, it loses nothing", hint: 2,
    cause: "Between getting a job and settling it there is a moment at which the job is forgotten."
  ) { type, world in
    let shop = Shop(type, world, failing: ["jam": 1])
    for job in ["fog", "jam", "elk"] { shop.broker.add(job) }
    let ann = shop.hire()
    // The moment belongs to the schedule, down to single turns.
    var lots = world.randomNumbers
    try await world.clock.sleep(for: .seconds(Int.random(in: 0...4, using: &lots)))
    for _ in 0..<Int.random(in: 0...6, using: &lots) { await Task.yield() }
    ann.cancel()
    _ = await ann.result
    for job in ["fog", "jam", "elk"] {
      let place = shop.broker.place(of: job)
      #expect(!place.contains("lease"), "the worker has ended, and “\(job)” is still \(place)")
    }
    let bob = shop.hire("bob")
    try await shop.pass(20)
    await shop.dismiss(bob)
    for job in ["fog", "jam", "elk"] {
      let count = shop.broker.told(about: job).count { $0 == "acknowledge" }
      #expect(count == 1, "after another worker had 20 s, “\(job)” was acknowledged \(count) times")
    }
    let strays = shop.broker.strays
    #expect(strays.isEmpty, "the broker was told \(strays.joined(separator: ", ")), a second time")
  },
  Check(
    "a broker that cannot be reached is asked again, and no job is done twice for that", hint: 3,
    cause: "Repeat the call that failed, every second, and not the job. Shield the pauses, too."
  ) { type, world in
    let shop = Shop(type, world)
    for job in ["fog", "elk"] { shop.broker.add(job) }
    shop.broker.beUnreachable(for: "claim", times: 1)
    shop.broker.beUnreachable(for: "take", times: 2)
    shop.broker.beUnreachable(for: "acknowledge", times: 2)
    let ann = shop.hire()
    try await shop.pass(20)
    await shop.dismiss(ann)
    shop.expect("fog", begins: "at 3 s", because: "the first three calls found nobody")
    shop.expect("fog", told: ["acknowledge"], when: "when acknowledging had failed twice")
    shop.expect("elk", begins: "at 7 s", because: "acknowledging the first job had failed twice")
    // A claim that found nobody is none.
    let busy = Shop(type, world)
    busy.broker.add("left", leasedTo: "a dead worker")
    for number in 1...7 { busy.broker.add("job \(number)") }
    let eve = busy.hire("eve")
    let begin = world.now
    try await busy.pass(9)
    busy.broker.beUnreachable(for: "claim", times: 1)
    try await busy.pass(7)
    await busy.dismiss(eve)
    busy.expect(
      "left", begins: "at \(text(begin + .seconds(11)))",
      because: "its lease had run out, and claiming had failed once, 1 s before")
    // Nor is a failure lost.
    let jammed = Shop(type, world, failing: ["jam": 9])
    jammed.broker.add("jam", failures: 2)
    jammed.broker.beUnreachable(for: "retry", times: 2)
    jammed.broker.beUnreachable(for: "bury", times: 12)
    let cem = jammed.hire("cem")
    try await jammed.pass(40)
    await jammed.dismiss(cem)
    jammed.expect(
      "jam", told: ["retry after 4 s", "bury because of jam 2"],
      when: "when retrying had found nobody twice, and burying 12 times")
    // And when it is cancelled meanwhile, the job is not lost either.
    let last = Shop(type, world)
    last.broker.add("cat")
    last.broker.beUnreachable(for: "give back", times: 2)
    let bob = last.hire("bob")
    try await last.pass(1)
    await last.dismiss(bob)
    last.expect(
      "cat", told: ["give back"], when: "when the worker was cancelled and giving back failed twice"
    )
    let done = Shop(type, world)
    done.broker.add("hen")
    done.broker.beUnreachable(for: "acknowledge", times: 2)
    let dan = done.hire("dan")
    try await done.pass(2.5)
    await done.dismiss(dan)
    done.expect(
      "hen", told: ["acknowledge"],
      when: "when the worker was cancelled after acknowledging had failed once")
  },
]
