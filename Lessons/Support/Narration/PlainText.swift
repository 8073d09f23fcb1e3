extension String {
  /// Its nearest relative in ASCII; a `?` stands for a character that has none.
  var ascii: String {
    if utf8.allSatisfy({ $0 < 0x80 }) { return self }
    return reduce(into: "") { $0 += $1.asciiRelative }
  }
}

extension Character {
  fileprivate var asciiRelative: String {
    guard let first = unicodeScalars.first else { return "" }
    // An ASCII letter keeps its place and loses its combining marks.
    if first.isASCII { return self == "\r\n" ? "\n" : String(first) }
    if let replacement = replacements[first] { return replacement }
    return first.unmarkedLetter ?? (columns == 0 ? "" : "?")
  }
}

extension Unicode.Scalar {
  /// The letter without its accent, as Unicode's own name for it has it.
  ///
  /// `é` is LATIN SMALL LETTER E WITH ACUTE.
  fileprivate var unmarkedLetter: String? {
    guard let words = properties.name?.split(separator: " "), words.count > 4,
      words[0] == "LATIN", words[2] == "LETTER", words[3].count == 1, words[4] == "WITH"
    else { return nil }
    return words[1] == "SMALL" ? words[3].lowercased() : String(words[3])
  }
}

private let replacements: [Unicode.Scalar: String] = [
  "–": "-", "—": "-", "‑": "-", "−": "-", "‐": "-",
  "‘": "'", "’": "'", "“": "\"", "”": "\"", "„": "\"", "«": "<<", "»": ">>", "′": "'",
  "…": "...", "·": "-", "•": "*", "×": "x", "÷": "/", "±": "+/-", "µ": "u", "μ": "u",
  "→": "->", "←": "<-", "↑": "^", "↓": "v", "⇒": "=>", "⇐": "<=", "↔": "<->",
  "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "∞": "inf",
  "✓": "ok", "✔": "ok", "✗": "x", "✘": "x", "╳": "x", "⊘": "x", "◆": "*", "▶": ">",
  "█": "#", "▊": "|", "░": ".", "▒": ":", "▓": "%",
  "─": "-", "━": "-", "│": "|", "┃": "|", "┌": "+", "┐": "+", "└": "+", "┘": "+",
  "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+",
  "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "€": "EUR", "°": " deg", "§": "section ",
  "\u{A0}": " ", "\u{202F}": " ", "\u{2009}": " ", "\u{2003}": " ", "\u{2002}": " ",
]
