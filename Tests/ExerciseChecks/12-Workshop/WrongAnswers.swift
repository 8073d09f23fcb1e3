import AsyncPrimitives
import CheckKit
import ExerciseKit

let wrongToolUses: [WrongAnswer<ToolUse>] = [
  WrongAnswer(
    "gives back in the last line only", rejectedBy: "when the work throws, every tool comes back",
    naming: ["never given back"], inTheLastLine),
  WrongAnswer(
    "gives back in a task that nobody awaits",
    rejectedBy: "the last tool is back when it returns, and when it throws",
    naming: ["and the last tool was back at"], inADefer),
  WrongAnswer(
    "gives back without a shield",
    rejectedBy: "cancelled while it works or gives back, it gives every tool back",
    naming: ["while it worked, and the cancellation has cut this short"], withoutAShield),
  WrongAnswer(
    "a shield only where errors are caught",
    rejectedBy: "cancelled while it works or gives back, it gives every tool back",
    naming: ["while it gave tools back, and the cancellation has cut this short"],
    withAShieldInTheCatch),
  WrongAnswer(
    "gives back in the order of taking",
    rejectedBy: "tools are given back in the opposite order, one after the other",
    naming: ["given back: saw, drill, plane"], inTheOrderOfTaking),
  WrongAnswer(
    "gives all back at the same time",
    rejectedBy: "tools are given back in the opposite order, one after the other",
    naming: ["two ways at the same time"], allAtOnce),
  WrongAnswer(
    "takes all at the same time",
    rejectedBy: "when a tool cannot be taken, those before it come back",
    naming: ["never given back"], takingAllAtOnce),
  WrongAnswer(
    "takes what is left although one is missing",
    rejectedBy: "when a tool cannot be taken, no other is taken and the work is not begun",
    naming: ["the work was begun"], makingDo),
  WrongAnswer(
    "looks at the cancellation before it notes the tool",
    rejectedBy: "cancelled while it takes a tool, it gives back what it has",
    naming: ["never given back: drill"], checkingInBetween),
  WrongAnswer(
    "stops at the first giving back that fails",
    rejectedBy: "a giving back that fails does not keep the others from it",
    naming: ["never given back"], stoppingAtAFailure),
  WrongAnswer(
    "gives back again when giving back has failed",
    rejectedBy: "a giving back that fails does not keep the others from it",
    naming: ["more than once"], givingBackTwice),
  WrongAnswer(
    "swallows the errors of giving back",
    rejectedBy: "the first error is the one that is thrown",
    naming: ["it returned “a shelf”"], swallowing),
  WrongAnswer(
    "lets the last error win", rejectedBy: "the first error is the one that is thrown",
    naming: ["it threw “the saw is broken”"], lettingTheLastErrorWin),
]

@Sendable func inTheLastLine(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  var taken: [Tool] = []
  for name in names { taken.append(try await room.take(name)) }
  let made = try await work(taken)
  for tool in taken.reversed() { try await room.giveBack(tool) }
  return made
}

@Sendable func inADefer(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  var taken: [Tool] = []
  defer {
    let tools = taken.reversed()
    Task(name: "give back") {
      for tool in tools { try await room.giveBack(tool) }
    }
  }
  for name in names { taken.append(try await room.take(name)) }
  return try await work(taken)
}

@Sendable func withoutAShield(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  try await working(names, room, work) { tools in
    for tool in tools.reversed() { try? await room.giveBack(tool) }
  }
}

@Sendable func withAShieldInTheCatch(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  var taken: [Tool] = []
  let made: String
  do {
    for name in names { taken.append(try await room.take(name)) }
    made = try await work(taken)
  } catch {
    for tool in taken.reversed() {
      try? await withCancellationShield { try await room.giveBack(tool) }
    }
    throw error
  }
  for tool in taken.reversed() { try await room.giveBack(tool) }
  return made
}

@Sendable func inTheOrderOfTaking(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  try await working(names, room, work) { tools in
    for tool in tools { try? await withCancellationShield { try await room.giveBack(tool) } }
  }
}

@Sendable func allAtOnce(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  try await working(names, room, work) { tools in
    try? await withCancellationShield {
      _ = try await gatherOutcomes(Array(tools.reversed())) { try await room.giveBack($0) }
    }
  }
}

@Sendable func takingAllAtOnce(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  let taken = try await gather(names) { try await room.take($0) }
  return try await working([], room, { _ in try await work(taken) }) { _ in
    for tool in taken.reversed() {
      try? await withCancellationShield { try await room.giveBack(tool) }
    }
  }
}

@Sendable func makingDo(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  var taken: [Tool] = []
  for name in names {
    if let tool = try? await room.take(name) { taken.append(tool) }
  }
  let tools = taken
  return try await working([], room, { _ in try await work(tools) }) { _ in
    for tool in tools.reversed() {
      try? await withCancellationShield { try await room.giveBack(tool) }
    }
  }
}

@Sendable func checkingInBetween(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  var taken: [Tool] = []
  var result: Result<String, any Error>
  do {
    for name in names {
      let tool = try await room.take(name)
      try Task.checkCancellation()
      taken.append(tool)
    }
    result = .success(try await work(taken))
  } catch {
    result = .failure(error)
  }
  for tool in taken.reversed() {
    try? await withCancellationShield { try await room.giveBack(tool) }
  }
  return try result.get()
}

@Sendable func stoppingAtAFailure(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  try await working(names, room, work) { tools in
    try await withCancellationShield {
      for tool in tools.reversed() { try await room.giveBack(tool) }
    }
  }
}

@Sendable func givingBackTwice(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  var taken: [Tool] = []
  do {
    for name in names { taken.append(try await room.take(name)) }
    let made = try await work(taken)
    for tool in taken.reversed() {
      try await withCancellationShield { try await room.giveBack(tool) }
    }
    return made
  } catch {
    for tool in taken.reversed() {
      try? await withCancellationShield { try await room.giveBack(tool) }
    }
    throw error
  }
}

@Sendable func swallowing(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  try await working(names, room, work) { tools in
    for tool in tools.reversed() {
      try? await withCancellationShield { try await room.giveBack(tool) }
    }
  }
}

@Sendable func lettingTheLastErrorWin(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  try await working(names, room, work) { tools in
    var last: (any Error)?
    for tool in tools.reversed() {
      do { try await withCancellationShield { try await room.giveBack(tool) } } catch {
        last = error
      }
    }
    if let last { throw last }
  }
}

/// What most wrong answers do right: takes, works, and gives back on every way out.
private func working(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork,
  thenGivingBack giveBack: ([Tool]) async throws -> Void
) async throws -> String {
  var taken: [Tool] = []
  let made: String
  do {
    for name in names { taken.append(try await room.take(name)) }
    made = try await work(taken)
  } catch {
    try await giveBack(taken)
    throw error
  }
  try await giveBack(taken)
  return made
}
