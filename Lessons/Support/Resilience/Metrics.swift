import Synchronization

/// Counts that only go up.
public final class Counter: Sendable {
  private let count = Atomic<UInt64>(0)

  /// Counts `amount` more. (That it cannot go down is in its type.)
  public func increment(by amount: UInt64 = 1) { count.wrappingAdd(amount, ordering: .relaxed) }

  /// What it has come to.
  public var value: UInt64 { count.load(ordering: .relaxed) }
}

/// A number that goes up and down: how many wait, what state something is in.
public final class Gauge: Sendable {
  private let number = Mutex(0.0)

  /// Sets it.
  public func set(_ value: Double) { number.withLock { $0 = value } }

  /// Adds to it, or takes away.
  public func add(_ amount: Double) { number.withLock { $0 += amount } }

  /// Its value.
  public var value: Double { number.withLock { $0 } }

  /// Counts the caller in while `body` runs, however it ends.
  nonisolated(nonsending) public func count<Value>(
    _ body: nonisolated(nonsending) () async throws -> Value
  ) async rethrows -> Value {
    add(1)
    defer { add(-1) }
    return try await body()
  }
}

/// How values are spread: how many of them were in which range, how many there were, their sum.
public final class Histogram: Sendable {
  /// What it has seen at one moment.
  struct Snapshot: Sendable, Hashable {
    /// One more than there are bounds: the last is for what is above them all.
    var counts: [UInt64]
    var sum = 0.0
  }

  /// The upper ends of the ranges, rising. Each belongs to its range; above the last is one more.
  public let bounds: [Double]
  private let snapshots: Mutex<Snapshot>

  init(bounds: [Double]) {
    self.bounds = bounds
    snapshots = Mutex(Snapshot(counts: Array(repeating: 0, count: bounds.count + 1)))
  }

  /// Counts a value. What is not a number is not counted.
  public func observe(_ value: Double) {
    guard !value.isNaN else { return }
    let index = bounds.firstIndex { value <= $0 } ?? bounds.count
    snapshots.withLock { snapshot in
      snapshot.counts[index] += 1
      snapshot.sum += value
    }
  }

  /// Counts a time, in seconds.
  public func observe(_ time: Duration) { observe(time / .seconds(1)) }

  /// How many values it has seen.
  public var count: UInt64 { snapshot.counts.reduce(0, +) }

  /// What they add up to.
  public var sum: Double { snapshot.sum }

  var snapshot: Snapshot { snapshots.withLock { $0 } }
}

/// The numbers that a program keeps about itself, and shows to whoever asks.
///
/// ```swift
/// let metrics = Metrics()
/// let calls = try metrics.counter("shop_calls_total", "Calls.", labels: ["outcome": "ok"])
/// calls.increment()
/// print(metrics.text)
/// // Prints "# HELP shop_calls_total Calls.
/// //         # TYPE shop_calls_total counter
/// //         shop_calls_total{outcome="ok"} 1"
/// ```
///
/// Asking twice for the same name and labels gives the same counter, so that nothing appears twice.
/// Each set of labels is a series of its own, for ever: what has many values (a user, an address)
/// is no label.
public final class Metrics: Sendable {
  enum Kind: String, Sendable { case counter, gauge, histogram }

