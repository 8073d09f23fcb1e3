import Testing

@testable import workbook

@Suite("Differences")
struct DifferenceTests {
  @Test("a changed line is shown with three lines around it")
  func change() {
    let old = (1...9).map(String.init)
    var new = old
    new[4] = "five"
    let difference = Difference(from: old.joined(separator: "\n"), to: new.joined(separator: "\n"))
    #expect(difference.lines == ["  2", "  3", "  4", "- 5", "+ five", "  6", "  7", "  8"])
  }

  @Test("nothing is shown where nothing differs")
  func same() {
    #expect(Difference(from: "a\nb", to: "a\nb").lines == [])
  }
}
