import CheckJournal
import Foundation

/// A judgement as a learner reads it.
struct VerdictText {
  var judgement: Judgement
  var paper: Paper
  /// How many levels of hints have been shown.
  var hintsSeen = 0
  /// True where keys can be pressed; else commands are named.
  var hasKeys = false

  private var exercise: Exercise { judgement.exercise }

  /// All of it but the heading.
  var lines: [String] {
    switch judgement.verdict {
    case .passed: passed
    case .unfinished(let todo): unfinished(todo)
    case .failed, .deadlock: failed
    case .blocked: blocked
    case .doesNotCompile(let errors): doesNotCompile(errors)
    case .doesNotFit(let errors): doesNotFit(errors)
    case .crashed(let crash): crashed(crash)
    case .ranAway(let reason): ranAway(reason)
    case .ourFault(let reason): ourFault(reason)
    }
  }

  // MARK: - One verdict each

  private var passed: [String] {
    let count = judgement.checks.count
    let seconds = judgement.seconds.formatted(.number.precision(.fractionLength(1)))
    return [
      "\(paper.tick) \(paper.strong("Passed: all \(count) checks hold.")) (\(seconds) s)", "",
    ]
      + checks + printed
  }

  private func unfinished(_ todo: String) -> [String] {
    var lines = [paper.strong("\(paper.circle) Not finished yet"), ""]
    lines += paper.wrapped("To do: \(todo)") + [""]
    let held = judgement.checks.count { $0.event == .held }
    if held > 0 { lines += checks }
    lines += paper.wrapped("Open \(exercise.path). Its brief stands on top.")
    if hasKeys { lines += paper.wrapped("Save it, and it is checked.") }
    if let lesson = exercise.lesson {
      lines += paper.wrapped("Its lesson: `swift run \(lesson.program)`, or \(lesson.page)")
    }
    return lines + [""] + printed
  }

  private var failed: [String] {
    guard let check = judgement.culprit else { return checks }
    var lines = ["\(paper.cross) \(paper.strong(check.sentence))", ""]
    lines += story(of: check)
    return lines + checks + printed
  }

  /// Whatever the check is about, this comes before it: so nothing is said about its own cause.
  private var blocked: [String] {
    guard let check = judgement.culprit else { return checks }
    return ["\(paper.cross) \(paper.strong("A task keeps its thread"))", ""]
      + seen(by: check) + [""]
      + paper.wrapped("That was during the check “\(check.sentence)”.") + [""] + printed
  }

  private func doesNotCompile(_ errors: [Diagnostic]) -> [String] {
    let count = errors.count == 1 ? "an error" : "\(errors.count) errors"
    return ["\(paper.cross) \(paper.strong("It does not compile: \(count)"))", ""]
      + show(errors)
  }

  private func doesNotFit(_ errors: [Diagnostic]) -> [String] {
    var lines = [
      "\(paper.cross) \(paper.strong("It compiles, but the checks do not fit it any more"))", "",
    ]
    let missing = Declarations.missing(from: exercise)
    if missing.isEmpty {
      lines += paper.wrapped("What the checks call has another name or other types now:") + [""]
    } else {
      lines += paper.wrapped(
        missing.count == 1
          ? "The checks look for this line of the exercise, which is not there any more:"
          : "The checks look for these lines of the exercise, which are not there any more:")
      lines += [""] + missing.flatMap { paper.drawn($0) } + [""]
      lines += paper.wrapped("So the compiler says about the checks:") + [""]
    }
    for error in errors.prefix(3) { lines += paper.wrapped(error.message, indent: "    ") }
    return lines + [""] + next("Or bring the exercise back: \(reset).")
  }

  private func crashed(_ crash: Crash) -> [String] {
    var lines = ["\(paper.cross) \(paper.strong("It crashed"))", ""]
    lines += paper.wrapped(crash.message)
    if let place = crash.place {
      lines += paper.wrapped("in \(place)")
      lines += source(at: place)
    }
    lines.append("")
    if crash.during.count == 1 {
      lines += paper.wrapped("That was during the check “\(crash.during[0])”.") + [""]
    } else if !crash.during.isEmpty {
      lines += paper.wrapped("It was during one of these checks:")
      lines += crash.during.flatMap { paper.wrapped("\(paper.dot) \($0)", hanging: "  ") } + [""]
    }
    return lines + checks + printed
  }

