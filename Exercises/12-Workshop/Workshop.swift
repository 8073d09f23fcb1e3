// Exercise 12 · Workshop                                           20 minutes
//
// For a piece of work you need several tools. Build a scope that takes them, does the work, and
// gives each tool back exactly once, whatever fails.
//
// Taking a tool and giving it back both await. Build it from what a scope is made of: a list, a
// `catch`, and `withCancellationShield` from lesson 12.
//
// Rules:
//  1. It takes the tools in the order of the list, one after the other. Then it does the work
//     once, with all of them, and returns what the work returns. A name may be in the list twice:
//     that is two tools.
//  2. It gives the tools back in the opposite order, one after the other, and returns or throws
//     when the last one is back, and not before.
//  3. So it does when the work throws, and when the task is cancelled. A cancellation reaches the
//     taking or the work that is under way. It never cuts a giving back short, whenever it comes;
//     if it comes only then, it changes nothing of what is returned or thrown.
//  4. If a tool cannot be taken, there is nothing to give back of it. Those before it are given
//     back, those after it are not taken, and the work is not begun.
//  5. If giving a tool back fails, the others are given back all the same. Each is tried once.
//  6. The first error is thrown, as it was: one of taking or of the work, and of giving back
//     only if there was none before. (The tool room keeps a list of the broken ones.)
//
// For example, if the drill is broken when it comes back:
//
//    try await withTools(["saw", "drill"], from: room) { tools in "a shelf" }
//    // takes saw, takes drill, gives back drill (fails), gives back saw; throws “the drill is broken”
//
// Check it:   swift test --filter Workshop
// Stuck?      Hints.md in this folder, a level at a time.

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
  try todo("take the tools, work, and give each of them back on every way out")
}
