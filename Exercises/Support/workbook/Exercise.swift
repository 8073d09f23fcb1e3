import Foundation

/// An exercise, and where its parts are.
struct Exercise {
  /// "05-Bank".
  let folder: String
  let root: String
  /// "Fastest mirror".
  let title: String
  /// The lesson of its chapter, if there is one yet.
  let lesson: Project.Lesson?

  /// "05".
  var number: String { String(folder.prefix(2)) }
  /// "Bank".
  var topic: String { String(folder.dropFirst(3)) }
  /// "Exercise 05 · Fastest mirror".
  var heading: String { "Exercise \(number) · \(title)" }

  /// The file to open.
  var path: String { "Exercises/\(folder)/\(topic).swift" }
  var hintsPath: String { "Exercises/\(folder)/Hints.md" }
  var solutionFolder: String { "Solutions/\(folder)" }
  var checksFolder: String { "Tests/ExerciseChecks/\(folder)" }
  /// Its first state, for `reset`.
  var stubsFolder: String { "Exercises/Support/Stubs/\(folder)" }

  /// The Swift files that a learner has here now.
  var files: [String] { Self.swiftFiles(in: "\(root)/Exercises/\(folder)") }
  /// The Swift files that were here in the beginning.
  var stubs: [String] { Self.swiftFiles(in: "\(root)/\(stubsFolder)") }
  /// The Swift files of our solution.
  var solutions: [String] { Self.swiftFiles(in: "\(root)/\(solutionFolder)") }

  /// The text of a file, by its path from the root.
  func text(_ path: String) -> String? {
    try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
  }

  /// The levels of its hints, as they are written.
  var hints: [String] {
    let levels = (text(hintsPath) ?? "").components(separatedBy: "\n## Hint ").dropFirst()
    return levels.map { level in
      level.drop { $0 != "\n" }.trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  /// What its chapter's page says that one is able to do afterwards.
  var abilities: [String] {
    guard let lesson, let page = text(lesson.page),
      let section = page.components(separatedBy: "\n## ").first(where: {
        $0.hasPrefix("You will be able to")
      })
    else { return [] }
    let items = section.components(separatedBy: "\n- ").dropFirst()
    return items.map { item in
      item.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        .joined(separator: " ")
    }
  }

  /// The names of all Swift files in a folder and the folders in it, from there, in order.
  private static func swiftFiles(in folder: String) -> [String] {
    let names = try? FileManager.default.subpathsOfDirectory(atPath: folder)
    return (names ?? []).filter { $0.hasSuffix(".swift") && !$0.contains("/.") && $0.first != "." }
      .sorted()
  }
}
