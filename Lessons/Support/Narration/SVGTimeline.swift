/// One timeline of an SVG file, below `top`.
///
/// Like ``TimelineText`` a pure function, over the same rows and the same axis.
struct SVGTimeline {
  private static let rowHeight = 24
  private static let barHeight = 16

  private(set) var body = ""
  private(set) var height = 0

  private let timeline: Timeline
  private let left: Int
  private let top: Int
  private let bars: Range<Double>
  private let axis: Axis
  private let times: TimeFormat

  init(_ timeline: Timeline, left: Int, top: Int, width: Int) {
    self.timeline = timeline
    self.left = left
    self.top = top
    let names = timeline.lanes.map(\.columns).max() ?? 0
    let room = min(max(60, names * 8 + 12), width / 3)
    // On the right, the last tick's label needs a little room.
    bars = Double(left + room)..<Double(left + width - 40)
    axis = Axis(of: timeline, intervals: 8)
    times = TimeFormat(upTo: timeline.end, measure: timeline.measure)
    draw(nameColumns: (room - 12) / 8)
  }

  private mutating func draw(nameColumns: Int) {
    let lanes = TimelineRows.all(of: timeline)
    let rowCount = lanes.reduce(0) { $0 + $1.rows.count }
    let bottom = top + rowCount * Self.rowHeight + 6
    drawAxis(bottom: bottom)
    var y = top + 4
    for lane in lanes {
      body += element(
        "text", ["x": "\(left)", "y": "\(y + 13)"], lane.lane.shortened(to: nameColumns))
      for (number, row) in lane.rows.enumerated() {
        for span in row.spans { draw(span, of: lane, at: y, waits: row.waits) }
        for wait in row.waits { draw(wait, of: lane, at: y, waits: []) }
        if number == 0 { for mark in lane.marks { draw(mark, at: y) } }
        y += Self.rowHeight
      }
    }
    height = bottom + 20 - top
    drawLegend()
  }

  private mutating func drawAxis(bottom: Int) {
    for tick in axis.ticks {
      let x = position(tick)
      body += element(
        "line", ["class": "grid", "x1": x, "x2": x, "y1": "\(top)", "y2": "\(bottom)"])
      body += element(
        "text", ["class": "tick", "text-anchor": "middle", "x": x, "y": "\(bottom + 14)"],
        axis.label(tick))
    }
  }

  private mutating func draw(
    _ span: Timeline.Span, of lane: TimelineRows, at y: Int, waits: [Timeline.Span]
  ) {
    let end = timeline.visibleEnd(of: span)
    let start = axis.fraction(span.start) * bars.length + bars.lowerBound
    // One that takes no time is still to be seen.
    let width = max(3, (axis.fraction(end) - axis.fraction(span.start)) * bars.length)
    var box = [
      "x": number(start), "y": "\(y)", "width": number(width), "height": "\(Self.barHeight)",
      "rx": "2",
    ]
    var group = "<title>\(describe(span).xml)</title>\n"
    // The edge keeps bars apart that touch.
    box["class"] = span.kind == .waiting ? "paper edge" : "lane\(lane.index % 5) edge"
    group += element("rect", box)
    if span.kind == .waiting {
      box["class"] = "hatched"
      group += element("rect", box)
    }
    if let label = span.label, span.kind == .running {
      // The label ends before the first waiting part, which is drawn over the bar.
      let clear = waits.lazy.map(\.start).filter { $0 >= span.start }.min().map(axis.fraction)
      let room = min(width - 14, ((clear ?? 1) * bars.length + bars.lowerBound) - start)
      let text = label.shortened(to: Int(max(0, room - 10) / 7))
      if !text.isEmpty, text.columns >= min(6, label.columns) {
        group += element(
          "text", ["class": "inside", "x": number(start + 6), "y": "\(y + 12)"], text)
      }
    }
    group += sign(of: span, x: start + width, y: y)
    body += "<g>\(group)</g>\n"
  }

  /// The outcome, where it is not the usual one, told by a sign at the end of the bar.
  private func sign(of span: Timeline.Span, x: Double, y: Int) -> String {
    guard let ending = Glyphs.box.ending(of: span) else { return "" }
    let isFailure = ending == Glyphs.box.failed
    return element(
      "rect",
      [
        "class": isFailure ? "alarm" : "mark", "x": number(x - 14), "y": "\(y)", "width": "14",
        "height": "\(Self.barHeight)", "rx": "2",
      ])
      + element(
        "text",
        ["class": "sign", "x": number(x - 7), "y": "\(y + 12)"], String(ending))
  }

  private mutating func draw(_ mark: Timeline.Mark, at y: Int) {
    let x = axis.fraction(mark.time) * bars.length + bars.lowerBound
    let middle = Double(y) + Double(Self.barHeight) / 2
    let corners = [(x, middle - 7), (x + 6, middle), (x, middle + 7), (x - 6, middle)]
    let points = corners.map { "\(number($0.0)),\(number($0.1))" }.joined(separator: " ")
    body += "<g><title>\("\(times(mark.time))  \(mark.text)".xml)</title>"
    body += element("polygon", ["class": "mark edge", "points": points]) + "</g>\n"
  }

  private mutating func drawLegend() {
    var special = Set(timeline.spans.compactMap(Glyphs.box.ending(of:)))
    if timeline.spans.contains(where: { $0.kind == .waiting }) {
      special.insert(Glyphs.box.waiting)
    }
    let sorted = timeline.marks.sorted { $0.time < $1.time }
    let items =
      Glyphs.box.legend(for: special)
      + sorted.prefix(TimelineText.markLimit).map {
        "\(Glyphs.box.mark) \(times($0.time)) \($0.text)".shortened(to: 100)
      }
    guard !items.isEmpty else { return }
    for line in wrap(items, separator: "\u{2003}", width: 110) {
      height += 18
      body += element("text", ["class": "faint", "x": "\(left)", "y": "\(top + height)"], line)
    }
  }

  private func describe(_ span: Timeline.Span) -> String {
    let words = SpanWords(lane: span.lane, label: span.label, kind: span.kind)
    let end = span.end.map { "\(times($0))  \(words.end(span.outcome))" } ?? "goes on"
    return "\(times(span.start))  \(words.start)\n\(end)"
  }

  private func position(_ time: Duration) -> String {
    number(axis.fraction(time) * bars.length + bars.lowerBound)
  }

  /// A coordinate to a tenth of a pixel.
  private func number(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}

extension Range<Double> {
  fileprivate var length: Double { upperBound - lowerBound }
}
