import CheckKit
import Exercise11
import ExerciseKit
import Solution11
import Testing

@Suite("11 SingleFlight")
struct SingleFlightTests {
  @Test("your answer", arguments: singleFlightChecks)
  func learner(_ check: Check<any PictureLoading.Type>) async {
    await judge(Exercise11.SingleFlight.self, by: check, of: "11-SingleFlight")
  }

  @Test("our solution", arguments: singleFlightChecks)
  func solution(_ check: Check<any PictureLoading.Type>) async {
    await judge(Solution11.SingleFlight.self, by: check, of: "11-SingleFlight")
  }

  @Test("a right answer with a future for each caller", arguments: singleFlightChecks)
  func futures(_ check: Check<any PictureLoading.Type>) async {
    await judge(FutureFlight.self, by: check, of: "11-SingleFlight")
  }

  @Test("a right answer with a lock and continuations", arguments: singleFlightChecks)
  func continuations(_ check: Check<any PictureLoading.Type>) async {
    await judge(LockedFlight.self, by: check, of: "11-SingleFlight")
  }

  @Test("a wrong answer", arguments: wrongSingleFlights)
  func wrong(_ answer: WrongAnswer<any PictureLoading.Type>) async {
    await expectRejection(of: answer, by: singleFlightChecks)
  }
}

