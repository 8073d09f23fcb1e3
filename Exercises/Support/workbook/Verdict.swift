import CheckJournal
import Foundation

/// What came of checking an answer.
enum Verdict: Equatable {
  case passed
  case unfinished(String)
  case failed
  case deadlock
  case blocked
  case doesNotCompile([Diagnostic])
  case doesNotFit([Diagnostic])
  case crashed(Crash)
  case ranAway(String)
  case ourFault(String)

  /// One word, for programs.
  var name: String {
    switch self {
    case .passed: "passed"
    case .unfinished: "unfinished"
    case .failed: "failed"
    case .deadlock: "deadlock"
    case .blocked: "blocked"
    case .doesNotCompile, .doesNotFit: "does not compile"
    case .crashed: "crashed"
    case .ranAway: "ran away"
    case .ourFault: "our fault"
    }
  }

  var exitCode: ExitCode {
    switch self {
    case .passed: .passed
    case .unfinished: .unfinished
    case .failed: .failed
    case .deadlock: .deadlock
    case .blocked: .blocked
    case .doesNotCompile, .doesNotFit: .doesNotCompile
    case .crashed: .crashed
    case .ranAway: .runsAway
    case .ourFault: .ourFault
    }
  }
}

/// How an answer crashed.
struct Crash: Equatable {
  /// What the runtime said, "Index out of range", or how else the program ended.
  var message: String
  /// "Exercises/05-Bank/Bank.swift:43", if it is known.
  var place: String?
  /// The checks that ran then.
  var during: [String]
}

/// A verdict, and all that there is to say about it.
struct Judgement {
  var exercise: Exercise
  var verdict: Verdict
  /// The last word on each check, in the order in which they are stated.
  var checks: [CheckRecord] = []
  /// What the answer has printed.
  var printed = ""
  var seconds = 0.0

  /// The check to speak about: the one that the verdict comes from.
  var culprit: CheckRecord? {
    let failed = checks.filter { $0.event == .failed }
    return failed.first { $0.ending == .blocked } ?? failed.first
  }
}

/// What is known when a run of checks has ended.
struct RunEvidence {
  var ending: Ending
  var isTooLoud = false
  var secondsAllowed = 10.0
  var journal: [CheckRecord]
  var errors: String
  var exercise: Exercise

  /// The last word on each check, in the order in which they are stated.
  var checks: [CheckRecord] {
    var last: [String: CheckRecord] = [:]
    for record in journal { last[record.sentence] = record }
    return last.values.sorted { $0.place < $1.place }
  }

  /// True if it does not tell which check it was that crashed or did not end.
  var isUnclear: Bool {
    switch verdict {
    case .crashed(let crash): crash.during.count > 1
    case .ranAway: ending == .timedOut
    default: false
    }
  }

  /// Comes to a verdict.
  var verdict: Verdict {
    let checks = checks
    let failed = checks.filter { $0.event == .failed }
    // It goes before all else: what keeps a thread keeps the other checks from ending, too.
    if failed.contains(where: { $0.ending == .blocked }) { return .blocked }
    if isTooLoud {
      return .ranAway("It printed more than 1 MB, and was ended.")
    }
    switch ending {
    case .timedOut:
      return .ranAway("It took longer than \(secondsAllowed.formatted()) s, and was ended.")
    case .ended: return .ourFault("The checks were ended from outside.")
    case .notStarted(let reason):
      return .ourFault("The checks could not be started. \(reason)")
    case .signalled(let signal): return .crashed(crash(signal: signal))
    case .exited(let code):
      let open = checks.filter { $0.event == .began }.map(\.sentence)
      if !open.isEmpty {
        return .crashed(
          Crash(message: "It ended the whole program, with code \(code).", during: open))
      }
      return verdict(of: checks, failed: failed, code: code)
    }
  }

  private func verdict(of checks: [CheckRecord], failed: [CheckRecord], code: Int32) -> Verdict {
    if let first = failed.first {
      switch first.ending {
      case .deadlock: return .deadlock
      case .endless: return .ranAway("It goes on for ever, on virtual time.")
      default: return .failed
      }
    }
    if let todo = checks.first(where: { $0.event == .unfinished }) {
      return .unfinished(todo.todo ?? "")
    }
    guard code == 0 else {
      return .ourFault("The checks ended with code \(code):\n\(errors.suffix(1_000))")
    }
    return checks.isEmpty ? .ourFault("It built, and then nothing was checked.") : .passed
  }

  private func crash(signal: Int32) -> Crash {
    let lines = errors.split(separator: "\n")
    let fatal = lines.first { $0.contains("Fatal error") || $0.contains("CONTINUATION MISUSE") }
    // "Exercise05/Bank.swift:34: Fatal error: …", or the innermost frame of a trace in its files.
    let place = errors.firstMatch(of: #/(Exercises/[0-9][0-9]-[^/\n]*/[^:\n]*\.swift:[0-9]+)/#)
      .map { String($0.1) }
    let named = fatal?.firstMatch(of: #/^Exercise[0-9]+/(.+?\.swift:[0-9]+): /#).map {
      "Exercises/\(exercise.folder)/\($0.1)"
    }
    return Crash(
      message: fatal.map(Self.withoutPlace) ?? "Signal \(signal) ended it.",
      place: named ?? place, during: checks.filter { $0.event == .began }.map(\.sentence))
  }

  private static func withoutPlace(_ line: Substring) -> String {
    String(line.firstMatch(of: /(Fatal error.*|SWIFT TASK CONTINUATION MISUSE.*)/)?.1 ?? line)
  }
}
