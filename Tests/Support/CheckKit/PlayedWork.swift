public import Simulation
import Synchronization

/// Plays steps that take virtual time, draws each as a lane of its own, and remembers when each of
/// them began and how it ended.
///
/// The kitchen, the press or the server of an exercise can be made of it: whatever an answer asks
/// for is a step, whichever task asks.
public final class PlayedWork: Sendable {
  /// How a step ended, if it has.
  public enum State: Sendable, Equatable {
    /// It goes on.
    case underWay
    /// It ended well.
    case done
    /// It threw the error that it was to throw.
    case failed
    /// The task that asked for it was cancelled before it was done.
    case cancelled
  }

  /// A step that somebody asked for.
  public struct Step: Sendable, Equatable {
    /// What is done.
    public let name: String
    /// When it began, in virtual time.
    public let began: Duration
    /// When it ended; nil while it goes on.
    public fileprivate(set) var ended: Duration?
    /// How it ended, if it has.
    public fileprivate(set) var state = State.underWay
  }

  private let world: World
  private let list = Mutex<[Step]>([])

  /// Nothing has been done yet.
  public init(_ world: World) { self.world = world }

  /// All steps, in the order in which they began.
  public var steps: [Step] { list.withLock { $0 } }

  /// The names of the steps that go on now.
  public var underWay: [String] { names(.underWay) }

  /// The step of that name that was done first; nil if none was.
  public func done(_ name: String) -> Step? {
    steps.first { $0.name == name && $0.state == .done }
  }

  /// The names of the steps that ended like this, in the order in which they began.
  public func names(_ state: State) -> [String] {
    steps.filter { $0.state == state }.map(\.name)
  }

  /// Suspends until nothing goes on any more, and nobody is about to begin something.
  ///
  /// With it at its end, a check does not fail for tasks that were left behind, if it is about
  /// something else.
  public func rest() async throws {
    await world.settle()
    while !underWay.isEmpty {
      try await world.clock.sleep(for: .seconds(1))
      await world.settle()
    }
  }

  /// Does a step, which takes its time, however little, and lets others have their turn meanwhile.
  ///
  /// - Parameters:
  ///   - name: What is done, and the name of its lane.
  ///   - time: How long it takes.
  ///   - error: What it throws at its end; nil if it is to succeed.
  /// - Throws: `error`, or `CancellationError` as soon as the task is cancelled.
  public func perform(
    _ name: String, for time: Duration, throwing error: (any Error)? = nil
  ) async throws {
    let number = list.withLock { steps in
      steps.append(Step(name: name, began: world.now))
      return steps.count - 1
    }
    do {
      // A child task has a name, and so a lane.
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask(name: name) { [clock = world.clock] in
          try await clock.sleep(for: time)
          guard let error else { return }
          Simulation.note("fails")
          throw error
        }
        try await group.waitForAll()
      }
      end(number, .done)
    } catch is CancellationError {
      end(number, .cancelled)
      throw CancellationError()
    } catch {
      end(number, .failed)
      throw error
    }
  }

  private func end(_ number: Int, _ state: State) {
    list.withLock { steps in
      steps[number].ended = world.now
      steps[number].state = state
    }
  }
}
