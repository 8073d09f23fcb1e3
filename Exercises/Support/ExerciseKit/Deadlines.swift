/// Asks a service on the net, and returns its answer.
///
/// It throws if there is none, and stops as soon as it can when it is cancelled.
public typealias Query = @Sendable (_ service: String) async throws -> String

/// What exercise 09 is about: asks many services, and has what came of each at one deadline.
public typealias DeadlineCollecting =
  @Sendable (
    _ services: [String], _ deadline: ContinuousClock.Instant, _ ask: @escaping Query
  ) async throws -> [QueryOutcome]

/// What came of asking one service.
public enum QueryOutcome: Sendable {
  /// It answered before the deadline.
  case answer(String)
  /// It failed before the deadline, and this is what it threw.
  case failed(any Error)
  /// It had not ended when the deadline came.
  case tooLate
}
