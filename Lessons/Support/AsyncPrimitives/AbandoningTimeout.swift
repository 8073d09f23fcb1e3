/// Runs an operation, and stops waiting for it when a time has passed: at once, whether or not the
/// operation ends.
///
/// ```swift
/// let page = try await withAbandoningTimeout(.seconds(2)) { try await fetchStubbornly("a") }
/// ```
///
/// For operations that ignore their cancellation. An abandoned operation **goes on**, in an
/// unstructured task that nobody waits for, with all that it holds: its connection, its memory, a
/// lock. What comes of it is dropped. So first try ``withTimeout(_:clock:operation:)``, which leaves
/// nothing behind, and have the operation look at its cancellation.
///
/// - **Time is up**: the operation is cancelled, not awaited, and ``TimeoutError`` is thrown.
/// - **Cancellation**: a cancelled caller abandons the operation too, at once, and throws
///   `CancellationError`. A caller that is cancelled already starts nothing.
/// - **A value that is there when the time is up**: is returned. With a timeout of zero or less the
///   operation is started, and has the time of a `Task.yield` to complete.
/// - **What suspends**: the caller.
/// - **Cost**: an unstructured task, and a child task that sleeps while this waits.
///
/// The operation runs off the caller's actor, and what it uses must be `Sendable`: it may well
/// outlive its caller.
///
/// - Parameters:
///   - timeout: How long to wait, on `clock`; as long as it takes if `nil`.
///   - name: What to call the operation's task; the place that starts it if `nil`.
///   - clock: What measures the time.
///   - fileID: Where it is started, for the name.
///   - line: Where it is started, for the name.
///   - operation: What to run.
/// - Returns: What the operation returns.
/// - Throws: ``TimeoutError``; what the operation throws; or `CancellationError` if the caller is
///   cancelled.
nonisolated(nonsending) public func withAbandoningTimeout<Success: Sendable>(
  _ timeout: Duration?, name: String? = nil, clock: any Clock<Duration> = ContinuousClock(),
  fileID: StaticString = #fileID, line: UInt = #line,
  operation: sending @escaping @isolated(any) () async throws -> Success
) async throws -> Success {
  if Observation.isActive { await Observation.mayInterleave() }
  try Task.checkCancellation()
  let handle = TaskHandle(name: name, fileID: fileID, line: line, operation: operation)
  // Does nothing to one that is done.
  defer { handle.cancel() }
  let (done, _) = try await wait(for: [handle], timeout: timeout, clock: clock)
  guard done.isEmpty else { return try handle.result() }
  throw TimeoutError(limit: timeout ?? .zero)
}
