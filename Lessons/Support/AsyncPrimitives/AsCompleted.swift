/// Yields tasks that run already, each when it is done, in the order in which they finish.
///
/// ```swift
/// let downloads = urls.map { url in TaskHandle(name: url) { try await fetch(url) } }
/// for try await download in asCompleted(downloads) {
///   print(download.name, try download.result())
/// }
/// ```
///
/// It yields the handles themselves, so that a result can be told from another. The loop throws
/// only when the caller is cancelled: a task that failed is an element like the others, and its
/// `result()` throws. Leaving the loop early cancels nobody; a second loop over the same value goes
/// on with the tasks that the first has not seen.
///
/// The twin of `asyncio.as_completed`. Where tasks belong to one place, prefer
/// ``asCompleted(_:names:body:)``, which leaves none behind.
///
/// - Parameter handles: The tasks. One that is given twice is yielded once.
/// - Returns: A sequence that ends after the last task; at once, if there are none.
public func asCompleted<Success: Sendable>(
  _ handles: [TaskHandle<Success>]
) -> CompletedTasks<Success> {
  CompletedTasks(watch: CompletionWatch(handles))
}

/// Tasks in the order in which they finish; see ``asCompleted(_:)``.
///
/// All iterators share one position. Several tasks may ask at a time: the n-th to ask gets the n-th
/// task to finish. An ask that is cancelled takes nothing away from the others.
public struct CompletedTasks<Success: Sendable>: AsyncSequence, Sendable {
  fileprivate let watch: CompletionWatch<Success>

  /// Waits for the next task to finish, outside of a loop; `nil` after the last.
  ///
  /// - Throws: `CancellationError` if the *waiting* task is cancelled.
  nonisolated(nonsending) public func next() async throws(CancellationError)
    -> TaskHandle<Success>?
  {
    try await watch.next()
  }

  /// Returns an iterator that goes on where the last one stopped.
  public func makeAsyncIterator() -> Iterator {
    Iterator(watch: watch)
  }

  /// Waits for one task after the other.
  public struct Iterator: AsyncIteratorProtocol, Sendable {
    fileprivate let watch: CompletionWatch<Success>

    /// Waits for the next task to finish; `nil` after the last.
    ///
    /// - Throws: `CancellationError` if the *waiting* task is cancelled.
    public func next(
      isolation actor: isolated (any Actor)?
    ) async throws(CancellationError) -> TaskHandle<Success>? {
      try await watch.next()
    }
  }
}

// MARK: - Structured

/// Runs operations side by side, as child tasks, and gives `body` what came of each as it comes.
///
/// ```swift
/// let fastest = try await asCompleted(mirrors.map { mirror in { try await fetch(mirror) } }) {
///   outcomes in
///   for try await outcome in outcomes {
///     if case .success(let page) = outcome.result { return page }  // the others are cancelled
///   }
///   throw NoMirrorAnswered()
/// }
/// ```
///
/// - **Failure**: each element carries its own `Result`; a failing operation disturbs nobody.
/// - **Leaving**: when `body` returns or throws, the children that still run are cancelled and
///   awaited. None is left behind.
/// - **Cancellation**: cancelling the caller cancels the children, and makes the loop throw.
/// - **Cost**: one child task for each operation.
///
/// - Parameters:
///   - operations: What to run.
///   - names: What to call the child tasks in traces; "task 1", "task 2" and so on where it has no
///     name.
///   - body: Runs where the caller runs, and receives a sequence that ends after the last outcome.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws; or `CancellationError` if the caller is cancelled already.
nonisolated(nonsending) public func asCompleted<Success: Sendable, Value>(
  _ operations: [@Sendable () async throws -> Success], names: [String] = [],
  body: nonisolated(nonsending) (CompletedOperations<Success>) async throws -> Value
) async throws -> Value {
  try await asCompleted(operations, names: names, isolation: #isolation, body: body)
}

private func asCompleted<Success: Sendable, Value>(
  _ operations: [@Sendable () async throws -> Success], names: [String],
  isolation: isolated (any Actor)?,
  body: nonisolated(nonsending) (CompletedOperations<Success>) async throws -> Value
) async throws -> Value {
  try Task.checkCancellation()
  let inbox = Inbox<CompletedOperation<Success>>(expecting: operations.count) {
    Observation.Resource(
      id: ObjectIdentifier(CompletedOperation<Success>.self), kind: "child task",
      event: "to finish")
  }
  // A sequence that escapes from its scope ends there.
  defer { inbox.close() }
  return try await withThrowingTaskGroup(of: Void.self) { group in
    _ = isolation
    defer { group.cancelAll() }
    for (index, operation) in operations.enumerated() {
      let name = names.indices.contains(index) ? names[index] : "task \(index + 1)"
      group.addTask(name: name) {
        let result = await Result(catching: operation)
        inbox.deliver(CompletedOperation(index: index, name: name, result: result))
      }
    }
    return try await body(CompletedOperations(inbox: inbox))
  }
}

/// One operation that has ended, and what came of it.
public struct CompletedOperation<Success: Sendable>: Sendable {
  /// Its place among the arguments, from 0.
  public let index: Int
  /// What its child task was called.
  public let name: String
  /// What came of it.
  public let result: Result<Success, any Error>
}

/// Operations in the order in which they end; see ``asCompleted(_:names:body:)``.
///
/// All iterators share one position. Several tasks may ask at a time: the n-th to ask gets the n-th
/// outcome.
public struct CompletedOperations<Success: Sendable>: AsyncSequence, Sendable {
  fileprivate let inbox: Inbox<CompletedOperation<Success>>

  /// Waits for the next outcome, outside of a loop; `nil` after the last.
  ///
  /// - Throws: `CancellationError` if the *waiting* task is cancelled.
  nonisolated(nonsending) public func next() async throws(CancellationError)
    -> CompletedOperation<Success>?
  {
    try await inbox.next()
  }

  /// Returns an iterator that goes on where the last one stopped.
  public func makeAsyncIterator() -> Iterator {
    Iterator(inbox: inbox)
  }

  /// Waits for one outcome after the other.
  public struct Iterator: AsyncIteratorProtocol, Sendable {
    fileprivate let inbox: Inbox<CompletedOperation<Success>>

    /// Waits for the next outcome; `nil` after the last.
    ///
    /// - Throws: `CancellationError` if the *waiting* task is cancelled.
    public func next(
      isolation actor: isolated (any Actor)?
    ) async throws(CancellationError) -> CompletedOperation<Success>? {
      try await inbox.next()
    }
  }
}
