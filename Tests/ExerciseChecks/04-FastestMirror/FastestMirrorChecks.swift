import CheckKit
import Exercise04
import ExerciseKit
import Solution04
import Testing

@Suite("04 FastestMirror")
struct FastestMirrorTests {
  @Test("your answer", arguments: fastestMirrorChecks)
  func learner(_ check: Check<MirrorSearch>) async {
    await judge(Exercise04.fastestMirror, by: check, of: "04-FastestMirror")
  }

  @Test("our solution", arguments: fastestMirrorChecks)
  func solution(_ check: Check<MirrorSearch>) async {
    await judge(Solution04.fastestMirror, by: check, of: "04-FastestMirror")
  }

  @Test("a right answer of another build", arguments: fastestMirrorChecks)
  func alternative(_ check: Check<MirrorSearch>) async {
    await judge(fastestMirrorByThrowing, by: check, of: "04-FastestMirror")
  }

  @Test("a right answer of unstructured tasks", arguments: fastestMirrorChecks)
  func unstructured(_ check: Check<MirrorSearch>) async {
    await judge(fastestMirrorByHandles, by: check, of: "04-FastestMirror")
  }

  @Test("a wrong answer", arguments: wrongFastestMirrors)
  func wrong(_ answer: WrongAnswer<MirrorSearch>) async {
    await expectRejection(of: answer, by: fastestMirrorChecks)
  }
}

