@_exported public import StandIns
@_exported public import Simulation
import Synchronization
public import Testing

/// Runs `body` under many schedules and reports the first that fails to Swift Testing, once, with
/// its seed.
///
/// Expectations inside the body, in its child tasks and in its unstructured tasks count for the
/// test that called. A schedule fails if one of them fails, if the body throws, and by every verdict
/// other than passed: a deadlock, a task left behind, a blocked thread, an endless loop.
///
/// - Parameters:
///   - schedules: How many, at least one.
///   - options: Strategy and limits of each run.
///   - sourceLocation: Where verdicts are reported.
///   - body: What must hold under every schedule.
/// - Throws: `CancellationError` if the test was cancelled.
public func explore(
  schedules: Int = 200,
  options: Simulation.Options = Simulation.Options(),
  sourceLocation: SourceLocation = #_sourceLocation,
  _ body: @escaping @Sendable (World) async throws -> Void
) async throws {
  let exploration = await inTurn {
    await Simulation.explore(schedules: schedules, options: options) { world in
      try await observingIssues(seed: world.seed, world, body)
    }
  }
  report(exploration, at: sourceLocation)
  try Task.checkCancellation()
}

/// Runs `body` under every schedule that there is, and reports like
/// ``explore(schedules:options:sourceLocation:_:)``.
///
/// It is an issue if `limit` schedules are not all of them.
///
/// - Returns: How many schedules there are.
/// - Throws: `CancellationError` if the test was cancelled.
@discardableResult
public func exploreAll(
  limit: Int = 10_000,
  options: Simulation.Options = Simulation.Options(),
  sourceLocation: SourceLocation = #_sourceLocation,
  _ body: @escaping @Sendable (World) async throws -> Void
) async throws -> Int {
  let exploration = await inTurn {
    await Simulation.exploreAll(limit: limit, options: options) { world in
      try await observingIssues(seed: world.seed, world, body)
    }
  }
  report(exploration, at: sourceLocation)
  if exploration.isPassed, !exploration.isExhaustive {
    Issue.record(
      "\(exploration.schedules) schedules were not all. Make the body smaller, or raise the limit.",
      sourceLocation: sourceLocation)
  }
  try Task.checkCancellation()
  return exploration.schedules
}

/// Thrown out of a body whose expectations have failed: they have been reported already.
private struct ExpectationsFailed: Error {}

/// Runs the body, names the seed in each issue that it records, and throws if there was one.
private func observingIssues(
  seed: UInt64, _ world: World, _ body: @escaping @Sendable (World) async throws -> Void
) async throws {
  guard let test = Test.current else { return try await body(world) }
  let hasFailed = Flag()
  let naming = IssueHandlingTrait.compactMapIssues { issue in
    // A known issue is no failure of the test's, but it is one of this schedule's.
    guard issue.severity == .error else { return issue }
    hasFailed.raise()
    var issue = issue
    issue.comments.append("under seed \(seed); replay it with SIMULATION_SEED=\(seed)")
    return issue
  }
  try await naming.provideScope(for: test, testCase: Test.Case.current) {
    try await body(world)
  }
  if hasFailed.isRaised { throw ExpectationsFailed() }
}

private func report(_ exploration: Simulation.Exploration, at location: SourceLocation) {
  if case .threw(is ExpectationsFailed)? = exploration.failure?.verdict { return }
  guard let problem = exploration.problem else { return }
  Issue.record(Comment(rawValue: problem), sourceLocation: location)
}

private final class Flag: Sendable {
  private let raised = Atomic(false)
  var isRaised: Bool { raised.load(ordering: .acquiring) }
  func raise() { raised.store(true, ordering: .releasing) }
}
