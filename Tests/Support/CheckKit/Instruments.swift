public import Simulation
import Synchronization

/// Counts how many are inside at the same time, and remembers the most.
public final class HighWaterMark: Sendable {
  private let counts = Mutex((inside: 0, peak: 0, total: 0))

  /// Nobody is inside.
  public init() {}

  /// How many are inside now.
  public var inside: Int { counts.withLock { $0.inside } }

  /// The most that were inside at the same time.
  public var peak: Int { counts.withLock { $0.peak } }

  /// How often somebody came in.
  public var total: Int { counts.withLock { $0.total } }

  /// Counts somebody in while `body` runs, however it ends.
  nonisolated(nonsending) public func count<Value>(
    _ body: nonisolated(nonsending) () async throws -> Value
  ) async rethrows -> Value {
    counts.withLock { counts in
      counts.inside += 1
      counts.total += 1
      counts.peak = max(counts.peak, counts.inside)
    }
    defer { counts.withLock { $0.inside -= 1 } }
    return try await body()
  }
}

/// Writes down what happened, in order, and when on the run's clock.
public final class EventLog: Sendable {
  /// Something that happened.
  public struct Entry: Sendable, Equatable {
    /// What happened.
    public var text: String
    /// When, in virtual time.
    public var time: Duration
  }

  private let world: World
  private let list = Mutex<[Entry]>([])

  /// Begins an empty log of a run.
  public init(_ world: World) { self.world = world }

  /// What happened, in order.
  public var entries: [Entry] { list.withLock { $0 } }

  /// What happened, in order, without the times.
  public var texts: [String] { entries.map(\.text) }

  /// Writes a line, also into the run's trace.
  public func add(_ text: String) {
    list.withLock { $0.append(Entry(text: text, time: world.now)) }
    world.note(text)
  }

  /// When something happened first; nil if it did not.
  public func time(of text: String) -> Duration? {
    entries.first { $0.text == text }?.time
  }

  /// How often something happened.
  public func count(of text: String) -> Int {
    entries.count { $0.text == text }
  }
}

/// Holds tasks up until it is opened. Opening it lets everybody through, now and later.
///
/// A task that is cancelled in front of it throws `CancellationError`.
public final class Gate: Sendable {
  private enum State {
    case closed([Int: UnsafeContinuation<Bool, Never>])
    case open
  }

  private let state = Mutex((next: 0, gate: State.closed([:]), cancelled: Set<Int>()))

  /// A gate that is closed.
  public init() {}

  /// How many stand in front of it.
  public var waiting: Int {
    state.withLock { if case .closed(let waiting) = $0.gate { waiting.count } else { 0 } }
  }

  /// Lets everybody through.
  public func open() {
    let waiting = state.withLock { state -> [Int: UnsafeContinuation<Bool, Never>] in
      defer { state.gate = .open }
      if case .closed(let waiting) = state.gate { return waiting }
      return [:]
    }
    for (_, continuation) in waiting.sorted(by: { $0.key < $1.key }) {
      continuation.resume(returning: true)
    }
  }

  /// Passes when the gate is open.
  ///
  /// - Throws: `CancellationError` if the task is cancelled, now or in front of the gate.
  public func pass() async throws {
    try Task.checkCancellation()
    let number = state.withLock { state in
      state.next += 1
      return state.next
    }
    let hasPassed = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let answer: Bool? = state.withLock { state in
          guard case .closed(var waiting) = state.gate else { return true }
          // Cancelled before it stood in front of the gate.
          if state.cancelled.remove(number) != nil { return false }
          waiting[number] = continuation
          state.gate = .closed(waiting)
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let continuation: UnsafeContinuation<Bool, Never>? = state.withLock { state in
        guard case .closed(var waiting) = state.gate else { return nil }
        guard let continuation = waiting.removeValue(forKey: number) else {
          state.cancelled.insert(number)
          return nil
        }
        state.gate = .closed(waiting)
        return continuation
      }
      continuation?.resume(returning: false)
    }
    if !hasPassed { throw CancellationError() }
  }
}
