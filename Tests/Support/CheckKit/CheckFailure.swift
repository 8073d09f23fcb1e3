public import CheckJournal

/// Why a check is not content with an answer, said as a colleague would.
public struct CheckFailure: Sendable {
  /// What should be true.
  public let sentence: String
  /// How the run ended that failed.
  public let ending: CheckRecord.Ending
  /// What was seen instead.
  public let seen: [String]
  /// What is likely to be wrong; nil where what was seen says so.
  public let cause: String?
  /// The level of the hint that fits.
  public let hint: Int
  /// What the answer says is still to do; the check then says nothing about the rest.
  public let todo: String?
  /// The schedule under which it was seen.
  public let seed: UInt64?
  /// That schedule, drawn; empty where there is nothing to draw.
  public let timeline: String

  /// What was seen, the likely cause, where to read on, the schedule.
  ///
  /// - Parameter hints: The path of the exercise's hints.
  public func message(hints: String) -> String {
    if let todo { return "To do: \(todo)" }
    var lines = seen
    if let cause { lines.append("Likely cause: \(cause)") }
    lines.append("Hint \(hint) in \(hints) says more.")
    if let seed {
      lines.append("Seen under seed \(seed). SIMULATION_SEED=\(seed) replays that schedule:")
      if !timeline.isEmpty { lines.append(timeline) }
    }
    return lines.joined(separator: "\n")
  }
}
