import Synchronization

/// The clock of a simulation: it stands still while anything can run, and jumps to the next moment
/// at which somebody wants to wake.
///
/// Give it to code that takes a clock. It needs nothing but public API, so that it is exact in
/// every mode; plain `Task.sleep` is as exact in ``Simulation/Mode/complete`` mode
/// only, or where `StandIns` is imported.
///
/// The clock works inside the simulation that made it. A sleep throws `CancellationError` as soon
/// as its task is cancelled, and at once if the task is cancelled already.
public struct VirtualClock: Clock, Sendable {
  /// A moment of virtual time.
  public struct Instant: InstantProtocol {
    /// Virtual time since the run began.
    public var offset: Duration

    /// The moment that lies `offset` after the run's beginning.
    public init(offset: Duration) { self.offset = offset }

    /// The moment that lies `duration` later.
    public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }

    /// The time from this moment to another.
    public func duration(to other: Instant) -> Duration { other.offset - offset }

    /// Earlier before later.
    public static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
  }

  let engine: Engine

  /// The virtual time now.
  public var now: Instant { Instant(offset: engine.virtualTime) }

  /// One nanosecond.
  public var minimumResolution: Duration { .nanoseconds(1) }

  /// Suspends until `deadline`; a deadline that has passed only lets the others have a turn.
  ///
  /// - Throws: `CancellationError`, as soon as the task is cancelled.
  public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    let sleeper = Sleeper()
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        guard sleeper.park(continuation) else { return }
        // A deadline that rounds to now still moves time, or whoever sleeps until it has passed
        // would never see that.
        let isLater = deadline > now && deadline.offset.nanoseconds <= now.offset.nanoseconds
        engine.setTimer(for: sleeper, at: deadline.offset.nanoseconds + (isLater ? 1 : 0))
      }
    } onCancel: {
      if sleeper.wake(throwing: CancellationError()) { engine.cancelTimer(of: sleeper) }
    }
  }
}

/// A task that sleeps on the world's clock: woken once, by its timer or by its cancellation.
final class Sleeper: Sendable {
  private enum State {
    case awake
    case asleep(UnsafeContinuation<Void, any Error>)
    case done(early: (any Error)?)
  }

  private let state = Mutex(State.awake)

  /// False if the sleeper was cancelled before it lay down: then it is up again already.
  func park(_ continuation: UnsafeContinuation<Void, any Error>) -> Bool {
    let error: (any Error)? = state.withLock { state in
      if case .done(let error) = state { return error }
      state = .asleep(continuation)
      return nil
    }
    guard let error else { return true }
    continuation.resume(throwing: error)
    return false
  }

  /// True if this call woke a sleeper, false if it came too early or too late for that.
  @discardableResult
  func wake(throwing error: (any Error)? = nil) -> Bool {
    let continuation: UnsafeContinuation<Void, any Error>? = state.withLock { state in
      defer { if case .done = state {} else { state = .done(early: error) } }
      if case .asleep(let continuation) = state { return continuation }
      return nil
    }
    // Outside of the lock: resuming calls the executor.
    if let error { continuation?.resume(throwing: error) } else { continuation?.resume() }
    return continuation != nil
  }
}