let singleFlightChecks: [Check<any PictureLoading.Type>] = [
  Check(
    "callers of the same picture share one load, and its picture", hint: 1,
    cause: "None is looked up, or it is in the dictionary too late, or its picture is made anew."
  ) { type, world in
    let studio = Studio(world, ["ann": [.loads(2)]])
    let loader = type.init(load: studio.load)
    let first = studio.caller("first", of: loader)
    let second = studio.caller("second", of: loader)
    try await world.clock.sleep(for: .seconds(1))
    let third = studio.caller("third", of: loader)
    for caller in [first, second, third] { await caller.expect("ann 1") }
    let loads = studio.loads(of: "ann")
    #expect(loads == 1, "three callers wanted ann's picture while it was loading; loads: \(loads)")
    let owners = studio.ownersOfCopies.joined(separator: ", ")
    #expect(owners == "", "who got a picture that is not the very one that was loaded: \(owners)")
  },
  Check(
    "different pictures are loaded at the same time", hint: 1,
    cause: "One load keeps the others waiting: a lock, or a load awaited on behalf of all."
  ) { type, world in
    let studio = Studio(world, ["ann": [.loads(2)], "bob": [.loads(2)]])
    let loader = type.init(load: studio.load)
    let callers = [
      studio.caller("ann's row", of: loader), studio.caller("bob's row", of: loader, "bob"),
    ]
    for (caller, picture) in zip(callers, ["ann 1", "bob 1"]) { await caller.expect(picture) }
    #expect(
      world.now <= .seconds(2), "two pictures, each 2 s in loading, took \(world.now) together")
  },
  Check(
    "a failure reaches all who share the load", hint: 1,
    cause: "Some callers wait for the picture only, and nobody tells them that there is none."
  ) { type, world in
    let studio = Studio(world, ["ann": [.fails(2), .loads(1)]])
    let loader = type.init(load: studio.load)
    let first = studio.caller("first", of: loader)
    try await world.clock.sleep(for: .seconds(1))
    let second = studio.caller("second", of: loader)
    for caller in [first, second] { await caller.expect("not found") }
  },
  Check(
    "when a load has ended, well or not, the next callers share a new one", hint: 3,
    cause: "It is kept, if only until somebody slower tidies up, who may then remove the next load."
  ) { type, world in
    let fails = isHeads(world)
    let studio = Studio(world, ["ann": [fails ? .fails(1) : .loads(1), .loads(2), .loads(1)]])
    let loader = type.init(load: studio.load)
    let impatient = Task(name: "impatient") {
      _ = try? await loader.picture("ann")
      world.note("asks again")
      return try await loader.picture("ann").name
    }
    let patient = studio.caller("patient", of: loader)
    await patient.expect(fails ? "not found" : "ann 1")
    try await world.clock.sleep(for: .seconds(1))
    let later = studio.caller("later", of: loader)
    let (second, third) = (await text(impatient.result), await text(later.result))
    let what = "the load \(fails ? "failed" : "ended") at 1 s"
    #expect(second == "ann 2", "\(what), and whoever asked again at once got this: “\(second)”")
    #expect(
      third == "ann 2",
      "\(what), a second was begun at once, and whoever came at 2 s got this: “\(third)”")
    await studio.caller("last", of: loader).expect("ann 3")
  },
  Check(
    "nothing is kept of a load that has ended", hint: 2,
    cause: "The load's task is still in the dictionary, and its picture with it. It is no cache."
  ) { type, world in
    let studio = Studio(world, ["ann": [.loads(1), .loads(1)]])
    let loader = type.init(load: studio.load)
    let kept = Weak()
    kept.picture = try await loader.picture("ann")
    await world.settle()
    #expect(
      kept.picture == nil, "the load has ended, nobody has the picture, and it is still there")
    await studio.caller("next", of: loader).expect("ann 2")
  },
  Check(
    "a caller that is cancelled leaves at once", hint: 2,
    cause: "It awaits a Task's value or a load's end, or another is let go instead, or forgotten."
  ) { type, world in
    // One who shares with others, or one who is alone with a load that stops slowly.
    let isAlone = isHeads(world)
    let studio = Studio(world, ["ann": [isAlone ? .stopsSlowly(60) : .loads(3)]])
    let loader = type.init(load: studio.load)
    let other = isAlone ? nil : studio.caller("staying", of: loader)
    let caller = studio.caller("leaving", of: loader)
    try await world.clock.sleep(for: .seconds(1))
    await caller.cancel()
    await caller.expect("CancellationError()")
    #expect(
      world.now == .seconds(1),
      """
      \(isAlone ? "the only caller" : "one of two callers") was cancelled at 1 s, \
      and left at \(world.now)
      """)
    _ = await other?.result
    try await studio.close()
  },
  Check(
    "the others do not notice that a caller leaves", hint: 2,
    cause: "The load is one caller's work, or whoever leaves cancels it, or forgets the others."
  ) { type, world in
    let studio = Studio(world, ["ann": [.loads(2)]])
    let loader = type.init(load: studio.load)
    let first = studio.caller("first", of: loader)
    await world.settle()
    let second = studio.caller("second", of: loader)
    try await world.clock.sleep(for: .seconds(1))
    let (leaving, staying) = isHeads(world) ? (first, second) : (second, first)
    await leaving.cancel()
    await staying.expect("ann 1", because: "the \(leaving.name) of two callers was cancelled")
    _ = await leaving.result
  },
  Check(
    "when all callers have left, the load is cancelled", hint: 2,
    cause: "Nobody counts who still waits for that load, or nobody cancels it when there is none."
  ) { type, world in
    let studio = Studio(world, ["ann": [.loads(60)], "bob": [.loads(3)], "eve": [.loads(60)]])
    let loader = type.init(load: studio.load)
    let other = studio.caller("other", of: loader, "bob")
    let callers = [studio.caller("first", of: loader), studio.caller("second", of: loader)]
    for caller in callers {
      try await world.clock.sleep(for: .seconds(1))
      await caller.cancel()
    }
    await world.settle()
    let stopped = studio.log.time(of: "has to stop ann 1").map { "at \($0)" } ?? "not at all"
    let cancelled = studio.caller("cancelled", of: loader, "eve", isCancelled: true)
    await world.settle()
    let goesOn = studio.loads(of: "eve") > studio.log.count(of: "has to stop eve 1")
    for caller in callers + [cancelled] { _ = await caller.result }
    await other.expect("bob 1", because: "only those who wanted other pictures have left")
    try await studio.close()
    #expect(
      stopped == "at 2.0 seconds",
      """
      one caller left at 1 s, the last at 2 s, while another waited for another picture, \
      and the load was told to stop: \(stopped)
      """)
    #expect(!goesOn, "the only caller was cancelled before it came, and a load goes on for nobody")
  },
  Check(
    "who comes after all have left gets a load of its own", hint: 3,
    cause: "A cancelled load is still in the dictionary, or its end removes the one that took over."
  ) { type, world in
    // The first stops at 3 s. The second goes on from 2 s to 6 s.
    let studio = Studio(world, ["ann": [.stopsSlowly(60), .loads(4), .loads(4)]])
    let loader = type.init(load: studio.load)
    let first = studio.caller("first", of: loader)
    try await world.clock.sleep(for: .seconds(1))
    await first.cancel()
    try await world.clock.sleep(for: .seconds(1))
    let second = studio.caller("second", of: loader)
    try await world.clock.sleep(for: .seconds(2))
    let third = studio.caller("third", of: loader)
    let why = "the first caller was cancelled at 1 s, and its load needs 2 s to stop"
    await second.expect("ann 2", because: "\(why); this one came at 2 s")
    await third.expect("ann 2", because: "\(why); this one came at 4 s, to share the second's")
    _ = await first.result
    try await studio.close()
  },
  Check(
    "who comes just when another leaves gets a picture", hint: 3,
    cause: "Between finding a load and being counted, somebody leaves, and takes the load along."
  ) { type, world in
    let studio = Studio(world, ["ann": [.loads(2), .loads(2)]])
    let loader = type.init(load: studio.load)
    let first = studio.caller("first", of: loader)
    try await world.clock.sleep(for: .seconds(1))
    let second = studio.caller("second", of: loader)
    await first.cancel()
    let seen = await text(second.result)
    _ = await first.result
    #expect(
      seen.hasPrefix("ann"),
      "one caller left just when another came, and that one got this: “\(seen)”")
  },
]

/// Heads or tails, as the schedule's seed has it.
private func isHeads(_ world: World) -> Bool {
  var numbers = world.randomNumbers
  return Bool.random(using: &numbers)
}
