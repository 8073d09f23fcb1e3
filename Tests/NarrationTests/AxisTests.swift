import Testing

@testable import Narration

@Suite("An axis")
struct AxisTests {
  /// Ranges from nanoseconds to weeks, none of them round.
  static let ranges: [Duration] = (0..<60).map { exponent in
    var nanoseconds: Int64 = 7
    for _ in 0..<exponent { nanoseconds = nanoseconds * 17 / 10 + 1 }
    return .nanoseconds(nanoseconds)
  }

  @Test("has a few ticks, evenly spaced and within its range", arguments: ranges, [3, 5, 8])
  func ticks(_ range: Duration, intervals: Int) {
    for start in [Duration.zero, range * 3] {
      let axis = Axis(from: start, to: start + range, measure: .time, intervals: intervals)
      #expect((1...intervals + 1).contains(axis.ticks.count))
      #expect(axis.ticks.allSatisfy { start <= $0 && $0 <= start + range })
      let steps = Set(zip(axis.ticks, axis.ticks.dropFirst()).map { $1 - $0 })
      #expect(steps.count <= 1)
    }
  }

  @Test("labels each tick with what it is, and no two alike", arguments: ranges)
  func labels(_ range: Duration) {
    let axis = Axis(from: .zero, to: range, measure: .time, intervals: 5)
    #expect(axis.ticks.count >= 2)
    let labels = axis.ticks.map(axis.label)
    #expect(Set(labels).count == labels.count)
    #expect(labels.last?.hasSuffix(" " + axis.unit.symbol) == true)
  }

  @Test("puts its ends at the first and the last column")
  func columns() {
    let axis = Axis(from: .seconds(1), to: .seconds(3), measure: .time, intervals: 4)
    #expect(axis.column(.seconds(1), width: 40) == 0)
    #expect(axis.column(.seconds(2), width: 40) == 20)
    #expect(axis.column(.seconds(3), width: 40) == 40)
    #expect(axis.column(.seconds(9), width: 40) == 40)
    #expect(axis.column(.zero, width: 40) == 0)
  }

  @Test("has the ticks of two seconds for a little more than that")
  func slack() {
    for end in [Duration.seconds(2), .milliseconds(2003)] {
      let axis = Axis(from: .zero, to: end, measure: .time, intervals: 4)
      #expect(axis.ticks.map(axis.label) == ["0.0", "0.5", "1.0", "1.5", "2.0 s"])
    }
  }

  @Test("counts whole steps only")
  func steps() {
    let axis = Axis(from: .zero, to: .seconds(2), measure: .steps, intervals: 9)
    #expect(axis.ticks.map(axis.label) == ["0", "1", "2 steps"])
  }

  @Test("has one tick where nothing takes any time")
  func noRange() {
    let axis = Axis(from: .zero, to: .zero, measure: .time, intervals: 5)
    #expect(axis.ticks.map(axis.label) == ["0.00 s"])
    #expect(axis.column(.zero, width: 40) == 0)
  }
}

@Suite("A time")
struct TimeFormatTests {
  @Test("is rounded to the nearest, without a detour through floating point")
  func rounding() {
    let seconds = TimeFormat(.seconds)
    #expect(seconds(.milliseconds(1500)) == "1.50")
    #expect(seconds(.milliseconds(1_004)) == "1.00")
    #expect(seconds(.milliseconds(1_005)) == "1.01")
    #expect(seconds(.nanoseconds(1_994_999_999)) == "1.99")
    #expect(seconds(.nanoseconds(1_995_000_000)) == "2.00")
    #expect(seconds(.seconds(86_400)) == "86400.00")
    #expect(seconds(.milliseconds(-1500)) == "-1.50")
    #expect(seconds(.zero) == "0.00")
  }

  @Test(
    "is written in a unit that fits",
    arguments: [
      (Duration.nanoseconds(999), TimeUnit.nanoseconds), (.microseconds(1), .microseconds),
      (.microseconds(999), .microseconds), (.milliseconds(1), .milliseconds),
      (.milliseconds(99), .milliseconds), (.milliseconds(100), .seconds),
      (.seconds(119), .seconds), (.seconds(120), .minutes), (.seconds(7199), .minutes),
      (.seconds(7200), .hours), (.zero, .seconds),
    ])
  func units(_ time: Duration, _ unit: TimeUnit) {
    #expect(TimeUnit.fitting(time, measure: .time) == unit)
    #expect(TimeUnit.fitting(time, measure: .steps) == .steps)
  }

  @Test("shows about three digits below a second, and a clock's face above two minutes")
  func digits() {
    #expect(TimeFormat(upTo: .microseconds(5), measure: .time)(.nanoseconds(1234)) == "1.23")
    #expect(TimeFormat(upTo: .microseconds(50), measure: .time)(.nanoseconds(12345)) == "12.3")
    #expect(TimeFormat(upTo: .microseconds(500), measure: .time)(.microseconds(123)) == "123")
    #expect(TimeFormat(.minutes)(.seconds(150)) == "2:30")
    #expect(TimeFormat(.minutes)(.milliseconds(59_600)) == "1:00")
    #expect(TimeFormat(.hours)(.seconds(9_000)) == "2:30")
  }
}
