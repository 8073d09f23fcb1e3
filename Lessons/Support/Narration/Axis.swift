/// The time axis of a drawing: its range, and its ticks at round times.
struct Axis {
  let start: Duration
  let end: Duration
  /// The round times within the range.
  let ticks: [Duration]
  let unit: TimeUnit
  private let tickFormat: TimeFormat

  /// Spans everything that `timeline` holds, with at most `intervals` steps between ticks.
  ///
  /// It begins at zero, unless that would leave a good part of the drawing empty.
  init(of timeline: Timeline, intervals: Int) {
    let beginning = timeline.beginning
    let isLate = beginning.attoseconds * 4 > timeline.end.attoseconds
    self.init(
      from: isLate ? beginning : .zero, to: timeline.end,
      measure: timeline.measure, intervals: intervals)
  }

  init(from start: Duration, to end: Duration, measure: Timeline.Measure, intervals: Int) {
    let end = max(start, end)
    self.start = start
    self.end = end
    let unit = TimeUnit.fitting(end, measure: measure)
    self.unit = unit
    guard start < end else {
      ticks = [start]
      tickFormat = TimeFormat(unit, upTo: end)
      return
    }
    // Half an interval of slack: 2.003 s, measured, are to have the ticks of 2 s, simulated.
    let least = (end - start).attoseconds * 2 / Int128(2 * max(1, intervals) + 1)
    let (step, digits) = Self.step(atLeast: least, unit: unit)
    var format = TimeFormat(unit)
    format.digits = digits
    tickFormat = format
    let first = (start.attoseconds + step - 1) / step
    let last = end.attoseconds / step
    // A range that holds no round time, which is a short one far from zero, has one tick.
    ticks = first <= last ? (first...last).map { Duration(attoseconds: $0 * step) } : [start]
  }

  /// A tick's text; the last one names the unit.
  func label(_ tick: Duration) -> String {
    tick == ticks.last ? "\(tickFormat(tick)) \(unit.symbol)" : tickFormat(tick)
  }

  /// Where `time` falls, in a drawing `width` columns wide: from 0 to `width`.
  func column(_ time: Duration, width: Int) -> Int {
    let range = (end - start).attoseconds
    guard range > 0 else { return 0 }
    let offset = (min(max(time, start), end) - start).attoseconds
    return Int((offset * Int128(width) + range / 2) / range)
  }

  /// Where `time` falls, as a fraction of the range.
  func fraction(_ time: Duration) -> Double {
    let range = (end - start).attoseconds
    guard range > 0 else { return 0 }
    return Double((min(max(time, start), end) - start).attoseconds) / Double(range)
  }

  /// The smallest round step that is no smaller than `least`, and the digits it needs.
  private static func step(atLeast least: Int128, unit: TimeUnit) -> (step: Int128, digits: Int) {
    if unit == .minutes || unit == .hours {
      let second = TimeUnit.seconds.attoseconds
      let round: [Int128] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]
      // An axis in hours writes no seconds.
      let fits = round.first {
        $0 * second >= least && (unit == .minutes || $0 >= 60)
      }
      if let fits { return (fits * second, 0) }
      return (decimalStep(atLeast: least, from: 3600 * second), 0)
    }
    // Steps and nanoseconds are whole; other units go down to thousandths.
    let smallest =
      unit == .steps || unit == .nanoseconds ? unit.attoseconds : unit.attoseconds / 1000
    let step = decimalStep(atLeast: least, from: smallest)
    var digits = 0
    var part = unit.attoseconds
    while step % part != 0, digits < 3 {
      part /= 10
      digits += 1
    }
    return (step, digits)
  }

  /// The first of 1, 2, 5, 10, 20, 50 … times `smallest` that is no smaller than `least`.
  private static func decimalStep(atLeast least: Int128, from smallest: Int128) -> Int128 {
    var decade = smallest
    while true {
      for factor: Int128 in [1, 2, 5] where decade * factor >= least { return decade * factor }
      decade *= 10
    }
  }
}