let fastestMirrorChecks: [Check<MirrorSearch>] = [
  Check(
    "the first mirror to deliver wins", hint: 1,
    cause: "Mirrors are awaited in the order of the list. A group hands over what is done first."
  ) { search, world in
    let net = Net(world, ["oslo": .delivers(3), "rome": .delivers(1), "lima": .delivers(2)])
    try await net.expect("the file from rome", of: search, from: ["oslo", "rome", "lima"])
    try await net.expect("the file from oslo", of: search, from: ["oslo"])
  },
  Check(
    "all mirrors are asked at once", hint: 1,
    cause: "A mirror is not asked before another has ended. Add all children, then listen."
  ) { search, world in
    let net = Net(world, ["oslo": .fails(60), "rome": .delivers(90), "lima": .delivers(120)])
    _ = try? await search(["oslo", "rome", "lima"], net.fetch)
    let late = ["oslo", "rome", "lima"].filter { net.log.time(of: "asks \($0)") != .zero }
    try #require(
      late.isEmpty,
      "mirrors that were not asked at the beginning, but later or never: \(net.names(late))")
    let many = (1...50).map { "mirror\($0)" }
    let wide = Net(world, Dictionary(uniqueKeysWithValues: many.map { ($0, .fails(1)) }))
    let began = world.now
    _ = try? await search(many, wide.fetch)
    let asked = many.count { wide.log.time(of: "asks \($0)") == began }
    #expect(asked == 50, "of 50 mirrors, asked at the beginning: \(asked)")
  },
  Check(
    "a mirror that fails does not end the search", hint: 1,
    cause: "The first to end is taken for the first to succeed. Keep errors inside of the children."
  ) { search, world in
    let net = Net(world, ["oslo": .fails(0), "rome": .fails(1), "lima": .delivers(2)])
    try await net.expect("the file from lima", of: search, from: ["oslo", "rome", "lima"])
  },
  Check(
    "a mirror that throws CancellationError by itself has only failed", hint: 3,
    cause: "It ends the search as any error does, or is taken for the caller's own cancellation."
  ) { search, world in
    let net = Net(world, ["oslo": .givesUp(0), "rome": .fails(1), "lima": .delivers(2)])
    try await net.expect("the file from lima", of: search, from: ["oslo", "rome", "lima"])
    try await net.expectFailures(
      ["oslo: CancellationError()", "rome: not found"], of: search, from: ["oslo", "rome"])
  },
  Check(
    "the losers are cancelled", hint: 2,
    cause: "Leaving a group by return cancels nobody, and a Task { } hears of nothing."
  ) { search, world in
    let net = Net(world, ["oslo": .delivers(90), "rome": .delivers(1), "lima": .fails(60)])
    _ = try? await search(["oslo", "rome", "lima"], net.fetch)
    let over = world.now
    // Whether it has awaited them is another question.
    await world.settle()
    let deaf = ["oslo", "lima"].filter(net.hasNotHeard)
    #expect(
      deaf.isEmpty,
      """
      rome delivers after 1 s, and the search was over at \(over); \
      mirrors that were not told to stop: \(net.names(deaf))
      """)
  },
  Check(
    "it returns when the losers have ended, and not later", hint: 2,
    cause: "The losers were not told to stop, or were told and not awaited. It takes both."
  ) { search, world in
    let net = Net(world, ["oslo": .delivers(90), "rome": .delivers(1), "lima": .fails(60)])
    _ = try? await search(["oslo", "rome", "lima"], net.fetch)
    let open = net.connections.inside
    #expect(open == 0, "it returned the file, and mirrors that still went on: \(open)")
    #expect(
      world.now <= .seconds(1),
      "rome delivers after 1 s, the others stop when they are told, and it took \(world.now)")
  },
  Check(
    "a loser that delivers after all changes nothing", hint: 2,
    cause: "The loop goes on after the first success, and a later one takes its place."
  ) { search, world in
    let net = Net(world, ["oslo": .deliversAnyway(2), "rome": .delivers(1), "lima": .fails(60)])
    try await net.expect("the file from rome", of: search, from: ["oslo", "rome", "lima"])
  },
  Check(
    "if all fail, it says why each did, in the order of the list", hint: 3,
    cause: "Failures arrive in any order, and there may be none. Keep each with its index."
  ) { search, world in
    let net = Net(world, ["oslo": .refuses(2), "rome": .fails(0), "lima": .breaksOff(1)])
    try await net.expectFailures(
      ["oslo: refused", "rome: not found", "lima: cut off"], of: search,
      from: ["oslo", "rome", "lima"])
    try await net.expectFailures([], of: search, from: [])
  },
  Check(
    "cancelling the caller cancels and awaits every mirror", hint: 2,
    cause: "The mirrors are in tasks of their own (Task { }), which nobody cancels or awaits."
  ) { search, world in
    let net = Net(world, ["oslo": .delivers(60), "rome": .fails(90), "lima": .delivers(120)])
    _ = await net.cancel(search, from: ["oslo", "rome", "lima"])
    let (over, open) = (world.now, net.connections.inside)
    await world.settle()
    let deaf = ["oslo", "rome", "lima"].filter(net.hasNotHeard)
    #expect(
      deaf.isEmpty,
      """
      the caller was cancelled at 1 s, and the search was over at \(over); \
      mirrors that were not told to stop: \(net.names(deaf))
      """)
    #expect(open == 0, "the caller was cancelled and got its error; mirrors that went on: \(open)")
  },
  Check(
    "a cancelled caller gets a CancellationError, or the file if a mirror has won", hint: 3,
    cause: "Only the task knows that the caller was cancelled. Ask it, and only if none has won."
  ) { search, world in
    let net = Net(world, ["oslo": .refuses(0), "rome": .delivers(60), "lima": .fails(90)])
    switch await net.cancel(search, from: ["oslo", "rome", "lima"]) {
    case .success(let file):
      Issue.record("the caller was cancelled at 1 s, and got “\(file)”")
    case .failure(is CancellationError): break
    case .failure(let error):
      Issue.record("the caller was cancelled at 1 s, and got this error: \(net.text(error))")
    }
    let slow = Net(world, ["oslo": .stopsSlowly(60), "rome": .delivers(0)])
    if case .failure(let error) = await slow.cancel(search, from: ["rome", "oslo"]) {
      Issue.record(
        """
        rome delivers at once, the caller was cancelled after 1 s, while oslo was still stopping, \
        and got this error: \(slow.text(error))
        """)
    }
    try await slow.hangUp()
  },
]
