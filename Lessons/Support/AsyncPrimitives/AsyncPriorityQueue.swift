/// Hands items from task to task, smallest first; of equal ones, the one that was put first.
///
/// ```swift
/// let jobs = AsyncPriorityQueue<Job>(name: "jobs") { $0.urgency > $1.urgency }
/// try await jobs.put(Job("water the plants", urgency: 1))
/// try await jobs.put(Job("put out the fire", urgency: 9))
/// let next = try await jobs.get()   // put out the fire
/// ```
///
/// It is an ``AsyncQueue`` in every respect but the order: back-pressure, fairness among tasks,
/// cancellation, shutdown, `join`. Read there what suspends and what throws. The differences:
///
/// - **Order**: the smallest item comes out first. Equal items come out in the order in which they
///   were put (asyncio's heap shuffles them), a task's priority has no say, and small items keep a
///   large one waiting for as long as they come.
/// - **Waiting for an item**: the item that arrives is promised to the task that has waited longest,
///   and nobody else can take the last one away. But that task takes the item that is the smallest
///   when it *wakes up*, and something smaller may have arrived by then. Of several tasks that have
///   been woken, the first to run takes the smallest.
/// - **Waiting for room**: tasks are let in by arrival, not by the size of what they bring. An item
///   is in the order only once it is in the queue.
/// - **Comparing** happens while the queue is locked: a comparison must not call the queue. If the
///   order of an item changes while it is in the queue, it may come out in the wrong place, and
///   nothing worse: prefer structs.
/// - **Cost**: as for `AsyncQueue`, and a number of comparisons that grows with the logarithm of the
///   number of items.
///
/// The twin of `asyncio.PriorityQueue`.
public final class AsyncPriorityQueue<Element: Sendable>: Sendable {
  @usableFromInline let core: QueueCore<Heap<Element>>

  /// Makes an empty queue whose order is given by a comparison.
  ///
  /// - Parameters:
  ///   - capacity: How many items it holds at most, at least 1, or else it traps; as many as come
  ///     if `nil`.
  ///   - name: What errors and a report of a deadlock should call it.
  ///   - areInIncreasingOrder: Whether the first of two items should be taken before the second: a
  ///     strict weak order, as for `sort(by:)`.
  public init(
    capacity: Int? = nil, name: String? = nil,
    by areInIncreasingOrder: @escaping @Sendable (Element, Element) -> Bool
  ) {
    core = QueueCore(
      Heap(by: areInIncreasingOrder), capacity: capacity, kind: "priority queue", name: name)
  }

  /// Makes an empty queue from which the smallest item comes first.
  ///
  /// - Parameters:
  ///   - capacity: How many items it holds at most, at least 1, or else it traps; as many as come
  ///     if `nil`.
  ///   - name: What errors and a report of a deadlock should call it.
  public convenience init(capacity: Int? = nil, name: String? = nil)
  where Element: Comparable {
    self.init(capacity: capacity, name: name) { $0 < $1 }
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

  /// Puts an item where it belongs, waiting for room if need be.
  ///
  /// - Throws: `CancellationError` if the task is cancelled, now or while it waits;
  ///   ``QueueError/shutDown(_:)`` if the queue is shut down, now or meanwhile. The item is not in
  ///   the queue then, and will not be.
  @inlinable nonisolated(nonsending) public func put(_ element: Element) async throws {
    try await core.put(element)
  }

  /// Puts an item where it belongs, waiting for room if need be, cancelled or not.
  ///
  /// For clean-up code, such as giving back what a cancelled task has not worked off.
  ///
  /// - Throws: ``QueueError/shutDown(_:)`` if the queue is shut down, now or meanwhile.
  nonisolated(nonsending) public func putIgnoringCancellation(
    _ element: Element
  ) async throws(QueueError) {
    try await core.putIgnoringCancellation(element)
  }

  /// Puts an item where it belongs if there is room. Never suspends, and does not look at
  /// cancellation.
  ///
  /// - Throws: ``QueueError/full(_:)`` or ``QueueError/shutDown(_:)``. Nothing has changed then.
  @inlinable public func tryPut(_ element: Element) throws(QueueError) {
    try core.tryPut(element)
  }

  // MARK: - Getting

  /// Takes the first item, waiting for one if need be.
  ///
  /// - Throws: `CancellationError` if the task is cancelled, now or while it waits;
  ///   ``QueueError/shutDown(_:)`` if the queue is shut down and empty, now or meanwhile. It has
  ///   taken nothing then.
  @inlinable nonisolated(nonsending) public func get() async throws -> Element {
    try await core.get()
  }

  /// Takes the first item, waiting for one if need be, cancelled or not.
  ///
  /// For clean-up code.
  ///
  /// - Throws: ``QueueError/shutDown(_:)`` if the queue is shut down and empty, now or meanwhile.
  nonisolated(nonsending) public func getIgnoringCancellation() async throws(QueueError)
    -> Element
  {
    try await core.getIgnoringCancellation()
  }

  /// Takes the first item if there is one. Never suspends, and does not look at cancellation.
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
  /// - Returns: What was dropped, in the order in which it would have been taken.
  @discardableResult
  public func shutdown(immediate: Bool = false) -> [Element] {
    core.shutDown(immediately: immediate)
  }
}

extension AsyncPriorityQueue {
  /// The items of a queue, one by one, for a `for try await` loop.
  ///
  /// The loop takes each item out of the queue. It ends when the queue has been shut down and nothing
  /// is left, and throws `CancellationError` when its task is cancelled, so that the two cannot be
  /// confused. Several loops share the items; one that is cancelled or left takes nothing from the
  /// others, where an `AsyncStream` would end for all. An item that a loop has taken is not put back.
  public struct Items: AsyncSequence, Sendable {
    fileprivate let core: QueueCore<Heap<Element>>

    /// Returns an iterator over what is there, and what will be.
    public func makeAsyncIterator() -> Iterator { Iterator(core: core) }

    /// Takes one item after the other.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
      @usableFromInline let core: QueueCore<Heap<Element>>

      fileprivate init(core: QueueCore<Heap<Element>>) { self.core = core }

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
