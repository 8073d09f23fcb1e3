import Foundation
import Testing

@testable import workbook

/// The parts of the runner that are functions of what they are given.
@Suite("The runner's parts")
struct PartsTests {
  @Test("an ending survives the way through the supervisor's pipe")
  func endings() {
    let endings: [Ending] = [
      .exited(0), .exited(70), .signalled(9), .timedOut, .ended, .notStarted("no: such file"),
    ]
    for ending in endings { #expect(Ending(line: ending.line) == ending) }
    #expect(Ending(line: "") == nil)
  }

  @Test("text is wrapped between words, without the codes that colour it")
  func wrapping() {
    let paper = Paper(width: 20, hasColour: true)
    let lines = paper.wrapped("\(paper.bad("one")) two three four five", hanging: "  ")
    #expect(
      lines.map { $0.replacing(/\u{1B}\[[0-9;]*m/, with: "") } == [
        "  one two three four", "    five",
      ])
    #expect(paper.wrapped("a\n\nb") == ["  a", "", "  b"])
  }

  @Test("a page keeps its code as it is, and makes lines of its paragraphs")
  func page() {
    let text = "One\ntwo.\n\n- first\n  item\n- second\n\n```swift\nlet  x = 1\n```"
    #expect(
      Paper().page(text) == [
        "  One two.", "", "  - first item", "  - second", "", "    let  x = 1",
      ])
  }

  @Test("names are told apart by the letters that differ")
  func distance() {
    #expect(Naming.distance("bank", "bank") == 0)
    #expect(Naming.distance("banj", "bank") == 1)
    #expect(Naming.distance("", "abc") == 3)
  }

  @Test("terminals are not obeyed")
  func controls() {
    #expect("a\u{1B}[31mb\u{7}\n".withoutControls == "a[31mb\n")
  }
}
