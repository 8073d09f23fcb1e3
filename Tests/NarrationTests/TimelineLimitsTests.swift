import Testing

@testable import Narration

@Suite("A timeline as text, whatever it is asked to draw,")
struct TimelineLimitsTests {
  @Test("counts lanes that would be too many")
  func manyLanes() {
    let timeline = Timeline((1...100).map { span("task \($0)", nil, 0, Double($0)) })
    let lines = timeline.text().split(separator: "\n")
    #expect(lines.count == 26)
    #expect(lines[23].hasPrefix("    task 24 "))
    #expect(lines[24] == "    … 76 more lanes")
    #expect(lines[25].hasSuffix("100 s"))
  }

  @Test("counts rows of a lane that would be too many")
  func manyRows() {
    let timeline = Timeline((0..<9).map { span("pool", nil, Double($0) / 10, 2) })
    let lines = timeline.text().split(separator: "\n")
    #expect(lines.count == 8)
    #expect(lines[6] == "      … 3 more spans")
  }

  @Test("never exceeds its width", arguments: [40, 57, 80, 100, 120], [false, true])
  func width(_ width: Int, plain: Bool) {
    for timeline in [nasty, Timeline((1...40).map { span("task \($0)", "job", Double($0), 99) })] {
      for line in timeline.text(width: width, plain: plain).split(separator: "\n") {
        #expect(line.columns <= width)
      }
    }
  }

  @Test("is pure ASCII where it has to be plain")
  func plain() {
    let text = nasty.text(plain: true)
    #expect(text.utf8.allSatisfy { $0 == 0x0A || (0x20..<0x7F).contains($0) })
    #expect(text.contains("?? ? guest"))
  }

  @Test("lets no control character through to the terminal")
  func controls() {
    let text = nasty.text()
    let controls = text.unicodeScalars.filter { $0.properties.generalCategory == .control }
    #expect(controls.allSatisfy { $0 == "\n" })
  }

  @Test("survives times beyond all reason")
  func extremes() {
    let timeline = Timeline([
      Timeline.Span("past", from: .seconds(Int64.min), to: .seconds(Int64.max)),
      Timeline.Span("backwards", from: .seconds(5), to: .seconds(1)),
    ])
    #expect(timeline.text().contains("past"))
    #expect(timeline.spans[1].end == .seconds(5))
  }
}
