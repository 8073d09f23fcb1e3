/// What overlapped what: spans and marks, each on the lane of the task it belongs to.
///
/// A plain value. The narrator records one per scene, a simulation can make one from its trace,
/// and the renderers (text, SVG, trace events) are functions of it.
public struct Timeline: Sendable, Equatable {
  /// What its times count.
  public enum Measure: Sendable {
    /// Time, in a unit that fits the range.
    case time
    /// The steps of a schedule: one second stands for one step.
    case steps
  }

  /// What a lane is doing during a span.
  public enum Kind: Sendable {
    /// Busy with its own work, or with an operation it awaits.
    case running
    /// Held up by somebody else: a lock, a permit, an item of a queue.
    case waiting
  }

  /// How a span ended.
  public enum Outcome: Sendable, Equatable {
    /// Its body returned.
    case returned
    /// Its body threw, for this reason.
    case failed(String)
    /// Its body threw a `CancellationError`.
    case cancelled
  }

  /// A stretch of time on a lane.
  public struct Span: Sendable, Equatable {
    /// The row it is drawn on, usually a task's name.
    public var lane: String
    /// What was going on, where the lane's name does not say it.
    public var label: String?
    /// When it began, since the scene did.
    public var start: Duration
    /// When it ended; `nil` while it goes on.
    public var end: Duration?
    /// Whether the lane was running or waiting.
    public var kind: Kind
    /// How it ended; of no meaning while it goes on.
    public var outcome: Outcome
    /// How many spans of its lane it began inside.
    public var depth: Int

    /// Describes a stretch of time on `lane`.
    public init(
      _ lane: String, _ label: String? = nil, from start: Duration, to end: Duration?,
      kind: Kind = .running, outcome: Outcome = .returned, depth: Int = 0
    ) {
      self.lane = lane
      self.label = label
      self.start = start
      self.end = end
      self.kind = kind
      self.outcome = outcome
      self.depth = depth
    }
  }

  /// A point in time on a lane.
  public struct Mark: Sendable, Equatable {
    /// The row it is drawn on.
    public var lane: String
    /// What happened.
    public var text: String
    /// When, since the scene began.
    public var time: Duration

    /// Describes what happened on `lane` at `time`.
    public init(_ lane: String, _ text: String, at time: Duration) {
      self.lane = lane
      self.text = text
      self.time = time
    }
  }

  /// Whether times are times, or steps of a schedule.
  public var measure: Measure
  /// Every lane, in the order in which they first appeared.
  public private(set) var lanes: [String] = []
  /// Every span, in the order of their adding.
  public private(set) var spans: [Span] = []
  /// Every mark, in the order of their adding.
  public private(set) var marks: [Mark] = []
  /// The latest time it knows of, where spans that go on are cut off.
  public private(set) var end: Duration = .zero

  private var known: Set<String> = []

  /// Makes a timeline of these spans and marks.
  ///
  /// Lanes that `lanes` names come first, in that order, even if nothing happens on them.
  public init(
    _ spans: [Span] = [], marks: [Mark] = [], lanes: [String] = [], measure: Measure = .time
  ) {
    self.measure = measure
    for lane in lanes { appear(lane) }
    for span in spans { add(span) }
    for mark in marks { add(mark) }
  }

  /// True when there is nothing to draw.
  public var isEmpty: Bool { spans.isEmpty && marks.isEmpty }

  /// Adds a span. One that ends before it starts is taken as ending where it starts.
  public mutating func add(_ span: Span) {
    var span = span
    span.start = span.start.clamped
    span.end = span.end.map { max($0.clamped, span.start) }
    spans.append(span)
    appear(span.lane)
    extend(to: span.end ?? span.start)
  }

  /// Adds a mark.
  public mutating func add(_ mark: Mark) {
    var mark = mark
    mark.time = mark.time.clamped
    marks.append(mark)
    appear(mark.lane)
    extend(to: mark.time)
  }

  /// Ends the span at `index` of ``spans``.
  mutating func finish(_ index: Int, at time: Duration, _ outcome: Outcome) {
    spans[index].end = max(time.clamped, spans[index].start)
    spans[index].outcome = outcome
    extend(to: time)
  }

  /// Lets spans that have not ended go on until `time` at least.
  public mutating func extend(to time: Duration) {
    end = max(end, time.clamped)
  }

  /// Gives `lane` the next row, unless it has one.
  mutating func appear(_ lane: String) {
    if known.insert(lane).inserted { lanes.append(lane) }
  }
}

extension Timeline {
  /// The time of the first thing that happens.
  var beginning: Duration {
    (spans.lazy.map(\.start) + marks.lazy.map(\.time)).min() ?? .zero
  }

  /// Where `span` ends in a drawing.
  func visibleEnd(of span: Span) -> Duration { span.end ?? end }
}

extension Timeline.Outcome {
  /// What `error` says about the span that it ended.
  init(of error: any Error) {
    self = error is CancellationError ? .cancelled : .failed(String(describing: error))
  }
}

extension Duration {
  /// Kept where arithmetic on it cannot overflow: from zero to some thirty years.
  fileprivate var clamped: Duration { min(max(self, .zero), .seconds(1_000_000_000)) }
}
