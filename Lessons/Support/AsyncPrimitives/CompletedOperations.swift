/// Runs an operation on every item, side by side, and gives `body` what came of each as it comes.
///
/// ```swift
/// let page = try await asCompleted(mirrors) { mirror in
///   try await fetch(mirror)
/// } body: { outcomes in
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
/// - **Cost**: one child task for each item.
///
/// - Parameters:
///   - items: What to run it on. Read to the end before the first child starts.
///   - name: What to call an item's child task in traces; "task 1" and so on if `nil`.
///   - operation: What to run.
///   - body: Runs where the caller runs, and receives a sequence that ends after the last outcome.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws; or `CancellationError` if the caller is cancelled already.
nonisolated(nonsending) public func asCompleted<Items: Sequence, Success: Sendable, Value>(
  _ items: Items, name: ((Items.Element) -> String)? = nil,
  operation: nonisolated(nonsending) @escaping @Sendable (Items.Element) async throws -> Success,
  body: nonisolated(nonsending) (CompletedOperations<Success>) async throws -> Value
) async throws -> Value where Items.Element: Sendable {
  let items = Array(items)
  return try await withChildren(
    items.count, isolation: #isolation, name: { name?(items[$0]) ?? "task \($0 + 1)" },
    operation: { try await operation(items[$0]) }, body: body)
}

/// Runs operations side by side, as child tasks, and gives `body` what came of each as it comes.
///
/// ```swift
/// let operations: [@Sendable () async throws -> String] = [askAnn, askBob]
/// try await asCompleted(operations, names: ["ann", "bob"]) { outcomes in
///   for try await outcome in outcomes { print(outcome.name, outcome.result) }
/// }
/// ```
///
/// In everything, it is like ``asCompleted(_:name:operation:body:)``.
///
/// - Parameters:
///   - operations: What to run.
///   - names: What to call the child tasks in traces; "task 1" and so on where it has no name.
///   - body: Runs where the caller runs, and receives a sequence that ends after the last outcome.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws; or `CancellationError` if the caller is cancelled already.
nonisolated(nonsending) public func asCompleted<Success: Sendable, Value>(
  _ operations: [@Sendable () async throws -> Success], names: [String] = [],
  body: nonisolated(nonsending) (CompletedOperations<Success>) async throws -> Value
) async throws -> Value {
  try await withChildren(
    operations.count, isolation: #isolation,
    name: { names.indices.contains($0) ? names[$0] : "task \($0 + 1)" },
    operation: { try await operations[$0]() }, body: body)
}

private func withChildren<Success: Sendable, Value>(
  _ count: Int, isolation: isolated (any Actor)?, name: (Int) -> String,
  operation: nonisolated(nonsending) @escaping @Sendable (Int) async throws -> Success,
  body: nonisolated(nonsending) (CompletedOperations<Success>) async throws -> Value
) async throws -> Value {
  try Task.checkCancellation()
  let inbox = Inbox<CompletedOperation<Success>>(expecting: count) {
    Observation.Resource(
      id: ObjectIdentifier(CompletedOperation<Success>.self), kind: "child task",
      event: "to finish")
  }
  // A sequence that escapes from its scope ends there.
  defer { inbox.close() }
  return try await withThrowingTaskGroup(of: Void.self) { group in
    _ = isolation
    defer { group.cancelAll() }
    for index in 0..<count {
      let name = name(index)
      group.addTask(name: name) {
        let result = await Result { try await operation(index) }
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

/// Operations in the order in which they end; see ``asCompleted(_:name:operation:body:)``.
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
