import Foundation

/// A Markdown page of the project.
struct Page {
  /// A fenced block of code.
  struct Block: Equatable {
    /// What follows the opening fence: "swift", "swift wrong".
    var language: String
    var lines: [String]
    /// How far the block is indented, in a list.
    var indent: Int
  }

  private let url: URL
  private(set) var text: String

  /// Reads the page at a path from the project's root.
  init(_ path: String) throws {
    url = Project.root.appending(path: path)
    text = try String(contentsOf: url, encoding: .utf8)
  }

  /// The page's second-level headings, in order.
  var headings: [String] {
    text.split(separator: "\n").filter { $0.hasPrefix("## ") }.map { String($0.dropFirst(3)) }
  }

  /// The blocks in a language, by the whole of what follows the fence.
  func blocks(of language: String) -> [Block] {
    var blocks: [Block] = []
    var open: Block?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      let indent = line.prefix { $0 == " " }.count
      let content = line.dropFirst(indent)
      if let block = open {
        if content == "```" {
          blocks.append(block)
          open = nil
        } else {
          open?.lines.append(String(line.dropFirst(min(indent, block.indent))))
        }
      } else if content.hasPrefix("```") {
        open = Block(language: String(content.dropFirst(3)), lines: [], indent: indent)
      }
    }
    return blocks.filter { $0.language == language }
  }

  /// Puts other lines into a block.
  mutating func replace(_ block: Block, with lines: [String]) {
    let margin = String(repeating: " ", count: block.indent)
    let form = { (lines: [String]) in
      lines.map { $0.isEmpty ? "" : margin + $0 }.joined(separator: "\n")
    }
    text = text.replacing(
      "```\(block.language)\n\(form(block.lines))\n\(margin)```",
      with: "```\(block.language)\n\(form(lines))\n\(margin)```", maxReplacements: 1)
  }

  /// Writes the page back.
  func save() throws {
    try text.write(to: url, atomically: true, encoding: .utf8)
  }
}
