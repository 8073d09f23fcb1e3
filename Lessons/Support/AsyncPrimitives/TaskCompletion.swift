import Synchronization

/// The end of a task, and who wants to hear of it.
final class TaskCompletion<Success: Sendable>: Sendable {
  typealias Observer = @Sendable () -> Void
  typealias ObserverKey = SlotList<Observer>.Key

  private enum State {
    case running(observers: SlotList<Observer>)
    case finished(Result<Success, any Error>, rank: UInt64)
  }

  private let state = Mutex(State.running(observers: SlotList()))

  /// What came of the task; `nil` while it runs.
  var outcome: Result<Success, any Error>? {
    state.withLock { if case .finished(let outcome, _) = $0 { outcome } else { nil } }
  }

  /// The task's place in the order in which the tasks of this process finished.
  var rank: UInt64? {
    state.withLock { if case .finished(_, let rank) = $0 { rank } else { nil } }
  }

  /// How many observers wait for the end, for the tests.
  var observerCount: Int {
    state.withLock { if case .running(let observers) = $0 { observers.count } else { 0 } }
  }

  /// Registers somebody to be told when the task has finished. `nil` if it has: then `observer`
  /// is not called.
  func observe(_ observer: @escaping Observer) -> ObserverKey? {
    state.withLock { state in
      guard case .running(var observers) = state else { return nil }
      state = .running(observers: SlotList())  // lets go of the list, so that it is not copied
      defer { state = .running(observers: observers) }
      return observers.append(observer)
    }
  }

  /// Forgets an observer. One that is being told at this moment may still hear of it.
  func removeObserver(_ key: ObserverKey) {
    state.withLock { state in
      guard case .running(var observers) = state else { return }
      state = .running(observers: SlotList())
      observers.remove(key)
      state = .running(observers: observers)
    }
  }

  /// Ends the task, and tells the observers in the order in which they registered.
  func finish(_ outcome: Result<Success, any Error>) {
    let observers = state.withLock { state -> [Observer] in
      guard case .running(var observers) = state else { return [] }
      state = .finished(outcome, rank: CompletionRank.next())
      return observers.removeAll()
    }
    // Told outside the lock: an observer may ask this task for its outcome.
    for observer in observers { observer() }
  }
}

/// Numbers the tasks of this process in the order in which they finish.
private enum CompletionRank {
  private static let last = Atomic<UInt64>(0)

  static func next() -> UInt64 {
    last.wrappingAdd(1, ordering: .relaxed).newValue
  }
}

extension Result where Failure == any Error {
  /// What comes of `body`, as a value.
  nonisolated(nonsending) init(
    catching body: nonisolated(nonsending) () async throws -> Success
  ) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }

  /// Whether this is the outcome of something that ended by being cancelled.
  var isCancelled: Bool {
    if case .failure(let error) = self { error is CancellationError } else { false }
  }

  /// Whether this is a failure. Being cancelled is none.
  var isFailure: Bool {
    if case .failure = self { !isCancelled } else { false }
  }
}
