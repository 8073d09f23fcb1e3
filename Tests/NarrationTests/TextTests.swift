import Testing

@testable import Narration

@Suite("Text on a terminal")
struct TextTests {
  @Test(
    "is as wide as its characters",
    arguments: [
      ("task", 4), ("é", 1), ("e\u{301}", 1), ("客人", 4), ("カタ", 4), ("한", 2), ("🍳", 2),
      ("👨‍👩‍👧‍👦", 2), ("❤️", 2), ("→", 1), ("█", 1), ("", 0), ("\u{200B}", 0), ("ｗ", 2),
    ])
  func columns(_ text: String, _ columns: Int) {
    #expect(text.columns == columns)
  }

  @Test(
    "is shortened to what fits",
    arguments: [
      ("breakfast", 9, "breakfast"), ("breakfast", 8, "breakfa…"), ("breakfast", 1, "b"),
      ("breakfast", 0, ""), ("客人客人", 6, "客人…"), ("客人客人", 7, "客人客…"),
    ])
  func shortened(_ text: String, _ width: Int, _ result: String) {
    #expect(text.shortened(to: width) == result)
    #expect(result.columns <= width)
  }

  @Test("is wrapped between words")
  func wrapped() {
    #expect("one two three".wrapped(to: 7) == ["one two", "three"])
    #expect("one\n\ntwo".wrapped(to: 7) == ["one", "", "two"])
    #expect("a breathtaking b".wrapped(to: 4) == ["a", "breathtaking", "b"])
    #expect("  let lock  =  1\nx  y".wrapped(to: 4) == ["  let lock  =  1", "x y"])
    #expect("".wrapped(to: 4) == [""])
  }

  @Test(
    "has a relative in ASCII",
    arguments: [
      ("1–2", "1-2"), ("“a” ‘b’", "\"a\" 'b'"), ("wait…", "wait..."), ("a → b", "a -> b"),
      ("café naïve Ångström Łódź", "cafe naive Angstrom Lodz"), ("e\u{301}", "e"),
      ("客人🍳", "???"), ("👨‍👩‍👧‍👦", "?"), ("5 µs × 2", "5 us x 2"),
    ])
  func ascii(_ text: String, _ plain: String) {
    #expect(text.ascii == plain)
  }

  @Test("is free of escape codes that a scene brings in")
  func controls() {
    #expect("a\u{1B}[31m\tb\nc\u{9B}".withoutControls() == "a [31m b c ")
    #expect("a\nb\u{7}".withoutControls(keepsLines: true) == "a\nb ")
  }

  @Test("is coloured by codes that each line closes")
  func colour() {
    var line = InkedLine("0.00", .faint)
    line.append("  done")
    #expect(line.coloured == "\u{1B}[2m0.00\u{1B}[0m  done")
    #expect(line.text == "0.00  done")
  }

  @Test("has colour on a page only if the page has, and never on a plain one")
  func pages() {
    for (hasColour, isPlain, text) in [
      (true, false, "\u{1B}[1mé\u{1B}[0m"), (false, false, "é"), (true, true, "e"),
    ] {
      let transcript = Transcript()
      transcript.page(isPlain: isPlain, hasColour: hasColour).line("é", .strong)
      #expect(transcript.text == text)
    }
  }

  @Test("is laid out in a table, numbers at the right")
  func table() {
    let table = TextTable(
      header: ["what", "seconds", "CPU"],
      rows: [["one by one", "4.50", "3 %"], ["together", "12.00", "100 %"], ["客人", "", "-"]])
    #expect(
      table.lines(width: 76, isPlain: true) == [
        "what        seconds  CPU  ",
        "----------  -------  -----",
        "one by one     4.50  3 %  ",
        "together      12.00  100 %",
        "客人                 -    ",
      ])
    for line in table.lines(width: 18, isPlain: false) { #expect(line.columns <= 18) }
  }
}
