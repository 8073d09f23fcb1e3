import CheckJournal

// What `--json` prints. Exercises/Support/workbook/README.md describes it. A field may be added; for
// anything else the version goes up.

private let reportVersion = 1

/// `list --json`.
struct ListReport: Codable {
  struct Item: Codable {
    var number: String
    var topic: String
    var title: String
    var path: String
    var passed: Bool
    var hintsSeen: Int
    var lesson: String?
  }

  var version = reportVersion
  var command = "list"
  var current: String?
  var passed: Int
  var exercises: [Item]

  init(_ project: Project, _ progress: Progress) {
    current = progress.current(of: project.exercises)?.number
    passed = progress.count(of: project.exercises)
    exercises = project.exercises.map { exercise in
      Item(
        number: exercise.number, topic: exercise.topic, title: exercise.title, path: exercise.path,
        passed: progress[exercise].passed, hintsSeen: progress[exercise].hints,
        lesson: exercise.lesson?.program)
    }
  }
}

/// `check --json`.
struct CheckReport: Codable {
  struct Item: Codable {
    var number: String
    var topic: String
    var path: String
    var verdict: String
    var exitCode: Int32
    /// What there is to say beside checks and errors: a todo, a crash, a limit, our own fault.
    var message: String?
    /// "Exercises/05-Bank/Bank.swift:43", where it crashed.
    var place: String?
    var checks: [CheckItem]
    var errors: [Diagnostic]
    var printed: String?
    var seconds: Double
  }

  struct CheckItem: Codable {
    var sentence: String
    /// "held", "failed", "unfinished", or "began" if it did not end.
    var result: String
    var ending: String?
    var seen: [String]?
    var cause: String?
    var hint: Int?
    var todo: String?
    var seed: UInt64?
    var timeline: String?

    init(_ record: CheckRecord) {
      sentence = record.sentence
      result = record.event.rawValue
      ending = record.ending?.rawValue
      (seen, cause, hint, todo) = (record.seen, record.cause, record.hint, record.todo)
      (seed, timeline) = (record.seed, record.timeline)
    }
  }

  var version = reportVersion
  var command = "check"
  var passed: Int
  var exercises: [Item]

  init(_ judgements: [Judgement]) {
    passed = judgements.count { $0.verdict == .passed }
    exercises = judgements.map { judgement in
      Item(
        number: judgement.exercise.number, topic: judgement.exercise.topic,
        path: judgement.exercise.path, verdict: judgement.verdict.name,
        exitCode: judgement.verdict.exitCode.rawValue, message: judgement.verdict.message,
        place: judgement.verdict.place, checks: judgement.checks.map(CheckItem.init),
        errors: judgement.verdict.errors,
        printed: judgement.printed.isEmpty ? nil : judgement.printed,
        seconds: (judgement.seconds * 1000).rounded() / 1000)
    }
  }
}

extension Verdict {
  fileprivate var message: String? {
    switch self {
    case .unfinished(let text), .ranAway(let text), .ourFault(let text): text
    case .crashed(let crash): crash.message
    case .passed, .failed, .deadlock, .blocked, .doesNotCompile, .doesNotFit: nil
    }
  }

  fileprivate var place: String? {
    if case .crashed(let crash) = self { crash.place } else { nil }
  }

  fileprivate var errors: [Diagnostic] {
    switch self {
    case .doesNotCompile(let errors), .doesNotFit(let errors): errors
    default: []
    }
  }
}

/// `doctor --json`.
struct DoctorReport: Codable {
  var version = reportVersion
  var command = "doctor"
  var ready: Bool
  var findings: [Finding]
}

/// `verify --json`.
struct VerifyReport: Codable {
  var version = reportVersion
  var command = "verify"
  var ok: Bool
  var exercises: [Proof]
  /// What is wrong with none of them in particular.
  var problems: [String]

  init(_ proofs: [Proof], problems: [String]) {
    exercises = proofs
    self.problems = problems
    ok = problems.isEmpty && proofs.allSatisfy(\.problems.isEmpty)
  }
}