  enum Series: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)
  }

  struct Family: Sendable {
    let name: String
    let help: String
    let kind: Kind
    /// Of a histogram.
    let bounds: [Double]
    var series: [(labels: [Label], value: Series)] = []

    /// The names that its lines begin with.
    var sampleNames: [String] {
      kind == .histogram ? ["_bucket", "_sum", "_count"].map { name + $0 } : [name]
    }
  }

  /// A label's name and value.
  struct Label: Sendable, Hashable {
    let name: String
    let value: String
  }

  private let families = Mutex<[String: Family]>([:])

  /// Keeps nothing yet.
  public init() {}

  /// The counter of that name and those labels. By custom, its name ends in `_total`.
  ///
  /// - Throws: ``MetricsError``.
  public func counter(
    _ name: String, _ help: String, labels: [String: String] = [:]
  ) throws(MetricsError) -> Counter {
    let series = try series(name, help, .counter, labels) { .counter(Counter()) }
    guard case .counter(let counter) = series else { throw .otherMetric(name) }
    return counter
  }

  /// The gauge of that name and those labels.
  ///
  /// - Throws: ``MetricsError``.
  public func gauge(
    _ name: String, _ help: String, labels: [String: String] = [:]
  ) throws(MetricsError) -> Gauge {
    let series = try series(name, help, .gauge, labels) { .gauge(Gauge()) }
    guard case .gauge(let gauge) = series else { throw .otherMetric(name) }
    return gauge
  }

  /// The histogram of that name and those labels.
  ///
  /// - Parameter bounds: The upper ends of its ranges, rising. The last range, up to infinity, comes
  ///   by itself.
  /// - Throws: ``MetricsError``.
  public func histogram(
    _ name: String, _ help: String, bounds: [Double], labels: [String: String] = [:]
  ) throws(MetricsError) -> Histogram {
    let isRising = zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
    guard isRising, bounds.allSatisfy(\.isFinite) else { throw .bounds(name) }
    let series = try series(name, help, .histogram, labels, bounds: bounds) {
      .histogram(Histogram(bounds: bounds))
    }
    guard case .histogram(let histogram) = series else { throw .otherMetric(name) }
    return histogram
  }

  /// All of them, by name, each with its series by labels.
  var all: [Family] {
    families.withLock { families in
      families.values.sorted { $0.name < $1.name }
    }
  }

  private func series(
    _ name: String, _ help: String, _ kind: Kind, _ labels: [String: String],
    bounds: [Double] = [], _ make: () -> Series
  ) throws(MetricsError) -> Series {
    guard name.isMetricName else { throw .name(name) }
    let labels = labels.map { Label(name: $0.key, value: $0.value) }.sorted { $0.name < $1.name }
    for label in labels where !label.name.isLabelName || label.name == "le" {
      throw .label(label.name)
    }
    return try families.withLock { families throws(MetricsError) -> Series in
      let family = Family(name: name, help: help, kind: kind, bounds: bounds)
      var known = families[name] ?? family
      guard known.kind == kind, known.help == help, known.bounds == bounds else {
        throw .otherMetric(name)
      }
      if families[name] == nil {
        // A histogram "x" and a counter "x_count" would print the same line.
        let taken = families.values.flatMap { $0.sampleNames + [$0.name] }
        let clash = (family.sampleNames + [name]).first(where: taken.contains)
        if let clash { throw .otherMetric(clash) }
      }
      if let series = known.series.first(where: { $0.labels == labels }) { return series.value }
      let series = make()
      known.series.append((labels, series))
      known.series.sort { $0.labels.lexicographicallyPrecedes($1.labels) { $0.pair < $1.pair } }
      families[name] = known
      return series
    }
  }
}

/// What a metric cannot be.
public enum MetricsError: Error, Hashable, CustomStringConvertible {
  /// A metric's name that is none.
  case name(String)
  /// A label's name that is none, or that is taken.
  case label(String)
  /// Bounds that do not rise, or are no numbers.
  case bounds(String)
  /// There is a metric of that name, of another kind, with another help or other bounds.
  case otherMetric(String)

  /// What is wrong, and what would be right.
  public var description: String {
    switch self {
    case .name(let name):
      "“\(name)” is no metric's name: letters, digits, “_” and “:”, no digit first"
    case .label(let name):
      "“\(name)” is no label's name: letters, digits and “_”, no digit and no “__” first, not “le”"
    case .bounds(let name): "the bounds of “\(name)” have to rise, and to be finite"
    case .otherMetric(let name): "there is another metric that is called “\(name)”"
    }
  }
}

extension Metrics.Label {
  fileprivate var pair: String { name + "\u{0}" + value }
}

extension String {
  fileprivate var isMetricName: Bool { isName(besides: "_:") }
  fileprivate var isLabelName: Bool { isName(besides: "_") && !hasPrefix("__") }

  private func isName(besides others: String) -> Bool {
    let isAllowed = unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9": true
      default: others.unicodeScalars.contains(scalar)
      }
    }
    guard let first = unicodeScalars.first else { return false }
    return isAllowed && !("0"..."9").contains(first)
  }
}
