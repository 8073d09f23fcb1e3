import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// A scheduler at work, and the work that its tasks do.
struct Office: Sendable {
  let scheduler: any Scheduling
  let work: PlayedWork
  let world: World

  /// - Parameters:
  ///   - opensAt: When the scheduler is made, in seconds.
  ///   - clock: What it is given; nil for the world's clock.
  init(
    _ type: any Scheduling.Type, _ world: World, opensAt: Double = 0,
    clock: (any Clock<Duration>)? = nil
  ) async throws {
    self.world = world
    work = PlayedWork(world)
    if opensAt > 0 { try await world.clock.sleep(for: time(opensAt)) }
    scheduler = type.init(clock: clock ?? world.clock)
  }

  /// Adds a task that takes its time, and fails at its first attempts. All times in seconds.
  @discardableResult
  func add(
    _ name: String, after delay: Double, every interval: Double? = nil,
    retry: RetryPolicy = .never, lasting length: Double = 0, failing failures: Int = 0
  ) async throws -> TaskID {
    let work = work
    return try await scheduler.add(
      name, after: time(delay), every: interval.map(time), retry: retry
    ) {
      let attempt = work.steps.count { $0.name == name }
      try await work.perform(
        name, for: time(length), throwing: attempt < failures ? Mishap(what: name) : nil)
    }
  }

  /// Work that is not cut short by cancellation: it cleans up. In seconds.
  func cleanUp(
    _ name: String, for length: Double, throwing error: (any Error)? = nil
  ) async throws {
    let cleanUp = Task(name: "cleans up") {
      try await work.perform(name, for: time(length), throwing: error)
    }
    try await cleanUp.value
  }

  /// Lets time pass, in seconds, and everybody finish what they do at its end.
  func pass(_ seconds: Double) async throws {
    try await world.clock.sleep(for: time(seconds))
    await world.settle()
  }

  /// When a task's attempts began.
  func begins(_ name: String) -> [Duration] {
    work.steps.filter { $0.name == name }.map(\.began)
  }

  func expect(
    _ name: String, begins expected: [Double], because reason: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let seen = begins(name)
    guard seen != expected.map(time) else { return }
    Issue.record(
      "“\(name)” was \(reason): it \(sentence(seen)), and \(perfect(expected))",
      sourceLocation: sourceLocation)
  }

  func expect(
    _ id: TaskID, is expected: TaskStatus?, when moment: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    let seen = await scheduler.status(of: id)
    guard seen != expected else { return }
    Issue.record(
      """
      \(moment), its status is \(seen?.rawValue ?? "nil") instead of \(expected?.rawValue ?? "nil")
      """,
      sourceLocation: sourceLocation)
  }

  private func sentence(_ times: [Duration]) -> String {
    times.isEmpty ? "has not begun" : "has begun at \(text(times))"
  }

  private func perfect(_ times: [Double]) -> String {
    times.isEmpty ? "should not have" : "should have begun at \(text(times.map(time)))"
  }
}

/// What work throws that fails.
struct Mishap: Error {
  let what: String
}

/// Seconds, exact to the millisecond.
func time(_ seconds: Double) -> Duration { .milliseconds(Int((seconds * 1000).rounded())) }

/// "1 s, 2.5 s".
func text(_ times: [Duration]) -> String {
  times.map(text).joined(separator: ", ")
}

/// "2.5 s".
func text(_ time: Duration) -> String {
  let seconds = time / .seconds(1)
  return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
}

/// A clock that runs faster than the world's, and counts how often somebody sleeps on it.
final class FastClock: Clock {
  typealias Instant = VirtualClock.Instant

  private let base: VirtualClock
  private let rate: Int
  private let count = Atomic(0)

  init(_ world: World, rate: Int = 1) {
    base = world.clock
    self.rate = rate
  }

  /// How often somebody has begun to sleep on it.
  var sleeps: Int { count.load(ordering: .relaxed) }

  var now: Instant { Instant(offset: base.now.offset * rate) }
  var minimumResolution: Duration { base.minimumResolution }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    count.add(1, ordering: .relaxed)
    try await base.sleep(until: Instant(offset: deadline.offset / rate))
  }
}
