import CheckKit
import Foundation
import Resilience
import Testing

@Suite("Metrics")
struct MetricsTests {
  @Test("one metric of each kind, to the letter")
  func text() throws {
    let metrics = Metrics()
    try metrics.counter("shop_calls_total", "Calls.", labels: ["to": "b", "by": "x"]).increment()
    try metrics.counter("shop_calls_total", "Calls.", labels: ["to": "a", "by": "x"])
      .increment(by: 2)
    try metrics.gauge("shop_open", "Is it open?").set(0.5)
    let times = try metrics.histogram("shop_seconds", "Times.", bounds: [0.1, 1])
    for time in [0.1, 0.2, 1, 5] { times.observe(time) }
    #expect(
      metrics.text == """
        # HELP shop_calls_total Calls.
        # TYPE shop_calls_total counter
        shop_calls_total{by="x",to="a"} 2
        shop_calls_total{by="x",to="b"} 1
        # HELP shop_open Is it open?
        # TYPE shop_open gauge
        shop_open 0.5
        # HELP shop_seconds Times.
        # TYPE shop_seconds histogram
        shop_seconds_bucket{le="0.1"} 1
        shop_seconds_bucket{le="1"} 3
        shop_seconds_bucket{le="+Inf"} 4
        shop_seconds_sum 6.3
        shop_seconds_count 4

        """)
    #expect(Metrics().text.isEmpty)
  }

  @Test(
    "whatever is in a label or a help, it comes out as it went in", arguments: LogLineTests.texts)
  func escapes(_ text: String) throws {
    let metrics = Metrics()
    try metrics.counter("a_total", text, labels: ["x": text, "y": "last"]).increment()
    let times = try metrics.histogram("b_seconds", text, bounds: [1], labels: ["x": text])
    times.observe(.milliseconds(500))
    let read = try Exposition(metrics.text)
    #expect(read.help["a_total"]?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
    for sample in read.samples {
      #expect(
        sample.labels["x"]?.unicodeScalars.elementsEqual(text.unicodeScalars) == true, "\(sample)")
    }
    #expect(read.value("b_seconds_count", ["x": text]) == 1)
  }

  @Test("numbers that are none, and large ones")
  func numbers() throws {
    let metrics = Metrics()
    for (index, number) in [.infinity, -.infinity, .nan, 1e300, -0.25, .leastNonzeroMagnitude]
      .enumerated()
    {
      try metrics.gauge("g\(index)", "").set(number)
    }
    let read = try Exposition(metrics.text)
    #expect(read.value("g0") == .infinity)
    #expect(read.value("g1") == -.infinity)
    #expect(read.value("g2")?.isNaN == true)
    #expect(read.value("g3") == 1e300)
    #expect(read.value("g5") == .leastNonzeroMagnitude)
    let times = try metrics.histogram("h", "", bounds: [])
    for value in [.nan, .infinity, 3] { times.observe(value) }
    #expect(times.count == 2)
    #expect(try Exposition(metrics.text).value("h_bucket", ["le": "+Inf"]) == 2)
  }

  @Test("the same name and labels are the same series, however often they are asked for")
  func noDuplicates() throws {
    let metrics = Metrics()
    for labels in [["a": "1", "b": "2"], ["b": "2", "a": "1"], [:], ["a": "1"]] {
      for _ in 1...3 { try metrics.counter("x_total", "X.", labels: labels).increment() }
    }
    let read = try Exposition(metrics.text)
    #expect(read.samples.map(\.value).sorted() == [3, 3, 6])
  }

  @Test("what a metric cannot be is refused")
  func refusals() throws {
    let metrics = Metrics()
    for name in ["", "1a", "a b", "a-b", "ä", "a\n"] {
      #expect(throws: MetricsError.name(name)) { try metrics.counter(name, "") }
      #expect(throws: MetricsError.label(name)) {
        try metrics.counter("a_total", "", labels: [name: "1"])
      }
    }
    for label in ["__a", "le", "a:b"] {
      #expect(throws: MetricsError.label(label)) {
        try metrics.gauge("g", "", labels: [label: "1"])
      }
    }
    for bounds in [[1, 1], [2, 1], [.infinity], [.nan], [0, .nan]] as [[Double]] {
      #expect(throws: MetricsError.bounds("h")) { try metrics.histogram("h", "", bounds: bounds) }
    }
    #expect(metrics.text.isEmpty)
  }

  @Test("two metrics cannot have one name, also not by a histogram's endings")
  func clashes() throws {
    let metrics = Metrics()
    _ = try metrics.histogram("h", "H.", bounds: [1])
    _ = try metrics.counter("c_total", "C.")
    _ = try metrics.gauge("k_sum", "K.")
    #expect(throws: MetricsError.otherMetric("h_count")) { try metrics.counter("h_count", "") }
    #expect(throws: MetricsError.otherMetric("k_sum")) {
      try metrics.histogram("k", "", bounds: [1])
    }
    #expect(throws: MetricsError.otherMetric("h")) { try metrics.gauge("h", "H.") }
    #expect(throws: MetricsError.otherMetric("h")) {
      try metrics.histogram("h", "H.", bounds: [1, 2])
    }
    #expect(throws: MetricsError.otherMetric("c_total")) {
      try metrics.counter("c_total", "Other.")
    }
    #expect(try Exposition(metrics.text).types.keys.sorted() == ["c_total", "h", "k_sum"])
  }

  @Test("counts are exact, and what is read meanwhile agrees with itself")
  func threads() async throws {
    let metrics = Metrics()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 1...8 {
        group.addTask {
          for number in 1...2000 {
            try metrics.counter("c_total", "C.", labels: ["task": "\(task % 3)"]).increment()
            let gauge = try metrics.gauge("g", "G.")
            await gauge.count { await Task.yield() }
            try metrics.histogram("h", "H.", bounds: [100, 1000]).observe(Double(number))
            if number % 500 == 0 { _ = try Exposition(metrics.text) }
          }
        }
      }
      try await group.waitForAll()
    }
    let read = try Exposition(metrics.text)
    let counted = read.samples.filter { $0.name == "c_total" }.map(\.value).reduce(0, +)
    #expect(counted == 16_000)
    #expect(read.value("g") == 0)
    #expect(read.value("h_bucket", ["le": "100"]) == 800)
    #expect(read.value("h_count") == 16_000)
    #expect(read.value("h_sum") == 16_008_000)
  }

  @Test("a gauge that counts callers forgets those that fail")
  func gaugeCounts() async throws {
    try await explore { world in
      let gauge = try Metrics().gauge("inside", "Inside.")
      let mark = HighWaterMark()
      await withTaskGroup { group in
        for number in 1...4 {
          group.addTask(name: "caller \(number)") {
            try? await gauge.count {
              try await mark.count {
                #expect(gauge.value >= Double(mark.inside))
                await Task.yield()
                if number % 2 == 0 { throw Busy() }
              }
            }
          }
        }
      }
      #expect(gauge.value == 0)
    }
  }

  @Test(
    "promtool finds nothing to complain about",
    .enabled(if: promtool != nil, "promtool is not installed: it comes with Prometheus"))
  func checkedByPromtool() throws {
    let metrics = Metrics()
    for text in LogLineTests.texts {
      try metrics.counter("shop_calls_total", "Calls \\ and\nmore.", labels: ["to": text])
        .increment()
    }
    try metrics.gauge("shop_open", "Is it open?").set(1)
    let times = try metrics.histogram(
      "shop_call_duration_seconds", "Times.", bounds: [0.1, 1], labels: ["to": "a"])
    for time in [0.1, 0.2, 1, 5] { times.observe(time) }
    let process = Process()
    process.executableURL = URL(filePath: try #require(Self.promtool))
    process.arguments = ["check", "metrics"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(metrics.text.utf8))
    try input.fileHandleForWriting.close()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(String(decoding: said, as: UTF8.self))")
  }

  /// Where it is installed, if it is.
  private static let promtool = (ProcessInfo.processInfo.environment["PATH"] ?? "")
    .split(separator: ":").map { "\($0)/promtool" }
    .first(where: FileManager.default.isExecutableFile(atPath:))
}
