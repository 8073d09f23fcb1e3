/// The characters that a timeline is drawn with. Each takes one column.
struct Glyphs: Equatable {
  var running: Character
  var waiting: Character
  /// The last column of a bar that another one touches.
  var seam: Character
  var failed: Character
  var cancelled: Character
  var unfinished: Character
  var mark: Character

  static let box = Glyphs(
    running: "█", waiting: "░", seam: "▊", failed: "✗", cancelled: "⊘", unfinished: "▶", mark: "◆")
  static let ascii = Glyphs(
    running: "#", waiting: ".", seam: "|", failed: "!", cancelled: "x", unfinished: ">", mark: "*")

  /// How the last column of `span` tells its outcome, if it does.
  func ending(of span: Timeline.Span) -> Character? {
    guard span.end != nil else { return unfinished }
    return switch span.outcome {
    case .returned: nil
    case .failed: failed
    case .cancelled: cancelled
    }
  }

  /// What the special characters among `drawn` mean.
  func legend(for drawn: Set<Character>) -> [String] {
    let meanings = [
      (waiting, "waits"), (failed, "failed"), (cancelled, "cancelled"),
      (unfinished, "goes on"),
    ]
    return meanings.filter { drawn.contains($0.0) }.map { "\($0.0) \($0.1)" }
  }
}
