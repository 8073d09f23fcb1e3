import Foundation

extension Session {
  /// `solution`.
  func solution() throws(Arguments.Fault) -> ExitCode {
    let exercise = try exercise()
    if let question = question(before: "solution", of: exercise) {
      Output.print(question)
      return .failed
    }
    Output.print(solution(of: exercise))
    return .passed
  }

  /// `diff`.
  func diff() throws(Arguments.Fault) -> ExitCode {
    let exercise = try exercise()
    if let question = question(before: "diff", of: exercise) {
      Output.print(question)
      return .failed
    }
    Output.print(difference(of: exercise))
    return .passed
  }

  /// What differs between a learner's files and ours of the same name.
  func difference(of exercise: Exercise) -> [String] {
    exercise.solutions.flatMap { file -> [String] in
      let theirs = "Exercises/\(exercise.folder)/\(file)"
      let ours = "\(exercise.solutionFolder)/\(file)"
      let changes = Difference(
        from: withoutHeader(exercise.text(theirs) ?? ""),
        to: withoutHeader(exercise.text(ours) ?? "")
      ).lines
      let painted = changes.map { line in
        switch line.first {
        case "-": paper.bad("-") + line.dropFirst()
        case "+": paper.good("+") + line.dropFirst()
        default: line
        }
      }
      return [paper.bad("-") + " \(theirs)", paper.good("+") + " \(ours)", ""]
        + (painted.isEmpty ? ["  They are the same."] : painted)
    }
  }

  /// Without the brief, or the reasoning, that stands on top.
  private func withoutHeader(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .drop { $0.hasPrefix("//") || $0.isEmpty }.joined(separator: "\n")
  }

  /// What to ask before our solution is shown; nil after a pass, and from the second time on.
  func question(before command: String, of exercise: Exercise, key: String? = nil) -> [String]? {
    let entry = progressFile.load()[exercise]
    if entry.passed || entry.askedForSolution { return nil }
    progressFile.update { $0[exercise].askedForSolution = true }
    let again =
      key.map { "Press \($0) again" }
      ?? "Ask again, `swift run workbook \(command) \(exercise.number)`,"
    return paper.wrapped(
      "\(exercise.title) has not passed yet, and you learn more from your own answer. There are "
        + "hints, too. \(again) to see ours all the same.")
  }

  /// Our files, each under its path.
  func solution(of exercise: Exercise) -> [String] {
    exercise.solutions.flatMap { file -> [String] in
      let path = "\(exercise.solutionFolder)/\(file)"
      let text = exercise.text(path) ?? ""
      return [paper.strong(path), ""]
        + text.split(separator: "\n", omittingEmptySubsequences: false).flatMap(fitted)
    }
  }

  /// A comment that is too long for a terminal, in several lines. A program gets it as it is.
  private func fitted(_ line: Substring) -> [String] {
    guard Terminal.size != nil, line.hasPrefix("// "), line.count > paper.width else {
      return [String(line)]
    }
    return paper.wrapped(String(line), indent: "", hanging: "// ")
  }
}
