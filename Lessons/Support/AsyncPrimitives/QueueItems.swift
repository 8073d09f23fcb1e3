/// The items of a queue, one by one, for a `for` loop; see ``AsyncQueue/items``.
///
/// The loop takes each item out of the queue. It ends when the queue has been shut down and nothing
/// is left in it, and throws `CancellationError` when its task is cancelled, so that the two cannot
/// be confused. Several loops share the items among them, and a loop that is cancelled or left takes
/// nothing from the others: that is what an `AsyncStream` does not do.
public struct QueueItems<Element: Sendable>: AsyncSequence, Sendable {
  let source: any ItemSource<Element>

  /// Returns an iterator over what is in the queue, and what will be.
  public func makeAsyncIterator() -> Iterator {
    Iterator(source: source)
  }

  /// Takes one item after the other out of the queue.
  public struct Iterator: AsyncIteratorProtocol, Sendable {
    let source: any ItemSource<Element>

    /// Takes the next item, waiting for it if need be; `nil` at the end.
    ///
    /// - Throws: `CancellationError` if the task is cancelled, now or while it waits. It takes
    ///   nothing then.
    public func next(
      isolation actor: isolated (any Actor)?
    ) async throws(CancellationError) -> Element? {
      try await source.next()
    }
  }
}

/// Where a loop gets its items from.
protocol ItemSource<Element>: Sendable {
  associatedtype Element: Sendable

  /// The next item; `nil` when there will be none.
  nonisolated(nonsending) func next() async throws(CancellationError) -> Element?
}

extension QueueCore: ItemSource {}
