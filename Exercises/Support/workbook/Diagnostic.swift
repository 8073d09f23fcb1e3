import Foundation

/// Something that the compiler has said about a line.
struct Diagnostic: Codable, Equatable {
  /// Where, from the project's root.
  var file: String
  var line: Int
  var column: Int
  var message: String
  /// The lines around it, as the compiler draws them.
  var excerpt: String

  /// "Exercises/05-Bank/Bank.swift:45:3".
  var place: String { "\(file):\(line):\(column)" }

  /// Reads the errors out of what a build has printed, each of them once.
  ///
  /// - Parameter project: Makes paths relative.
  static func errors(in output: String, of project: Project) -> [Diagnostic] {
    var errors: [Diagnostic] = []
    var isInside = false
    for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
      if let start = line.firstMatch(of: /^(.+?):([0-9]+):([0-9]+): (error|warning|note): (.*)$/) {
        isInside = start.4 == "error"
        guard isInside else { continue }
        errors.append(
          Diagnostic(
            file: project.relative(String(start.1)), line: Int(start.2) ?? 0,
            column: Int(start.3) ?? 0, message: String(start.5), excerpt: ""))
      } else if isInside, line.contains(/^ *[0-9]* \|/), let last = errors.indices.last {
        errors[last].excerpt += line + "\n"
      } else {
        // A blank line, or the next step of the build.
        isInside = false
      }
    }
    var seen: Set<String> = []
    return errors.filter { seen.insert($0.place + $0.message).inserted }
  }
}

/// What came of building an exercise and its checks.
enum BuildResult: Equatable {
  case built
  /// The learner's files have errors.
  case doesNotCompile([Diagnostic])
  /// The learner's files are fine for themselves. But the checks do not find in them what the brief
  /// promised.
  case doesNotFit([Diagnostic])
  /// Something else is wrong, and what is known about it.
  case broken(String)
  /// What was built before is of no use: it was moved, or made by another toolchain, or only half.
  case stale(String)

  /// What a build that has ended came to.
  static func of(_ ending: Ending, output: String, exercise: Exercise, project: Project) -> Self {
    if ending == .exited(0) { return .built }
    if case .notStarted(let reason) = ending {
      return .broken("The Swift toolchain could not be started. \(reason)")
    }
    let errors = Diagnostic.errors(in: output, of: project)
    let theirs = errors.filter { $0.file.hasPrefix("Exercises/\(exercise.folder)/") }
    if !theirs.isEmpty { return .doesNotCompile(theirs) }
    let checks = errors.filter { $0.file.hasPrefix(exercise.checksFolder + "/") }
    if !checks.isEmpty, checks.count == errors.count { return .doesNotFit(checks) }
    if let error = errors.first,
      !error.message.contains(/compiled (with|for)|precompiled|malformed/)
    {
      return .broken("\(error.place): \(error.message)\nThat is none of the exercise's files.")
    }
    let lines = output.split(separator: "\n").filter { line in
      line.contains("error:") && !line.contains("emit-module command failed")
    }
    let words = lines.isEmpty ? output.split(separator: "\n").suffix(5) : lines.prefix(5)
    let reason =
      "The build ended without a word about the exercise:\n"
      + words.map { String($0).replacing(project.root + "/", with: "") }.joined(separator: "\n")
    let isOurs = output.contains("Package.swift") || output.contains("No space left")
    return isOurs ? .broken(reason) : .stale(reason)
  }
}
