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
    rejectedBy: "a cancellation ends the work, and keeps no tool from coming back",
    naming: ["while it worked, and the cancellation has cut this short"], withoutAShield),
  WrongAnswer(
    "a shield only where errors are caught",
    rejectedBy: "a cancellation ends the work, and keeps no tool from coming back",
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
    rejectedBy: "a cancellation ends the taking, and what was taken comes back",
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
    rejectedBy: "the first error is thrown, and if there is none, the result comes back",
    naming: ["it returned “a shelf”"], swallowing),
  WrongAnswer(
    "lets the last error win",
    rejectedBy: "the first error is thrown, and if there is none, the result comes back",
    naming: ["it threw “the saw is broken”"], lettingTheLastErrorWin),
  WrongAnswer(
    "lets a late cancellation take the place of an error",
    rejectedBy: "the first error is thrown, and if there is none, the result comes back",
    naming: ["it threw “CancellationError()”, and the first error was “the board has split”"]
  ) { names, room, work in
    do { return try await withToolsOnAStack(names, room, work) } catch {
      try Task.checkCancellation()
      throw error
    }
  },
  WrongAnswer(
    "throws away the result after a late cancellation",
    rejectedBy: "the first error is thrown, and if there is none, the result comes back",
    naming: ["it threw “CancellationError()”, and there was no error"]
  ) { names, room, work in
    let made = try await withToolsOnAStack(names, room, work)
    try Task.checkCancellation()
    return made
  },
  WrongAnswer(
    "does the work again when it fails",
    rejectedBy: "the work is done once, with all the tools, and its result comes back",
    naming: ["the work threw, and it was begun 2 times"]
  ) { names, room, work in
    try await withToolsOnAStack(names, room) { tools in
      do { return try await work(tools) } catch { return try await work(tools) }
    }
  },
  WrongAnswer(
    "gives tools of the same name back once",
    rejectedBy: "tools are given back in the opposite order, one after the other",
    naming: ["two saws were taken; given back: 1"], onceForEachName),
  WrongAnswer(
    "shields the work",
    rejectedBy: "a cancellation ends the work, and keeps no tool from coming back",
    naming: ["“work” was under way when the task was cancelled, and did not hear of it"]
  ) { names, room, work in
    try await withToolsOnAStack(names, room) { tools in
      try await withCancellationShield { try await work(tools) }
    }
  },
  WrongAnswer(
    "works in a task that nobody cancels",
    rejectedBy: "a cancellation ends the work, and keeps no tool from coming back",
    naming: ["“work” was under way when the task was cancelled, and did not hear of it"]
  ) { names, room, work in
    try await withToolsOnAStack(names, room) { tools in
      try await Task { try await work(tools) }.value
    }
  },
  WrongAnswer(
    "shields the taking",
    rejectedBy: "a cancellation ends the taking, and what was taken comes back",
    naming: ["“take drill” was under way when the task was cancelled"]
  ) { names, room, work in try await withToolsOnAStack(names, ShieldedTaking(room: room), work) },
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

@Sendable func onceForEachName(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  try await working(names, room, work) { tools in
    var back: Set<String> = []
    for tool in tools.reversed() where back.insert(tool.name).inserted {
      try? await withCancellationShield { try await room.giveBack(tool) }
    }
  }
}
