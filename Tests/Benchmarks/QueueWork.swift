import AsyncPrimitives

/// Items that pass through a queue, from one task to another and from four to four.
enum QueueWork {
  static let all = [1, 4].flatMap { tasks in
    [bounded(1, tasks: tasks), bounded(64, tasks: tasks), unbounded(tasks: tasks)]
  }

  private static func bounded(_ capacity: Int, tasks: Int) -> Work {
    Work(
      "queue-\(capacity)-\(tasks)-to-\(tasks)", "queue(\(capacity)), \(tasks) to \(tasks)",
      operations: 20_000, goal: 4, nativeWay: "an actor that keeps continuations"
    ) { operations in
      let queue = AsyncQueue<Int>(capacity: capacity)
      return try await pass(operations, tasks: tasks) { share in
        for number in 0..<share { try await queue.put(made(number)) }
      } get: { share in
        for _ in 0..<share { use(try await queue.get()) }
      }
    } native: { operations in
      let queue = ActorQueue(capacity: capacity)
      return try await pass(operations, tasks: tasks) { share in
        for number in 0..<share { try await queue.put(made(number)) }
      } get: { share in
        for _ in 0..<share { use(try await queue.get()) }
      }
    }
  }

  private static func unbounded(tasks: Int) -> Work {
    Work(
      "queue-unbounded-\(tasks)-to-\(tasks)", "queue, unbounded, \(tasks) to \(tasks)",
      operations: 20_000, goal: 4, nativeWay: "AsyncStream"
    ) { operations in
      let queue = AsyncQueue<Int>()
      return try await pass(operations, tasks: tasks) { share in
        for number in 0..<share { try await queue.put(made(number)) }
      } get: { share in
        for _ in 0..<share { use(try await queue.get()) }
      }
    } native: { operations in
      let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
      return try await pass(operations, tasks: tasks) { share in
        for number in 0..<share { continuation.yield(made(number)) }
      } get: { share in
        var iterator = stream.makeAsyncIterator()
        for _ in 0..<share { use(await iterator.next() ?? 0) }
      }
    }
  }

  /// What it takes until all items have passed, in nanoseconds.
  private static func pass(
    _ operations: Int, tasks: Int,
    put: @escaping @Sendable (_ share: Int) async throws -> Void,
    get: @escaping @Sendable (_ share: Int) async throws -> Void
  ) async throws -> Double {
    try await stopwatch {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<tasks {
          group.addTask { try await get(operations / tasks) }
          group.addTask { try await put(operations / tasks) }
        }
        try await group.waitForAll()
      }
    }
  }

  /// An item, made by the producer's own code.
  @inline(never) private static func made(_ number: Int) -> Int { number }

  /// What a consumer's own code does with an item.
  @inline(never) private static func use(_ item: Int) {}
}
