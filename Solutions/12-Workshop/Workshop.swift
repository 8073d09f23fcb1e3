// Exercise 12 · Workshop, as we would write it.
//
// An array is the stack: a tool is on it from the moment that it is taken, with nothing in between
// that could throw. Success, failure and cancellation all arrive at one loop, which gives back what
// is on the stack, last one first. Each giving back has a shield of its own, so that a cancellation
// cuts none short, and a catch of its own, so that a failure skips none. The first error is kept
// from the moment that it occurs; whatever fails later finds the place taken.
//
// The road not taken: `withResourceStack`, which is this very loop. In a program we would use it,
// and hear of all errors at once in an `UnwindingError`. Nor recursion, a scope in a scope for each
// tool: it is pretty, it gives back in the right order by itself, and it makes whoever reads it
// work out at which level an error is caught.

import AsyncPrimitives
public import ExerciseKit

/// Takes tools, works with them, and gives each of them back.
///
/// - Parameters:
///   - names: Which tools to take, in this order.
///   - room: Where they are kept.
///   - work: What to do with them.
/// - Returns: What the work returns.
/// - Throws: The first error of taking, of the work, or of giving back.
public func withTools(
  _ names: [String], from room: any ToolRoom, work: @escaping ToolWork
) async throws -> String {
  var taken: [Tool] = []
  var outcome: Result<String, any Error>
  do {
    for name in names { taken.append(try await room.take(name)) }
    outcome = .success(try await work(taken))
  } catch {
    outcome = .failure(error)
  }
  for tool in taken.reversed() {
    do {
      try await withCancellationShield { try await room.giveBack(tool) }
    } catch {
      // Whoever failed first is heard.
      if case .success = outcome { outcome = .failure(error) }
    }
  }
  return try outcome.get()
}
