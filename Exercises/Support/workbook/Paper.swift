import Foundation

/// What is written on: how wide it is, and whether it knows colours and more than ASCII.
struct Paper: Equatable {
  /// Columns.
  var width = 80
  var hasColour = false
  /// Nothing but ASCII in marks and bars.
  var isPlain = false

  /// As standard output is, and as the environment asks.
  static func standard(isPlain: Bool = false) -> Paper {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let environment = ProcessInfo.processInfo.environment
    let isDumb = environment["TERM"] == "dumb"
    return Paper(
      // Lines longer than this are hard to read on any terminal.
      width: isTerminal ? min(100, Terminal.size?.columns ?? 80) : 80,
      hasColour: isTerminal && !isPlain && !isDumb && (environment["NO_COLOR"] ?? "").isEmpty,
      isPlain: isPlain || isDumb)
  }

  // Only colours that can be seen on a light and on a dark ground. Green is faint on white, so it is
  // for marks and bars; text to be read has the terminal's own colour.
  func strong(_ text: String) -> String { paint(text, "1") }
  func faint(_ text: String) -> String { paint(text, "2") }
  func good(_ text: String) -> String { paint(text, "32") }
  func bad(_ text: String) -> String { paint(text, "31") }
  func marked(_ text: String) -> String { paint(text, "35") }

  private func paint(_ text: String, _ code: String) -> String {
    hasColour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  var tick: String { good(isPlain ? "+" : "✓") }
  var cross: String { bad(isPlain ? "x" : "✘") }
  var circle: String { isPlain ? "o" : "○" }
  var dot: String { isPlain ? "-" : "·" }
  var arrow: String { marked(isPlain ? ">" : "▸") }

  /// "████░░░░░░ 4 of 10": one cell, or a few, for each.
  func bar(_ done: Int, of total: Int) -> String {
    guard total > 0 else { return "" }
    let room = max(5, min(30, width - 50))
    let cells = max(1, room / total) * total
    let filled = cells * done / total
    let (full, empty) = isPlain ? ("#", "-") : ("█", "░")
    return good(String(repeating: full, count: filled))
      + String(repeating: empty, count: cells - filled) + " \(done) of \(total)"
  }

  /// A line with something at its right end, or two where there is no room.
  func spread(_ left: String, _ right: String) -> [String] {
    let gap = width - left.columns - right.columns
    return gap >= 2 ? [left + String(repeating: " ", count: gap) + right] : [left, right]
  }

  /// Breaks text between words where it would be too wide. A line break in the text stays one.
  func wrapped(_ text: String, indent: String = "  ", hanging: String = "") -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
      var lines: [String] = []
      var current = indent
      var isEmpty = true
      for word in line.split(separator: " ") {
        if !isEmpty, current.columns + 1 + String(word).columns > width {
          lines.append(current)
          (current, isEmpty) = (indent + hanging, true)
        }
        current += (isEmpty ? "" : " ") + word
        isEmpty = false
      }
      return lines + [isEmpty ? "" : current]
    }
  }

  /// Text that was drawn, indented; what does not fit is cut off.
  func drawn(_ text: String, indent: String = "    ") -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let line = indent + line
      return line.columns > width ? String(line.prefix(max(1, width - 1))) + "…" : line
    }
  }

  /// A page in Markdown as it reads well here: paragraphs wrapped, code indented.
  func page(_ markdown: String) -> [String] {
    var lines: [String] = []
    var paragraph = ""
    var isCode = false
    func flush() {
      guard !paragraph.isEmpty else { return }
      lines += wrapped(paragraph, hanging: paragraph.hasPrefix("- ") ? "  " : "")
      paragraph = ""
    }
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        flush()
        isCode.toggle()
      } else if isCode {
        lines.append("    " + line)
      } else if line.allSatisfy(\.isWhitespace) {
        flush()
        lines.append("")
      } else {
        if line.hasPrefix("- ") { flush() }
        paragraph += (paragraph.isEmpty ? "" : " ") + line.trimmingCharacters(in: .whitespaces)
      }
    }
    flush()
    return lines
  }
}

extension String {
  /// The columns it takes, without the codes that colour it.
  var columns: Int {
    contains("\u{1B}") ? replacing(/\u{1B}\[[0-9;]*m/, with: "").count : count
  }

  /// Followed by spaces, up to a width.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - columns))
  }

  /// Without characters that a terminal would obey.
  var withoutControls: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.filter {
          $0 == "\n" || $0 == "\t"
            || ($0.value >= 32 && $0.value != 127 && !(128..<160 ~= $0.value))
        }))
  }
}
