/// Runs operations side by side, as child tasks, and returns their values in argument order.
///
/// ```swift
/// let pages = try await gather({ try await fetch("a") }, { try await fetch("b") })
/// ```
///
/// For two or three of different types, `async let` is the better tool.
///
/// - **Failure**: the first error, in time, cancels the other children, waits for them to end, and
///   is thrown. Their errors are dropped. (asyncio's `gather` throws at once and leaves the others
///   running: ``gather(_:onFailure:)`` can do that.) To keep every outcome, use
///   ``gatherOutcomes(_:limit:names:)``.
/// - **Cancellation**: cancelling the caller cancels every child, starts no further one, waits for
///   them, and throws `CancellationError`. A caller that is cancelled already starts none.
/// - **Order**: with a limit, operations start in argument order. Without one they are all handed
///   to the runtime in argument order, which may start them in another.
/// - **What suspends**: the caller, until the last child has ended.
/// - **Cost**: one child task for each operation.
///
/// - Parameters:
///   - operations: What to run.
///   - limit: How many may run at any time, at least 1; all of them if `nil`.
///   - names: What to call the child tasks in traces; "gather 1", "gather 2" and so on where it
///     has no name.
/// - Returns: The value of each operation, in argument order.
/// - Throws: The first error; `CancellationError`; or ``InvalidLimit``.
@discardableResult
nonisolated(nonsending) public func gather<Success: Sendable>(
  _ operations: (nonisolated(nonsending) @Sendable () async throws -> Success)...,
  limit: Int? = nil, names: [String] = []
) async throws -> [Success] {
  // Not by way of the form for arrays: an array's elements would have to be cast one by one.
  try await runChildren(operations.count, limit: limit, isolation: #isolation) { index in
    names.indices.contains(index) ? names[index] : nil
  } operation: { index in
    try await operations[index]()
  }
}

/// Runs the operations of an array side by side, and returns their values in its order.
///
/// ```swift
/// let operations: [@Sendable () async throws -> String] = [askAnn, askBob]
/// let answers = try await gather(operations)
/// ```
///
/// In everything, it is like the form that takes the operations one by one. Give the array its type:
/// in an array of an unknown type, the compiler does not take closures to be `@Sendable`.
///
/// - Parameters:
///   - operations: What to run.
///   - limit: How many may run at any time, at least 1; all of them if `nil`.
///   - names: What to call the child tasks in traces; "gather 1" and so on where it has no name.
/// - Returns: The value of each operation, in the order of the array.
/// - Throws: The first error; `CancellationError`; or ``InvalidLimit``.
nonisolated(nonsending) public func gather<Success: Sendable>(
  _ operations: [@Sendable () async throws -> Success], limit: Int? = nil, names: [String] = []
) async throws -> [Success] {
  try await runChildren(operations.count, limit: limit, isolation: #isolation) { index in
    names.indices.contains(index) ? names[index] : nil
  } operation: { index in
    try await operations[index]()
  }
}

/// Runs an operation on every item, side by side, and returns its values in the order of the items.
///
/// ```swift
/// let pages = try await gather(urls, limit: 4) { url in try await fetch(url) }
/// ```
///
/// It fails, is cancelled, and starts its children like ``gather(_:limit:names:)``.
///
/// - Parameters:
///   - items: What to run it on. Read to the end before the first child starts.
///   - limit: How many may run at any time, at least 1; all of them if `nil`.
///   - name: What to call an item's child task in traces; "gather 1" and so on if `nil`.
///   - operation: What to run.
/// - Returns: The value for each item, in the order of the items.
/// - Throws: The first error; `CancellationError`; or ``InvalidLimit``.
@discardableResult
nonisolated(nonsending) public func gather<Items: Sequence, Success: Sendable>(
  _ items: Items, limit: Int? = nil, name: ((Items.Element) -> String)? = nil,
  operation: nonisolated(nonsending) @escaping @Sendable (Items.Element) async throws -> Success
) async throws -> [Success] where Items.Element: Sendable {
  let items = Array(items)
  return try await runChildren(items.count, limit: limit, isolation: #isolation) { index in
    name?(items[index])
  } operation: { index in
    try await operation(items[index])
  }
}

/// Runs operations side by side, as child tasks, and keeps what came of each: a value or an error.
///
/// The twin of `asyncio.gather(…, return_exceptions=True)`.
///
/// ```swift
/// for outcome in try await gatherOutcomes({ try await fetch("a") }, { try await fetch("b") }) {
///   switch outcome {
///   case .success(let page): print(page)
///   case .failure(let error): print("failed:", error)
///   }
/// }
/// ```
///
/// A failing operation disturbs nobody, and neither does one that throws `CancellationError` of its
/// own accord. Cancelling the *caller* is not an outcome: it cancels every child, waits for them,
/// and throws. Apart from that, everything is like ``gather(_:limit:names:)``.
///
/// - Parameters:
///   - operations: What to run.
///   - limit: How many may run at any time, at least 1; all of them if `nil`.
///   - names: What to call the child tasks in traces; "gather 1" and so on where it has no name.
/// - Returns: The outcome of each operation, in argument order.
/// - Throws: `CancellationError` if the caller is cancelled; or ``InvalidLimit``.
nonisolated(nonsending) public func gatherOutcomes<Success: Sendable>(
  _ operations: (nonisolated(nonsending) @Sendable () async throws -> Success)...,
  limit: Int? = nil, names: [String] = []
) async throws -> [Result<Success, any Error>] {
  try await runChildren(operations.count, limit: limit, isolation: #isolation) { index in
    names.indices.contains(index) ? names[index] : nil
  } operation: { index in
    await Result(catching: operations[index])
  }
}

