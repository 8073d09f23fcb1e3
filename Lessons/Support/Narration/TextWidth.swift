// How wide text is on a terminal, and what to do when it is too wide.

extension Character {
  /// The columns it takes on a terminal: none, one, or two (East Asian scripts and emoji).
  ///
  /// As good as the Unicode tables that the standard library carries allow; terminals differ too.
  var columns: Int {
    guard let first = unicodeScalars.first else { return 0 }
    if first.isASCII { return first.value < 0x20 || first.value == 0x7F ? 0 : 1 }
    switch first.properties.generalCategory {
    case .control, .format, .nonspacingMark, .enclosingMark: return 0
    default: break
    }
    let isEmoji = unicodeScalars.contains {
      $0.properties.isEmojiPresentation || $0.value == 0xFE0F
    }
    return isEmoji || first.isWide ? 2 : 1
  }
}

extension Unicode.Scalar {
  /// True of scalars that Unicode's East Asian Width calls wide.
  fileprivate var isWide: Bool {
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
      0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}

extension StringProtocol {
  /// The columns it takes on a terminal.
  var columns: Int { reduce(0) { $0 + $1.columns } }
}

extension String {
  /// Its beginning, with `mark` for what does not fit into `width` columns.
  func shortened(to width: Int, mark: String = "…") -> String {
    guard columns > width else { return self }
    let mark = mark.columns < width ? mark : ""
    var result = ""
    var room = width - mark.columns
    for character in self {
      room -= character.columns
      if room < 0 { break }
      result.append(character)
    }
    return result + mark
  }

  /// Followed by as many spaces as `width` columns leave.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - columns))
  }

  /// Preceded by as many spaces as `width` columns leave.
  func rightAligned(to width: Int) -> String {
    String(repeating: " ", count: Swift.max(0, width - columns)) + self
  }

  /// Its words on lines of at most `width` columns; its own line breaks stay.
  ///
  /// A word wider than a line has one to itself. A line that is indented stays as it is.
  func wrapped(to width: Int) -> [String] {
    split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph in
      if paragraph.first == " " { return [String(paragraph)] }
      let words = paragraph.split(separator: " ").map(String.init)
      return wrap(words, separator: " ", width: width)
    }
  }

  /// Free of whatever would move a terminal's cursor or change its colours.
  ///
  /// Line breaks stay where `keepsLines`, and are spaces otherwise.
  func withoutControls(keepsLines: Bool = false) -> String {
    guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      return self
    }
    let scalars = unicodeScalars.map { scalar -> Unicode.Scalar in
      if keepsLines, scalar == "\n" { return scalar }
      return scalar.properties.generalCategory == .control ? " " : scalar
    }
    return String(String.UnicodeScalarView(scalars))
  }
}

/// Puts `items` on lines of at most `width` columns, `separator` between two on the same line.
func wrap(_ items: [String], separator: String, width: Int) -> [String] {
  var lines: [String] = []
  var line = ""
  for item in items {
    if line.isEmpty {
      line = item
    } else if line.columns + separator.columns + item.columns <= width {
      line += separator + item
    } else {
      lines.append(line)
      line = item
    }
  }
  return lines + [line]
}
