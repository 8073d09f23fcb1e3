/// The units that time is written in.
public enum TimeUnit: Sendable, CaseIterable {
  /// Billionths of a second.
  case nanoseconds
  /// Millionths of a second.
  case microseconds
  /// Thousandths of a second.
  case milliseconds
  /// Seconds, with two digits after the point.
  case seconds
  /// Minutes and seconds, as in 2:30.
  case minutes
  /// Hours and minutes, as in 2:30.
  case hours
  /// Steps of a schedule.
  case steps

  /// The unit that reads best where `latest` is the last time to write.
  static func fitting(_ latest: Duration, measure: Timeline.Measure) -> TimeUnit {
    switch (measure, latest) {
    case (.steps, _): .steps
    // Nothing has taken any time: the usual unit reads best.
    case (_, .zero): .seconds
    case (_, ..<Duration.microseconds(1)): .nanoseconds
    case (_, ..<Duration.milliseconds(1)): .microseconds
    // A tenth of a second still reads well as 0.10, and agrees with the stamps of most scenes.
    case (_, ..<Duration.milliseconds(100)): .milliseconds
    case (_, ..<Duration.seconds(120)): .seconds
    case (_, ..<Duration.seconds(7200)): .minutes
    default: .hours
    }
  }

  /// What follows a number; empty for steps, which the axis names.
  var symbol: String {
    switch self {
    case .nanoseconds: "ns"
    case .microseconds: "µs"
    case .milliseconds: "ms"
    case .seconds: "s"
    case .minutes: "min"
    case .hours: "h"
    case .steps: "steps"
    }
  }

  var attoseconds: Int128 {
    switch self {
    case .nanoseconds: 1_000_000_000
    case .microseconds: 1_000_000_000_000
    case .milliseconds: 1_000_000_000_000_000
    case .seconds, .steps: 1_000_000_000_000_000_000
    case .minutes: 60 * 1_000_000_000_000_000_000
    case .hours: 3600 * 1_000_000_000_000_000_000
    }
  }
}

/// How times are written: in which unit, and with how many digits after the point.
///
/// Integer arithmetic all the way, so that a virtual 1.50 is never off by the rounding of a `Double`.
struct TimeFormat: Equatable {
  var unit: TimeUnit
  var digits: Int

  /// The format for times up to `latest`.
  init(upTo latest: Duration, measure: Timeline.Measure) {
    let unit = TimeUnit.fitting(latest, measure: measure)
    self.init(unit, upTo: latest)
  }

  /// The format for times up to `latest` in a given unit.
  init(_ unit: TimeUnit, upTo latest: Duration = .zero) {
    self.unit = unit
    let whole = latest.attoseconds / unit.attoseconds
    self.digits =
      switch unit {
      case .seconds: 2
      case .minutes, .hours, .steps, .nanoseconds: 0
      case .microseconds, .milliseconds: whole < 10 ? 2 : whole < 100 ? 1 : 0
      }
  }

  init(_ unit: TimeUnit, digits: Int) {
    self.unit = unit
    self.digits = digits
  }

  func callAsFunction(_ time: Duration) -> String {
    switch unit {
    case .minutes: Self.sexagesimal(time, per: .seconds)
    case .hours: Self.sexagesimal(time, per: .minutes)
    default: Self.decimal(time, in: unit, digits: digits)
    }
  }

  /// From when to when, as in `0.50–2.00`.
  func callAsFunction(_ start: Duration, _ end: Duration) -> String {
    "\(self(start))–\(self(end))"
  }

  private static func decimal(_ time: Duration, in unit: TimeUnit, digits: Int) -> String {
    var scale: Int128 = 1
    for _ in 0..<digits { scale *= 10 }
    let count = rounded(time, to: unit.attoseconds / scale)
    let (whole, rest) = count.magnitude.quotientAndRemainder(dividingBy: UInt128(scale))
    let sign = count < 0 ? "-" : ""
    return digits == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(padded(rest, to: digits))"
  }

  private static func sexagesimal(_ time: Duration, per unit: TimeUnit) -> String {
    let count = rounded(time, to: unit.attoseconds)
    let (whole, rest) = count.magnitude.quotientAndRemainder(dividingBy: 60)
    return "\(count < 0 ? "-" : "")\(whole):\(padded(rest, to: 2))"
  }

  /// How many times `step` goes into `time`, to the nearest.
  private static func rounded(_ time: Duration, to step: Int128) -> Int128 {
    let half = time < .zero ? -step / 2 : step / 2
    return (time.attoseconds + half) / step
  }

  private static func padded(_ number: UInt128, to digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}

extension Duration {
  /// Itself in words for a lesson's prose, as in "1.50 s".
  public var inSeconds: String { "\(TimeFormat(.seconds)(self)) \(TimeUnit.seconds.symbol)" }
}
