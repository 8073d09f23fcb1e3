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
/// ``asCompleted(_:name:operation:body:)``, which leaves none behind.
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
