import AsyncPrimitives
import Synchronization

/// Tasks that are started and awaited, as children and on their own.
enum GroupWork {
  static let all = [gathered, window, spawned]

  private static let gathered = Work(
    "gather-1000", "gather of 1,000", operations: 10_000, nativeWay: "a task group"
  ) { operations in
    try await batches(of: 1_000, operations: operations) { size in
      try await stopwatch {
        let squares = try await gather(0..<size) { $0 &* $0 }
        precondition(squares.count == size)
      }
    }
  } native: { operations in
    await batches(of: 1_000, operations: operations) { size in
      await stopwatch {
        let squares = await withTaskGroup(of: (Int, Int).self) { group in
          for index in 0..<size { group.addTask { (index, index &* index) } }
          var squares = [Int](repeating: 0, count: size)
          for await (index, square) in group { squares[index] = square }
          return squares
        }
        precondition(squares.count == size)
      }
    }
  }

  /// A thousand pieces of work that suspend once, and begin in their order. In asyncio, one takes a
  /// semaphore for that.
  private static let window = Work(
    "gather-10-of-1000", "gather of 1,000, ten at once", operations: 10_000,
    nativeWay: "a task group as a window, with an actor that keeps the order"
  ) { operations in
    try await batches(of: 1_000, operations: operations) { size in
      try await stopwatch {
        let squares = try await gather(0..<size, limit: 10) { index in
          await Task.yield()
          return index &* index
        }
        precondition(squares.count == size)
      }
    }
  } native: { operations in
    try await batches(of: 1_000, operations: operations) { size in
      try await stopwatch {
        let squares = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
          var squares = [Int](repeating: 0, count: size)
          let line = ActorStartingLine()
          for index in 0..<size {
            if index >= 10, let (ended, square) = try await group.next() {
              squares[ended] = square
            }
            group.addTask {
              await line.start(index)
              await Task.yield()
              return (index, index &* index)
            }
          }
          for try await (ended, square) in group { squares[ended] = square }
          return squares
        }
        precondition(squares.count == size)
      }
    }
  }

  private static let spawned = Work(
    "spawn-100000", "spawn and await, 1,000 at once", operations: 100_000,
    nativeWay: "a task that leaves its result in a Mutex"
  ) { operations in
    try await batches(of: 1_000, operations: operations) { size in
      try await stopwatch {
        let handles = (0..<size).map { index in TaskHandle { index } }
        for handle in handles { _ = try await handle.value }
      }
    }
  } native: { operations in
    await batches(of: 1_000, operations: operations) { size in
      await stopwatch {
        let tasks = (0..<size).map { index in AskableTask(name: "task") { index } }
        for task in tasks { _ = await task.value }
      }
    }
  }
}

/// A named task that can be asked whether it is done: what a bare `Task` does not answer.
private final class AskableTask: Sendable {
  private let outcome: Outcome
  private let task: Task<Int, Never>

  init(name: String, _ operation: @escaping @Sendable () async -> Int) {
    let outcome = Outcome()
    self.outcome = outcome
    task = Task(name: name) {
      let value = await operation()
      outcome.value.withLock { $0 = value }
      return value
    }
  }

  var isDone: Bool { outcome.value.withLock { $0 != nil } }

  var value: Int { get async { await task.value } }

  private final class Outcome: Sendable {
    let value = Mutex<Int?>(nil)
  }
}
