// The bakery that lesson 7 plays in, and how its timelines come about.

import AsyncPrimitives
import Narration
import Simulation

typealias Loaf = String

let bakers = ["baker a", "baker b"]
let vans = ["van 1", "van 2", "van 3"]

/// Bakes and delivers, slowly. The timeline shows what everybody does, on a lane each.
struct Bakery: Sendable {
  private let narrator: Narrator

  /// Opens a bakery in which these people work.
  init(_ narrator: Narrator, _ lanes: [String]) {
    self.narrator = narrator
    // Child tasks may begin in any order. Their lanes shall not.
    for lane in lanes { narrator.lanes(lane) }
  }

  /// Runs `work` on a lane: whoever is not busy in it waits.
  nonisolated(nonsending) func shift<Value>(
    of lane: String, _ work: nonisolated(nonsending) () async throws -> Value
  ) async throws -> Value {
    try await narrator.span(lane, kind: .waiting, announces: false, work)
  }

  /// Bakes a loaf: "a3" is the third one of baker a.
  func bake(_ number: Int, by baker: String) async throws -> Loaf {
    try await narrator.span(baker, announces: false) {
      try await Task.sleep(for: Self.time(for: baker))
      return "\(baker.suffix(1))\(number)"
    }
  }

  /// Brings a loaf to whoever has ordered it.
  func deliver(_ loaf: Loaf, with van: String) async throws {
    try await narrator.span(van, loaf, announces: false) {
      try await Task.sleep(for: Self.time(for: van))
    }
  }

  /// How long somebody takes for one loaf. No two take turns at the very same moment.
  private static func time(for lane: String) -> Duration {
    switch lane {
    case "baker a": .milliseconds(100)
    case "baker b": .milliseconds(130)
    case "baker c": .milliseconds(300)
    case "van 1": .milliseconds(500)
    case "van 2": .milliseconds(530)
    default: .milliseconds(560)
    }
  }
}

/// What somebody wants, and at which hour.
struct Order: Sendable, CustomStringConvertible {
  var what: String
  var due: Int
  var description: String { "\(what), \(due):00" }
}

let orders = [
  Order(what: "rolls", due: 9), Order(what: "cake", due: 15), Order(what: "bread", due: 9),
  Order(what: "buns", due: 7),
]

/// Lets two vans go for one loaf, under one schedule after the other, until something goes wrong.
func search(
  _ narrator: Narrator, _ takeOne: @escaping @Sendable (AsyncQueue<Loaf>) async throws -> Void
) async {
  let search = await Simulation.explore { _ in
    let shelf = AsyncQueue<Loaf>(name: "shelf")
    try await shelf.put("a1")
    try await withThrowingDiscardingTaskGroup { group in
      for van in ["van 1", "van 2"] {
        group.addTask(name: van) { try await takeOne(shelf) }
      }
    }
  }
  guard let failure = search.failure else {
    return narrator.say("\(search.schedules) schedules tried: nobody waits for ever.")
  }
  narrator.say("Schedules tried: \(search.schedules). Seed \(failure.seed): \(failure.verdict)")
  narrator.draw(
    Timeline(failure.trace, measure: .steps), caption: "The schedule of seed \(failure.seed)")
}
