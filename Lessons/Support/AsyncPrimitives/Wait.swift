/// When ``wait(for:until:timeout:clock:)`` has waited long enough.
public enum WaitCondition: Sendable, Hashable {
  /// When one task is done, in whatever way.
  case firstCompleted
  /// When one task has failed; when all are done, if none does. A cancelled task has not failed.
  case firstFailure
  /// When all tasks are done.
  case allCompleted
}

/// Waits until some or all of these tasks are done, and says which are.
///
/// It only looks on: it throws nothing that a task throws, and cancels nobody, neither when the
/// time is up nor when the caller is cancelled. The twin of `asyncio.wait`.
///
/// ```swift
/// let mirrors = hosts.map { host in TaskHandle(name: host) { try await download(from: host) } }
/// let (done, pending) = try await wait(
///   for: mirrors, until: .firstCompleted, timeout: .seconds(5))
/// for mirror in pending { mirror.cancel() }
/// ```
///
/// - **Cancellation**: throws `CancellationError`, and leaves the tasks alone. So does a caller
///   that is cancelled already.
/// - **What suspends**: the caller, unless the condition holds already.
/// - **Cost**: one observer per unfinished task while it waits, none afterwards; a timeout adds one
///   child task, which sleeps, and is gone when this returns.
///
/// - Parameters:
///   - handles: The tasks. One that is given twice counts once.
///   - condition: When to stop waiting.
///   - timeout: How long to wait at most, on `clock`; as long as it takes if `nil`. Zero or less
///     gives other tasks one turn (a `Task.yield`) and then reports.
///   - clock: What measures the timeout.
/// - Returns: Every task, in one of two lists: those that are done, in the order in which they
///   finished, and the others in argument order. A task that is done at the very moment when the
///   time is up is in either one.
/// - Throws: `CancellationError` if the caller is cancelled.
nonisolated(nonsending) public func wait<Success: Sendable>(
  for handles: [TaskHandle<Success>], until condition: WaitCondition = .allCompleted,
  timeout: Duration? = nil, clock: any Clock<Duration> = ContinuousClock()
) async throws -> (done: [TaskHandle<Success>], pending: [TaskHandle<Success>]) {
  try Task.checkCancellation()
  let handles = handles.withoutDuplicates()
  if !condition.holds(for: handles) {
    if let timeout, timeout <= .zero {
      await Task.yield()
      try Task.checkCancellation()
    } else {
      let watch = CompletionWatch(handles)
      defer { watch.stop() }
      if let timeout {
        try await watch.wait(until: condition, timeout: timeout, clock: clock, #isolation)
      } else {
        try await watch.wait(until: condition)
      }
    }
  }
  return partition(handles)
}

/// Splits tasks into those that are done, by the order in which they finished, and the others.
///
/// It looks once at each task, so that one that finishes meanwhile is on one side and not on both.
private func partition<Success>(
  _ handles: [TaskHandle<Success>]
) -> (done: [TaskHandle<Success>], pending: [TaskHandle<Success>]) {
  let ranked = handles.map { (handle: $0, rank: $0.completion.rank) }
  let done = ranked.filter { $0.rank != nil }.sorted { ($0.rank ?? 0) < ($1.rank ?? 0) }
  return (done.map(\.handle), ranked.filter { $0.rank == nil }.map(\.handle))
}

extension WaitCondition {
  /// Whether nothing is left to wait for.
  fileprivate func holds<Success>(for handles: [TaskHandle<Success>]) -> Bool {
    // Nothing more will happen to tasks that are all done, or to no tasks at all.
    if handles.allSatisfy(\.isDone) { return true }
    return switch self {
    case .firstCompleted: handles.contains(where: \.isDone)
    case .firstFailure: handles.contains { $0.outcome?.isFailure == true }
    case .allCompleted: false
    }
  }

  /// Whether this task is the one that was waited for.
  fileprivate func isMet<Success>(by ended: TaskHandle<Success>) -> Bool {
    switch self {
    case .firstCompleted: true
    case .firstFailure: ended.outcome?.isFailure == true
    case .allCompleted: false
    }
  }
}

extension CompletionWatch {
  /// Returns when the condition holds, or when the watch has been stopped.
  fileprivate nonisolated(nonsending) func wait(until condition: WaitCondition) async throws {
    while let ended = try await next() {
      if condition.isMet(by: ended) { return }
    }
  }

  /// Returns when the condition holds, or when the time is up.
  fileprivate func wait(
    until condition: WaitCondition, timeout: Duration, clock: any Clock<Duration>,
    _ isolation: isolated (any Actor)?
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      _ = isolation
      // Runs on every way out: the timer ends with the wait, and can never disturb later code.
      defer { group.cancelAll() }
      group.addTask(name: "timeout") {
        do { try await clock.hostedSleep(for: timeout) } catch { return }
        self.stop()
      }
      try await self.wait(until: condition)
    }
  }
}
