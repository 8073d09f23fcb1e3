import CheckKit
import Exercise12
import ExerciseKit
import Solution12
import Synchronization
import Testing

@Suite("12 Workshop")
struct WorkshopTests {
  @Test("your answer", arguments: workshopChecks)
  func learner(_ check: Check<ToolUse>) async {
    await judge(Exercise12.withTools, by: check, of: "12-Workshop")
  }

  @Test("our solution", arguments: workshopChecks)
  func solution(_ check: Check<ToolUse>) async {
    await judge(Solution12.withTools, by: check, of: "12-Workshop")
  }

  @Test("a right answer on the lesson's stack", arguments: workshopChecks)
  func stack(_ check: Check<ToolUse>) async {
    await judge(withToolsOnAStack, by: check, of: "12-Workshop")
  }

  @Test("a right answer by recursion", arguments: workshopChecks)
  func recursion(_ check: Check<ToolUse>) async {
    await judge(withToolsByRecursion, by: check, of: "12-Workshop")
  }

  @Test("a wrong answer", arguments: wrongToolUses)
  func wrong(_ answer: WrongAnswer<ToolUse>) async {
    await expectRejection(of: answer, by: workshopChecks)
  }
}

let workshopChecks: [Check<ToolUse>] = [
  Check(
    "the work is done once, with all the tools, and its result comes back", hint: 1,
    cause: "Collect the tools as you take them, work once, and return what the work returns."
  ) { use, world in
    let names = world.oneOf([["saw", "drill", "plane"], []])
    let yard = Yard(world)
    let seen = Mutex<[String]>([])
    let made = try await use(names, yard) { tools in
      seen.withLock { $0 = tools.map(\.name) }
      return try await yard.build(tools)
    }
    let tools = seen.withLock { $0 }
    #expect(yard.works == 1, "tools asked for: \(names); the work was done \(yard.works) times")
    #expect(tools == names, "tools asked for: \(names); the work was given \(tools)")
    #expect(made == "a shelf", "the work returned “a shelf”, and the caller got “\(made)”")
    let another = Yard(world)
    _ = try? await use(["saw"], another, another.botch)
    try await another.rest()
    #expect(another.works == 1, "the work threw, and it was begun \(another.works) times")
  },
  Check(
    "tools are given back in the opposite order, one after the other", hint: 1,
    cause: "Walk backwards through all that was taken, and await each before the next."
  ) { use, world in
    let yard = Yard(world)
    _ = try await use(["saw", "drill", "plane"], yard, yard.build)
    try await yard.expectAllBack(after: "the work is done")
    #expect(
      yard.returns == ["plane", "drill", "saw"],
      "taken: saw, drill, plane; given back: \(yard.returns.joined(separator: ", "))")
    if let (first, second) = yard.overlap {
      Issue.record("“\(second)” began before “\(first)” was over: two ways at the same time")
    }
    let another = Yard(world)
    _ = try await use(["saw", "saw"], another, another.build)
    #expect(another.returns.count == 2, "two saws were taken; given back: \(another.returns.count)")
  },
  Check(
    "the last tool is back when it returns, and when it throws", hint: 2,
    cause: "A Task { } gives the tools back, and nobody awaits it."
  ) { use, world in
    let fails = world.oneOf([false, true])
    let yard = Yard(world)
    let ending = fails ? "it threw" : "it returned"
    _ = try? await use(["saw", "drill"], yard, fails ? yard.botch : yard.build)
    let (moment, underWay) = (world.now, yard.underWay)
    try await yard.rest()
    #expect(underWay.isEmpty, "\(ending) while this went on: \(underWay)")
    #expect(
      moment >= world.now, "\(ending) at \(moment), and the last tool was back at \(world.now)")
  },
  Check(
    "when the work throws, every tool comes back", hint: 2,
    cause: "The error leaves before the line that gives the tools back."
  ) { use, world in
    let yard = Yard(world)
    _ = try? await use(["saw", "drill", "plane"], yard, yard.botch)
    try await yard.expectAllBack(after: "the work threw")
  },
  Check(
    "when a tool cannot be taken, those before it come back", hint: 1,
    cause: "Taking is outside of the do whose catch gives back, or it is not known what was taken."
  ) { use, world in
    let missing = world.oneOf(["plane", "drill", "saw"])
    let yard = Yard(world, [missing: .notThere])
    _ = try? await use(["saw", "drill", "plane"], yard, yard.build)
    try await yard.expectAllBack(after: "of saw, drill and plane, there was no \(missing)")
  },
  Check(
    "when a tool cannot be taken, no other is taken and the work is not begun", hint: 1,
    cause: "The error is caught too early, or the tools are all asked for at the same time."
  ) { use, world in
    let yard = Yard(world, ["drill": .notThere])
    _ = try? await use(["saw", "drill", "plane"], yard, yard.build)
    #expect(
      yard.takes == ["saw", "drill"],
      "there was no drill, and these were asked for: \(yard.takes.joined(separator: ", "))")
    #expect(yard.works == 0, "there was no drill, and the work was begun")
    try await yard.expectAllBack(after: "there was no drill")
  },
  Check(
    "a cancellation ends the work, and keeps no tool from coming back", hint: 2,
    cause:
      "What a cancelled task awaits throws at once. Shield each giving back, and nothing else.",
    schedules: 400
  ) { use, world in
    // Each moment gets half of the schedules.
    let (moment, doing) = world.oneOf([
      (Duration.milliseconds(2500), "worked"), (.milliseconds(3500), "gave tools back"),
    ])
    let yard = Yard(world)
    _ = try await yard.cancel(use, ["saw", "drill"], at: moment, in: world)
    try await yard.expectAllBack(after: "the task was cancelled while it \(doing)")
    if doing == "worked" { yard.expectHeard("work") }
  },
  Check(
    "a cancellation ends the taking, and what was taken comes back", hint: 1,
    cause: "Taking is shielded, or giving back is not; or something throws before a tool is noted."
  ) { use, world in
    let comes = world.oneOf([false, true])
    let yard = Yard(world, comes ? ["drill": .comesAnyway] : [:])
    _ = try await yard.cancel(use, ["saw", "drill"], at: .milliseconds(1500), in: world)
    let ending = comes ? ", which came all the same" : ""
    try await yard.expectAllBack(after: "the task was cancelled while it took the drill\(ending)")
    if !comes { yard.expectHeard("take drill") }
  },
  Check(
    "a giving back that fails does not keep the others from it", hint: 2,
    cause: "The error leaves the loop, or leads to a catch that gives everything back once more."
  ) { use, world in
    let broken = world.oneOf([["drill"], ["plane"], ["saw", "plane"]])
    let yard = Yard(world, Dictionary(uniqueKeysWithValues: broken.map { ($0, .broken) }))
    _ = try? await use(["saw", "drill", "plane"], yard, yard.build)
    try await yard.expectAllBack(
      after: "\(broken.joined(separator: " and ")) could not be given back")
  },
  Check(
    "the first error is thrown, and if there is none, the result comes back", hint: 3,
    cause: "What giving back throws is swallowed, or it or a cancellation takes the first's place."
  ) { use, world in
    let stuck = "the drill and the saw could not be given back"
    let both: [String: Yard.Fault] = ["saw": .broken, "drill": .broken]
    let mishaps = [
      Mishap("the work failed", expected: "the board has split", workFails: true),
      Mishap("all went well, and \(stuck)", both, expected: "the drill is broken"),
      Mishap(
        "the work failed, and \(stuck)", both, expected: "the board has split", workFails: true),
      Mishap(
        "there was no plane, and \(stuck)", both.merging(["plane": .notThere]) { $1 },
        expected: "there is no plane"),
      Mishap(
        "the work was cancelled, and \(stuck)", both, expected: "CancellationError()",
        cancelled: .milliseconds(3500)),
      Mishap(
        "the work failed, and the task was cancelled while it gave back",
        expected: "the board has split", workFails: true, cancelled: .milliseconds(4500)),
      Mishap(
        "all went well, and the task was cancelled while it gave back", expected: nil,
        cancelled: .milliseconds(4500)),
    ]
    try await world.oneOf(mishaps).expectError(of: use, in: world)
  },
]
