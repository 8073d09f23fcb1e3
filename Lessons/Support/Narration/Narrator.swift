import Synchronization

/// The voice of a scene: prose, lines with time stamps, and the spans that its timeline is drawn from.
///
/// Every method may be called from any task. Lines come out in the order of their time stamps.
public final class Narrator: Sendable {
  fileprivate struct State {
    var timeline = Timeline()
    /// The index in `timeline` of every span that goes on.
    var open: Set<Int> = []
    /// Those of them that the last drawing has shown going on.
    var openWhenDrawn: Set<Int> = []
    /// Spans before this one have been drawn.
    var drawnSpans = 0
    /// Marks before this one have been drawn.
    var drawnMarks = 0
    var figures: [Figure] = []
    /// Whether a drawing or a table came last, which an empty line sets off from what follows.
    var needsGap = false
  }

  /// True when time is simulated: every time is exact, and the same on every run.
  public let isVirtual: Bool
  /// What the reader chose, or zero, for a scene that draws random numbers or explores schedules.
  public let seed: UInt64
  private let extras: [String: String]

  private let page: Page
  private let stamps: TimeFormat
  private let clock: @Sendable () -> Duration
  private let state = Mutex(State())

  /// Speaks to `page`, and takes its time from `elapsed`: by default, the time from now on.
  public init(
    to page: Page, isVirtual: Bool = false, seed: UInt64 = 0, stamps: TimeUnit = .seconds,
    extras: [String: String] = [:], elapsed: (@Sendable () -> Duration)? = nil
  ) {
    self.page = page
    self.isVirtual = isVirtual
    self.seed = seed
    self.extras = extras
    self.stamps = TimeFormat(stamps)
    let start = ContinuousClock.now
    self.clock = elapsed ?? { start.duration(to: .now) }
  }

  /// What the reader gave for one of the lesson's own options, "--redis"; nil if nothing.
  public func option(_ name: String) -> String? { extras[name] }

  /// The time since the scene began.
  public var elapsed: Duration { clock() }

  // MARK: - Words

  /// Prints prose, wrapped to the width of the page.
  public func say(_ text: String) {
    state.withLock { state in
      closeGap(&state)
      for line in page.clean(text, keepsLines: true).wrapped(to: page.proseWidth - 4) {
        page.line("    " + line)
      }
    }
  }

  /// Prints a line with a time stamp.
  public func tell(_ text: String) {
    state.withLock { state in tell(text, at: clock(), in: &state) }
  }

  /// Prints aligned columns; those that hold only numbers are aligned at the right.
  public func table(header: [String], rows: [[String]]) {
    let clean = { (row: [String]) in row.map { self.page.clean($0) } }
    let table = TextTable(header: clean(header), rows: rows.map(clean))
    state.withLock { state in
      page.line()
      for line in table.lines(width: page.width - 4, isPlain: page.isPlain) {
        page.line("    " + line)
      }
      state.needsGap = true
    }
  }

  /// Runs under the lock, so that stamps and lines have the same order.
  private func tell(_ text: String, at time: Duration, in state: inout State) {
    closeGap(&state)
    // Hours do not push the words out of line: the stamp grows into the margin first.
    let symbol = stamps.unit == .seconds ? "" : " " + page.clean(stamps.unit.symbol)
    let stamp = (stamps(time) + symbol).rightAligned(to: 8 + symbol.columns)
    let room = page.proseWidth - stamp.columns - 2
    for (number, line) in page.clean(text, keepsLines: true).wrapped(to: room).enumerated() {
      var inked = InkedLine(
        number == 0 ? stamp : String(repeating: " ", count: stamp.columns), .faint)
      inked.append("  " + line)
      page.line(inked)
    }
  }

  private func closeGap(_ state: inout State) {
    if state.needsGap { page.line() }
    state.needsGap = false
  }

  // MARK: - Spans

  /// Runs `body` as a span of `lane`, and tells when it starts and how it ends.
  ///
  /// - Parameters:
  ///   - lane: The row of the timeline, usually the task's name.
  ///   - label: What goes on, where the lane's name does not say it. For a `.waiting` span, what
  ///     it waits for.
  ///   - kind: `.waiting` where somebody else holds the task up.
  ///   - announces: Whether to print lines for its start and its end.
  public nonisolated(nonsending) func span<Value, Failure: Error>(
    _ lane: String, _ label: String? = nil, kind: Timeline.Kind = .running, announces: Bool = true,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let words = SpanWords(lane: lane, label: label, kind: kind)
    let index = begin(lane, label, kind, says: announces ? words.start : nil)
    do throws(Failure) {
      let value = try await body()
      finish(index, .returned, says: announces ? words.end(.returned) : nil)
      return value
    } catch {
      let outcome = Timeline.Outcome(of: error)
      finish(index, outcome, says: announces ? words.end(outcome) : nil)
      throw error
    }
  }

