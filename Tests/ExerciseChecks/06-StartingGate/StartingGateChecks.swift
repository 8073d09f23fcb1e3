import CheckKit
import Exercise06
import ExerciseKit
import Solution06
import Testing

@Suite("06 StartingGate")
struct StartingGateTests {
  @Test("your answer", arguments: startingGateChecks)
  func learner(_ check: Check<any Gating.Type>) async {
    await judge(Exercise06.StartingGate.self, by: check, of: "06-StartingGate")
  }

  @Test("our solution", arguments: startingGateChecks)
  func solution(_ check: Check<any Gating.Type>) async {
    await judge(Solution06.StartingGate.self, by: check, of: "06-StartingGate")
  }

  @Test("a right answer of another build", arguments: startingGateChecks)
  func alternative(_ check: Check<any Gating.Type>) async {
    await judge(StreamsGate.self, by: check, of: "06-StartingGate")
  }

  @Test("a right answer that is an actor", arguments: startingGateChecks)
  func actor(_ check: Check<any Gating.Type>) async {
    await judge(ActorGate.self, by: check, of: "06-StartingGate")
  }

  @Test("a wrong answer", arguments: wrongStartingGates)
  func wrong(_ answer: WrongAnswer<any Gating.Type>) async {
    await expectRejection(of: answer, by: startingGateChecks)
  }

  // Swift itself rejects this one: in a process of its own, so that it ends nothing else.
  @Test("a wrong answer that resumes a continuation twice")
  func twice() async throws {
    let end = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let check = startingGateChecks.first { $0.sentence == "opening the gate twice is harmless" }
      _ = await check?.failure(of: RepeatingGate.self)
    }
    let said = String(decoding: end?.standardErrorContent ?? [], as: UTF8.self)
    #expect(said.contains("wait() tried to resume its continuation more than once"))
  }
}

let startingGateChecks: [Check<any Gating.Type>] = [
  Check(
    "whoever waits goes on at the moment at which the gate opens", hint: 1,
    cause: "Nobody resumes it, or it looks at the flag again and again. Let open() resume it.",
    options: .short
  ) { type, world in
    // One waiter: that there may be more is another matter.
    let track = Track(world, type)
    await track.race("ann") {
      try? await world.clock.sleep(for: .seconds(1))
      await track.open()
    }
    let time = track.log.time(of: "ann runs") ?? .zero
    #expect(time <= .seconds(1), "the gate was opened at 1 s, and ann went on at \(time)")
  },
  Check(
    "nobody passes before the gate is opened", hint: 1,
    cause: "wait() returns without suspending, or somebody is resumed who should wait.",
    options: .short
  ) { type, world in
    let track = Track(world, type)
    await track.race("ann", "bob", "cem") {
      await world.settle()
      track.expectNobodyRuns(because: "nobody has opened the gate")
      await track.open()
    }
  },
  Check(
    "one open lets everybody go on who waits", hint: 1,
    cause: "A continuation is one waiter. For many there is a list, and all of it is resumed.",
    options: .short
  ) { type, world in
    let track = Track(world, type)
    await track.race("ann", "bob", "cem") {
      await world.settle()
      await track.open()
    }
    track.expectAllRan("three waited when the gate was opened")
  },
  Check(
    "whoever comes late passes", hint: 1,
    cause: "The gate does not remember that it is open.",
    options: .short
  ) { type, world in
    let track = Track(world, type)
    await track.race("ann") {
      await world.settle()
      await track.open()
    }
    await track.race("dan", "eve") {}
    track.expectAllRan("dan and eve came when the gate was open")
    let early = Track(world, type)
    await early.open()
    await early.race("fay") {}
    early.expectAllRan("fay came when the gate was open, opened when nobody waited")
  },
  Check(
    "nobody is forgotten who comes while the gate is being opened", hint: 1,
    cause: "Something can come in between looking at the flag and joining the list.",
    options: .short
  ) { type, world in
    let track = Track(world, type)
    await track.race("ann", "bob", "cem") { await track.open(by: "starter") }
    track.expectAllRan("they came while the gate was being opened")
  },
  Check(
    "opening the gate twice is harmless", hint: 1,
    cause: "The second open undoes the first, or finds waiters who have been resumed already.",
    options: .short
  ) { type, world in
    let track = Track(world, type)
    await track.race("ann", "bob") {
      await world.settle()
      await track.open(by: "starter 1", "starter 2")
    }
    await track.race("dan") {}
    await track.open()
    await track.race("eve") {}
    track.expectAllRan("the gate was opened three times")
  },
  Check(
    "a cancelled wait ends at once, with a CancellationError", hint: 2,
    cause: "A continuation knows nothing of cancellation. Somebody has to resume it, and to throw.",
    options: .short
  ) { type, world in
    let track = Track(world, type)
    await track.race("ann", "cem") {
      await track.raceAndCancel("bob")
      track.expectLeft("bob", "bob was cancelled while he waited")
      await track.open()
    }
  },
  Check(
    "cancelling one ends nobody else's wait, not even a later one", hint: 2,
    cause:
      "The handler does more than end its own wait. Give each a number that no other ever has.",
    options: .short
  ) { type, world in
    let alone = Track(world, type)
    await alone.come("bob")
    await alone.cancel("bob")
    await alone.come("ann")
    await alone.expectOthersWait("bob waited alone and was cancelled, ann came")
    let track = Track(world, type)
    await track.come("ann", "bob", "cem")
    await track.cancel("bob")
    await track.come("dan")
    await track.cancel("cem")
    await track.come("eve")
    await track.cancel("eve")
    await track.expectOthersWait("bob, cem and eve were cancelled one after the other")
  },
  Check(
    "a task that is cancelled before it begins to wait gets a CancellationError at once", hint: 3,
    cause:
      "The handler runs before there is a waiter. Before joining, ask Task.isCancelled, and throw.",
    options: .short
  ) { type, world in
    for (moment, when) in [(Track.Moment.before, "before"), (.soon, "when")] {
      let track = Track(world, type)
      await track.raceAndCancel("bob", moment)
      track.expectLeft("bob", "bob was cancelled \(when) he came to the closed gate")
    }
  },
  Check(
    "nobody is forgotten when a task is cancelled while the gate opens", hint: 2,
    cause: "Whoever was woken is cancelled before it runs, and what it was to do is not done.",
    options: .short
  ) { type, world in
    let track = Track(world, type)
    await track.race("ann", "bob") { await track.raceAndCancel("cem", .whileItOpens) }
    track.expectAllRan("cem was cancelled while the gate was being opened", besides: ["cem"])
  },
]
