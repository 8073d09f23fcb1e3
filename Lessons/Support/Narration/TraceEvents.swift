/// Scenes in the Trace Event Format, which Perfetto and Chrome's `about:tracing` open.
///
/// A scene is a process, a lane is a thread of it. A timeline from elsewhere is a process too.
struct TraceEvents {
  private let processes: [(name: String, timeline: Timeline)]
  private let title: String

  init(title: String, _ scenes: [SceneRecord]) {
    self.title = title
    processes = scenes.flatMap { scene in
      let others = scene.figures.filter { !$0.isRecorded }.enumerated().map { index, figure in
        (name: "\(scene.title): \(figure.caption ?? "figure \(index + 1)")", figure.timeline)
      }
      let own = scene.recorded.isEmpty ? [] : [(name: scene.title, scene.recorded)]
      return own + others
    }
  }

  /// One object, with one event on each line.
  var json: String {
    let events = processes.enumerated().flatMap { index, process in
      // A thread of its process's number would be taken for the main thread, and be put in front.
      let number = (index + 1) * 1_000
      return [metadata("process_name", .string(process.name), process: number)]
        + self.events(of: process.timeline, process: number)
    }
    let lines = events.map(\.text).joined(separator: ",\n")
    let other = JSON.object([("lesson", .string(title))]).text
    return """
      {"displayTimeUnit":"ms","otherData":\(other),"traceEvents":[
      \(lines)
      ]}

      """
  }

  private func events(of timeline: Timeline, process: Int) -> [JSON] {
    var events: [JSON] = []
    var thread = 0
    for lane in timeline.lanes {
      let first = thread + 1
      for track in Self.tracks(of: timeline, lane: lane) {
        thread += 1
        events.append(metadata("thread_name", .string(lane), process: process, thread: thread))
        events += track.map { event($0, in: timeline, process: process, thread: thread) }
      }
      for mark in timeline.marks where mark.lane == lane {
        events.append(
          .object([
            ("ph", .string("i")), ("s", .string("t")), ("name", .string(mark.text)),
            ("ts", .microseconds(mark.time)), ("pid", .integer(process)), ("tid", .integer(first)),
          ]))
      }
    }
    return events
  }

  private func event(
    _ span: Timeline.Span, in timeline: Timeline, process: Int, thread: Int
  ) -> JSON {
    var details: [(String, JSON)] = []
    switch (span.end, span.outcome) {
    case (nil, _): details.append(("outcome", .string("goes on")))
    case (_, .returned): details.append(("outcome", .string("returned")))
    case (_, .cancelled): details.append(("outcome", .string("cancelled")))
    case (_, .failed(let reason)):
      details += [("outcome", .string("failed")), ("error", .string(reason))]
    }
    let name = span.label ?? span.lane
    return .object([
      ("ph", .string("X")), ("name", .string(span.kind == .waiting ? "waits: \(name)" : name)),
      ("cat", .string(span.kind == .waiting ? "waiting" : "running")),
      ("ts", .microseconds(span.start)),
      ("dur", .microseconds(timeline.visibleEnd(of: span) - span.start)),
      ("pid", .integer(process)), ("tid", .integer(thread)), ("args", .object(details)),
    ])
  }

  private func metadata(_ kind: String, _ name: JSON, process: Int, thread: Int = 0) -> JSON {
    .object([
      ("ph", .string("M")), ("name", .string(kind)), ("pid", .integer(process)),
      ("tid", .integer(thread)), ("args", .object([("name", name)])),
    ])
  }

  /// The spans of a lane, on as many threads as it takes for spans either to nest or to be apart.
  ///
  /// The format has no other overlap within a thread.
  static func tracks(of timeline: Timeline, lane: String) -> [[Timeline.Span]] {
    let end = timeline.visibleEnd(of:)
    let spans = timeline.spans.filter { $0.lane == lane }.sorted {
      if $0.start != $1.start { return $0.start < $1.start }
      return end($0) != end($1) ? end($0) > end($1) : $0.depth < $1.depth
    }
    var tracks: [[Timeline.Span]] = []
    for span in spans {
      let fitting = tracks.firstIndex { track in
        // Sorted by start: every other span has begun already.
        track.allSatisfy { end($0) <= span.start || end(span) <= end($0) }
      }
      if let fitting { tracks[fitting].append(span) } else { tracks.append([span]) }
    }
    return tracks.isEmpty ? [[]] : tracks
  }
}

/// As much of JSON as trace events need.
private enum JSON {
  case string(String)
  case integer(Int)
  /// A time in microseconds, down to thousandths of them.
  case microseconds(Duration)
  /// Keeps the order of its members.
  case object([(String, JSON)])

  var text: String {
    switch self {
    case .string(let string): Self.quoted(string)
    case .integer(let number): "\(number)"
    case .microseconds(let time): TimeFormat(.microseconds, digits: 3)(time)
    case .object(let members):
      "{" + members.map { "\(Self.quoted($0)):\($1.text)" }.joined(separator: ",") + "}"
    }
  }

  private static func quoted(_ string: String) -> String {
    let escaped = string.unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "\"", "\\": text += "\\\(scalar)"
      case "\n": text += "\\n"
      case ..<" ":
        let code = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - code.count) + code
      default: text.unicodeScalars.append(scalar)
      }
    }
    return "\"\(escaped)\""
  }
}
