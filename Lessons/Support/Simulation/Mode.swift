import Foundation

extension Simulation {
  /// How much of the program a simulation holds.
  public enum Mode: Sendable, CustomStringConvertible {
    /// Everything: plain `Task.sleep`, `Task { }`, `Task.detached`, the main actor, and the time
    /// that `ContinuousClock` tells.
    case complete

    /// Child tasks, groups, actors, continuations and the world's clock; and in files that import
    /// `StandIns`, also `Task.sleep`, `Task { }` and `ContinuousClock`. What escapes them runs
    /// in real time beside the simulation.
    case portable

    /// The mode of this process.
    ///
    /// ``complete`` where the toolchain has what it takes, unless the environment says
    /// `SIMULATION=portable`. When it is ``portable``, a line on standard error says so and why.
    public static let current: Mode = {
      if Router.isInstalled { return .complete }
      let reason =
        Environment.wantsPortableMode
        ? "as SIMULATION=portable asks" : "because this toolchain is not one that we know"
      Environment.announce("portable mode, \(reason): lessons take real time.")
      return .portable
    }()

    /// One word, as `SIMULATION` takes it.
    public var description: String {
      switch self {
      case .complete: "complete"
      case .portable: "portable"
      }
    }
  }
}

/// What the environment asks of all simulations in this process.
enum Environment {
  /// `SIMULATION=portable`: do without the parts that only some toolchains have.
  static let wantsPortableMode: Bool = {
    switch ProcessInfo.processInfo.environment["SIMULATION"] {
    case "portable": return true
    case nil, "", "complete": return false
    case let other?:
      announce("SIMULATION=\(other) is not a mode. There are “portable” and “complete”.")
      return false
    }
  }()

  /// `SIMULATION_SEED=n`: explore that one schedule.
  static let seed: UInt64? = {
    guard let text = ProcessInfo.processInfo.environment["SIMULATION_SEED"] else { return nil }
    guard let seed = UInt64(text) else {
      announce("SIMULATION_SEED=\(text) is not a whole number: all schedules are explored.")
      return nil
    }
    return seed
  }()

  /// Says one line on standard error.
  static func announce(_ line: String) {
    FileHandle.standardError.write(Data("simulation: \(line)\n".utf8))
  }
}
