import Synchronization

/// A value that will be there later: set once, by whoever has it, and awaited by any number of tasks.
///
/// It is what ties code that calls back to code that awaits, and a promise that several tasks can
/// wait for. For a value that a *task* computes, use a ``TaskHandle``.
///
/// ```swift
/// let answer = Future<Int>("answer")
/// startCalculation { number in try? answer.succeed(number) }
/// print(try await answer.value)
/// ```
///
/// - **What suspends**: ``value`` and ``valueIgnoringCancellation``, and only while the outcome is not
///   set. All else may be called from any task, thread, `deinit` or cancellation handler.
/// - **Fairness**: those who wait are woken in the order in which they came, whatever their priorities.
/// - **Cancellation**: cancelling a *task* that waits ends its wait only; the future and the others
///   are not disturbed. (asyncio cancels the future.) A task that is cancelled already throws even if
///   the value is there. One that was woken by the outcome has it, however soon after it is
///   cancelled. Cancelling the *future*, with ``cancel()``, makes all who wait throw
///   `CancellationError`.
/// - **Misuse**: a second outcome throws ``FutureError/alreadyDone(_:)``.
/// - **Errors that nobody asks for**: a future that failed, and is dropped without anybody having
///   looked, reports an ``UnretrievedError``.
/// - **Cost**: some 50 ns for a value that is there; a park and a wake-up for one that is not.
///
/// The semantics are those of asyncio's `Future`, apart from the cancellation of a waiter. In
/// production, `withCheckedContinuation` will do where one task waits and the callback is sure to
/// come.
public final class Future<Success: Sendable>: Sendable {
  /// What the future is called in reports.
  public let name: String?

  private let state = Mutex(State())
  private let unretrieved = UnretrievedError.handler

  /// Makes a future that has no outcome yet.
  ///
  /// - Parameter name: What reports should call it.
  public init(_ name: String? = nil) {
    self.name = name
  }

  deinit {
    let (waiting, unseen) = state.withLock { ($0.waiters.count, $0.unseenError) }
    // A task that waits keeps its future alive, so that this is our bug, if ever it happens.
    if waiting > 0 {
      fatalError("\(resource) was dropped while tasks wait for it: \(waiting)")
    }
    if let unseen {
      let source = name.map { "future “\($0)”" } ?? "a future"
      unretrieved(UnretrievedError(source: source, error: unseen))
    }
  }

  // MARK: - How it is doing

  /// Whether the future has an outcome: a value, an error, or that it was cancelled.
  public var isDone: Bool { state.withLock { $0.outcome != nil } }

  /// Whether the future was cancelled, or failed with `CancellationError`.
  public var isCancelled: Bool { state.withLock { $0.outcome?.isCancelled ?? false } }

  /// The outcome; `nil` while there is none. Never suspends.
  public var outcome: Result<Success, any Error>? { state.withLock { $0.retrieve() } }

  /// The value, without suspending.
  ///
  /// - Throws: ``FutureError/notDone(_:)`` while there is no outcome; the error that was set;
  ///   `CancellationError` if the future was cancelled.
  public func result() throws -> Success {
    guard let outcome else { throw FutureError.notDone(name) }
    return try outcome.get()
  }

  /// How many tasks wait. With none, nobody may be interested any more.
  public var waiterCount: Int { state.withLock { $0.waiters.count } }

  /// How many waiters memory is allocated for, for the tests.
  var waiterCapacity: Int { state.withLock { $0.waiters.capacity } }

  // MARK: - Waiting

  /// The value, waiting for it if need be.
  ///
  /// - Throws: The error that was set; `CancellationError` if the future was cancelled, or if the
  ///   *waiting* task is, now or while it waits. ``isCancelled`` tells the two apart.
  nonisolated(nonsending) public var value: Success {
    get async throws {
      if Observation.isActive { await Observation.mayInterleave() }
      try Task.checkCancellation()
      if let ticket = joinUnlessDone() { try await wait(with: ticket) }
      return try result()
    }
  }

  /// The value, waiting for it if need be, whether or not the waiting task is cancelled.
  ///
  /// For clean-up code. The wait cannot be cut short.
  ///
  /// - Throws: The error that was set; `CancellationError` if the future was cancelled.
  nonisolated(nonsending) public var valueIgnoringCancellation: Success {
    get async throws {
      if Observation.isActive { await Observation.mayInterleave() }
      if let ticket = joinUnlessDone() { await waitIgnoringCancellation(with: ticket) }
      return try result()
    }
  }

  /// Puts the current task in line, to be woken when there is an outcome; `nil` if there is one.
  func joinUnlessDone() -> WaiterQueue<Void>.Ticket? {
    state.withLock { $0.outcome == nil ? $0.waiters.join() : nil }
  }

  // MARK: - Setting the outcome

  /// Sets the value, and wakes all who wait.
  ///
  /// - Throws: ``FutureError/alreadyDone(_:)`` if there is an outcome, which stays.
  public func succeed(_ value: Success) throws(FutureError) {
    try complete(with: .success(value))
  }

  /// Sets an error, and wakes all who wait.
  ///
  /// - Throws: ``FutureError/alreadyDone(_:)`` if there is an outcome, which stays.
  public func fail(_ error: any Error) throws(FutureError) {
    try complete(with: .failure(error))
  }

  /// Sets the outcome, and wakes all who wait.
  ///
  /// - Throws: ``FutureError/alreadyDone(_:)`` if there is an outcome, which stays.
  public func complete(with outcome: Result<Success, any Error>) throws(FutureError) {
    guard completeUnlessDone(with: outcome) else { throw .alreadyDone(name) }
  }

