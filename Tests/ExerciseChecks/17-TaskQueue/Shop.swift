import AsyncPrimitives
import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// Gives jobs to a queue, and keeps a book of what became of each of them.
final class Shop: Sendable {
  let world: World
  let queue: any TaskQueueing
  /// "ann 1 begins", "ann 1 ends", "ann 1 is cancelled", "ann 1 heard done", …
  let log: EventLog
  private let inside = Mutex<[String: Int]>([:])
  private let peaks = Mutex((now: 0, most: 0, together: [String]()))

  init(_ make: TaskQueueMaker, concurrency: Int, _ world: World) {
    self.world = world
    queue = make(concurrency)
    log = EventLog(world)
  }

  /// The most jobs that ran at the same time.
  var most: Int { peaks.withLock { $0.most } }
  /// Pairs of one key that ran at the same time.
  var together: [String] { peaks.withLock { $0.together } }

  /// Submits a job that takes so many seconds, or throws after them.
  ///
  /// - Parameters:
  ///   - isStubborn: Whether it returns all the same when it is cancelled.
  ///   - then: What its callback does after it has been written down.
  func submit(
    _ job: String, seconds: Int = 1, throwing error: (any Error)? = nil, isStubborn: Bool = false,
    then: @escaping @Sendable () async throws -> Void = {}
  ) async throws {
    let key = key(of: job)
    try await queue.submit(for: key) { [self] in
      enter(key, job)
      defer { leave(key) }
      do {
        try await rest(seconds, in: job)
      } catch {
        log.add("\(job) is cancelled")
        if isStubborn { return "\(job), done" }
        throw error
      }
      log.add("\(job) ends")
      if let error { throw error }
      return "\(job), done"
    } then: { [log] outcome in
      switch outcome {
      case .success(let value): log.add("\(job) heard “\(value)”")
      case .failure(is CancellationError): log.add("\(job) heard of a cancellation")
      case .failure(let error): log.add("\(job) heard “\(error)”")
      }
      try await then()
      log.add("\(job) is through")
    }
  }

  func submit(_ jobs: [String]) async throws {
    for job in jobs { try await submit(job) }
  }

  /// Sleeps in a task with the job's name, so that it has a lane.
  func rest(_ seconds: Int, in lane: String) async throws {
    try await withThrowingTaskGroup(of: Void.self) { [clock = world.clock] group in
      group.addTask(name: lane) { try await clock.sleep(for: .seconds(seconds)) }
      try await group.waitForAll()
    }
  }

  /// The jobs of which this is written, in order: `jobs("begins")`.
  func jobs(_ end: String) -> [String] {
    log.texts.filter { $0.hasSuffix(" " + end) }.map { String($0.dropLast(end.count + 1)) }
  }

  /// What the callback of a job has heard, as often as it was called.
  func heard(_ job: String) -> [String] {
    log.texts.filter { $0.hasPrefix("\(job) heard ") }
      .map { String($0.dropFirst(job.count + 7)) }
  }

  /// How many whole seconds after the beginning something was written first; nil if it was not.
  func second(_ text: String) -> Int? { log.time(of: text).map { Int($0 / .seconds(1)) } }

  /// Joins, and goes on even if that waits for ever, to look what has been done.
  ///
  /// - Returns: What join does: "returns", "throws “…”", "waits for ever".
  @discardableResult
  func finish() async -> String {
    let joining = Task(name: "join") {
      do {
        try await queue.join()
        log.add("join returns")
      } catch {
        log.add("join throws “\(error)”")
      }
    }
    await close()
    defer { joining.cancel() }
    let end = log.texts.first { $0.hasPrefix("join ") }
    return end.map { String($0.dropFirst(5)) } ?? "waits for ever"
  }

  /// Lets everything come to its end, so that a check does not fail for what is left behind as well.
  func close() async {
    try? await world.clock.sleep(for: .seconds(12))
  }

  private func key(of job: String) -> String { String(job.prefix { $0 != " " }) }

  private func enter(_ key: String, _ job: String) {
    log.add("\(job) begins")
    let others = inside.withLock { inside in
      inside[key, default: 0] += 1
      return (inside[key] ?? 1) - 1
    }
    peaks.withLock { peaks in
      peaks.now += 1
      peaks.most = max(peaks.most, peaks.now)
      if others > 0 { peaks.together.append(key) }
    }
  }

  private func leave(_ key: String) {
    inside.withLock { $0[key, default: 1] -= 1 }
    peaks.withLock { $0.now -= 1 }
  }
}

/// What a job throws.
struct OutOfInk: Error, CustomStringConvertible {
  var description: String { "out of ink" }
}

func list(_ words: [String]) -> String { words.isEmpty ? "nothing" : words.joined(separator: ", ") }
