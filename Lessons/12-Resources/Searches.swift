// What lesson 12 searches through schedules for.

import Narration
import Simulation
import Synchronization

/// An observatory in which no time passes, and whose camera never opens.
final class BrokenObservatory: Sendable {
  private let parts = Mutex<[String]>([])

  /// What is open at this moment.
  var stillOpen: [String] { parts.withLock { $0 } }

  func open(_ part: String) async throws -> String {
    await Task.yield()
    try Task.checkCancellation()
    guard part != "camera" else {
      Simulation.note("camera fails")
      throw Fault.doesNotOpen(part)
    }
    parts.withLock { $0.append(part) }
    Simulation.note("\(part) is open")
    return part
  }

  func close(_ part: String) async throws {
    await Task.yield()
    parts.withLock { $0.removeAll { $0 == part } }
  }
}

/// Nothing uses it any more, and it is not closed.
struct LeftOpen: Error, CustomStringConvertible {
  let parts: [String]
  var description: String { "left open: \(parts.joined(separator: ", "))" }
}

/// Lets `night` run under one schedule after the other, until it leaves something open.
func search(
  _ narrator: Narrator, _ night: @escaping @Sendable (BrokenObservatory) async throws -> Void
) async {
  let search = await Simulation.explore { _ in
    let observatory = BrokenObservatory()
    try? await night(observatory)
    let parts = observatory.stillOpen
    guard parts.isEmpty else { throw LeftOpen(parts: parts) }
  }
  guard let failure = search.failure, case .threw(let error) = failure.verdict else {
    return narrator.say("\(search.schedules) schedules tried: nothing is left open.")
  }
  narrator.say("Schedules tried: \(search.schedules). Seed \(failure.seed): \(error)")
  narrator.draw(
    Timeline(failure.trace, measure: .steps), caption: "The schedule of seed \(failure.seed)")
}
