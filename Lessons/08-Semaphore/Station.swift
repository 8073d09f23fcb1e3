// The charging station of lesson 8, and what its scenes search through schedules for.

import AsyncPrimitives
import Narration
import Simulation
import Synchronization

/// Draws who waits and who charges, and counts those who do at the same time.
final class Station: Sendable {
  private let narrator: Narrator
  private let refused: String?
  private let use = Mutex((now: 0, most: 0))

  /// Opens a station that has a lane for each of these, and refuses the card of one of them.
  init(_ narrator: Narrator, lanes: [String], refusing refused: String? = nil) {
    self.narrator = narrator
    self.refused = refused
    for lane in lanes { narrator.lanes(lane) }
  }

  /// How many charge now.
  var inUse: Int { use.withLock { $0.now } }
  /// How many have charged at the same time, at most.
  var mostAtOnce: Int { use.withLock { $0.most } }

  /// Draws a visit, in which somebody waits until it charges.
  @discardableResult
  nonisolated(nonsending) func visit<Value>(
    _ lane: String, _ body: nonisolated(nonsending) () async throws -> Value
  ) async throws -> Value {
    try await narrator.span(lane, kind: .waiting, announces: false, body)
  }

  /// Charges for so many seconds, and returns the energy in kWh.
  @discardableResult
  func charge(_ lane: String, for seconds: Double) async throws -> Int {
    try await narrator.span(lane, announces: false) {
      use.withLock { use in
        use.now += 1
        use.most = max(use.most, use.now)
      }
      defer { use.withLock { $0.now -= 1 } }
      try await Task.sleep(for: .seconds(seconds))
      if lane == refused { throw CardRefused() }
      return Int(seconds * 20)
    }
  }
}

/// The bank does not want to pay.
struct CardRefused: Error, CustomStringConvertible {
  var description: String { "card refused" }
}

/// Two buses come to two plugs, and each does the same.
func twoBuses(
  _ charge: @escaping @Sendable (_ plugs: AsyncSemaphore) async throws -> Void
) async throws {
  let plugs = AsyncSemaphore(limit: 2, "plugs")
  try await withThrowingDiscardingTaskGroup { group in
    for name in ["bus 1", "bus 2"] { group.addTask(name: name) { try await charge(plugs) } }
  }
}

/// Says what a search came to, and draws the schedule that failed.
func show(_ search: Simulation.Exploration, _ narrator: Narrator) {
  guard let failure = search.failure else {
    let tried = search.isExhaustive ? "All \(search.schedules)" : "\(search.schedules)"
    return narrator.say("\(tried) schedules tried: both buses charged.")
  }
  narrator.say("Schedules tried: \(search.schedules). Seed \(failure.seed): \(failure.verdict)")
  narrator.draw(
    Timeline(failure.trace, measure: .steps), caption: "The schedule of seed \(failure.seed)")
}
