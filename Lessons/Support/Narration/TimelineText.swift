/// Draws a timeline as text: a pure function from a value to lines.
struct TimelineText {
  /// More lanes than these are counted instead of drawn.
  static let laneLimit = 24
  /// More rows of one lane than these are counted instead of drawn.
  static let rowLimit = 6
  /// More marks than these are counted instead of explained.
  static let markLimit = 8
  static let indent = 4

  /// A row's text on the left and on the right of its bar.
  private struct Entry {
    var name: String
    var times: String
    var bar: (_ width: Int, _ axis: Axis) -> Bar
  }

  let timeline: Timeline
  let width: Int
  let isPlain: Bool
  private let glyphs: Glyphs
  private let times: TimeFormat

  init(_ timeline: Timeline, width: Int, isPlain: Bool) {
    self.timeline = timeline
    self.width = max(40, width)
    self.isPlain = isPlain
    self.glyphs = isPlain ? .ascii : .box
    self.times = TimeFormat(upTo: timeline.end, measure: timeline.measure)
  }

  func lines() -> [InkedLine] {
    guard !timeline.isEmpty else { return [] }
    let all = TimelineRows.all(of: timeline)
    let drawn = all.prefix(Self.laneLimit)
    let groups = drawn.map(entries)

    let names = groups.joined().map(\.name.columns).max() ?? 0
    let left = min(names, max(8, min(28, width / 3 - Self.indent)))
    var right = groups.joined().map(\.times.columns).max() ?? 0
    var room = width - Self.indent - left - 3 - right
    if room < 12 {
      room += right + 2
      right = 0
    }
    let columns = columns(in: room)
    let axis = Axis(of: timeline, intervals: max(1, columns / 8))

    var lines: [InkedLine] = []
    var special: Set<Character> = []
    for (lane, group) in zip(drawn, groups) {
      for entry in group.prefix(Self.rowLimit) {
        let bar = entry.bar(columns, axis)
        special.formUnion(bar.special)
        var line = InkedLine(margin)
        line.append(shortened(entry.name, to: left).padded(to: left + 1))
        for stretch in bar.line.stretches { line.append(stretch.text, stretch.ink) }
        if right > 0 { line.append("  " + entry.times, .faint) }
        lines.append(line)
      }
      if group.count > Self.rowLimit {
        let folded = lane.rows.dropFirst(Self.rowLimit).reduce(0) { $0 + $1.spans.count }
        lines.append(more(folded, "span", indent: "  "))
      }
    }
    if all.count > drawn.count { lines.append(more(all.count - drawn.count, "lane")) }
    lines.append(line(of: axis, from: Self.indent + left + 1, columns: columns))
    for text in legend(special, marks: drawn.flatMap(\.marks), axis: axis) {
      lines.append(InkedLine(margin + text, .faint))
    }
    return lines
  }

  /// How many of `room` columns bars take.
  private func columns(in room: Int) -> Int {
    if timeline.measure == .steps, case let steps = Int(timeline.end.components.seconds),
      (1...room).contains(steps)
    {
      // Every step as wide as the others, and none wider than its label needs.
      return steps * min(16, room / steps)
    }
    // A multiple of twenty columns puts most ticks where they belong.
    return room >= 40 ? room / 20 * 20 : room
  }

  private var margin: String { String(repeating: " ", count: Self.indent) }

  private func entries(of lane: TimelineRows) -> [Entry] {
    lane.rows.enumerated().map { number, row in
      let labels = row.spans.compactMap(\.label)
      // Only a nested row has room for its label at the left; others have it in the bar.
      let isNamed = number > 0 && Set(labels).count == 1
      let name = number == 0 ? clean(lane.lane) : isNamed ? "  " + clean(labels[0]) : ""
      return Entry(name: name, times: range(of: row)) { width, axis in
        var bar = Bar(width: width, axis: axis, glyphs: glyphs, ink: .lane(lane.index))
        for span in row.spans { bar.paint(span, until: timeline.visibleEnd(of: span)) }
        for wait in row.waits { bar.overlay(wait, until: timeline.visibleEnd(of: wait)) }
        if number == 0 { for mark in lane.marks { bar.paint(mark) } }
        if !isNamed {
          for span in row.spans where span.kind == .running {
            guard let label = span.label else { continue }
            bar.write(clean(label), into: span, until: timeline.visibleEnd(of: span))
          }
        }
        return bar
      }
    }
  }

  /// From when to when a row has spans, and how many if it has several.
  private func range(of row: TimelineRows.Row) -> String {
    // The numbers of steps say nothing that the drawing does not.
    guard let first = row.spans.first, timeline.measure == .time else { return "" }
    let end = row.spans.map(timeline.visibleEnd(of:)).max() ?? first.start
    // A span that goes on has no end to tell.
    let isOpen = row.spans.contains { $0.end == nil }
    let text = isOpen ? "\(times(first.start))–" : times(first.start, end)
    return clean(row.spans.count == 1 ? text : "\(text) ×\(row.spans.count)")
  }

  private func line(of axis: Axis, from indent: Int, columns: Int) -> InkedLine {
    let labels = axis.ticks.map { tick in
      let label = clean(axis.label(tick))
      let wanted = indent + min(axis.column(tick, width: columns), columns - 1)
      return (start: min(wanted, width - label.columns), text: label)
    }
    // The last one names the unit: it is the one to keep where two are too close.
    guard let last = labels.last else { return InkedLine() }
    var text = ""
    for label in labels.dropLast()
    where text.columns < label.start && label.start + label.text.columns < last.start {
      text = text.padded(to: label.start) + label.text
    }
    return InkedLine(text.padded(to: last.start) + last.text, .faint)
  }

  private func legend(_ special: Set<Character>, marks: [Timeline.Mark], axis: Axis) -> [String] {
    let room = width - Self.indent
    var items = glyphs.legend(for: special)
    let sorted = marks.sorted { $0.time < $1.time }
    items += sorted.prefix(Self.markLimit).map {
      shortened("\(glyphs.mark) \(times($0.time)) \(clean($0.text))", to: room)
    }
    if sorted.count > Self.markLimit {
      let count = sorted.count - Self.markLimit
      items.append(clean("… \(count) more \(count == 1 ? "mark" : "marks")"))
    }
    return items.isEmpty ? [] : wrap(items, separator: "   ", width: room)
  }

  private func more(_ count: Int, _ what: String, indent: String = "") -> InkedLine {
    InkedLine(clean("\(margin)\(indent)… \(count) more \(what)\(count == 1 ? "" : "s")"), .faint)
  }

  private func clean(_ text: String) -> String {
    let text = text.withoutControls()
    return isPlain ? text.ascii : text
  }

  private func shortened(_ text: String, to width: Int) -> String {
    text.shortened(to: width, mark: isPlain ? "..." : "…")
  }
}

extension Timeline {
  /// Draws it as text, in lines of at most `width` columns; nothing if it is empty.
  ///
  /// A `plain` drawing is pure ASCII.
  public func text(width: Int = 80, plain: Bool = false) -> String {
    let drawing = TimelineText(self, width: width, isPlain: plain)
    return drawing.lines().map { line in
      var text = line.text
      while text.last == " " { text.removeLast() }
      return text
    }.joined(separator: "\n")
  }
}
