import Foundation

/// One piece of work, which several contestants do.
struct Work: Sendable {
  /// Does the work so many times, and says what that cost: nanoseconds, or bytes.
  typealias Attempt = @Sendable (_ operations: Int) async throws -> Double

  enum Unit: String, Sendable, Encodable {
    case nanoseconds = "ns/op"
    case bytes = "bytes/task"
  }

  /// What it is called on the command line, in JSON, and in `asyncio_benchmarks.py`. Names stay.
  let name: String
  /// What it is called in the table.
  let title: String
  let unit: Unit
  /// How many operations make a round.
  let operations: Int
  /// How many times as fast as asyncio ours is to be; `nil` where no number is set.
  let goal: Double?
  /// How one does this with what Swift brings.
  let nativeWay: String
  let ours: Attempt
  let native: Attempt
  /// `nil` for the function of this name in `asyncio_benchmarks.py`.
  let asyncio: Attempt?

  init(
    _ name: String, _ title: String, operations: Int, unit: Unit = .nanoseconds,
    goal: Double? = nil, nativeWay: String, ours: @escaping Attempt, native: @escaping Attempt,
    asyncio: Attempt? = nil
  ) {
    self.name = name
    self.title = title
    self.unit = unit
    self.operations = operations
    self.goal = goal
    self.nativeWay = nativeWay
    self.ours = ours
    self.native = native
    self.asyncio = asyncio
  }

  /// Everything that is measured, in the order of the table.
  static let all =
    LockWork.all + SemaphoreWork.all + QueueWork.all + EventWork.all + GroupWork.all
    + TimeoutWork.all + [MemoryWork.parked]
}

/// What `work` takes, in nanoseconds.
///
/// `SuspendingClock`, because a simulation may hold the other one.
func stopwatch(_ work: () async throws -> Void) async rethrows -> Double {
  let start = SuspendingClock.now
  try await work()
  return start.duration(to: .now) / .nanoseconds(1)
}

/// What it takes until so many tasks have done their share of the operations, in nanoseconds.
func contest(
  tasks: Int, operations: Int, _ share: @escaping @Sendable (_ operations: Int) async throws -> Void
) async throws -> Double {
  try await stopwatch {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<tasks { group.addTask { try await share(operations / tasks) } }
      try await group.waitForAll()
    }
  }
}

/// What `work` takes that is not its preparation, summed over as many batches as it needs.
func batches(
  of size: Int, operations: Int, _ batch: (_ size: Int) async throws -> Double
) async rethrows -> Double {
  var sum = 0.0
  for start in stride(from: 0, to: operations, by: size) {
    sum += try await batch(min(size, operations - start))
  }
  return sum
}

/// The caller's own code, which the compiler cannot look into: it keeps a caller from staying on an
/// actor from one call to the next, as no real caller could.
@inline(never) func section() {}
