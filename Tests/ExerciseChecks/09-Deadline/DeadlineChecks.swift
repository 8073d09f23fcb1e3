import AsyncPrimitives
import CheckKit
import Exercise09
import ExerciseKit
import Solution09
import Testing

@Suite("09 Deadline")
struct DeadlineTests {
  @Test("your answer", arguments: deadlineChecks)
  func learner(_ check: Check<DeadlineCollecting>) async {
    await judge(Exercise09.collectAnswers, by: check, of: "09-Deadline")
  }

  @Test("our solution", arguments: deadlineChecks)
  func solution(_ check: Check<DeadlineCollecting>) async {
    await judge(Solution09.collectAnswers, by: check, of: "09-Deadline")
  }

  @Test("a right answer of another build", arguments: deadlineChecks)
  func alternative(_ check: Check<DeadlineCollecting>) async {
    await judge(collectWithinOneTimeout, by: check, of: "09-Deadline")
  }

  @Test("a right answer of unstructured tasks", arguments: deadlineChecks)
  func unstructured(_ check: Check<DeadlineCollecting>) async {
    await judge(collectByHandles, by: check, of: "09-Deadline")
  }

  @Test("a wrong answer", arguments: wrongDeadlines)
  func wrong(_ answer: WrongAnswer<DeadlineCollecting>) async {
    await expectRejection(of: answer, by: deadlineChecks)
  }
}

