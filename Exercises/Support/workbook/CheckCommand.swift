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
    switch judgement.verdict {
    case .ourFault, .notChecked: return progressFile.load()
    default: break
    }
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

/// Shows on standard error that something goes on, where it takes longer than people like.
struct SignOfLife {
  private var last = 0
  private let isTerminal = isatty(STDERR_FILENO) == 1 && !Terminal.isDumb

  mutating func show(_ job: CheckJob) {
    let second = Int(job.seconds)
    guard second > last else { return }
    last = second
    let text =
      switch job.stage {
      case .waiting: "another check of this copy is going on; waiting, \(second) s"
      case .building: "building \(job.exercise.folder), \(second) s \(job.step ?? "")"
      case .running, .done: "checking \(job.exercise.folder), \(second) s"
      }
    try? Files.write(
      isTerminal ? "\r\u{1B}[K\(text.prefix(78))" : "workbook: \(text)\n", to: STDERR_FILENO)
  }

  /// Leaves no trace on a terminal.
  mutating func end() {
    if last > 0, isTerminal { try? Files.write("\r\u{1B}[K", to: STDERR_FILENO) }
    last = 0
  }
}

/// Waits for news, whatever comes first.
enum Wait {
  struct News {
    /// The number of a signal.
    var signal: Int32?
    /// True if a key can be read.
    var hasKey = false
  }

  static func news(
    from files: [Int32], signals: Int32, keys: Int32? = nil, milliseconds: Int32
  ) -> News {
    var requests = ([signals] + [keys].compactMap(\.self) + files).map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    guard poll(&requests, nfds_t(requests.count), milliseconds) > 0 else {
      return News(signal: byte(from: signals))
    }
    let signal = requests[0].revents != 0 ? byte(from: signals) : nil
    return News(signal: signal, hasKey: keys != nil && requests[1].revents != 0)
  }

  private static func byte(from file: Int32) -> Int32? {
    var byte: UInt8 = 0
    return read(file, &byte, 1) == 1 ? Int32(byte) : nil
  }
}
