import Foundation

extension Session {
  /// `list`.
  func list() -> ExitCode {
    let progress = progressFile.load()
    if isJSON {
      Output.print(json: ListReport(project, progress))
      return .passed
    }
    Output.print(listing(progress))
    return .passed
  }

  /// All exercises, a line each, and how far one has come.
  func listing(_ progress: Progress) -> [String] {
    let current = progress.current(of: project.exercises)
    var lines = project.exercises.map { exercise in
      let isCurrent = exercise.number == current?.number
      let mark = progress[exercise].passed ? paper.tick : paper.circle
      let title = "\(exercise.number)  \(exercise.title.padded(to: 20))"
      return "\(isCurrent ? paper.arrow : " ") \(mark) "
        + (isCurrent ? paper.strong(title) : title) + paper.faint(exercise.path)
    }
    lines += [
      "", "  " + paper.bar(progress.count(of: project.exercises), of: project.exercises.count),
    ]
    return lines
  }

  /// A line about one that has been checked.
  func listLine(_ exercise: Exercise, _ verdict: Verdict) -> String {
    let mark =
      switch verdict {
      case .passed: paper.tick
      case .unfinished: paper.circle
      default: paper.cross
      }
    return "  \(mark) \(exercise.number)  \(exercise.title.padded(to: 20))\(verdict.name)"
  }

  /// `next`.
  func next() -> ExitCode {
    let progress = progressFile.load()
    guard let current = progress.current(of: project.exercises) else {
      Output.print(["There are no exercises."])
      return .passed
    }
    guard let next = progress.next(after: current, of: project.exercises) else {
      Output.print([
        progress[current].passed
          ? "You have done them all." : "\(current.heading) is the only one left."
      ])
      return .passed
    }
    progressFile.update { $0.current = next.number }
    Output.print([paper.strong(next.heading), "", "  Open \(next.path)."])
    if let lesson = next.lesson { Output.print(["  Its lesson: swift run \(lesson.program)"]) }
    return .passed
  }

  /// `hint`.
  func hint() throws(Arguments.Fault) -> ExitCode {
    let exercise = try exercise()
    var wanted: Int?
    if arguments.words.count > 1 {
      guard let level = Int(arguments.words[1]), exercise.hints.indices.contains(level - 1) else {
        throw Arguments.Fault(
          message: "hints have levels 1 to \(exercise.hints.count), and not "
            + "“\(arguments.words[1])”.")
      }
      wanted = level
    }
    Output.print(hint(exercise, level: wanted))
    return .passed
  }

  /// The next hint of an exercise, or that of a level, and remembers that it was shown.
  func hint(_ exercise: Exercise, level wanted: Int? = nil) -> [String] {
    let hints = exercise.hints
    guard !hints.isEmpty else { return ["  \(exercise.heading) has no hints."] }
    let seen = progressFile.load()[exercise].hints
    let level = wanted ?? min(seen + 1, hints.count)
    progressFile.update { $0[exercise].hints = max(seen, level) }
    var lines = [paper.strong("Hint \(level) of \(hints.count) for \(exercise.title)"), ""]
    lines += paper.page(hints[level - 1]) + [""]
    if wanted == nil, seen >= hints.count {
      lines += paper.wrapped("There is no further hint. All three are in \(exercise.hintsPath).")
    }
    return lines
  }
}
