import AsyncPrimitives
import Synchronization

/// The simulation as the code inside it sees it.
public struct World: Sendable {
  let engine: Engine

  /// The name of this run's schedule.
  public var seed: UInt64 { engine.seed }

  /// Virtual time since the run began, in whole nanoseconds.
  ///
  /// Compare it with `.milliseconds(1_100)`: `.seconds(1.1)` is the binary fraction next to it.
  public var now: Duration { engine.virtualTime }

  /// The run's clock, for code that takes one.
  public var clock: VirtualClock { VirtualClock(engine: engine) }

  /// How many tasks sleep, on any clock that this run holds.
  public var sleepers: Int { engine.sleeping }

  /// How many turns are queued: tasks that could run now, the caller not among them.
  public var ready: Int { engine.ready }

  /// Random numbers that belong to the seed, for bodies that want to vary more than the order.
  public var randomNumbers: SeededGenerator { SeededGenerator(seed: ~engine.seed) }

  /// Suspends until every other task of the run is parked, asleep or at its end.
  ///
  /// No virtual time passes. Several tasks may settle at once; all go on then.
  public func settle() async { await engine.settle() }

  /// Writes a line about the current task into the run's trace.
  public func note(_ text: String) { Simulation.note(text) }
}

extension Simulation {
  /// Writes a line about the current task into the trace of the run that it belongs to.
  ///
  /// Outside of a simulation, it does nothing.
  public static func note(_ text: @autoclosure () -> String) {
    guard let engine = Engine.current else { return }
    engine.note(.notes(text()))
  }

  /// True on the thread of a simulation's run.
  public static var isRunning: Bool { Engine.current != nil }
}

/// Hears from the primitives what the tasks of a run wait for and hold.
struct SimulationObserver: WaitObserver {
  private static let isInstalled: Void = { Observation.install(SimulationObserver()) }()

  /// Listens from now on; the first run calls it.
  static func install() { isInstalled }

  func willWait(for resource: Observation.Resource) {
    Engine.current?.note(.waits(for: resource.description), about: resource)
  }

  func didAcquire(_ resource: Observation.Resource) {
    Engine.current?.note(.acquires(resource.name ?? resource.kind), about: resource)
  }

  nonisolated(nonsending) func mayInterleave() async {
    guard let engine = Engine.current, engine.interleaves else { return }
    if engine.options.mode == .portable { await engine.yield() } else { await Task.yield() }
  }

  var host: (any TaskHost)? {
    guard let engine = Engine.current, engine.options.mode == .portable else { return nil }
    return engine
  }

  /// A task that prefers nothing leaves an actor in the middle of its turn, without a choice for the
  /// schedule. One that begins on an actor is left alone where we hold it anyway: it goes there
  /// directly, after those before it, and Swift promises that.
  func executor(for isolation: (any Actor)?) -> (any TaskExecutor)? {
    guard let engine = Engine.current else { return nil }
    return engine.options.mode == .portable || isolation == nil ? engine : nil
  }

  func didRelease(_ resource: Observation.Resource) {
    Engine.current?.note(.releases(resource.name ?? resource.kind), about: resource)
  }
}
