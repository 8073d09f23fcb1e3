import Foundation

/// What a watching learner sees: one page at a time, on the terminal's ordinary screen, so that what
/// is too long for it can be scrolled back to, and stays there afterwards.
struct Screen {
  private let isPlain: Bool
  /// The last line about a check that goes on.
  private var life = ""

  init(isPlain: Bool) { self.isPlain = isPlain }

  /// Shows everything anew.
  mutating func show(_ watch: Watch) {
    let paper = Paper.standard(isPlain: isPlain)
    life = watch.job.map(Self.text) ?? ""
    var lines = heading(watch, paper) + [""]
    if let sheet = watch.sheet {
      let text = sheet.last == "" ? sheet.dropLast() : sheet[...]
      lines += text + [""] + (Terminal.isDumb ? [] : ["  Return goes back to the verdict.", ""])
    } else if watch.job != nil {
      lines += ["  \(life)", ""]
    } else if let judgement = watch.judgement {
      lines += verdict(judgement, watch, paper)
    }
    for notice in watch.session.notices.sentences { lines += paper.wrapped(notice) + [""] }
    if !watch.remark.isEmpty { lines += watch.remark + [""] }
    let keys = keys(watch, paper)
    lines = part(watch.page, of: lines, above: keys.count) + keys
    // From the top of the screen, each line over what was there, and what is below is cleared.
    let isDumb = Terminal.isDumb
    let text = lines.map { isDumb ? $0 + "\n" : $0 + "\u{1B}[K\n" }.joined()
    Output.write(isDumb ? "\n" + text : "\u{1B}[2J\u{1B}[H" + text)
  }

  /// As much as there is room for, and that there is more.
  private func part(_ page: Int, of lines: [String], above keys: Int) -> [String] {
    guard !Terminal.isDumb, let size = Terminal.size else { return lines }
    let room = max(4, size.rows - keys - 1)
    // A path that is wider than the terminal takes two rows.
    let rows = lines.map { max(1, ($0.columns + size.columns - 1) / max(1, size.columns)) }
    guard rows.reduce(0, +) > room else { return lines }
    var pages: [[String]] = [[]]
    var used = 0
    for (line, height) in zip(lines, rows) {
      if used + height > room - 1 {
        pages.append([])
        used = 0
      }
      pages[pages.count - 1].append(line)
      used += height
    }
    let number = page % pages.count
    let isLast = number == pages.count - 1
    let rest = pages[(number + 1)...].joined().count
    return pages[number]
      + [isLast ? "  Space goes back to the top." : "  … \(rest) more lines: Space"]
  }

  /// Shows that a check goes on, where that is to be seen.
  mutating func show(life job: CheckJob, of watch: Watch) {
    let text = Self.text(job)
    guard text != life, !Terminal.isDumb, watch.sheet == nil else { return }
    show(watch)
  }

  /// Nothing more will be shown.
  func leave() { Output.write(Terminal.isDumb ? "" : "\n") }

  private static func text(_ job: CheckJob) -> String {
    let seconds = Int(job.seconds)
    let time = seconds > 0 ? " \(seconds) s" : ""
    switch job.stage {
    case .waiting:
      return seconds > 0
        ? "checking… after another check of this copy,\(time)" : "checking…"
    case .building where seconds > 3:
      // The first time, the kit is built as well. It should be seen to go on.
      let step = job.step?.prefix { $0 != "]" }.dropFirst() ?? ""
      return "checking… building,\(time)  \(step)"
    case .building, .running, .done: return "checking…\(time)"
    }
  }

  private func heading(_ watch: Watch, _ paper: Paper) -> [String] {
    let all = watch.session.project.exercises
    let progress = watch.session.progressFile.load()
    return paper.spread(
      paper.strong(watch.exercise.heading), paper.bar(progress.count(of: all), of: all.count))
  }

  private func verdict(_ judgement: Judgement, _ watch: Watch, _ paper: Paper) -> [String] {
    let progress = watch.session.progressFile.load()
    let text = VerdictText(
      judgement: judgement, paper: paper, hintsSeen: progress[judgement.exercise].hints,
      hasKeys: true)
    guard judgement.verdict == .passed else { return text.lines }
    return text.lines + watch.session.whatNext(after: judgement.exercise, progress)
      + paper.wrapped("n goes there, and so does saving it. s shows how we would write this one.")
      + [""]
  }

  private func keys(_ watch: Watch, _ paper: Paper) -> [String] {
    let keys = [
      "h hint", "n next", "p previous", "l list", "r run", "t timeline", "s solution", "d diff",
      "x reset", "q quit",
    ]
    // As many to a line as there is room for.
    var lines: [String] = []
    for key in keys {
      let word = paper.strong(String(key.prefix(1))) + key.dropFirst()
      if let last = lines.last, last.columns + 3 + key.count <= paper.width {
        lines[lines.count - 1] += " \(paper.dot) \(word)"
      } else {
        lines.append(word)
      }
    }
    return lines + (Terminal.isDumb ? ["(each followed by Return)"] : [])
  }
}
