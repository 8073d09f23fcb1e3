import Synchronization

/// Runs ordinary asynchronous code on one thread, in an order that a seed determines, on a clock
/// that jumps.
///
/// ```swift
/// let report = await Simulation.run(seed: 17) { world in
///   async let coffee = brew()       // sleeps 3 minutes
///   async let toast = roast()       // sleeps 2 minutes
///   _ = try await (coffee, toast)
/// }
/// print(report.elapsed)             // 180.0 seconds, after a millisecond
/// ```
///
/// Inside, `Task.sleep`, `Task.yield`, task groups, `async let`, `Task { }`, `Task.detached`,
/// actors, the main actor, streams, continuations and cancellation are the real ones. What differs:
///
/// - **Time** moves only when no task can run, and then at once to the next moment at which one
///   wakes. An hour's sleep costs microseconds, and `ContinuousClock` shows an hour.
/// - **Order** is chosen, at each turn, among the tasks that are ready. The same seed chooses the
///   same order.
/// - **The end** is always a ``Verdict``. A deadlock, a task left behind, a blocked thread and an
///   endless loop are verdicts too, not a test that hangs.
///
/// Each run has a main actor of its own, on the run's own thread. What leaves the run (a
/// `DispatchQueue`, an actor with a custom executor, input and output) is in real time, and its
/// order is not the seed's.
///
/// The idea is that of shuttle and loom for Rust, Coyote for .NET, and `runTest` for Kotlin.
public enum Simulation {
  /// How a run behaves.
  public struct Options: Sendable {
    /// Who goes first when several tasks are ready.
    public var strategy: Strategy = .bySeed

    /// A run that takes more steps than this is an endless loop.
    public var maximumSteps = 250_000

    /// The real time after which a single turn is taken to block its thread.
    public var blockLimit: Duration = .seconds(1)

    /// The real time for which a run that would be a deadlock waits for other threads.
    ///
    /// A wake-up that comes from a Dispatch queue, say, is still in time then.
    public var patience: Duration

    /// Whether a primitive's operation that may suspend is a turn's end even when it does not.
    ///
    /// On several cores, another task may get to a lock first, or go on with what it was handed
    /// before its owner does anything else; on this one thread, it can only if the turn ends before
    /// the lock is looked at, and after `withLock`. Seed 0 is a schedule without such ends, the one
    /// that a single thread would produce.
    public var interleavesPrimitives = true

    /// Whether an exploration runs a few schedules twice, to see whether the seed determines them.
    public var verifiesReplay = true

    /// Whether a run in portable mode that settles waits a moment for what is outside of it.
    var awaitsVisitors = true

    /// Virtual seconds in a real one; nil to let virtual time jump.
    public var pace: Double?

    /// Which parts of the program the run holds.
    public let mode: Mode

    /// The values for a run in this process's mode.
    public init(strategy: Strategy = .bySeed) {
      self.strategy = strategy
      mode = Mode.current
      // In portable mode, what escapes goes on in another thread, in real time.
      patience = mode == .complete ? .milliseconds(250) : .seconds(1)
    }
  }

  /// Runs `body` to its end, whatever that is.
  ///
  /// Returns when the body has returned or thrown and all other tasks of the run have ended, or
  /// with the verdict that says why not. Cancelling the caller cancels the body.
  ///
  /// - Parameters:
  ///   - seed: The name of the schedule.
  ///   - options: Strategy, limits, pace.
  ///   - body: Ordinary asynchronous code. It inherits the caller's task-local values.
  public static func run<Value: Sendable>(
    seed: UInt64 = 0,
    options: Options = Options(),
    _ body: @escaping @Sendable (World) async throws -> Value
  ) async -> Report<Value> {
    await run(Engine(seed: seed, options: options, queue: nil), body).report
  }

  /// A run on an engine, which can be asked about itself afterwards unless its thread is stuck.
  static func run<Value: Sendable>(
    _ engine: Engine, _ body: @escaping @Sendable (World) async throws -> Value
  ) async -> (report: Report<Value>, engine: Engine?) {
    SimulationObserver.install()
    let result = Mutex<Result<Value, any Error>?>(nil)
    let box = Box(result)
    // The body's task is created here, so that it has the caller's task-local values, and runs
    // there.
    let task = Task(name: "body", executorPreference: engine) {
      let outcome: Result<Value, any Error>
      do { outcome = .success(try await body(World(engine: engine))) } catch {
        outcome = .failure(error)
      }
      box.value.withLock { $0 = outcome }
      engine.bodyDidEnd()
    }
    let end = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        conduct(engine, andThen: Once(continuation))
      }
    } onCancel: {
      task.cancel()
    }
    // What is stuck in a loop that asks may yet end, and leave its processor to others.
    if end.isStuck { task.cancel() }
    let outcome = box.value.withLock { $0 }
    let report = Report(
      seed: engine.seed, strategy: engine.options.strategy.resolved(for: engine.seed),
      mode: engine.options.mode, verdict: end.verdict(outcome), value: try? outcome?.get(),
      elapsed: end.elapsed, steps: end.steps, trace: end.trace)
    return (report, end.isStuck ? nil : engine)
  }

  /// How a run ended, before anybody looked at the body's result.
  private struct End: Sendable {
    var problem: Verdict?
    var elapsed: Duration
    var steps: Int
    var trace: Trace
    var isStuck = false

    func verdict<Value>(_ outcome: Result<Value, any Error>?) -> Verdict {
      // An error comes before what it left behind: it is more likely the cause than the effect.
      if case .failure(let error)? = outcome { return .threw(error) }
      return problem ?? .passed
    }
  }

  /// Runs the loop on a thread of its own, under the watchdog's eyes.
  private static func conduct(_ engine: Engine, andThen once: Once<End>) {
    Watchdog.shared.begin(engine) {
      engine.isAbandoned.store(true, ordering: .relaxed)
      let problem = Verdict.blocked(
        task: engine.board.runningName, limit: engine.options.blockLimit)
      once.resume(
        End(problem: problem, elapsed: .zero, steps: 0, trace: Trace(), isStuck: true))
    }
    SimulationThread.perform {
      guard let (ending, left) = engine.run() else { return }
      Watchdog.shared.end(engine)
      let moment = engine.virtualTime
      let problem: Verdict? =
        switch ending {
        case .quiet: nil
        case .silence: .deadlock(at: moment, left)
        case .leftovers: .tasksLeft(at: moment, left)
        case .tooManySteps: .tooManySteps(engine.options.maximumSteps, at: moment, left)
        }
      once.resume(
        End(
          problem: problem, elapsed: engine.bodyEndedAt ?? moment, steps: engine.steps,
          trace: engine.trace))
    }
  }
}

/// A lock on the heap, for closures that cannot capture one.
final class Box<Value: ~Copyable & Sendable>: Sendable {
  let value: Value
  init(_ value: consuming Value) { self.value = value }
}

/// A continuation that the first of several resumes: the run's thread or the watchdog.
private final class Once<Value: Sendable>: Sendable {
  private let continuation: Mutex<UnsafeContinuation<Value, Never>?>

  init(_ continuation: UnsafeContinuation<Value, Never>) {
    self.continuation = Mutex(continuation)
  }

  func resume(_ value: Value) {
    let continuation = continuation.withLock { continuation in
      defer { continuation = nil }
      return continuation
    }
    continuation?.resume(returning: value)
  }
}
