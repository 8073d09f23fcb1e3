/// The colour of a stretch of text, where there is colour.
enum Ink: Equatable {
  case usual
  case faint
  case strong
  case alarm
  /// One of a few colours that the lanes of a timeline take in turn.
  case lane(Int)

  fileprivate var code: String? {
    switch self {
    case .usual: nil
    case .faint: "2"
    case .strong: "1"
    case .alarm: "31"
    case .lane(let index): ["36", "32", "33", "35", "34"][index % 5]
    }
  }
}

/// One line of text, in stretches of one colour each.
struct InkedLine: Equatable {
  private(set) var stretches: [(text: String, ink: Ink)] = []

  init(_ text: String = "", _ ink: Ink = .usual) {
    append(text, ink)
  }

  mutating func append(_ text: String, _ ink: Ink = .usual) {
    guard !text.isEmpty else { return }
    if let last = stretches.last, last.ink == ink {
      stretches[stretches.count - 1].text += text
    } else {
      stretches.append((text, ink))
    }
  }

  /// Its text without colours.
  var text: String { stretches.reduce(into: "") { $0 += $1.text } }

  /// Its text with the terminal's codes for colours, each closed where its stretch ends.
  var coloured: String {
    stretches.reduce(into: "") { line, stretch in
      if let code = stretch.ink.code {
        line += "\u{1B}[\(code)m\(stretch.text)\u{1B}[0m"
      } else {
        line += stretch.text
      }
    }
  }

  static func == (left: InkedLine, right: InkedLine) -> Bool {
    left.stretches.elementsEqual(right.stretches, by: ==)
  }
}

/// Where a lesson's lines go, and how they have to look there.
public struct Page: Sendable {
  /// The columns of a line.
  public let width: Int
  /// True where everything has to be ASCII, without colour.
  public let isPlain: Bool
  /// True where the terminal's colours are welcome.
  public let hasColour: Bool
  private let write: @Sendable (String) -> Void

  /// A page of `width` columns, forty at least, whose lines go to `write`, each with its line break.
  public init(
    width: Int = 80, isPlain: Bool = false, hasColour: Bool = false,
    write: @escaping @Sendable (String) -> Void
  ) {
    self.width = max(40, width)
    self.isPlain = isPlain
    self.hasColour = hasColour && !isPlain
    self.write = write
  }

  /// The columns of prose, which is hard to read on longer lines.
  var proseWidth: Int { min(width, 80) }

  func line(_ line: InkedLine = InkedLine()) {
    var text = hasColour ? line.coloured : line.text
    while text.last == " " { text.removeLast() }
    write((isPlain ? text.ascii : text) + "\n")
  }

  func line(_ text: String, _ ink: Ink = .usual) {
    line(InkedLine(text, ink))
  }

  /// Prepares text from a scene: no control characters, and ASCII only on a plain page.
  func clean(_ text: String, keepsLines: Bool = false) -> String {
    let text = text.withoutControls(keepsLines: keepsLines)
    return isPlain ? text.ascii : text
  }
}
