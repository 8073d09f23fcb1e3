import Synchronization

/// Runs an operation that goes on when the caller is cancelled.
///
/// ```swift
/// try await shield { try await save(document) }  // begun is half saved: finish it
/// ```
///
/// The operation is an unstructured task, which the caller's cancellation does not reach. The
/// *caller* does not wait for it then: to clean up, and not leave before it is done, use
/// ``withCancellationShield(_:)``.
///
/// - **Cancellation**: a caller that is cancelled while it waits throws `CancellationError` at once;
///   the operation goes on to its end. A caller that is cancelled already starts nothing.
/// - **Failure**: the operation's error is thrown. If the caller has gone, it is reported as an
///   ``UnretrievedError``.
/// - **What suspends**: the caller, until the operation has ended or the caller is cancelled.
/// - **Cost**: an unstructured task.
///
/// The twin of `asyncio.shield`. Nothing keeps the *program* alive for the operation: who must know
/// that it is done starts a ``TaskHandle``, keeps it, and shields the wait for it with
/// ``shield(_:)``.
///
/// - Parameters:
///   - name: What to call the operation's task; the place that starts it if `nil`.
///   - fileID: Where it is started, for the name.
///   - line: Where it is started, for the name.
///   - operation: What to run. It runs off any actor, unless the closure says where.
/// - Returns: What the operation returns.
/// - Throws: What the operation throws; or `CancellationError` if the caller is cancelled.
nonisolated(nonsending) public func shield<Success: Sendable>(
  name: String? = nil, fileID: StaticString = #fileID, line: UInt = #line,
  operation: sending @escaping @isolated(any) () async throws -> Success
) async throws -> Success {
  if Observation.isActive { await Observation.mayInterleave() }
  try Task.checkCancellation()
  let audience = Audience()
  let handle = TaskHandle(name: name, fileID: fileID, line: line) {
    let outcome = await Result(catching: operation)
    if case .failure(let error) = outcome { audience.hear(of: error) }
    return try outcome.get()
  }
  do {
    return try await handle.value
  } catch {
    // The operation may fail later, or have failed at this moment: somebody has to hear of it, once.
    if error is CancellationError { audience.leave(of: handle.name) }
    throw error
  }
}

/// Waits for a task without passing on the caller's cancellation.
///
/// ```swift
/// let saving = TaskHandle(name: "save") { try await save(document) }
/// try await shield(saving)
/// ```
///
/// The same as awaiting the handle's ``TaskHandle/value``, which leaves its task alone; it says so
/// to the reader. It throws `CancellationError` if the caller is cancelled, at once, and
/// also if the *task* was cancelled: ``TaskHandle/isCancelled`` tells the two apart. Does not suspend
/// if the task is done. The error of a task whose waiter has gone is not reported: the handle's owner
/// can still see it.
///
/// - Parameter handle: The task.
/// - Returns: What the task returned.
/// - Throws: What the task threw; or `CancellationError` if the caller is cancelled.
nonisolated(nonsending) public func shield<Success: Sendable>(
  _ handle: TaskHandle<Success>
) async throws -> Success {
  try await handle.value
}

/// Runs `body` in such a way that it does not see that its task is cancelled, and waits for its end.
///
/// For clean-up code that itself has to await. In a cancelled task, every sleep and every wait throws
/// at once; in here, they work.
///
/// ```swift
/// defer { print("left") }
/// try await withCancellationShield { try await connection.close() }  // closes, cancelled or not
/// try Task.checkCancellation()                                       // here it is seen again
/// ```
///
/// `body` runs in a task of its own, which is waited for whatever happens, on the caller's actor and
/// with the caller's variables.
///
/// - **Cancellation**: it is delayed. Inside, `Task.isCancelled` is false; what follows after the
///   scope sees the cancellation. Shields may be nested: it is seen when the outermost is left.
/// - **Limits**: it cannot be cut short from outside, so keep it short. ``withTimeout(_:clock:operation:)``
///   works inside.
/// - **What suspends**: the caller, unless `body` ends without suspending.
/// - **Cost**: one task.
///
/// After the scopes of trio and anyio. Swift 6.4 has it in the language, as
/// `withTaskCancellationShield` (SE-0504).
///
/// - Parameter body: What to run.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws.
nonisolated(nonsending) public func withCancellationShield<Success>(
  _ body: nonisolated(nonsending) () async throws -> Success
) async throws -> Success {
  if Observation.isActive { await Observation.mayInterleave() }
  let name = Observation.isActive ? Task.name : nil
  return try await onBehalfOfCaller(body, isolation: #isolation) { work in
    let watched = Observation.isActive ? WatchedBody() : nil
    let task = Task.immediate(
      name: name.map { "\($0), shielded" } ?? "shield", executorPreference: Observation.host
    ) {
      await work()
      watched?.didEnd()
    }
    watched?.willWait(name: name)
    await task.value
  }.get()
}

/// The body of a scope, while somebody watches what tasks wait for.
private final class WatchedBody: Sendable {
  private let isOver = Atomic(false)

  func didEnd() { isOver.store(true, ordering: .relaxed) }

  func willWait(name: String?) {
    guard !isOver.load(ordering: .relaxed) else { return }
    Observation.willWait(
      for: .init(
        id: ObjectIdentifier(self), kind: "shielded body", name: name, event: "to end"))
  }
}

/// Who hears of a shielded operation's error: the caller, or if that has gone, the handler.
private final class Audience: Sendable {
  private enum State {
    case waiting
    case failed(any Error)
    case left(name: String)
    case over
  }

  private let state = Mutex(State.waiting)
  private let handler = UnretrievedError.handler

  /// The operation has failed.
  func hear(of error: any Error) {
    report(
      state.withLock { state in
        switch state {
        case .waiting:
          state = .failed(error)
          return nil
        case .left(let name):
          state = .over
          return (name, error)
        case .failed, .over: return nil
        }
      })
  }

  /// The caller has gone, and has not heard what came of the operation.
  func leave(of name: String) {
    report(
      state.withLock { state in
        switch state {
        case .waiting:
          state = .left(name: name)
          return nil
        case .failed(let error):
          state = .over
          return (name, error)
        case .left, .over: return nil
        }
      })
  }

  private func report(_ unheard: (name: String, error: any Error)?) {
    guard let (name, error) = unheard, !(error is CancellationError) else { return }
    handler(UnretrievedError(source: "the shielded task “\(name)”", error: error))
  }
}
