/// Runs an operation, and cancels it when a time has passed.
///
/// ```swift
/// let page = try await withTimeout(.seconds(2)) { try await fetch("a") }
/// ```
///
/// The operation runs in a child task, in the caller's place: on its actor, with its variables,
/// with no need for them to be `Sendable`. It is the child that is cancelled and never the caller,
/// who can handle the error and go on.
///
/// - **Time is up**: the operation is cancelled and *awaited*, and then this throws
///   ``TimeoutError``. It cannot return before the operation has: one that ignores its
///   cancellation makes it late. ``withAbandoningTimeout(_:name:clock:operation:)`` leaves such a
///   one behind.
/// - **An operation that returns all the same**: its value is returned, late or not. What it has
///   taken, a lock or an element of a queue, is not lost.
/// - **An operation that throws**: its error is thrown, before the time is up and after. Only when
///   it ends by `CancellationError`, because of the timeout, does that turn into `TimeoutError`.
/// - **Cancellation**: a cancelled caller's operation is cancelled and awaited; if it ends by
///   `CancellationError`, that is thrown, also if the time is up as well. A caller that is cancelled
///   already runs the operation, which sees that it is cancelled, as it would without a timeout.
/// - **Zero, or less**: the operation runs until it suspends for the first time, and is cancelled
///   there. One that need not suspend completes. (`asyncio.wait_for` does not start it.)
/// - **Nesting**: the inner time may be up first: the outer one goes on. When both are up at the
///   same moment, or the outer one is earlier, it is the outer one that throws `TimeoutError`.
/// - **What suspends**: the caller, unless the operation ends without suspending.
/// - **Cost**: one child task; a second one, which sleeps, if the operation suspends. Both are gone
///   when this returns, on every way out.
///
/// The twin of `asyncio.timeout` and `asyncio.wait_for`.
///
/// - Parameters:
///   - timeout: How long the operation may take, on `clock`. With `nil` there is no limit and no
///     timer, and the operation runs in the caller's own task.
///   - clock: What measures the time.
///   - operation: What to run.
/// - Returns: What the operation returns.
/// - Throws: ``TimeoutError``; or what the operation throws.
nonisolated(nonsending) public func withTimeout<Success, C: Clock<Duration>>(
  _ timeout: Duration?, clock: C = ContinuousClock(),
  operation: nonisolated(nonsending) () async throws -> Success
) async throws -> Success {
  guard let timeout else { return try await operation() }
  return try await TimeoutScope(timeout, clock: clock).run(operation)
}

/// Runs an operation, and cancels it when a moment has come.
///
/// ```swift
/// let deadline = ContinuousClock.now + .seconds(10)  // one deadline for all of it
/// let user = try await withTimeout(until: deadline) { try await fetch("user") }
/// let page = try await withTimeout(until: deadline) { try await fetch(user) }
/// ```
///
/// In everything else, it is like ``withTimeout(_:clock:operation:)``. The twin of
/// `asyncio.timeout_at`.
///
/// - Parameters:
///   - deadline: When the time is up; `nil` for no limit. It may lie in the past.
///   - clock: Whose moment that is.
///   - operation: What to run.
/// - Returns: What the operation returns.
/// - Throws: ``TimeoutError``; or what the operation throws.
nonisolated(nonsending) public func withTimeout<Success, C: Clock<Duration>>(
  until deadline: C.Instant?, clock: C = ContinuousClock(),
  operation: nonisolated(nonsending) () async throws -> Success
) async throws -> Success {
  guard let deadline else { return try await operation() }
  return try await TimeoutScope(until: deadline, clock: clock).run(operation)
}

/// Runs an operation with a limit of time that it can move.
///
/// ```swift
/// try await withTimeout(.seconds(30)) { scope in
///   for try await message in messages {
///     try scope.reschedule(after: .seconds(30))  // thirty seconds of silence, not of work
///     print(message)
///   }
/// }
/// ```
///
/// In everything else, it is like ``withTimeout(_:clock:operation:)``; with a timeout of `nil`, the
/// operation runs in a child task all the same, since it may set a limit later. For a limit that is
/// a moment, or one that others can move, make a ``TimeoutScope``.
///
/// - Parameters:
///   - timeout: How long the operation may take; `nil` for no limit so far.
///   - operation: What to run. It receives the scope that it runs in.
/// - Returns: What the operation returns.
/// - Throws: ``TimeoutError``; or what the operation throws.
nonisolated(nonsending) public func withTimeout<Success>(
  _ timeout: Duration?,
  operation: nonisolated(nonsending) (TimeoutScope<ContinuousClock>) async throws -> Success
) async throws -> Success {
  try await withTimeout(timeout, clock: ContinuousClock(), operation: operation)
}

/// Runs an operation with a limit of time, on a clock of your choice, that it can move.
///
/// In everything, it is like the form without a clock.
///
/// - Parameters:
///   - timeout: How long the operation may take, on `clock`; `nil` for no limit so far.
///   - clock: What measures the time.
///   - operation: What to run. It receives the scope that it runs in.
/// - Returns: What the operation returns.
/// - Throws: ``TimeoutError``; or what the operation throws.
nonisolated(nonsending) public func withTimeout<Success, C: Clock<Duration>>(
  _ timeout: Duration?, clock: C,
  operation: nonisolated(nonsending) (TimeoutScope<C>) async throws -> Success
) async throws -> Success {
  let scope = TimeoutScope(timeout, clock: clock)
  return try await scope.run { try await operation(scope) }
}

/// An operation was cancelled because its time was up.
public struct TimeoutError: Error, Hashable, CustomStringConvertible {
  /// How much time it had.
  public let limit: Duration

  /// Makes the error, for code of your own that keeps a limit.
  public init(limit: Duration) {
    self.limit = limit
  }

  /// The limit, in words.
  public var description: String { "the operation was not done within \(limit)" }
}

/// A use of a ``TimeoutScope`` that cannot be right.
public enum TimeoutScopeError: Error, Hashable, CustomStringConvertible {
  /// A scope was entered that had been entered before: each serves one operation.
  case enteredTwice
  /// A limit was moved after the time was up.
  case expired
  /// A limit was moved after the operation had ended.
  case ended

  /// The misuse, and what to do about it.
  public var description: String {
    switch self {
    case .enteredTwice: "run() of a timeout scope that was entered before: make a new one"
    case .expired: "reschedule() of a timeout whose time is up: the operation is cancelled already"
    case .ended: "reschedule() of a timeout whose operation has ended"
    }
  }
}
