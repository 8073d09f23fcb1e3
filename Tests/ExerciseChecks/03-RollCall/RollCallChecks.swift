import CheckKit
import Exercise03
import ExerciseKit
import Solution03
import Testing

@Suite("03 RollCall")
struct RollCallTests {
  @Test("your answer", arguments: rollCallChecks)
  func learner(_ check: Check<RollCalling>) async {
    await judge(Exercise03.rollCall, by: check, of: "03-RollCall")
  }

  @Test("our solution", arguments: rollCallChecks)
  func solution(_ check: Check<RollCalling>) async {
    await judge(Solution03.rollCall, by: check, of: "03-RollCall")
  }

  @Test("a right answer of another build", arguments: rollCallChecks)
  func alternative(_ check: Check<RollCalling>) async {
    await judge(rollCallByGather, by: check, of: "03-RollCall")
  }

  @Test("a right answer of unstructured tasks", arguments: rollCallChecks)
  func unstructured(_ check: Check<RollCalling>) async {
    await judge(rollCallByTasks, by: check, of: "03-RollCall")
  }

  @Test("a wrong answer", arguments: wrongRollCalls)
  func wrong(_ answer: WrongAnswer<RollCalling>) async {
    await expectRejection(of: answer, by: rollCallChecks)
  }
}

let rollCallChecks: [Check<RollCalling>] = [
  Check(
    "there is one outcome for each name, in the order of the list", hint: 2,
    cause: "A group hands over what is done first. Let each child bring its place along."
  ) { rollCall, world in
    let slow = Phone(world, ["ann": .isHere(3), "bob": .isHere(1), "cem": .isHere(2)])
    try await slow.expect(
      ["ann is here", "bob is here", "cem is here"], of: rollCall, calling: ["ann", "bob", "cem"])
    let quick = Phone(world, ["ann": .isHere(0), "bob": .isHere(0), "cem": .isHere(0)])
    try await quick.expect(
      ["cem is here", "ann is here", "bob is here"], of: rollCall, calling: ["cem", "ann", "bob"])
    try await quick.expect([], of: rollCall, calling: [])
  },
  Check(
    "a name that is on the list twice is called twice, and has both outcomes", hint: 2,
    cause: "The outcomes are kept by name. Only the place in the list tells two of them apart."
  ) { rollCall, world in
    let phone = Phone(world, ["ann": .saysWhichCall(1)])
    // Nobody knows which of the two reaches her first.
    try await phone.expect(
      ["first call to ann", "second call to ann"], inAnyOrder: true, of: rollCall,
      calling: ["ann", "ann"])
    let calls = phone.log.count(of: "calls ann")
    #expect(calls == 2, "ann is on the list twice, and calls made to her: \(calls)")
  },
  Check(
    "all calls are made at once", hint: 1,
    cause: "A call is not made before another is over. Add all children, then await."
  ) { rollCall, world in
    let phone = Phone(world, ["ann": .isHere(1), "bob": .noAnswer(2), "cem": .isHere(3)])
    _ = try? await rollCall(["ann", "bob", "cem"], phone.call)
    try #require(world.now <= .seconds(3), "calls of 1, 2 and 3 seconds took \(world.now) together")
    let began = world.now
    let club = (1...50).map { "nr. \($0)" }
    let lines = Phone(world, Dictionary(uniqueKeysWithValues: club.map { ($0, .isHere(1)) }))
    _ = try? await rollCall(club, lines.call)
    let took = world.now - began
    #expect(
      took <= .seconds(1),
      "50 calls of 1 second took \(took) together, and at most \(lines.lines.peak) went on at once")
  },
  Check(
    "a call that fails disturbs no other, and keeps its own error", hint: 1,
    cause: "An error has left its child task, or was thrown away. Return it, as a Result."
  ) { rollCall, world in
    let phone = Phone(
      world,
      ["ann": .isHere(0), "bob": .noAnswer(1), "cem": .wrongNumber(2), "dan": .isHere(3)])
    try await phone.expect(
      ["ann is here", "no answer from bob", "wrong number for cem", "dan is here"],
      of: rollCall, calling: ["ann", "bob", "cem", "dan"])
    try await phone.expect(
      ["no answer from bob", "wrong number for cem"], of: rollCall, calling: ["bob", "cem"])
  },
  Check(
    "a call that throws CancellationError by itself is an outcome, too", hint: 3,
    cause: "It is not kept, or taken for the roll call's own. Only the task knows whose it was."
  ) { rollCall, world in
    let phone = Phone(world, ["ann": .isHere(1), "bob": .givesUp(2), "cem": .isHere(3)])
    try await phone.expect(
      ["ann is here", "CancellationError()", "cem is here"], of: rollCall,
      calling: ["ann", "bob", "cem"])
  },
  Check(
    "cancelling the roll call cancels every call", hint: 2,
    cause: "The calls are in tasks of their own (Task { }), which nobody cancels."
  ) { rollCall, world in
    let phone = Phone(world, ["ann": .isHere(60), "bob": .noAnswer(90), "cem": .isHere(120)])
    _ = await phone.cancel(rollCall, calling: ["ann", "bob", "cem"])
    let over = world.now
    // Whether it has awaited them is another question.
    await world.settle()
    let deaf = ["ann", "bob", "cem"].filter(phone.hasNotHeard)
    #expect(
      deaf.isEmpty,
      """
      the roll call was cancelled at 1 s, and it was over at \(over); \
      calls that did not hear of it: \(deaf.joined(separator: ", "))
      """)
  },
  Check(
    "a roll call that is cancelled throws, and returns no list", hint: 3,
    cause: "Outcomes do not tell that the roll call was cancelled. Ask its task, after the group."
  ) { rollCall, world in
    let phone = Phone(world, ["ann": .isHere(0), "bob": .isHere(60), "cem": .noAnswer(90)])
    await phone.expectNoList(of: rollCall, calling: ["ann", "bob", "cem"])
    let eager = Phone(world, ["dan": .isHereAnyway(60), "eva": .isHereAnyway(90)])
    await eager.expectNoList(of: rollCall, calling: ["dan", "eva"])
  },
  Check(
    "no call goes on when the roll call is over", hint: 2,
    cause: "Asking a call to stop is not stopping it: it has to be awaited. A group does that."
  ) { rollCall, world in
    let phone = Phone(world, ["ann": .isHere(60), "bob": .noAnswer(90)])
    _ = await phone.cancel(rollCall, calling: ["ann", "bob"])
    let open = phone.lines.inside
    #expect(open == 0, "the roll call was cancelled and has thrown; calls still going on: \(open)")
  },
]

