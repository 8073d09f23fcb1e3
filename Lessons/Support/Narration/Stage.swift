import Simulation

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
  // In portable mode, which has announced itself, a lesson's plain sleeps take real time anyway.
  guard virtual || speed != nil, Simulation.Mode.current == .complete else {
    await body()
    return nil
  }
  var options = Simulation.Options()
  options.pace = speed
  // A scene may wait for something outside of the simulation: for a search through other schedules.
  options.patience = .seconds(20)
  let report = await Simulation.run(seed: seed, options: options) { _ in await body() }
  return report.verdict.isPassed ? nil : StageProblem(message: "\(report.verdict)")
}
