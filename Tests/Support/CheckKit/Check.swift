import CheckJournal
import ExerciseKit
import Narration
public import Simulation
import Synchronization
public import Testing

/// One sentence that must be true of an answer to an exercise.
///
/// The answer is a value that the check is given, so that the same check judges a learner's answer,
/// ours, and those that we know to be wrong. It runs under many schedules on virtual time, and
/// fails with the first of them under which an expectation fails, something is thrown, or the run
/// ends in a deadlock, with tasks left behind, with a blocked thread or in an endless loop.
///
/// ```swift
/// Check("money is neither made nor lost", hint: 1, cause: "Is anything awaited between …?") {
///   bank, world in
///   …
///   #expect(total == 200, "the accounts add up to \(total) instead of 200")
/// }
/// ```
public struct Check<Answer: Sendable>: Sendable {
  /// What must be true.
  public let sentence: String
  /// The level of the hint that fits when it is not.
  public let hint: Int
  /// What is likely to be wrong when it is not.
  public let cause: String
  /// Where it is stated.
  let file: String
  /// Its place among the checks of this program: they are stated in the order in which a learner
  /// should meet them.
  let place: Int

  private let schedules: Int
  private var options: Simulation.Options
  private let body: @Sendable (Answer, World) async throws -> Void

  /// States what must be true of an answer.
  ///
  /// - Parameters:
  ///   - sentence: What must be true.
  ///   - hint: The level of the hint that fits when it is not, 1 to 3.
  ///   - cause: What is likely to be wrong when it is not, as a colleague would say it.
  ///   - schedules: How many schedules to try.
  ///   - options: Limits of each run.
  ///   - file: Where it is stated.
  ///   - body: Tries it, with expectations whose comments say what was seen.
  public init(
    _ sentence: String, hint: Int, cause: String, schedules: Int = 200,
    options: Simulation.Options = Simulation.Options(), file: String = #fileID,
    _ body: @escaping @Sendable (_ answer: Answer, _ world: World) async throws -> Void
  ) {
    self.sentence = sentence
    self.hint = hint
    self.cause = cause
    self.file = file
    place = stated.add(1, ordering: .relaxed).newValue
    self.schedules = schedules
    self.options = options
    // An answer may be right and depend on the order of a dictionary.
    self.options.verifiesReplay = false
    self.body = body
  }

  /// Tries an answer under many schedules. Nil if the sentence is true of it.
  public func failure(of answer: Answer) async -> CheckFailure? {
    let todos = TodoLog()
    let seen = Seen()
    let exploration = await TodoLog.$current.withValue(todos) {
      await inTurn {
        await Simulation.explore(schedules: schedules, options: options) { world in
          try await observe(seen) { try await body(answer, world) }
        }
      }
    }
    guard !exploration.isPassed || todos.first != nil else { return nil }
    let ending = seen.ending(of: exploration)
    return CheckFailure(
      sentence: sentence, ending: ending, seen: seen.texts(besides: exploration),
      cause: ending.tellsItsCause ? nil : cause, hint: hint,
      todo: todos.first?.what, seed: exploration.failure?.seed,
      timeline: exploration.failure.map { drawing(of: $0.trace) } ?? "")
  }

  /// Collects the issues that `body` records instead of recording them, and throws if there is one.
  private func observe(_ seen: Seen, _ body: @escaping @Sendable () async throws -> Void)
    async throws
  {
    let taking = IssueHandlingTrait.compactMapIssues { issue in
      seen.add(issue)
      return nil
    }
    if let test = Test.current {
      try await taking.provideScope(for: test, testCase: Test.Case.current, performing: body)
    } else {
      try await body()
    }
    if !seen.isEmpty { throw ExpectationFailed() }
  }

  private func drawing(of trace: Trace) -> String {
    let takesTime = (trace.events.last?.moment.nanoseconds ?? 0) > 0
    return Timeline(trace, measure: takesTime ? .time : .steps).text(width: 76)
  }
}

extension CheckRecord.Ending {
  /// Whether what is said of it names the cause: then it is not what the check is about.
  fileprivate var tellsItsCause: Bool {
    switch self {
    case .tasksLeft, .blocked, .endless, .irreproducible: true
    case .expectation, .threw, .deadlock: false
    }
  }
}

/// How many checks have been stated.
private let stated = Atomic(0)

extension Simulation.Options {
  /// For checks that need few steps: an answer that goes round and round is soon told so.
  public static var short: Simulation.Options {
    var options = Simulation.Options()
    options.maximumSteps = 10_000
    return options
  }
}

extension Check: CustomTestStringConvertible {
  /// The sentence.
  public var testDescription: String { sentence }
}

/// Thrown out of a run whose expectations have failed, so that no other schedule is tried.
private struct ExpectationFailed: Error {}

/// What the expectations of a run saw.
private final class Seen: Sendable {
  private let issues = Mutex<[String]>([])

  var isEmpty: Bool { issues.withLock { $0.isEmpty } }

  func add(_ issue: Issue) {
    let comments = issue.comments.map(\.rawValue)
    issues.withLock { $0 += comments.isEmpty ? ["\(issue)"] : comments }
  }

  /// How the run ended. What an expectation saw counts for more than how it went on from there.
  func ending(of exploration: Simulation.Exploration) -> CheckRecord.Ending {
    guard isEmpty else { return .expectation }
    return switch exploration.failure?.verdict {
    case .deadlock: .deadlock
    case .tasksLeft: .tasksLeft
    case .blocked: .blocked
    case .tooManySteps: .endless
    case .threw, .passed: .threw
    case nil: .irreproducible
    }
  }

  /// What was seen, or how the run ended if nobody had looked when it did.
  func texts(besides exploration: Simulation.Exploration) -> [String] {
    var said: Set<String> = []
    let texts = issues.withLock { $0 }.filter { said.insert($0).inserted }
    if !texts.isEmpty { return texts }
    if let failure = exploration.failure { return ["\(failure.verdict)"] }
    return [exploration.problem].compactMap(\.self)
  }
}
