/// What kept a lesson from being performed to its end.
struct StageProblem: Error, Equatable {
  /// One line for the reader.
  var message: String
}

/// Runs `body`, which performs the scenes.
///
/// - Parameters:
///   - virtual: Whether time is simulated, so that nothing really waits.
///   - speed: How many times faster than real time a simulation is paced, if at all.
///   - seed: What names the schedule of a simulation.
func perform(
  virtual: Bool, speed: Double?, seed: UInt64, body: @escaping @Sendable () async -> Void
) async -> StageProblem? {
  await body()
  return nil
}
