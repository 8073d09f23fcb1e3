/// What ``gather(_:onFailure:)`` does about the other tasks when one fails.
public enum SiblingPolicy: Sendable, Hashable {
  /// Throws at once, and lets the others run on, as asyncio does. Somebody should still look at
  /// them: hold on to their handles.
  case leaveRunning
  /// Cancels the others and waits until they have ended, and only then throws.
  case cancelSiblings
}

/// Waits for tasks that run already, and returns their values in argument order.
///
/// ```swift
/// let pages = urls.map { url in TaskHandle(name: url) { try await fetch(url) } }
/// let texts = try await gather(pages, onFailure: .cancelSiblings)
/// ```
///
/// - **Failure**: the first error, in time, is thrown: at once, or after the others were cancelled
///   and have ended, as `policy` says. A task that was cancelled counts as failing here. If several
///   have failed before the call, the error is that of the one that failed first.
/// - **Cancellation**: cancelling the caller cancels every task that still runs, under either
///   policy, waits until they have ended, and throws `CancellationError`. To wait without such
///   consequences, use ``wait(for:until:timeout:clock:)``.
/// - **Duplicates**: a handle that is given twice fills both places.
/// - **What suspends**: the caller, if not all is decided already.
///
/// - Parameters:
///   - handles: The tasks.
///   - policy: What to do about the others when one fails.
/// - Returns: The value of each task, in argument order.
/// - Throws: The first error; or `CancellationError` if the caller is cancelled.
nonisolated(nonsending) public func gather<Success: Sendable>(
  _ handles: [TaskHandle<Success>], onFailure policy: SiblingPolicy = .leaveRunning
) async throws -> [Success] {
  let watch = CompletionWatch(handles)
  defer { watch.stop() }
  try await watch.cancellingAllIfCancelled {
    while let ended = try await watch.next() {
      guard case .failure(let error) = ended.outcome else { continue }
      if policy == .cancelSiblings { await watch.cancelAllAndWait() }
      throw error
    }
  }
  return try handles.map { try $0.result() }
}

/// Waits for tasks that run already, and keeps what came of each: a value or an error.
///
/// ```swift
/// let outcomes = try await gatherOutcomes([left, right])
/// ```
///
/// A task that fails or is cancelled is an outcome like another. Cancelling the *caller* is not: it
/// cancels every task that still runs, waits until they have ended, and throws.
///
/// - Parameter handles: The tasks. One that is given twice fills both places.
/// - Returns: The outcome of each task, in argument order.
/// - Throws: `CancellationError` if the caller is cancelled.
nonisolated(nonsending) public func gatherOutcomes<Success: Sendable>(
  _ handles: [TaskHandle<Success>]
) async throws -> [Result<Success, any Error>] {
  let watch = CompletionWatch(handles)
  defer { watch.stop() }
  try await watch.cancellingAllIfCancelled {
    while try await watch.next() != nil {}
  }
  return handles.compactMap(\.outcome)
}

extension CompletionWatch {
  /// Runs `body`; if that is cut short because the *caller* is cancelled, cancels the tasks and
  /// waits for them before it says so.
  fileprivate nonisolated(nonsending) func cancellingAllIfCancelled(
    _ body: nonisolated(nonsending) () async throws -> Void
  ) async throws {
    do {
      try await body()
      try Task.checkCancellation()
    } catch {
      guard Task.isCancelled else { throw error }
      await cancelAllAndWait()
      throw error
    }
  }

  /// Asks all tasks to stop, and returns when they have ended.
  fileprivate nonisolated(nonsending) func cancelAllAndWait() async {
    for handle in handles { handle.cancel() }
    while await nextIgnoringCancellation() != nil {}
  }
}
