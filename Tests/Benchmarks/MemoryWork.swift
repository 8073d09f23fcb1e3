import AsyncPrimitives
import Foundation

/// What a task costs while it waits for a lock.
///
/// Each contestant parks its tasks in a process of its own, and is weighed before and after.
enum MemoryWork {
  static let parked = Work(
    "memory-parked", "memory of a parked task", operations: 100_000, unit: .bytes,
    nativeWay: "an actor that keeps continuations"
  ) { tasks in
    try weigh(try Child(try thisProgram(), ["--park", "ours", "\(tasks)"]))
  } native: { tasks in
    try weigh(try Child(try thisProgram(), ["--park", "native", "\(tasks)"]))
  } asyncio: { tasks in
    try weigh(try Python.start("--park", "\(tasks)"))
  }

  private static func weigh(_ child: Child) throws -> Double {
    _ = try child.line()
    let before = try child.residentMemory()
    try child.send("go")
    _ = try child.line()
    return try child.residentMemory() - before
  }

  private static func thisProgram() throws -> URL {
    guard let program = Bundle.main.executableURL else { throw ChildError.notFound("this program") }
    return program
  }

  /// What such a process does: parks tasks when it is told to, until its input ends.
  static func park(_ contestant: String, tasks: Int) async {
    print("ready")
    fflush(nil)
    _ = readLine()
    let lock = AsyncLock()
    let native = ActorLock()
    await withTaskGroup(of: Void.self) { group in
      if contestant == "ours" {
        await lock.lockIgnoringCancellation()
        for _ in 0..<tasks { group.addTask { try? await lock.withLock {} } }
        while lock.waiterCount < tasks { await Task.yield() }
      } else {
        try? await native.lock()
        for _ in 0..<tasks {
          group.addTask {
            try? await native.lock()
            await native.unlock()
          }
        }
        while await native.waiterCount < tasks { await Task.yield() }
      }
      print("parked")
      fflush(nil)
      _ = readLine()
      exit(0)  // a hundred thousand tasks need not say goodbye
    }
  }
}
