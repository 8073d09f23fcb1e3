import Foundation

/// A copy of the workbook: where it is, and what is in it.
struct Project {
  /// The folder that the manifest is in.
  let root: String
  /// All exercises, in order.
  let exercises: [Exercise]
  /// The chapters that have a lesson, in order.
  let lessons: [Lesson]

  /// A chapter to run and to read.
  struct Lesson {
    var number: String
    var folder: String
    /// What stands on top of its page: "Sync versus async".
    var title: String
    var program: String { "Lesson\(number)" }
    var page: String { "Lessons/\(folder)/README.md" }
  }

  /// Finds the project around a folder or, failing that, around this program.
  static func find(from folder: String = FileManager.default.currentDirectoryPath) -> Project? {
    for start in [folder, Platform.ownFolder] {
      var place = URL(filePath: start, directoryHint: .isDirectory).standardizedFileURL
      while true {
        if isProject(place.path) { return Project(root: place.path) }
        let above = place.deletingLastPathComponent().standardizedFileURL
        if above.path.count >= place.path.count { break }
        place = above
      }
    }
    return nil
  }

  private static func isProject(_ folder: String) -> Bool {
    (try? String(contentsOfFile: folder + "/Package.swift", encoding: .utf8))?
      .contains("\"AsyncWorkbook\"") == true
      && FileManager.default.fileExists(atPath: folder + "/Exercises")
  }

  /// Reads what there is in a folder.
  init(root: String) {
    self.root = root
    let pages = Self.chapters(in: root + "/Lessons").map { folder in
      Lesson(
        number: String(folder.prefix(2)), folder: folder,
        title: Self.title(ofPage: "\(root)/Lessons/\(folder)/README.md") ?? Self.words(folder))
    }
    lessons = pages
    exercises = Self.chapters(in: root + "/Exercises").map { folder in
      Exercise(
        folder: folder, root: root, title: Self.words(folder),
        lesson: pages.first { $0.number == folder.prefix(2) })
    }
  }

  /// A path from the project's root, as it is shown to people, made absolute.
  func path(_ relative: String) -> String { root + "/" + relative }

  /// An absolute path as it is shown to people.
  func relative(_ path: String) -> String {
    path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
  }

  /// Folders that are named for a number and a topic: "05-Bank".
  private static func chapters(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.wholeMatch(of: /[0-9][0-9]-.+/) != nil }.sorted()
  }

  /// "Fastest mirror" for "04-FastestMirror".
  private static func words(_ folder: String) -> String {
    var words = ""
    for character in folder.dropFirst(3) {
      if character.isUppercase, !words.isEmpty { words += " " }
      words += words.isEmpty ? String(character) : character.lowercased()
    }
    return words
  }

  /// "Sync versus async" of a page that begins with "# 01 · Sync versus async".
  private static func title(ofPage path: String) -> String? {
    let heading = (try? String(contentsOfFile: path, encoding: .utf8))?.prefix { $0 != "\n" }
    return heading?.split(separator: "·").last.map {
      $0.trimmingCharacters(in: .whitespaces)
    }
  }
}