let deadlineChecks: [Check<DeadlineCollecting>] = [
  Check(
    "there is one outcome for each service, in the order of the list", hint: 1,
    cause:
      "They are kept as they come, or by the service's name. Let each child bring its place along."
  ) { collect, world in
    let net = Services(
      world,
      ["train": .answers(3), "hotel": .answers(1), "flight": .answers(2), "bus": .answers(1)])
    try await net.expect(
      ["answer of train", "answer of hotel", "answer of flight"], of: collect,
      from: ["train", "hotel", "flight"], within: 10)
    try await net.expectTwoAnswers(of: collect, from: "bus")
    try await net.expect([], of: collect, from: [], within: 10)
  },
  Check(
    "all services are asked at once", hint: 1,
    cause:
      "A query waits for another one, or for a limit. Add all children to the group, then await."
  ) { collect, world in
    // Under every tenth seed there are many: no number is too many.
    let many = world.seed % 10 == 9 ? (3...50).map { "service \($0)" } : []
    let replies = many.map { ($0, Services.Reply.answers(1)) }
    let net = Services(
      world, ["train": .answers(1), "hotel": .fails(2)].merging(replies) { $1 })
    let services = ["train", "hotel"] + many
    _ = try? await collect(services, .now + .seconds(10), net.ask)
    let late = services.filter { net.log.time(of: "asks \($0)") != .zero }
    #expect(
      late.isEmpty,
      """
      services that were not asked at the beginning, but later or never: \
      \(names(Array(late.prefix(3))))\(late.count > 3 ? " and \(late.count - 3) more" : "")
      """)
  },
  Check(
    "it returns early when all queries end early", hint: 2,
    cause: "Something still waits for the deadline: a timer that nobody cancels, or a sleep."
  ) { collect, world in
    let net = Services(world, ["train": .answers(1), "hotel": .fails(2)])
    _ = try? await collect(["train", "hotel"], .now + .seconds(60), net.ask)
    #expect(
      world.now <= .seconds(2),
      "the last query ended after 2 s, the deadline was at 60 s, and it took \(world.now)")
  },
  Check(
    "an error is one outcome, and disturbs no other", hint: 1,
    cause: "An error has left its child task, or was thrown away. Return it as .failed."
  ) { collect, world in
    let net = Services(world, ["train": .fails(0), "hotel": .answers(1), "flight": .fails(2)])
    try await net.expect(
      ["failed: refused", "answer of hotel", "failed: refused"], of: collect,
      from: ["train", "hotel", "flight"], within: 10)
  },
  Check(
    "a service's own TimeoutError or CancellationError is an error, and not too late", hint: 2,
    cause: "The error's type is taken for the deadline. A service may throw what it likes, early."
  ) { collect, world in
    let net = Services(world, ["train": .losesPatience(1), "hotel": .givesUp(1)])
    try await net.expect(
      ["failed: the operation was not done within 1.0 seconds", "failed: CancellationError()"],
      of: collect, from: ["train", "hotel"], within: 10)
  },
  Check(
    "what has ended before the deadline is kept, and the rest is too late", hint: 1,
    cause: "The timeout is around everything, and takes along what was there already."
  ) { collect, world in
    let net = Services(world, ["train": .answers(1), "hotel": .fails(2), "flight": .answers(60)])
    try await net.expect(
      ["too late", "failed: refused", "answer of train"], of: collect,
      from: ["flight", "hotel", "train"], within: 3)
  },
  Check(
    "what goes on at the deadline is cancelled then, and awaited", hint: 2,
    cause: "A late query is not asked to stop, or was asked and not awaited. It takes both."
  ) { collect, world in
    let net = Services(world, ["train": .answers(1), "flight": .tidiesUp(60)])
    _ = try? await collect(["flight", "train"], .now + .seconds(3), net.ask)
    let (over, open) = (world.now, net.open.inside)
    await world.settle()
    let stopped = net.log.time(of: "has to stop flight").map { "at \($0)" } ?? "not at all"
    #expect(
      stopped == "at 3.0 seconds",
      "the deadline was at 3 s, it was over at \(over), and the late query was told to stop: \(stopped)"
    )
    #expect(
      open == 0,
      """
      a query was cancelled at 3 s and needs 1 s to tidy up; it returned at \(over), \
      and queries that still went on: \(open)
      """)
    #expect(over <= .seconds(4), "all queries had ended after 4 s, and it returned at \(over)")
    try await net.hangUp()
  },
  Check(
    "after the deadline everything is too late, and at once if it has passed already", hint: 3,
    cause:
      "A query may answer or throw all the same; a time left may be negative. Look at the clock."
  ) { collect, world in
    let slow = Services(
      world, ["train": .answers(1), "flight": .answersAnyway(4), "bus": .failsWhenTold(60)])
    try await slow.expect(
      ["too late", "answer of train", "too late"], of: collect, from: ["flight", "train", "bus"],
      within: 3)
    // Second, since it takes no time: what the first has left running still runs at the end.
    let began = world.now
    let net = Services(world, ["train": .answers(1), "hotel": .fails(2), "taxi": .answersAtOnce])
    try await net.expect(
      ["too late", "too late", "too late"], of: collect, from: ["train", "hotel", "taxi"],
      within: -1)
    let took = world.now - began
    #expect(took == .zero, "the deadline had passed, and it still took \(took)")
  },
  Check(
    "cancelling the caller cancels and awaits every query", hint: 2,
    cause: "The queries are in tasks of their own (Task { }), which nobody cancels or awaits."
  ) { collect, world in
    let net = Services(world, ["train": .tidiesUp(40), "hotel": .tidiesUp(50)])
    _ = await net.cancel(collect, from: ["train", "hotel"], within: 90)
    let (over, open) = (world.now, net.open.inside)
    await world.settle()
    let deaf = ["train", "hotel"].filter {
      net.log.time(of: "asks \($0)") == .zero
        && net.log.time(of: "has to stop \($0)") != .seconds(1)
    }
    #expect(
      deaf.isEmpty,
      """
      the caller was cancelled at 1 s, and it was over at \(over); \
      queries that were not told to stop at 1 s: \(names(deaf))
      """)
    #expect(open == 0, "the caller was cancelled and got its error; queries that went on: \(open)")
    try await net.hangUp()
  },
  Check(
    "a caller that is cancelled gets a CancellationError, and no list", hint: 3,
    cause: "Every query has turned its cancellation into an outcome. Ask the task after the group."
  ) { collect, world in
    let net = Services(world, ["train": .answers(0), "flight": .failsWhenTold(60)])
    switch await net.cancel(collect, from: ["train", "flight"], within: 90) {
    case .success(let outcomes):
      Issue.record(
        "the caller was cancelled at 1 s, and got a list: \(names(outcomes.map(text)))")
    case .failure(is CancellationError): break
    case .failure(let error):
      Issue.record("the caller was cancelled at 1 s, and got this error: \(error)")
    }
  },
]
