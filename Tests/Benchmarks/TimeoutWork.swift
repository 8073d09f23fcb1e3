import AsyncPrimitives

/// A timeout around an operation that need not suspend.
enum TimeoutWork {
  static let all = [ready]

  private static let ready = Work(
    "timeout-ready", "timeout, operation is ready", operations: 10_000,
    nativeWay: "a task group in which the operation races a sleep"
  ) { operations in
    try await stopwatch {
      for number in 0..<operations {
        let result = try await withTimeout(.seconds(60)) { number }
        precondition(result == number)
      }
    }
  } native: { operations in
    try await stopwatch {
      for number in 0..<operations {
        let result = try await race(for: .seconds(60)) { number }
        precondition(result == number)
      }
    }
  }

  private static func race<Success: Sendable>(
    for limit: Duration, _ operation: @escaping @Sendable () async throws -> Success
  ) async throws -> Success {
    try await withThrowingTaskGroup(of: Success.self) { group in
      group.addTask(operation: operation)
      group.addTask {
        try await Task.sleep(for: limit)
        throw CancellationError()
      }
      defer { group.cancelAll() }
      guard let first = try await group.next() else { throw CancellationError() }
      return first
    }
  }
}