  /// Notes that something happens on `lane` now, and tells it.
  public func mark(_ lane: String, _ text: String, announces: Bool = true) {
    state.withLock { state in
      let now = clock()
      state.timeline.add(Timeline.Mark(lane, text, at: now))
      if announces { tell("\(lane): \(text)", at: now, in: &state) }
    }
  }

  private func begin(
    _ lane: String, _ label: String?, _ kind: Timeline.Kind, says line: String?
  ) -> Int {
    state.withLock { state in
      let now = clock()
      let depth = state.open.count { state.timeline.spans[$0].lane == lane }
      let index = state.timeline.spans.count
      state.timeline.add(
        Timeline.Span(lane, label, from: now, to: nil, kind: kind, depth: depth))
      state.open.insert(index)
      if let line { tell(line, at: now, in: &state) }
      return index
    }
  }

  private func finish(_ index: Int, _ outcome: Timeline.Outcome, says line: String?) {
    state.withLock { state in
      let now = clock()
      state.timeline.finish(index, at: now, outcome)
      state.open.remove(index)
      if let line { tell(line, at: now, in: &state) }
    }
  }

  // MARK: - Timelines

  /// Settles the order of lanes, which otherwise is that of their first appearance.
  ///
  /// Tasks that are started together may begin in any order.
  public func lanes(_ names: String...) {
    state.withLock { state in
      for name in names { state.timeline.appear(name) }
    }
  }

  /// Draws what has been recorded since the last drawing, and what went on then.
  ///
  /// A scene that ends with something to draw does this by itself.
  public func draw(caption: String? = nil) {
    state.withLock { state in
      let timeline = state.takeUndrawn(now: clock())
      show(timeline, caption: caption, isRecorded: true, in: &state)
    }
  }

  /// Draws a timeline from elsewhere, for instance a schedule that a simulation found.
  public func draw(_ timeline: Timeline, caption: String? = nil) {
    state.withLock { state in
      show(timeline, caption: caption, isRecorded: false, in: &state)
    }
  }
}

// MARK: - What is left when a scene has ended

extension Narrator {
  /// A timeline as it was drawn.
  struct Figure: Sendable, Equatable {
    var caption: String?
    var timeline: Timeline
    /// False if it came from elsewhere.
    var isRecorded: Bool
  }

  /// Draws what the scene has recorded and not drawn, and hands over everything for the files.
  ///
  /// A scene that was given up has no time any more: its timeline ends with the last thing noted.
  func finish(isGivenUp: Bool = false) -> (recorded: Timeline, figures: [Figure]) {
    state.withLock { state in
      let now = isGivenUp ? state.timeline.end : clock()
      if state.hasUndrawnSpans {
        show(state.takeUndrawn(now: now), caption: nil, isRecorded: true, in: &state)
      }
      var recorded = state.timeline
      if !state.open.isEmpty { recorded.extend(to: now) }
      return (recorded, state.figures)
    }
  }

  private func show(
    _ timeline: Timeline, caption: String?, isRecorded: Bool, in state: inout State
  ) {
    let lines = TimelineText(timeline, width: page.width, isPlain: page.isPlain).lines()
    guard !lines.isEmpty else { return }
    state.figures.append(Figure(caption: caption, timeline: timeline, isRecorded: isRecorded))
    page.line()
    if let caption {
      for line in page.clean(caption).wrapped(to: page.proseWidth - 4) { page.line("    " + line) }
    }
    for line in lines { page.line(line) }
    state.needsGap = true
  }
}

extension Narrator.State {
  var hasUndrawnSpans: Bool {
    drawnSpans < timeline.spans.count || drawnMarks < timeline.marks.count
  }

  /// What has been recorded since the last drawing, and the spans that went on at that time.
  mutating func takeUndrawn(now: Duration) -> Timeline {
    let spans = timeline.spans.enumerated().filter { index, _ in
      index >= drawnSpans || openWhenDrawn.contains(index)
    }.map(\.element)
    let marks = Array(timeline.marks[drawnMarks...])
    let used = Set(spans.map(\.lane) + marks.map(\.lane))
    var part = Timeline(spans, marks: marks, lanes: timeline.lanes.filter(used.contains))
    if !open.isEmpty { part.extend(to: now) }
    drawnSpans = timeline.spans.count
    drawnMarks = timeline.marks.count
    openWhenDrawn = open
    return part
  }
}