  /// Sets the outcome if the future has not been cancelled.
  ///
  /// For a producer that the cancellation may have overtaken, which is not its mistake.
  ///
  /// - Returns: Whether the outcome was set; `false` if the future is cancelled.
  /// - Throws: ``FutureError/alreadyDone(_:)`` if there is another outcome, which stays.
  @discardableResult
  public func completeUnlessCancelled(
    with outcome: Result<Success, any Error>
  ) throws(FutureError) -> Bool {
    if completeUnlessDone(with: outcome) { return true }
    guard isCancelled else { throw .alreadyDone(name) }
    return false
  }

  /// Cancels the future: all who wait, and all who will, throw `CancellationError`.
  ///
  /// It does not stop whoever was to set the value, who hears of it by ``onDone(_:)``.
  ///
  /// - Returns: Whether this gave the future its outcome; `false` if it had one, which stays.
  @discardableResult
  public func cancel() -> Bool {
    completeUnlessDone(with: .failure(CancellationError()))
  }

  private func completeUnlessDone(with outcome: Result<Success, any Error>) -> Bool {
    guard let completion = state.withLock({ $0.complete(with: outcome) }) else { return false }
    // Resumed outside the lock: who wakes up comes straight back for the outcome.
    for waiter in completion.woken { waiter.resume() }
    if completion.startsCalling { startCalling() }
    return true
  }

  // MARK: - Callbacks

  /// Has `callback` called, once, when the future has its outcome.
  ///
  /// Callbacks are called in the order in which they were added, one after the other, by a task of
  /// their own, which is started when there is something to call: never by who sets the outcome or
  /// adds the callback. It may add callbacks, remove them, and complete other futures.
  ///
  /// - Returns: What ``removeCallback(_:)`` takes.
  @discardableResult
  public func onDone(
    _ callback: @escaping @Sendable (Result<Success, any Error>) -> Void
  ) -> DoneCallback<Success> {
    let (registration, startsCalling) = state.withLock { state in
      (state.callbacks.append(callback), state.startsCalling())
    }
    if startsCalling { startCalling() }
    return registration
  }

  /// Takes a callback back that has not been called yet.
  ///
  /// - Returns: Whether there was something to take back: `false` once it has been called.
  @discardableResult
  public func removeCallback(_ callback: DoneCallback<Success>) -> Bool {
    state.withLock { $0.callbacks.remove(callback) }
  }

  /// Gives another future this one's outcome, whatever that will be: value, error, cancellation.
  ///
  /// If the other one has an outcome by then, it stays. Cancelling the other one does not cancel this.
  public func forward(to other: Future) {
    onDone { outcome in _ = other.completeUnlessDone(with: outcome) }
  }

  private func startCalling() {
    let name = name.map { "callbacks of “\($0)”" } ?? "callbacks of a future"
    Task(name: name, executorPreference: Observation.host) {
      while let (callback, outcome) = self.state.withLock({ $0.nextCallback() }) {
        callback(outcome)
      }
    }
  }
}

/// A use of a future that cannot be right.
public enum FutureError: Error, Hashable, CustomStringConvertible {
  /// The outcome was set a second time. It carries the future's name.
  case alreadyDone(String?)
  /// The outcome was asked for while there was none. It carries the future's name.
  case notDone(String?)

  /// The misuse, and what to do about it.
  public var description: String {
    switch self {
    case .alreadyDone(let name):
      "\(Self.future(name)) has its outcome already, and keeps it: set it once"
    case .notDone(let name):
      "\(Self.future(name)) has no outcome yet: look at isDone first, or await its value"
    }
  }

  private static func future(_ name: String?) -> String {
    name.map { "future “\($0)”" } ?? "the future"
  }
}

// MARK: - Waiting

extension Future: WaitingRoom {
  var resource: Observation.Resource {
    Observation.Resource(
      id: ObjectIdentifier(self), kind: "future", name: name, event: "to be set")
  }

  func park(
    _ continuation: WaitContinuation<Void>, with ticket: WaiterQueue<Void>.Ticket
  ) -> Wakeup<Void>? {
    state.withLock { $0.waiters.park(continuation, with: ticket) }
  }

  func withdraw(_ ticket: WaiterQueue<Void>.Ticket) -> Resumption<Void>? {
    state.withLock { $0.waiters.cancel(ticket) }
  }

  /// Nobody is ever in the queue of a future that is done.
  private struct State {
    var outcome: Result<Success, any Error>?
    var isRetrieved = false
    var waiters = WaiterQueue<Void>()
    var callbacks = CallbackLine<Success>()

    /// An error that nobody has seen. Being cancelled is none.
    var unseenError: (any Error)? {
      guard !isRetrieved, let outcome, case .failure(let error) = outcome, outcome.isFailure
      else { return nil }
      return error
    }

    mutating func retrieve() -> Result<Success, any Error>? {
      if outcome != nil { isRetrieved = true }
      return outcome
    }

    mutating func complete(
      with outcome: Result<Success, any Error>
    ) -> (woken: [Resumption<Void>], startsCalling: Bool)? {
      guard self.outcome == nil else { return nil }
      self.outcome = outcome
      var woken: [Resumption<Void>] = []
      while let next = waiters.grantFirst(()) { woken.append(next) }
      return (woken, startsCalling())
    }

    mutating func startsCalling() -> Bool {
      outcome != nil && callbacks.needsCaller()
    }

    mutating func nextCallback() -> (CallbackLine<Success>.Callback, Result<Success, any Error>)? {
      guard let outcome, let callback = callbacks.next() else { return nil }
      isRetrieved = true
      return (callback, outcome)
    }
  }
}
