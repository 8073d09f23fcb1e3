import Synchronization

/// The end of a task, and who wants to hear of it.
final class TaskCompletion<Success: Sendable>: Sendable {
  typealias Observer = @Sendable () -> Void
  typealias ObserverKey = SlotList<Observer>.Key

  private struct State {
    /// What came of the task, and its place in the order in which tasks finished.
    var end: (outcome: Result<Success, any Error>, rank: UInt64)?
    /// Nobody observes a task that has finished.
    var observers = SlotList<Observer>()
    var callbacks = CallbackLine<Success>()
  }

  private let state = Mutex(State())

  /// What came of the task; `nil` while it runs.
  var outcome: Result<Success, any Error>? { state.withLock { $0.end?.outcome } }

  /// The task's place in the order in which the tasks of this process finished.
  var rank: UInt64? { state.withLock { $0.end?.rank } }

  /// How many observers wait for the end, for the tests.
  var observerCount: Int { state.withLock { $0.observers.count } }

  /// Registers somebody to be told when the task has finished. `nil` if it has: then `observer`
  /// is not called.
  func observe(_ observer: @escaping Observer) -> ObserverKey? {
    state.withLock { $0.end == nil ? $0.observers.append(observer) : nil }
  }

  /// Forgets an observer. One that is being told at this moment may still hear of it.
  func removeObserver(_ key: ObserverKey) {
    _ = state.withLock { $0.observers.remove(key) }
  }

  /// Ends the task, tells the observers in the order in which they registered, and then calls the
  /// callbacks.
  func finish(_ outcome: Result<Success, any Error>) {
    let (observers, callsBack) = state.withLock { state -> ([Observer], Bool) in
      guard state.end == nil else { return ([], false) }
      state.end = (outcome, CompletionRank.next())
      return (state.observers.removeAll(), state.callbacks.needsCaller())
    }
    // Told outside the lock: an observer may ask this task for its outcome.
    for observer in observers { observer() }
    if callsBack { callBack() }
  }

  // MARK: - Callbacks

  /// Has somebody called when the task has finished, by the task itself, or by one of their own if
  /// it has finished already.
  func add(
    _ callback: @escaping CallbackLine<Success>.Callback, taskName: @autoclosure () -> String
  ) -> DoneCallback<Success> {
    let (registration, isLate) = state.withLock { state in
      let registration = state.callbacks.append(callback)
      return (registration, state.end != nil && state.callbacks.needsCaller())
    }
    if isLate { Task(name: taskName(), executorPreference: Observation.host) { self.callBack() } }
    return registration
  }

  /// Whether there was something to remove: false once it has been called.
  func remove(_ callback: DoneCallback<Success>) -> Bool {
    state.withLock { $0.callbacks.remove(callback) }
  }

  private func callBack() {
    guard let outcome else { return }
    while let callback = state.withLock({ $0.callbacks.next() }) { callback(outcome) }
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
