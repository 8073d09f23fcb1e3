// What the wrong answers are put together from.

import AsyncPrimitives
import ExerciseKit

/// Every tool comes, whether or not somebody is cancelled meanwhile.
struct ShieldedTaking: ToolRoom {
  let room: any ToolRoom

  func take(_ name: String) async throws -> Tool {
    try await withCancellationShield { try await room.take(name) }
  }

  func giveBack(_ tool: Tool) async throws { try await room.giveBack(tool) }
}

/// What most wrong answers do right: takes, works, and gives back on every way out.
func working(
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
