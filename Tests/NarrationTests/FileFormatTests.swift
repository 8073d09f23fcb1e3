import Foundation
import Testing

@testable import Narration

#if canImport(FoundationXML)
  import FoundationXML
#endif

private let scenes = [
  SceneRecord(
    title: "1 · <Nasty> & \"more\"", recorded: nasty,
    figures: [
      Narrator.Figure(caption: nil, timeline: nasty, isRecorded: true),
      Narrator.Figure(
        caption: "a <schedule>", timeline: Timeline([span("ann", nil, 0, 2)], measure: .steps),
        isRecorded: false),
    ]),
  SceneRecord(title: "2 · Silent", recorded: Timeline(), figures: []),
]

@Suite("The SVG file")
struct SVGTests {
  let text = SVGDocument(title: "Lesson 1 <&>", scenes).text

  @Test("is well-formed XML, whatever it shows")
  func wellFormed() {
    let parser = XMLParser(data: Data(text.utf8))
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
  }

  @Test("escapes what it quotes")
  func escapes() {
    #expect(text.contains("<title>Lesson 1 &lt;&amp;&gt;</title>"))
    #expect(text.contains("1 · &lt;Nasty&gt; &amp; &quot;more&quot;"))
    #expect(!text.contains("<b>"))
  }

  @Test("needs nothing else, and follows the reader's theme")
  func selfContained() {
    #expect(text.contains("prefers-color-scheme: dark"))
    let links = text.matches(of: /(href|src|url|@import)[^#]{0,3}\/\//)
    #expect(links.isEmpty)
  }

  @Test("has one bar for each span, with what happened as its title")
  func bars() {
    #expect(text.matches(of: /class="(lane\d|paper) edge"/).count == nasty.spans.count + 1)
    #expect(text.contains("<title>1.50  cook [31m  red: fry starts"))
    #expect(text.contains("fails: &lt;&amp;&quot;&gt;</title>"))
    #expect(text.contains("class=\"alarm\""))
  }

  @Test("stays within its width")
  func width() throws {
    for match in text.matches(of: /\ x="(-?[0-9.]+)"/) {
      #expect((0...960).contains(try #require(Double(match.1))))
    }
  }
}

@Suite("The trace file")
struct TraceTests {
  struct File: Decodable {
    var traceEvents: [Event]
  }

  struct Event: Decodable {
    var ph: String
    var name: String
    var ts: Double?
    var dur: Double?
    var pid: Int
    var tid: Int
    var args: [String: String]?
  }

  func events(_ records: [SceneRecord]) throws -> [Event] {
    let json = TraceEvents(title: "Lesson \"1\"", records).json
    return try JSONDecoder().decode(File.self, from: Data(json.utf8)).traceEvents
  }

  @Test("is JSON, whatever it holds, with a process for each scene that recorded something")
  func decodes() throws {
    let events = try events(scenes)
    let processes = events.filter { $0.name == "process_name" }
    #expect(
      processes.map { $0.args?["name"] } == [
        "1 · <Nasty> & \"more\"", "1 · <Nasty> & \"more\": a <schedule>",
      ])
    #expect(processes.map(\.pid) == [1_000, 2_000])
    #expect(events.count { $0.ph == "X" } == nasty.spans.count + 1)
    #expect(events.contains { $0.name == "½ § \u{7}bell ✓ ]]> & <b>" && $0.ph == "i" })
    #expect(try self.events([]).isEmpty)
  }

  @Test("tells times in microseconds, and how spans ended")
  func times() throws {
    let timeline = Timeline([
      Timeline.Span("task", from: .nanoseconds(1_500), to: .seconds(2)),
      span("task 2", "eggs", 0.5, 1, outcome: .failed("out")), span("task 3", nil, 1, nil),
      span("task 4", "lock", 0, 1, kind: .waiting, outcome: .cancelled),
    ])
    let record = SceneRecord(title: "1", recorded: timeline, figures: [])
    let spans = try events([record]).filter { $0.ph == "X" }
    #expect(spans.map(\.name) == ["task", "eggs", "task 3", "waits: lock"])
    #expect(spans.map(\.ts) == [1.5, 500_000, 1_000_000, 0])
    #expect(spans.map(\.dur) == [1_999_998.5, 500_000, 1_000_000, 1_000_000])
    #expect(
      spans.map { $0.args?["outcome"] } == ["returned", "failed", "goes on", "cancelled"])
    #expect(spans[1].args?["error"] == "out")
  }

  @Test("nests what is nested, and has another thread for what overlaps otherwise")
  func tracks() {
    let inside = span("a", "inside", 1, 2, depth: 1)
    let after = span("a", "after", 4, 5)
    let across = span("a", "across", 3, 6)
    let outside = span("a", "outside", 0, 4)
    let timeline = Timeline([inside, after, across, outside])
    #expect(
      TraceEvents.tracks(of: timeline, lane: "a") == [[outside, inside, after], [across]])
  }
}
