import CheckJournal
import Foundation

extension Session {
  /// `check`: once, for scripts and for those who like it so.
  func check() throws(Arguments.Fault) -> ExitCode {
    guard !arguments.flags.contains("--all") else { return checkAll() }
    let exercise = try exercise()
    let judgement = judge(exercise)
    let progress = note(judgement)
    if isJSON {
      Output.print(json: CheckReport([judgement]))
      return judgement.verdict.exitCode
    }
    Output.print(
      paper.spread(
        paper.strong(exercise.heading),
        paper.bar(progress.count(of: project.exercises), of: project.exercises.count)) + [""])
    let text = VerdictText(
      judgement: judgement, paper: paper, hintsSeen: progress[exercise].hints)
    Output.print(text.lines)
    if arguments.flags.contains("--timeline") { Output.print(timeline(of: judgement)) }
    if judgement.verdict == .passed { Output.print(whatNext(after: exercise, progress)) }
    return judgement.verdict.exitCode
  }

  private func checkAll() -> ExitCode {
    var judgements: [Judgement] = []
    for exercise in project.exercises {
      let judgement = judge(exercise)
      note(judgement)
      judgements.append(judgement)
      guard !isJSON else { continue }
      Output.print([listLine(exercise, judgement.verdict)])
    }
    if isJSON {
      Output.print(json: CheckReport(judgements))
    } else {
      let count = judgements.count { $0.verdict == .passed }
      Output.print(["", paper.bar(count, of: judgements.count)])
    }
    return judgements.first { $0.verdict != .passed }?.verdict.exitCode ?? .passed
  }

  /// Checks an exercise to the end, with a sign of life on standard error.
  func judge(_ exercise: Exercise) -> Judgement {
    let job = CheckJob(exercise, in: project, seconds: arguments.seconds)
    let signals = Terminal.signals([SIGINT, SIGTERM, SIGHUP])
    var life = SignOfLife()
    while true {
      job.advance()
      if let judgement = job.judgement {
        life.end()
        return judgement
      }
      if let number = Wait.news(from: job.files, signals: signals, milliseconds: 50).signal {
        life.end()
        job.cancel()
        exit(128 + number)
      }
      life.show(job)
    }
  }

  /// Remembers what came of it.
  @discardableResult
  func note(_ judgement: Judgement) -> Progress {
    if case .ourFault = judgement.verdict { return progressFile.load() }
    return progressFile.update { progress in
      progress[judgement.exercise].passed = judgement.verdict == .passed
      if progress.current == nil || arguments.flags.isDisjoint(with: ["--all"]) {
        progress.current = judgement.exercise.number
      }
    }
  }

  /// The failing schedule, drawn.
  func timeline(of judgement: Judgement) -> [String] {
    guard let check = judgement.culprit, let timeline = check.timeline else {
      return paper.wrapped("There is no failing schedule to draw.")
    }
    let seed = check.seed.map { "Under seed \($0):" } ?? "The schedule:"
    return ["  \(seed)", ""] + paper.drawn(timeline, indent: "  ") + [""]
  }

  /// After a pass: what has been learned, and where to go.
  func whatNext(after exercise: Exercise, _ progress: Progress) -> [String] {
    var lines: [String] = []
    if !exercise.abilities.isEmpty {
      lines.append("  What you can do now:")
      for ability in exercise.abilities {
        lines += paper.wrapped("\(paper.dot) \(ability)", hanging: "  ")
      }
      lines.append("")
    }
    guard let next = progress.next(after: exercise, of: project.exercises) else {
      return lines + paper.wrapped("That was the last one. You have done them all.")
    }
    lines += paper.wrapped("Next: \(next.heading). Open \(next.path).")
    return lines
  }
}
