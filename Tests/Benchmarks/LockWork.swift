import AsyncPrimitives

/// A lock that nobody else wants, and one that many want: they yield while they hold it.
enum LockWork {
  static let all = [
    uncontended,
    contended(tasks: 8, operations: 8_000),
    contended(tasks: 100, operations: 10_000),
  ]

  private static let uncontended = Work(
    "lock-uncontended", "lock, uncontended", operations: 100_000, goal: 3,
    nativeWay: "an actor that keeps continuations"
  ) { operations in
    let lock = AsyncLock()
    return try await stopwatch {
      for _ in 0..<operations { try await lock.withLock { section() } }
    }
  } native: { operations in
    let lock = ActorLock()
    return try await stopwatch {
      for _ in 0..<operations {
        try await lock.lock()
        section()
        await lock.unlock()
      }
    }
  }

  private static func contended(tasks: Int, operations: Int) -> Work {
    Work(
      "lock-\(tasks)-tasks", "lock, \(tasks) tasks", operations: operations, goal: 2.5,
      nativeWay: "an actor that keeps continuations"
    ) { operations in
      let lock = AsyncLock()
      return try await contest(tasks: tasks, operations: operations) { share in
        for _ in 0..<share {
          try await lock.withLock { await Task.yield() }
        }
      }
    } native: { operations in
      let lock = ActorLock()
      return try await contest(tasks: tasks, operations: operations) { share in
        for _ in 0..<share {
          try await lock.lock()
          await Task.yield()
          await lock.unlock()
        }
      }
    }
  }
}
