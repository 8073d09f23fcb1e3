import Narration
import Synchronization

/// Collects the lines of a page.
final class Transcript: Sendable {
  private let lines = Mutex<[String]>([])

  func page(width: Int = 80, isPlain: Bool = false, hasColour: Bool = false) -> Page {
    Page(width: width, isPlain: isPlain, hasColour: hasColour) { @Sendable line in
      self.lines.withLock { $0.append(line) }
    }
  }

  func report(_ line: String) { lines.withLock { $0.append(line + "\n") } }

  /// Everything so far, without the last line break.
  var text: String { String(lines.withLock { $0.joined() }.dropLast()) }
}

/// A clock that moves when it is told to.
final class HandClock: Sendable {
  private let time = Mutex(Duration.zero)

  var now: Duration { time.withLock { $0 } }

  func advance(_ seconds: Double) { time.withLock { $0 += .seconds(seconds) } }
}

struct OutOfEggs: Error {}

/// Spans in seconds, for short tests.
func span(
  _ lane: String, _ label: String? = nil, _ start: Double, _ end: Double?,
  kind: Timeline.Kind = .running, outcome: Timeline.Outcome = .returned, depth: Int = 0
) -> Timeline.Span {
  Timeline.Span(
    lane, label, from: .seconds(start), to: end.map { .seconds($0) }, kind: kind, outcome: outcome,
    depth: depth)
}

/// Everything that a timeline can hold, on lanes with names that are hard to draw.
let nasty = Timeline(
  [
    span("客人 🍳 guest", "café → “thé”", 0, 2.5, kind: .waiting, outcome: .cancelled),
    span("cook\u{1B}[31m\n\tred", "naïve", 0, 3),
    span("cook\u{1B}[31m\n\tred", "pan", 1, 2, kind: .waiting, depth: 1),
    span("cook\u{1B}[31m\n\tred", "fry", 1.5, 2.5, outcome: .failed("<&\">"), depth: 1),
    span("👨‍👩‍👧‍👦 family e\u{301}", nil, 2, nil),
    span(String(repeating: "very ", count: 30), String(repeating: "大", count: 60), 0, 3),
    span("", "", 1, 1),
  ],
  marks: [
    Timeline.Mark("客人 🍳 guest", "½ § \u{7}bell ✓ ]]> & <b>", at: .seconds(1)),
    Timeline.Mark("only a mark", String(repeating: "long ", count: 40), at: .seconds(2)),
  ])
