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
    "whoever waits goes on at the moment at which the gate opens", hint: 1,
    cause: "wait() looks at the flag again and again. A continuation is resumed when it is time.",
    options: .short
  ) { type, world in
    let track = Track(world, type)
    await track.race("ann", "bob") {
      try? await world.clock.sleep(for: .seconds(1))
      await track.open()
    }
    track.expectAllRan("two waited when the gate was opened")
    for name in track.runners {
      let time = track.log.time(of: "\(name) runs") ?? .zero
      #expect(time <= .seconds(1), "the gate was opened at 1 s, and \(name) went on at \(time)")
    }
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
    "cancelling one ends nobody else's wait", hint: 2,
    cause: "The handler does not know which of the waiters is its own. Give each a number.",
    options: .short
  ) { type, world in
    let track = Track(world, type)
    await track.race("ann", "cem") {
      await track.raceAndCancel("bob")
      // That is another matter.
      if track.place(of: "bob") == .stuck { return }
      track.expectNobodyRuns(
        besides: ["bob"], because: "bob was cancelled, nobody has opened the gate")
      for name in ["ann", "cem"] where track.place(of: name) == .left {
        Issue.record("bob was cancelled, and \(name)'s wait threw, too")
      }
      await track.open()
    }
    track.expectAllRan("they were not cancelled", besides: ["bob"])
  },
  Check(
    "a task that is cancelled before it has begun to wait is not forgotten", hint: 3,
    cause: "The handler ran before the continuation was kept, and found nobody to resume.",
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
