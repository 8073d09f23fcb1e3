/// Hands items from the tasks that make them to the tasks that use them, first in, first out.
///
/// With a capacity, the makers cannot get ahead of the users by more than that: `put` waits for
/// room. That is back-pressure, and what `AsyncStream` lacks.
///
/// ```swift
/// let orders = AsyncQueue<Order>(capacity: 10, name: "orders")
/// try await withThrowingTaskGroup { group in
///   for _ in 1...3 {
///     group.addTask {
///       for try await order in orders.items {
///         try await cook(order)
///         try orders.taskDone()
///       }
///     }
///   }
///   for order in guests { try await orders.put(order) }
///   orders.shutdown()         // no more orders: the loops end when all are taken
///   try await orders.join()   // and here all are done
/// }
/// ```
///
/// - **What suspends**: `put` while the queue is full, `get` while it is empty, `join` while
///   something is unfinished. If not, they neither suspend nor yield, and allocate nothing but room
///   for the items. The `try` forms and `shutdown` never suspend: call them from any thread,
///   `deinit` or cancellation handler.
/// - **Fairness**: strictly first come, first served, whatever the priorities. `put` hands its item
///   to the task that has waited longest for one; `get` gives its room to the task that has waited
///   longest for that, whose item is then in the queue. Nobody overtakes, not even the `try` forms
///   (asyncio lets them).
/// - **Cancellation**: a task that is cancelled while it waits leaves the line at once and throws
///   `CancellationError`: a `get` has taken nothing then, a `put` has put nothing. So does one that
///   is cancelled already, even if it need not wait. One that was handed an item, or whose item
///   has been let in, returns normally, however soon after it is cancelled. So no item is lost, and
///   none is put twice by a retry. Clean-up code uses the forms that ignore cancellation.
/// - **Shutdown**: from ``shutdown(immediate:)`` on, nothing gets in. Tasks that wait to put fail,
///   and their items are not enqueued (Kotlin's `close` still delivers them).
/// - **Cost**: some 40 ns for a `put` or `get` that need not wait; a park and a wake-up of a task
///   when it must. Memory follows the content, not the capacity. An item is released where it was
///   taken, never while the queue is locked.
///
/// The twin of `asyncio.Queue`, with the shutdown of Python 3.13; that nobody overtakes is trio's.
/// In production, an `AsyncStream` will do for a single consumer that keeps up with its producers,
/// and an `AsyncChannel` of swift-async-algorithms where each item is handed over in person.
public final class AsyncQueue<Element: Sendable>: Sendable {
  @usableFromInline let core: QueueCore<Ring<Element>>

  /// Makes an empty queue. It need not be made in a task, and serves tasks on any executor.
  ///
  /// - Parameters:
  ///   - capacity: How many items it holds at most, at least 1; as many as come if `nil`. It is a
  ///     programming error, and traps, to ask for 0 or less: in asyncio that means no limit, which
  ///     a computed capacity should not come to mean by accident.
  ///   - name: What errors and a report of a deadlock should call it.
  public init(capacity: Int? = nil, name: String? = nil) {
    core = QueueCore(Ring(), capacity: capacity, kind: "queue", name: name)
  }

  /// What the queue is called in errors and in reports of a deadlock.
  public var name: String? { core.name }

  /// How many items the queue holds at most; `nil` if as many as come.
  public var capacity: Int? { core.capacity }

  /// How many items can be taken. What was handed over to a waiting task does not count.
  public var count: Int { core.count }

  /// Whether no item can be taken.
  public var isEmpty: Bool { core.count == 0 }

  /// Whether there is no room: never so without a capacity.
  public var isFull: Bool { core.isFull }

  /// Whether ``shutdown(immediate:)`` was called. There may still be items to take.
  public var isShutDown: Bool { core.isShutDown }

  /// What the queue holds and who waits, at this moment.
  public var statistics: QueueStatistics { core.statistics }

  // MARK: - Putting

  /// Puts an item behind all others, waiting for room if need be.
  ///
  /// - Throws: `CancellationError` if the task is cancelled, now or while it waits;
  ///   ``QueueError/shutDown(_:)`` if the queue is shut down, now or meanwhile. The item is not in
  ///   the queue then, and will not be.
  @inlinable nonisolated(nonsending) public func put(_ element: Element) async throws {
    try await core.put(element)
  }

  /// Puts an item behind all others, waiting for room if need be, cancelled or not.
  ///
  /// For clean-up code, such as giving back what a cancelled task has not worked off.
  ///
  /// - Throws: ``QueueError/shutDown(_:)`` if the queue is shut down, now or meanwhile.
  nonisolated(nonsending) public func putIgnoringCancellation(
    _ element: Element
  ) async throws(QueueError) {
    try await core.putIgnoringCancellation(element)
  }

