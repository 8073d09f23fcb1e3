extension Metrics {
  /// What Prometheus calls the format that ``text`` is in.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// All metrics, in the text format that Prometheus reads.
  ///
  /// Metrics are in the order of their names, series in the order of their labels, labels in the
  /// order of their names: the same numbers are always the same text.
  public var text: String {
    all.map(\.text).joined()
  }
}

extension Metrics.Family {
  fileprivate var text: String {
    var lines = ["# HELP \(name) \(help.helpEscaped)", "# TYPE \(name) \(kind.rawValue)"]
    for (labels, value) in series {
      switch value {
      case .counter(let counter): lines.append("\(name)\(labels.text) \(counter.value)")
      case .gauge(let gauge): lines.append("\(name)\(labels.text) \(gauge.value.plain)")
      case .histogram(let histogram): lines += text(of: histogram, labels)
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Each range's line counts what the ranges below it counted, too.
  private func text(of histogram: Histogram, _ labels: [Metrics.Label]) -> [String] {
    // One look for all lines, so that they agree with each other.
    let snapshot = histogram.snapshot
    var lines: [String] = []
    var count: UInt64 = 0
    for (bound, inRange) in zip(histogram.bounds + [.infinity], snapshot.counts) {
      count += inRange
      let le = Metrics.Label(name: "le", value: bound.plain)
      lines.append("\(name)_bucket\((labels + [le]).text) \(count)")
    }
    lines.append("\(name)_sum\(labels.text) \(snapshot.sum.plain)")
    lines.append("\(name)_count\(labels.text) \(count)")
    return lines
  }
}

extension [Metrics.Label] {
  fileprivate var text: String {
    guard !isEmpty else { return "" }
    return "{" + map { "\($0.name)=\"\($0.value.labelEscaped)\"" }.joined(separator: ",") + "}"
  }
}

extension String {
  fileprivate var helpEscaped: String { escaping(["\\": "\\\\", "\n": "\\n"]) }

  fileprivate var labelEscaped: String {
    escaping(["\\": "\\\\", "\n": "\\n", "\"": "\\\""])
  }

  /// By scalars and not by characters: "\r\n" is one character, which is not "\n".
  private func escaping(_ escapes: [Unicode.Scalar: String]) -> String {
    var text = ""
    for scalar in unicodeScalars {
      if let escape = escapes[scalar] {
        text += escape
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
