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
///   - warn: Takes a line for standard error.
func perform(
  virtual: Bool, speed: Double?, seed: UInt64, warn: @Sendable (String) -> Void,
  body: @escaping @Sendable () async -> Void
) async -> StageProblem? {
  guard virtual || speed != nil else {
    await body()
    return nil
  }
  guard Simulation.Mode.current == .complete else {
    warn("this toolchain cannot simulate a whole lesson: it runs in real time")
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