  /// Puts an item behind all others if there is room. Never suspends, and does not look at
  /// cancellation.
  ///
  /// - Throws: ``QueueError/full(_:)`` or ``QueueError/shutDown(_:)``. Nothing has changed then.
  @inlinable public func tryPut(_ element: Element) throws(QueueError) {
    try core.tryPut(element)
  }

  // MARK: - Getting

  /// Takes the oldest item, waiting for one if need be.
  ///
  /// - Throws: `CancellationError` if the task is cancelled, now or while it waits;
  ///   ``QueueError/shutDown(_:)`` if the queue is shut down and empty, now or meanwhile. It has
  ///   taken nothing then.
  @inlinable nonisolated(nonsending) public func get() async throws -> Element {
    try await core.get()
  }

  /// Takes the oldest item, waiting for one if need be, cancelled or not.
  ///
  /// For clean-up code.
  ///
  /// - Throws: ``QueueError/shutDown(_:)`` if the queue is shut down and empty, now or meanwhile.
  nonisolated(nonsending) public func getIgnoringCancellation() async throws(QueueError)
    -> Element
  {
    try await core.getIgnoringCancellation()
  }

  /// Takes the oldest item if there is one. Never suspends, and does not look at cancellation.
  ///
  /// - Throws: ``QueueError/empty(_:)``; or ``QueueError/shutDown(_:)`` if there will be no more.
  @inlinable public func tryGet() throws(QueueError) -> Element {
    try core.tryGet()
  }

  /// The items as they come, for a `for try await` loop that ends at the shutdown.
  public var items: Items { Items(core: core) }

  // MARK: - Finishing

  /// Says that an item, once taken, has been worked off: ``join()`` waits for that.
  ///
  /// A queue that nobody joins needs none of this. Which item it was is not asked, nor which task
  /// took it.
  ///
  /// - Throws: ``QueueError/nothingInFlight(_:)`` if all that was taken is done already. asyncio
  ///   notices only when all that was *put* is done, which may be too late: `join` has returned.
  public func taskDone() throws(QueueError) {
    try core.taskDone()
  }

  /// Waits until every item that was put has been taken and is done.
  ///
  /// Returns at once if nothing is unfinished. All who wait wake up when the last item is done, also
  /// if another is put a moment later.
  ///
  /// - Throws: `CancellationError` if the task is cancelled, now or while it waits.
  nonisolated(nonsending) public func join() async throws(CancellationError) {
    try await core.join()
  }

  /// Waits until every item that was put has been taken and is done, cancelled or not.
  ///
  /// For clean-up code.
  nonisolated(nonsending) public func joinIgnoringCancellation() async {
    await core.joinIgnoringCancellation()
  }

  /// Lets nothing more in, and wakes everybody who would wait for ever.
  ///
  /// Tasks that wait to put throw ``QueueError/shutDown(_:)``, and so do tasks that wait to get, for
  /// there is nothing. What the queue holds can still be taken, unless it is immediate: then it is
  /// dropped, and counts as done, so that ``join()`` waits only for what has been taken.
  ///
  /// Call it as often as you like: an immediate shutdown may follow a graceful one.
  ///
  /// - Parameter immediate: Whether to drop what the queue holds.
  /// - Returns: What was dropped, oldest first.
  @discardableResult
  public func shutdown(immediate: Bool = false) -> [Element] {
    core.shutDown(immediately: immediate)
  }
}

extension AsyncQueue {
  /// The items of a queue, one by one, for a `for try await` loop.
  ///
  /// The loop takes each item out of the queue. It ends when the queue has been shut down and nothing
  /// is left, and throws `CancellationError` when its task is cancelled, so that the two cannot be
  /// confused. Several loops share the items; one that is cancelled or left takes nothing from the
  /// others, where an `AsyncStream` would end for all. An item that a loop has taken is not put back.
  public struct Items: AsyncSequence, Sendable {
    fileprivate let core: QueueCore<Ring<Element>>

    /// Returns an iterator over what is there, and what will be.
    public func makeAsyncIterator() -> Iterator { Iterator(core: core) }

    /// Takes one item after the other.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
      @usableFromInline let core: QueueCore<Ring<Element>>

      fileprivate init(core: QueueCore<Ring<Element>>) { self.core = core }

      /// Takes the next item, waiting for it if need be; `nil` at the end.
      ///
      /// - Throws: `CancellationError` if the task is cancelled, now or while it waits. It takes
      ///   nothing then.
      @inlinable public func next(
        isolation actor: isolated (any Actor)?
      ) async throws(CancellationError) -> Element? {
        try await core.next()
      }
    }
  }
}
