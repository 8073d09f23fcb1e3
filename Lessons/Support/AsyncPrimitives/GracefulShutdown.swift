import Synchronization

/// Ends a program's work in two steps: first nothing new is begun and what was begun is finished;
/// then, when that has taken too long or somebody insists, what is left is cancelled.
///
/// ```swift
/// let shutdown = GracefulShutdown(limit: .seconds(10))
/// let listener = SignalListener(.interrupt, .terminate) { _ in shutdown.request() }
/// defer { listener.stop() }
/// try await shutdown.run {
///   try await withShutdownHandler {
///     for try await letter in tray.items { try await sort(letter) }
///   } onShutdown: {
///     tray.shutdown()  // nothing more gets in; the loop ends when all is sorted
///   }
/// }
/// print("stopped")     // here nothing of it runs any more
/// ```
///
/// - **Who hears of it**: everything inside ``run(_:)``, child tasks and tasks of groups among it, by
///   ``current``; with a handler, by waiting, or by looking.
/// - **Escalation**: the limit counts from ``begin()``. When it is over, and not before, the operation
///   is cancelled, and awaited. ``cancel()`` does that at once. Clean-up that awaits needs a
///   ``withCancellationShield(_:)``, as in every cancelled task.
/// - **What suspends**: ``run(_:)`` and ``wait()``. All else may be called from any task or thread, as
///   often as you like, before the operation begins, from inside it, and after its end.
/// - **Cancellation**: a cancelled caller's operation is cancelled and awaited, as without this.
/// - **Nesting**: a shutdown that runs inside another begins when the outer one does.
/// - **Cost**: a child task; a second one, which sleeps, from the moment when the limit counts.
///
/// After the `ServiceLifecycle` of swift-service-lifecycle, which is what a server in production would
/// use. asyncio has only its signal handlers, and cancels at once.
public final class GracefulShutdown: Sendable {
  /// How far a shutdown has come.
  public enum Phase: Sendable, Hashable {
    /// Nobody has asked for an end.
    case running
    /// Nothing new; what was begun is being finished.
    case draining
    /// What is left is cancelled.
    case cancelling
  }

  /// The shutdown that the current task would have to hear of.
  @TaskLocal public static var current: GracefulShutdown?

  /// How long finishing may take; as long as it takes if `nil`.
  public let limit: Duration?

  private let state = Mutex(State.running(Handlers()))
  private let begun: AsyncEvent
  /// Without a limit until the shutdown begins: it is what cancels the operation.
  private let scope = TimeoutScope(nil)

  /// Makes a shutdown that nobody has asked for so far.
  ///
  /// - Parameters:
  ///   - limit: How long finishing may take, from ``begin()`` on; as long as it takes if `nil`.
  ///   - name: What a report of a deadlock should call it.
  public init(limit: Duration?, name: String? = nil) {
    self.limit = limit
    begun = AsyncEvent(name ?? "shutdown")
  }

  /// How far it has come.
  public var phase: Phase {
    if scope.isExpired { return .cancelling }
    return state.withLock { $0.phase }
  }

  /// Whether an end was asked for: take on nothing new.
  public var isShuttingDown: Bool { phase != .running }

  // MARK: - Asking for the end

  /// Begins the shutdown: calls the handlers, in the order in which they were registered, and lets
  /// the limit count. Does nothing if it has begun.
  public func begin() {
    guard let handlers = state.withLock({ $0.begin() }) else { return }
    enter(.draining, calling: handlers)
  }

  /// Cancels what is left, at once. Begins the shutdown if it has not begun.
  public func cancel() {
    enter(.cancelling, calling: state.withLock { $0.cancel() })
  }

  /// Takes the next step: begins the shutdown, or cancels what is left if it has begun. This is what
  /// a signal is for.
  ///
  /// - Returns: The step that this call took: ``Phase/draining`` or ``Phase/cancelling``.
  @discardableResult
  public func request() -> Phase {
    // In one go, so that of two calls at the same moment, one is the second.
    let (phase, handlers) = state.withLock { state in
      if let handlers = state.begin() { return (Phase.draining, handlers) }
      return (.cancelling, state.cancel())
    }
    enter(phase, calling: handlers)
    return phase
  }

