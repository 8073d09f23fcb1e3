import Foundation

/// Reads Prometheus's text format, strictly, and says what is wrong with it.
struct Exposition {
  struct Sample: Hashable {
    var name: String
    var labels: [String: String]
    var value: Double
  }

  struct Fault: Error, CustomStringConvertible { var description: String }

  private(set) var help: [String: String] = [:]
  private(set) var types: [String: String] = [:]
  private(set) var samples: [Sample] = []

  private var seen: Set<Sample> = []
  /// The metric whose lines come now: they must not be scattered.
  private var current = ""

  init(_ text: String) throws {
    let scalars = text.unicodeScalars
    guard scalars.isEmpty || scalars.last == "\n" else { throw Fault(description: "no last \\n") }
    for line in scalars.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      try read(String(line))
    }
    for (name, type) in types where type == "histogram" { try checkHistogram(name) }
  }

  func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
    samples.first { $0.name == name && $0.labels == labels }?.value
  }

  private mutating func read(_ line: String) throws {
    guard line.hasPrefix("#") else { return try readSample(line) }
    let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == "#" else { throw Fault(description: "comment: \(line)") }
    let name = String(parts[2])
    switch parts[1] {
    case "HELP":
      guard help[name] == nil else { throw Fault(description: "two helps: \(name)") }
      help[name] = try unescape(String(parts[3]), quotes: false)
      current = name
    case "TYPE":
      guard types[name] == nil else { throw Fault(description: "two types: \(name)") }
      guard ["counter", "gauge", "histogram"].contains(parts[3]), current == name else {
        throw Fault(description: "type: \(line)")
      }
      types[name] = String(parts[3])
    default: throw Fault(description: "comment: \(line)")
    }
  }

  private mutating func readSample(_ line: String) throws {
    let fault = Fault(description: "sample: \(line)")
    guard
      let match = try #/([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (\S+)/#
        .matchingSemantics(.unicodeScalar).dotMatchesNewlines().wholeMatch(in: line),
      let value = number(String(match.4))
    else { throw fault }
    let name = String(match.1)
    let suffixes = types[current] == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
    guard suffixes.contains(where: { current + $0 == name }) else {
      throw Fault(description: "\(name) is not with its type")
    }
    let labels = try match.3.map { try readLabels(String($0)) } ?? [:]
    guard seen.insert(Sample(name: name, labels: labels, value: 0)).inserted else {
      throw Fault(description: "twice: \(line)")
    }
    samples.append(Sample(name: name, labels: labels, value: value))
  }

  private func readLabels(_ text: String) throws -> [String: String] {
    var labels: [String: String] = [:]
    var names: [String] = []
    var rest = Substring(text)
    let label = #/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(,|$)/#
      .matchingSemantics(.unicodeScalar).dotMatchesNewlines()
    while !rest.isEmpty {
      guard let match = try label.prefixMatch(in: rest) else {
        throw Fault(description: "labels: \(text)")
      }
      let name = String(match.1)
      guard labels.updateValue(try unescape(String(match.2)), forKey: name) == nil else {
        throw Fault(description: "label twice: \(name)")
      }
      names.append(name)
      rest = rest[match.range.upperBound...]
    }
    guard names.filter({ $0 != "le" }) == names.filter({ $0 != "le" }).sorted() else {
      throw Fault(description: "labels in no order: \(text)")
    }
    return labels
  }

  private func unescape(_ text: String, quotes: Bool = true) throws -> String {
    var result = ""
    var isEscaped = false
    for scalar in text.unicodeScalars {
      switch (isEscaped, scalar) {
      case (false, "\\"):
        isEscaped = true
        continue
      case (false, _): result.unicodeScalars.append(scalar)
      case (true, "n"): result += "\n"
      case (true, "\\"): result += "\\"
      case (true, "\"") where quotes: result += "\""
      case (true, _): throw Fault(description: "escape: \(text)")
      }
      isEscaped = false
    }
    return result
  }

  private func number(_ text: String) -> Double? {
    switch text {
    case "+Inf": .infinity
    case "-Inf": -.infinity
    case "NaN": .nan
    default: text.contains(/^-?[0-9]/) ? Double(text) : nil
    }
  }

  /// The counts rise with the bounds, the last bound is infinity, and its count is the count.
  private func checkHistogram(_ name: String) throws {
    var series: [[String: String]: [(le: Double, count: Double)]] = [:]
    for sample in samples where sample.name == name + "_bucket" {
      var labels = sample.labels
      guard let le = labels.removeValue(forKey: "le").flatMap(number) else {
        throw Fault(description: "\(name) has a bucket without le")
      }
      series[labels, default: []].append((le, sample.value))
    }
    for (labels, buckets) in series {
      for (lower, upper) in zip(buckets, buckets.dropFirst()) {
        guard lower.le < upper.le, lower.count <= upper.count else {
          throw Fault(description: "\(name) does not rise: \(buckets)")
        }
      }
      guard let last = buckets.last, last.le == .infinity,
        value(name + "_count", labels) == last.count, value(name + "_sum", labels) != nil
      else { throw Fault(description: "\(name) has no end: \(buckets)") }
    }
  }
}
