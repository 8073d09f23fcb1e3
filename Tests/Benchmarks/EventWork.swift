import AsyncPrimitives

/// An event that is set already, and one that a thousand tasks wait for.
enum EventWork {
  static let all = [isSet, broadcast]

  private static let isSet = Work(
    "event-set", "event, set already", operations: 100_000,
    nativeWay: "an actor that keeps continuations"
  ) { operations in
    let event = AsyncEvent()
    event.set()
    return try await stopwatch {
      for _ in 0..<operations {
        try await event.wait()
        section()
      }
    }
  } native: { operations in
    let event = ActorEvent()
    await event.set()
    return try await stopwatch {
      for _ in 0..<operations {
        try await event.wait()
        section()
      }
    }
  }

  /// From the moment it is set until the last task has ended.
  private static let broadcast = Work(
    "event-1000-waiters", "event, broadcast to 1,000", operations: 10_000,
    nativeWay: "an actor that keeps continuations"
  ) { operations in
    try await batches(of: 1_000, operations: operations) { size in
      let event = AsyncEvent()
      return try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<size { group.addTask { try await event.wait() } }
        while event.waiterCount < size { await Task.yield() }
        return try await stopwatch {
          event.set()
          try await group.waitForAll()
        }
      }
    }
  } native: { operations in
    try await batches(of: 1_000, operations: operations) { size in
      let event = ActorEvent()
      return try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<size { group.addTask { try await event.wait() } }
        while await event.waiterCount < size { await Task.yield() }
        return try await stopwatch {
          await event.set()
          try await group.waitForAll()
        }
      }
    }
  }
}
