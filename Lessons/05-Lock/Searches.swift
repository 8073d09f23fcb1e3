// What the scenes of lesson 5 search through schedules for.

import AsyncPrimitives
import Narration
import Simulation

/// Two people do the same at once, each in a task with a name.
func annAndBob(_ work: @escaping @Sendable () async throws -> Void) async throws {
  try await withThrowingDiscardingTaskGroup { group in
    for name in ["ann", "bob"] { group.addTask(name: name, operation: work) }
  }
}

/// Lets Ann and Bob add 1 each, under one schedule after the other, until a till is short.
func search(
  _ addOne: @escaping @Sendable (Till) async throws -> Void
) async -> Simulation.Exploration {
  await Simulation.explore { _ in
    let till = Till()
    try await annAndBob { try await addOne(till) }
    guard till.total == 2 else { throw Short(total: till.total) }
  }
}

/// Two updates were made, and this is what they added up to.
struct Short: Error, CustomStringConvertible {
  var total: Int
  var description: String { "an update was lost: \(total) instead of 2" }
}

/// Moves money from Ann to Bob and from Bob to Ann at once, locking in the given order.
func transferBothWays(
  _ order: @escaping @Sendable (_ from: AsyncLock, _ to: AsyncLock) -> [AsyncLock]
) async throws {
  let ann = AsyncLock("ann")
  let bob = AsyncLock("bob")
  try await withThrowingDiscardingTaskGroup { group in
    for (name, from, to) in [("ann → bob", ann, bob), ("bob → ann", bob, ann)] {
      group.addTask(name: name) {
        let locks = order(from, to)
        try await locks[0].withLock {
          try await locks[1].withLock { Simulation.note("transfers") }
        }
      }
    }
  }
}

/// Says what a search came to, and draws the schedule that failed.
func show(_ search: Simulation.Exploration, _ narrator: Narrator) {
  guard let failure = search.failure else {
    let tried = search.isExhaustive ? "All \(search.schedules)" : "\(search.schedules)"
    return narrator.say("\(tried) schedules tried: nothing lost, no deadlock.")
  }
  let what =
    if case .threw(let error) = failure.verdict { "\(error)" } else { "\(failure.verdict)" }
  narrator.say("Schedules tried: \(search.schedules). Seed \(failure.seed): \(what)")
  narrator.draw(
    Timeline(failure.trace, measure: .steps), caption: "The schedule of seed \(failure.seed)")
}