  /// Does what a step consists of, outside of the lock: it calls others, and resumes tasks.
  func enter(_ phase: Phase, calling handlers: [@Sendable () -> Void]) {
    // An error means that the time is up already, or that the operation has ended.
    try? scope.reschedule(after: phase == .draining ? limit : .zero)
    // Somebody may have cancelled meanwhile, whose limit was the earlier one.
    if phase == .draining, state.withLock({ $0.phase }) == .cancelling {
      try? scope.reschedule(after: .zero)
    }
    for handler in handlers { handler() }
    begun.set()
  }

  // MARK: - Hearing of it

  /// Returns when the shutdown has begun, at once if it has.
  ///
  /// - Throws: `CancellationError` if the task is cancelled, now or while it waits.
  nonisolated(nonsending) public func wait() async throws(CancellationError) {
    try await begun.wait()
  }

  /// Has `handler` called when the shutdown begins; at once if it has begun. Returns what
  /// ``removeHandler(_:)`` takes.
  func addHandler(_ handler: @escaping @Sendable () -> Void) -> Int? {
    let ticket = state.withLock { $0.add(handler) }
    if ticket == nil { handler() }
    return ticket
  }

  func removeHandler(_ ticket: Int) {
    state.withLock { $0.remove(ticket) }
  }

  // MARK: - Running

  /// Runs an operation that this shutdown ends.
  ///
  /// The operation runs in a child task, in the caller's place: on its actor, with its variables.
  ///
  /// - Parameter operation: What to run, once in the life of a shutdown. If the shutdown has begun
  ///   already, it runs all the same, and finds that out where it looks.
  /// - Returns: What the operation returns, cancelled or not.
  /// - Throws: ``ShutdownCancelled`` if the operation ended by `CancellationError`, and it was the
  ///   shutdown that cancelled it; otherwise what the operation throws. A second run is a
  ///   ``TimeoutScopeError/enteredTwice``.
  nonisolated(nonsending) public func run<Success>(
    _ operation: nonisolated(nonsending) () async throws -> Success
  ) async throws -> Success {
    try await withShutdownHandler {
      do {
        return try await scope.runKeepingErrors {
          try await Self.$current.withValue(self) { try await operation() }
        }
      } catch is CancellationError where scope.isExpired && !Task.isCancelled {
        throw ShutdownCancelled()
      }
    } onShutdown: {
      self.begin()  // The shutdown around this one has begun.
    }
  }
}

/// An operation was cancelled by a ``GracefulShutdown``: its time for finishing was over, or somebody
/// did not want to wait for that.
public struct ShutdownCancelled: Error, Hashable, CustomStringConvertible {
  /// Makes the error, for code of your own that ends in the same way.
  public init() {}

  /// What happened.
  public var description: String { "the shutdown did not wait any longer, and cancelled the rest" }
}

// MARK: - State

extension GracefulShutdown {
  private enum State: Sendable {
    case running(Handlers)
    case draining
    case cancelling

    var phase: Phase {
      switch self {
      case .running: .running
      case .draining: .draining
      case .cancelling: .cancelling
      }
    }

    /// The handlers to call; `nil` if that has been done.
    mutating func begin() -> [@Sendable () -> Void]? {
      guard case .running(let handlers) = self else { return nil }
      self = .draining
      return handlers.inOrder
    }

    mutating func cancel() -> [@Sendable () -> Void] {
      let handlers = begin() ?? []
      self = .cancelling
      return handlers
    }

    /// `nil` if it is too late.
    mutating func add(_ handler: @escaping @Sendable () -> Void) -> Int? {
      guard case .running(var handlers) = self else { return nil }
      defer { self = .running(handlers) }
      return handlers.add(handler)
    }

    mutating func remove(_ ticket: Int) {
      guard case .running(var handlers) = self else { return }
      handlers.list.removeAll { $0.ticket == ticket }
      self = .running(handlers)
    }
  }

  private struct Handlers {
    var list: [(ticket: Int, handler: @Sendable () -> Void)] = []
    var next = 0

    /// Outer ones before inner ones, since those are registered first.
    var inOrder: [@Sendable () -> Void] { list.map(\.handler) }

    mutating func add(_ handler: @escaping @Sendable () -> Void) -> Int {
      defer { next += 1 }
      list.append((next, handler))
      return next
    }
  }
}
