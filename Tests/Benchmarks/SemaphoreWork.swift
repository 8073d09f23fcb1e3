import AsyncPrimitives

/// Permits that are free, and permits that many want: they yield while they hold one.
enum SemaphoreWork {
  static let all = [
    uncontended(permits: 1), uncontended(permits: 10),
    contended(permits: 1, tasks: 100), contended(permits: 10, tasks: 100),
    contended(permits: 1, tasks: 1_000), contended(permits: 10, tasks: 1_000),
  ]

  private static func uncontended(permits: Int) -> Work {
    Work(
      "semaphore-\(permits)-uncontended", "semaphore(\(permits)), uncontended",
      operations: 100_000, goal: 3, nativeWay: "an actor that keeps continuations"
    ) { operations in
      let semaphore = AsyncSemaphore(limit: permits)
      return try await stopwatch {
        for _ in 0..<operations { try await semaphore.withPermit { section() } }
      }
    } native: { operations in
      let semaphore = ActorSemaphore(permits: permits)
      return try await stopwatch {
        for _ in 0..<operations {
          try await semaphore.acquire()
          section()
          await semaphore.release()
        }
      }
    }
  }

  private static func contended(permits: Int, tasks: Int) -> Work {
    Work(
      "semaphore-\(permits)-\(tasks)-tasks", "semaphore(\(permits)), \(tasks) tasks",
      operations: 10_000, goal: 2.5, nativeWay: "an actor that keeps continuations"
    ) { operations in
      let semaphore = AsyncSemaphore(limit: permits)
      return try await contest(tasks: tasks, operations: operations) { share in
        for _ in 0..<share {
          try await semaphore.withPermit { await Task.yield() }
        }
      }
    } native: { operations in
      let semaphore = ActorSemaphore(permits: permits)
      return try await contest(tasks: tasks, operations: operations) { share in
        for _ in 0..<share {
          try await semaphore.acquire()
          await Task.yield()
          await semaphore.release()
        }
      }
    }
  }
}