  private func ranAway(_ reason: String) -> [String] {
    var lines = ["\(paper.cross) \(paper.strong("It ran away"))", ""] + paper.wrapped(reason)
    if let check = judgement.culprit {
      lines += paper.wrapped("That was during the check “\(check.sentence)”.") + [""]
      lines += story(of: check)
    } else {
      let open = judgement.checks.filter { $0.event == .began }
      if !open.isEmpty {
        lines += paper.wrapped("It was at:")
        lines += open.flatMap { paper.wrapped("\(paper.dot) \($0.sentence)", hanging: "  ") }
      }
      lines += [""]
      lines +=
        paper.wrapped(
          "Every check runs your code under hundreds of schedules. Does a loop never end, or print "
            + "on every turn?") + [""]
      lines +=
        paper.wrapped(
          "If the computer was busy with something else, give it more time: "
            + "`swift run workbook check \(judgement.exercise.number) --seconds 60`.") + [""]
    }
    return lines + checks + printed
  }

  private func ourFault(_ reason: String) -> [String] {
    [paper.strong("\(paper.cross) Something else is broken, not your answer"), ""]
      + reason.split(separator: "\n").flatMap { paper.wrapped(String($0), hanging: "  ") } + [""]
      + paper.wrapped(
        "`swift run workbook doctor` looks for the cause. If nothing helps, take a fresh copy of "
          + "the workbook and put your files under Exercises into it.")
  }

  // MARK: - Parts

  private func seen(by check: CheckRecord) -> [String] {
    (check.seen ?? []).flatMap { text in
      paper.wrapped((text.prefix(1).uppercased() + text.dropFirst()).withoutControls)
    }
  }

  /// What was seen, why, and where to go on.
  private func story(of check: CheckRecord) -> [String] {
    var lines = seen(by: check) + [""]
    if let cause = check.cause { lines += paper.wrapped("Likely cause: \(cause)") + [""] }
    var advice: [String] = []
    if let hint = check.hint {
      let seen = hintsSeen >= hint ? ", which you have seen" : ""
      advice.append(
        "Hint \(hint) fits\(seen): \(hasKeys ? "press h" : command("hint", "\(hint)")).")
    }
    if check.timeline != nil {
      let seed = check.seed.map { "Seed \($0) is the schedule. " } ?? ""
      advice.append(
        seed + (hasKeys ? "t draws it." : "\(command("check", "--timeline")) draws it."))
    }
    return lines + advice.flatMap { paper.wrapped($0) } + [""]
  }

  /// One line for each check, where there is more than one thing to say.
  private var checks: [String] {
    let done = judgement.checks.filter { $0.event != .began }
    guard done.count > 1 || judgement.verdict == .passed else { return [] }
    let lines = judgement.checks.flatMap { check in
      let mark =
        switch check.event {
        case .held: paper.tick
        case .failed: paper.cross
        default: paper.circle
        }
      return paper.wrapped("\(mark) \(check.sentence)", hanging: "  ")
    }
    guard judgement.verdict != .passed else { return lines + [""] }
    let held = done.count { $0.event == .held }
    return ["  \(held) of \(judgement.checks.count) checks hold:", ""] + lines + [""]
  }

  private func show(_ errors: [Diagnostic]) -> [String] {
    var lines: [String] = []
    for error in errors.prefix(3) {
      lines += paper.wrapped(paper.strong(error.place))
      lines += paper.wrapped(error.message)
      if !error.excerpt.isEmpty { lines += paper.drawn(error.excerpt) } else { lines.append("") }
    }
    if errors.count > 3 {
      lines +=
        paper.wrapped("And \(errors.count - 3) more. The first often causes the others.")
        + [""]
    }
    return lines
  }

  private func source(at place: String) -> [String] {
    let parts = place.split(separator: ":")
    guard let line = parts.last.flatMap({ Int($0) }), line > 0,
      let text = exercise.text(String(parts[0]))?.split(
        separator: "\n", omittingEmptySubsequences: false), line <= text.count
    else { return [] }
    return [""] + paper.drawn("\(line) | \(text[line - 1])")
  }

  /// The beginning of what the answer has printed itself.
  private var printed: [String] {
    let lines = judgement.printed.withoutControls.split(
      separator: "\n", omittingEmptySubsequences: true)
    guard !lines.isEmpty, judgement.verdict != .passed else { return [] }
    let more = lines.count > 5 ? ["    … and \(lines.count - 5) more lines."] : []
    return ["  Your code printed, over all schedules:"]
      + lines.prefix(5).flatMap { paper.drawn(String($0)) } + more + [""]
  }

  private func next(_ text: String) -> [String] { paper.wrapped(text) + [""] }

  private var reset: String { hasKeys ? "press x" : command("reset") }

  private func command(_ name: String, _ more: String = "") -> String {
    "`swift run workbook \(name) \(exercise.number)\(more.isEmpty ? "" : " " + more)`"
  }
}