/// A telephone on which people answer as we say, on the run's clock.
private struct Phone: Sendable {
  /// What comes of a call, after so many seconds.
  enum Reply {
    case isHere(Int), noAnswer(Int), wrongNumber(Int), givesUp(Int)
    /// Answers every call in other words.
    case saysWhichCall(Int)
    /// And if we have to hang up before that, answers all the same.
    case isHereAnyway(Int)
  }

  let log: EventLog
  /// The calls that go on.
  let lines = HighWaterMark()
  private let world: World
  private let replies: [String: Reply]

  init(_ world: World, _ replies: [String: Reply]) {
    self.world = world
    self.replies = replies
    log = EventLog(world)
  }

  /// In a task that has a name, so that each call has a line in the drawing.
  @Sendable func call(_ name: String) async throws -> String {
    if Task.name == name { return try await lines.count { try await talk(to: name) } }
    return try await withThrowingTaskGroup(of: String.self) { group in
      group.addTask(name: "\(name)'s line") { try await lines.count { try await talk(to: name) } }
      return try await group.next() ?? ""
    }
  }

  /// Whether somebody was called, and that call was not told to end.
  func hasNotHeard(_ name: String) -> Bool {
    log.count(of: "calls \(name)") > log.count(of: "has to hang up on \(name)")
  }

  private func talk(to name: String) async throws -> String {
    log.add("calls \(name)")
    switch replies[name, default: .isHere(0)] {
    case .isHere(let seconds):
      try await ring(name, for: seconds)
      return "\(name) is here"
    case .noAnswer(let seconds):
      try await ring(name, for: seconds)
      throw CallError.noAnswer(name)
    case .wrongNumber(let seconds):
      try await ring(name, for: seconds)
      throw CallError.wrongNumber(name)
    case .givesUp(let seconds):
      try await ring(name, for: seconds)
      throw CancellationError()
    case .saysWhichCall(let seconds):
      let isFirst = log.count(of: "calls \(name)") == 1
      try await ring(name, for: seconds)
      return "\(isFirst ? "first" : "second") call to \(name)"
    case .isHereAnyway(let seconds):
      try? await ring(name, for: seconds)
      return "\(name) is here"
    }
  }

  private func ring(_ name: String, for seconds: Int) async throws {
    do { try await world.clock.sleep(for: .seconds(seconds)) } catch {
      log.add("has to hang up on \(name)")
      // Which takes a few turns.
      for _ in 1...4 { await Task.yield() }
      throw error
    }
  }

  /// Ends the check if that is not what comes back.
  func expect(
    _ expected: [String], inAnyOrder: Bool = false, of rollCall: @escaping RollCalling,
    calling names: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let list = names.joined(separator: ", ")
    let seen: [String]
    do { seen = try await rollCall(names, call).map(text) } catch {
      Issue.record(
        "the list was “\(list)”, and the roll call threw “\(error)”: all other outcomes are lost",
        sourceLocation: sourceLocation)
      throw error
    }
    try #require(
      inAnyOrder ? seen.sorted() == expected.sorted() : seen == expected,
      """
      the list was “\(list)”, and this came back: \
      “\(seen.joined(separator: ", "))” instead of “\(expected.joined(separator: ", "))”
      """, sourceLocation: sourceLocation)
  }

  /// Begins a roll call, and cancels it after a second.
  func expectNoList(
    of rollCall: @escaping RollCalling, calling names: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    let what = "a roll call of \(names.joined(separator: ", ")) was cancelled after 1 s"
    switch await cancel(rollCall, calling: names) {
    case .success(let outcomes):
      let seen = outcomes.map(text).joined(separator: ", ")
      Issue.record("\(what), and returned a list: \(seen)", sourceLocation: sourceLocation)
    case .failure(is CancellationError): break
    case .failure(let error):
      Issue.record("\(what), and threw “\(error)”", sourceLocation: sourceLocation)
    }
  }

  /// Begins a roll call, and cancels it after a second.
  func cancel(
    _ rollCall: @escaping RollCalling, calling names: [String]
  ) async -> Result<[Result<String, any Error>], any Error> {
    await withTaskGroup(of: Result<[Result<String, any Error>], any Error>.self) { group in
      group.addTask(name: "roll call") {
        do { return .success(try await rollCall(names, call)) } catch { return .failure(error) }
      }
      try? await world.clock.sleep(for: .seconds(1))
      group.cancelAll()
      return await group.next() ?? .success([])
    }
  }
}

private func text(_ outcome: Result<String, any Error>) -> String {
  switch outcome {
  case .success(let said): said
  case .failure(let error): "\(error)"
  }
}
