import Simulation
import Synchronization
import Testing

/// An account without protection against its own reentrancy.
actor Tally {
  private(set) var value = 0

  func set(_ value: Int) { self.value = value }

  /// Loses updates: others come in while this one yields.
  func addCarelessly() async {
    let seen = value
    await Task.yield()
    value = seen + 1
  }
}

/// What an explored body throws when its property does not hold.
struct Broken: Error, Equatable {
  var seen: Int
}

extension Trait where Self == ConditionTrait {
  /// For the main actor, and for what only the insides of the runtime tell: names, and which tasks
  /// have ended.
  static var needsCompleteMode: Self {
    .enabled(if: Simulation.Mode.current == .complete, "the complete mode only")
  }
}

extension Simulation.Options {
  /// Little patience, for runs that are meant to deadlock and expect nobody.
  static var impatient: Self {
    var options = Self()
    options.patience = .milliseconds(1)
    return options
  }
}

extension Simulation.Verdict {
  /// The tasks that a verdict names.
  var tasks: [Simulation.WaitingTask] {
    switch self {
    case .deadlock(_, let tasks), .tasksLeft(_, let tasks), .tooManySteps(_, _, let tasks): tasks
    case .passed, .threw, .blocked: []
    }
  }
}

/// What `body` reports to Swift Testing, instead of reporting it.
func issues(reportedBy body: @Sendable () async throws -> Void) async throws -> [String] {
  let texts = Texts()
  let taking = IssueHandlingTrait.compactMapIssues { issue in
    texts.add(issue.comments.map(\.rawValue).joined(separator: "\n"))
    return nil
  }
  let test = try #require(Test.current)
  try await taking.provideScope(for: test, testCase: Test.Case.current, performing: body)
  return texts.all
}

private final class Texts: Sendable {
  private let texts = Mutex<[String]>([])
  var all: [String] { texts.withLock { $0 } }
  func add(_ text: String) { texts.withLock { $0.append(text) } }
}
