/// Has the caller's closure run by another task, for a caller that waits until it has ended.
///
/// The closure need be neither `@Sendable` nor escaping: it runs on the caller's actor, and can use
/// the caller's variables, as it could in the caller's own task.
///
/// This is why the loan may be `nonisolated(unsafe)`: the caller is in here from beginning to end,
/// and does not touch it while `body` runs. `body` starts one task, which fulfils the loan on the
/// caller's actor, and returns when that task has ended. So at any time, one of the two has it.
///
/// - Parameters:
///   - operation: What to run.
///   - isolation: Where the caller runs.
///   - body: Receives the work of the other task. It starts the task, and waits for its end.
/// - Returns: What came of the operation.
func onBehalfOfCaller<Success>(
  _ operation: nonisolated(nonsending) () async throws -> Success,
  isolation: isolated (any Actor)?,
  _ body: (_ work: @escaping @Sendable () async -> Void) async -> Void
) async -> Result<Success, any Error> {
  await withoutActuallyEscaping(operation) { operation in
    nonisolated(unsafe) let loan = Loan(operation)
    await body { await loan.fulfil(on: isolation) }
    return loan.takeBack()
  }
}

/// A closure that another task runs, and what came of it.
private final class Loan<Success> {
  private var operation: (nonisolated(nonsending) () async throws -> Success)?
  private var outcome: Result<Success, any Error>?

  init(_ operation: nonisolated(nonsending) @escaping () async throws -> Success) {
    self.operation = operation
  }

  func fulfil(on isolation: isolated (any Actor)?) async {
    guard let operation else { return }
    outcome = await Result(catching: operation)
  }

  /// Ends the loan. The task may still be torn down, a moment after its end was seen: it shall find
  /// nothing of the caller's.
  func takeBack() -> Result<Success, any Error> {
    defer { (operation, outcome) = (nil, nil) }
    return outcome ?? .failure(CancellationError())
  }
}
