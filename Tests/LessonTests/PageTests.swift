import Foundation
import Simulation
import Testing

/// What pages promise: every transcript, every line of code, every link.
@Suite("Pages", .enabled(if: Simulation.Mode.current == .complete, "lessons need virtual time"))
struct PageTests {
  static let chapters = Project.lessonFolders.map { "Lessons/\($0)/README.md" }
  static let pages = chapters + ["README.md"]

  @Test("has all its parts", arguments: chapters)
  func parts(_ path: String) throws {
    let page = try Page(path)
    let expected = [
      "You will be able to", "The idea", "The program", "What it prints",
      "In Python and JavaScript", "Mistakes people make", "Predict, then run", "When to use it",
      "Try it", "For the teacher",
    ]
    #expect(page.headings == expected)
    let folder = path.split(separator: "/")[1]
    #expect(page.text.hasPrefix("# \(folder.prefix(2)) · "))
    #expect(page.text.contains(/\n\n[0-9]+ minutes\.\n/))
    #expect(page.text.contains("<details>"))
  }

  @Test("transcripts are what the programs print", arguments: pages)
  func transcripts(_ path: String) async throws {
    var page = try Page(path)
    let rewrites = ProcessInfo.processInfo.environment["UPDATE_TRANSCRIPTS"] != nil
    for block in page.blocks(of: "console") {
      let lines = block.lines
      let words = try #require(lines.first).split(separator: " ").map(String.init)
      try #require(Array(words.prefix(3)) == ["$", "swift", "run"])
      // Only what is the same on every run can be promised.
      guard words.contains("--virtual") || words.contains("--list") || words.contains("--help")
      else { continue }
      let run = try await Project.remembered(words[3], Array(words.dropFirst(4)))
      let printed = run.output.split(separator: "\n", omittingEmptySubsequences: false)
        .map(String.init)
      if rewrites {
        page.replace(block, with: [lines[0]] + printed.trimmed)
      } else {
        #expect(
          matches(lines.dropFirst().map(\.self).trimmed, printed.trimmed),
          "\(lines[0]) prints something else. UPDATE_TRANSCRIPTS=1 swift test writes it down.")
      }
    }
    if rewrites { try page.save() }
  }

  @Test("code is the program's", arguments: chapters)
  func code(_ path: String) throws {
    let page = try Page(path)
    let folder = Project.root.appending(path: path).deletingLastPathComponent()
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let sources = try files.filter { $0.hasSuffix(".swift") }.map { name in
      try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let blocks = page.blocks(of: "swift")
    #expect(!blocks.isEmpty)
    for block in blocks {
      let wanted = block.lines.map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty }
      let isFound = sources.contains { source in
        source.indices.contains { begins(wanted, in: source, at: $0) }
      }
      #expect(isFound, "no file of the lesson has: \(wanted.joined(separator: "\n"))")
    }
  }

  @Test("the twins in other languages are well-formed", arguments: chapters)
  func twins(_ path: String) async throws {
    let page = try Page(path)
    let checks = [
      ("python", "python3", "python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())'"),
      ("javascript", "node", "node --check"),
    ]
    for (language, tool, command) in checks {
      let blocks = page.blocks(of: language)
      #expect(!blocks.isEmpty, "no \(language) in \(path)")
      guard await Project.has(tool) else { continue }
      for block in blocks {
        let file = FileManager.default.temporaryDirectory
          .appending(path: "twin-\(UUID().uuidString).\(language == "python" ? "py" : "js")")
        try block.lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let run = try await Project.shell("\(command) '\(file.path)'")
        #expect(run.status == 0, "\(run.errors)")
      }
    }
  }

  @Test("links lead somewhere", arguments: pages + [".github/CONTRIBUTING.md"])
  func links(_ path: String) throws {
    let page = try Page(path)
    let folder = Project.root.appending(path: path).deletingLastPathComponent()
    for match in page.text.matches(of: /\]\(([^)#]+)\)/) {
      let target = String(match.output.1)
      guard !target.contains("://") else { continue }
      #expect(
        FileManager.default.fileExists(atPath: folder.appending(path: target).path),
        "\(path) links to \(target)")
    }
  }

  /// True if the lines are the printed ones, where a line that is just "…" stands for any lines.
  private func matches(_ lines: some Collection<String>, _ printed: some Collection<String>) -> Bool
  {
    guard let line = lines.first else { return printed.isEmpty }
    if line.trimmingCharacters(in: .whitespaces) == "…" {
      return matches(lines.dropFirst(), printed)
        || (!printed.isEmpty && matches(lines, printed.dropFirst()))
    }
    guard let first = printed.first, first == line else { return false }
    return matches(lines.dropFirst(), printed.dropFirst())
  }

  /// True if the wanted lines stand in the source from there on; "…" skips lines.
  private func begins(_ wanted: [String], in source: [String], at start: Int) -> Bool {
    var index = start
    var mayskip = false
    for line in wanted {
      if line == "…" {
        mayskip = true
        continue
      }
      while mayskip, index < source.count, source[index] != line { index += 1 }
      mayskip = false
      guard index < source.count, source[index] == line else { return false }
      index += 1
    }
    return true
  }
}

extension Collection<String> {
  /// Without empty lines at either end, and without spaces at the ends of lines.
  fileprivate var trimmed: [String] {
    var lines = map { line in
      String(line.reversed().drop { $0 == " " }.reversed())
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return Array(lines.drop { $0.isEmpty })
  }
}
