/// Runs an operation, and calls a handler if a shutdown begins meanwhile.
///
/// ```swift
/// try await withShutdownHandler {
///   for try await letter in tray.items { try await sort(letter) }
/// } onShutdown: {
///   tray.shutdown()  // nothing more gets in; the loop ends when all is sorted
/// }
/// ```
///
/// It is to a shutdown what `withTaskCancellationHandler` is to a cancellation. The shutdown is the
/// one whose ``GracefulShutdown/run(_:)`` this is inside of; without one, only the operation runs.
///
/// - **When**: by whoever begins the shutdown, inside its call, and perhaps at the same time as the
///   operation, or a moment after it has ended. If the shutdown has begun already, by the current
///   task, before the operation.
/// - **Nesting**: outer handlers are called first, so that what feeds the inner ones stops before they
///   do. (Cancellation handlers are called inner first.)
/// - **Keep it short**, as a cancellation handler: close a queue, set a flag.
///
/// - Parameters:
///   - operation: What to run.
///   - handler: What to do when the shutdown begins. It is called once, or never.
/// - Returns: What the operation returns.
/// - Throws: What the operation throws.
nonisolated(nonsending) public func withShutdownHandler<Success>(
  _ operation: nonisolated(nonsending) () async throws -> Success,
  onShutdown handler: @escaping @Sendable () -> Void
) async rethrows -> Success {
  let shutdown = GracefulShutdown.current
  let ticket = shutdown?.addHandler(handler)
  defer { if let ticket { shutdown?.removeHandler(ticket) } }
  return try await operation()
}

/// Runs an operation that has nothing to finish, and cancels it when a shutdown begins.
///
/// ```swift
/// try? await cancelOnShutdown { try await pollForEver() }
/// ```
///
/// It is the operation that is cancelled, and not the caller, who can go on and clean up. For what
/// only waits: a loop that polls, a connection that listens. Without a shutdown around it, only the
/// operation runs.
///
/// - Parameter operation: What to run. If the shutdown has begun already, it runs until it suspends
///   for the first time.
/// - Returns: What the operation returns, cancelled or not.
/// - Throws: What the operation throws, which is a `CancellationError` if it was cancelled and
///   listens. `Task.isCancelled` is false then, unless the caller is cancelled as well.
nonisolated(nonsending) public func cancelOnShutdown<Success>(
  _ operation: nonisolated(nonsending) () async throws -> Success
) async throws -> Success {
  guard GracefulShutdown.current != nil else { return try await operation() }
  let scope = TimeoutScope(nil)
  return try await withShutdownHandler {
    try await scope.runKeepingErrors(operation)
  } onShutdown: {
    try? scope.reschedule(after: .zero)
  }
}

extension TimeoutScope {
  /// Runs an operation, and throws what it throws, also if that is because the time was up.
  nonisolated(nonsending) func runKeepingErrors<Success>(
    _ operation: nonisolated(nonsending) () async throws -> Success
  ) async throws -> Success {
    var own: (any Error)?
    do {
      return try await run {
        do { return try await operation() } catch {
          own = error
          throw error
        }
      }
    } catch {
      throw own ?? error
    }
  }
}