/// Runs the operations of an array side by side, and keeps what came of each: a value or an error.
///
/// ```swift
/// let operations: [@Sendable () async throws -> String] = [askAnn, askBob]
/// let outcomes = try await gatherOutcomes(operations)
/// ```
///
/// In everything, it is like the form that takes the operations one by one.
///
/// - Parameters:
///   - operations: What to run.
///   - limit: How many may run at any time, at least 1; all of them if `nil`.
///   - names: What to call the child tasks in traces; "gather 1" and so on where it has no name.
/// - Returns: The outcome of each operation, in the order of the array.
/// - Throws: `CancellationError` if the caller is cancelled; or ``InvalidLimit``.
nonisolated(nonsending) public func gatherOutcomes<Success: Sendable>(
  _ operations: [@Sendable () async throws -> Success], limit: Int? = nil, names: [String] = []
) async throws -> [Result<Success, any Error>] {
  try await runChildren(operations.count, limit: limit, isolation: #isolation) { index in
    names.indices.contains(index) ? names[index] : nil
  } operation: { index in
    await Result(catching: operations[index])
  }
}

/// Runs an operation on every item, side by side, and keeps what came of each: a value or an error.
///
/// ```swift
/// let outcomes = try await gatherOutcomes(urls, limit: 4) { url in try await fetch(url) }
/// ```
///
/// It treats failure and cancellation like ``gatherOutcomes(_:limit:names:)``.
///
/// - Parameters:
///   - items: What to run it on. Read to the end before the first child starts.
///   - limit: How many may run at any time, at least 1; all of them if `nil`.
///   - name: What to call an item's child task in traces; "gather 1" and so on if `nil`.
///   - operation: What to run.
/// - Returns: The outcome for each item, in the order of the items.
/// - Throws: `CancellationError` if the caller is cancelled; or ``InvalidLimit``.
nonisolated(nonsending) public func gatherOutcomes<Items: Sequence, Success: Sendable>(
  _ items: Items, limit: Int? = nil, name: ((Items.Element) -> String)? = nil,
  operation: nonisolated(nonsending) @escaping @Sendable (Items.Element) async throws -> Success
) async throws -> [Result<Success, any Error>] where Items.Element: Sendable {
  let items = Array(items)
  return try await runChildren(items.count, limit: limit, isolation: #isolation) { index in
    name?(items[index])
  } operation: { index in
    await Result { try await operation(items[index]) }
  }
}

/// A limit on how many run at once that would let nothing run.
public struct InvalidLimit: Error, Hashable, CustomStringConvertible {
  /// The limit that was asked for.
  public let limit: Int

  /// The misuse, and what to do about it.
  public var description: String {
    "limit \(limit) lets nothing run: use 1 or more, or leave it out for no limit"
  }
}

// MARK: - The children

/// Runs `count` children, at most `limit` at a time, and collects their values.
private func runChildren<Success: Sendable>(
  _ count: Int, limit: Int?, isolation: isolated (any Actor)?, name: (Int) -> String?,
  operation: nonisolated(nonsending) @escaping @Sendable (Int) async throws -> Success
) async throws -> [Success] {
  if let limit, limit < 1 { throw InvalidLimit(limit: limit) }
  try Task.checkCancellation()
  var successes = [Success?](repeating: nil, count: count)
  // Children may start in another order than they were added. Who sets a limit means an order.
  let startingLine = limit == nil ? nil : StartingLine()

  // An error that leaves this scope cancels the children that still run, and waits for them.
  try await withThrowingTaskGroup(of: (Int, Success).self) { group in
    _ = isolation
    for index in 0..<count {
      // The window: one more may start for each that has ended.
      if let limit, index >= limit, let (ended, success) = try await group.next() {
        successes[ended] = success
      }
      // A name costs a third of what the child does: one that nobody chose is for whoever watches.
      let name = name(index) ?? (Observation.isActive ? "gather \(index + 1)" : nil)
      let isAdded = group.addTaskUnlessCancelled(name: name) {
        await startingLine?.start(index)
        return (index, try await operation(index))
      }
      guard isAdded else { throw CancellationError() }
    }
    while let (ended, success) = try await group.next() { successes[ended] = success }
  }
  // Children may have overlooked that they were cancelled. The caller shall not.
  try Task.checkCancellation()
  return successes.compactMap(\.self)
}
