/// The rows that one lane takes in a drawing.
///
/// Spans that follow one another share a row. One that overlaps an earlier one, because it is
/// nested in it or because two tasks share a lane, goes to the next row. Waiting inside a running
/// span is drawn on top of it, and a lane that waits does so until it runs.
struct TimelineRows {
  struct Row: Equatable {
    /// Spans in the order of their start; no two overlap.
    var spans: [Timeline.Span] = []
    /// Waiting parts of those spans.
    var waits: [Timeline.Span] = []
  }

  var lane: String
  /// Its place among the lanes, which decides its colour.
  var index: Int
  var rows: [Row] = []
  var marks: [Timeline.Mark] = []

  /// The rows of every lane of `timeline`, in the order of its lanes.
  static func all(of timeline: Timeline) -> [TimelineRows] {
    let spans = Dictionary(grouping: timeline.spans, by: \.lane)
    let marks = Dictionary(grouping: timeline.marks, by: \.lane)
    return timeline.lanes.enumerated().map { index, lane in
      var rows = TimelineRows(lane: lane, index: index, marks: marks[lane] ?? [])
      rows.place(spans[lane] ?? [], in: timeline)
      return rows
    }
  }

  private mutating func place(_ spans: [Timeline.Span], in timeline: Timeline) {
    let end = timeline.visibleEnd(of:)
    // Outer spans first. `sorted` is stable, so equal ones keep the order of their adding.
    let sorted = Self.carve(spans, of: timeline).sorted {
      if $0.start != $1.start { return $0.start < $1.start }
      if $0.depth != $1.depth { return $0.depth < $1.depth }
      return end($0) > end($1)
    }
    for span in sorted {
      let holder = rows.lastIndex { row in
        row.spans.contains {
          $0.kind == .running && $0.start <= span.start && end(span) <= end($0)
        }
      }
      if span.kind == .waiting, let holder {
        rows[holder].waits.append(span)
        continue
      }
      let free = rows.firstIndex { row in
        !row.spans.contains { Self.collide($0, span, end: end) }
      }
      if let free {
        rows[free].spans.append(span)
      } else {
        rows.append(Row(spans: [span]))
      }
    }
    // A lane may have marks only.
    if rows.isEmpty { rows.append(Row()) }
  }

  /// Cuts out of every waiting span the running ones that are nested in it.
  private static func carve(
    _ spans: [Timeline.Span], of timeline: Timeline
  ) -> [Timeline.Span] {
    let end = timeline.visibleEnd(of:)
    // In real time, a wait that was none takes some microseconds, and leaving takes some, too: that is
    // too short to be seen.
    let shortest = timeline.end / 500
    return spans.flatMap { span -> [Timeline.Span] in
      guard span.kind == .waiting else { return [span] }
      let inner = spans.filter {
        $0.kind == .running && $0.depth > span.depth && span.start <= $0.start
          && end($0) <= end(span)
      }
      var rest = [span]
      for running in inner {
        guard let last = rest.popLast() else { break }
        // Of the depth of what it makes room for, so that both fit into one row.
        var before = last
        before.end = running.start
        before.outcome = .returned
        before.depth = running.depth
        var after = last
        after.start = end(running)
        after.depth = running.depth
        rest += [before, after]
      }
      return inner.isEmpty ? rest : rest.filter { end($0) - $0.start > shortest }
    }
  }

  /// Whether one row cannot show both: they overlap, or one that takes no time is inside the other.
  private static func collide(
    _ one: Timeline.Span, _ other: Timeline.Span, end: (Timeline.Span) -> Duration
  ) -> Bool {
    let start = max(one.start, other.start)
    let end = min(end(one), end(other))
    return start < end || (start == end && one.depth != other.depth)
  }
}
