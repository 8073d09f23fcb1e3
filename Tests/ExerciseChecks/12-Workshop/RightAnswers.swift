import AsyncPrimitives
import ExerciseKit

// Right, and not like ours.

/// The lesson's own stack, and what it collects brought down to the first error.
@Sendable func withToolsOnAStack(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  do {
    return try await withResourceStack { stack in
      var tools: [Tool] = []
      for name in names {
        tools.append(
          try await stack.enter {
            try await room.take(name)
          } release: { tool in
            try await room.giveBack(tool)
          })
      }
      return try await work(tools)
    }
  } catch let error as UnwindingError {
    throw error.bodyError ?? error.releaseErrors.first ?? error
  }
}

/// A tool, and in its scope all the others. Tasks of their own serve as shields.
@Sendable func withToolsByRecursion(
  _ names: [String], _ room: any ToolRoom, _ work: ToolWork
) async throws -> String {
  func withTools(after tools: [Tool]) async throws -> String {
    guard tools.count < names.count else { return try await work(tools) }
    let tool = try await room.take(names[tools.count])
    let made: String
    do {
      made = try await withTools(after: tools + [tool])
    } catch {
      _ = await Task { try await room.giveBack(tool) }.result
      throw error
    }
    try await Task { try await room.giveBack(tool) }.value
    return made
  }
  return try await withTools(after: [])
}
