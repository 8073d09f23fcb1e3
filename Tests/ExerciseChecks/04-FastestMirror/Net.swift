import CheckKit
import ExerciseKit
import Testing

/// Mirrors that do as we say, on the run's clock.
struct Net: Sendable {
  /// What a mirror does, after so many seconds.
  enum Reply {
    case delivers(Int)
    /// And if it is told to stop before that, it delivers all the same.
    case deliversAnyway(Int)
    /// Delivers. If it is told to stop before that, it needs two more seconds to stop.
    case stopsSlowly(Int)
    case refuses(Int), fails(Int), breaksOff(Int)
    /// Throws CancellationError though nobody has told it to stop.
    case givesUp(Int)
  }

  let log: EventLog
  /// The downloads that go on.
  let connections = HighWaterMark()
  private let world: World
  private let replies: [String: Reply]

  init(_ world: World, _ replies: [String: Reply]) {
    self.world = world
    self.replies = replies
    log = EventLog(world)
  }

  /// In a task that has a name, so that each mirror has a line in the drawing.
  @Sendable func fetch(_ mirror: String) async throws -> String {
    if Task.name == mirror {
      return try await connections.count { try await download(from: mirror) }
    }
    return try await withThrowingTaskGroup(of: String.self) { group in
      group.addTask(name: "mirror \(mirror)") {
        try await connections.count { try await download(from: mirror) }
      }
      return try await group.next() ?? ""
    }
  }

  /// Whether a mirror was asked, and not told to stop.
  func hasNotHeard(_ mirror: String) -> Bool {
    log.count(of: "asks \(mirror)") > log.count(of: "has to stop \(mirror)")
  }

  /// Suspends until no download goes on any more, for checks that are about something else.
  func hangUp() async throws {
    await world.settle()
    while connections.inside > 0 {
      try await world.clock.sleep(for: .seconds(1))
      await world.settle()
    }
  }

  private func download(from mirror: String) async throws -> String {
    log.add("asks \(mirror)")
    switch replies[mirror, default: .fails(0)] {
    case .delivers(let seconds): try await think(mirror, for: seconds)
    case .deliversAnyway(let seconds): try? await think(mirror, for: seconds)
    case .stopsSlowly(let seconds):
      do { try await think(mirror, for: seconds) } catch {
        // In a task of its own, which is not cancelled.
        await Task { [clock = world.clock] in try? await clock.sleep(for: .seconds(2)) }.value
        throw error
      }
    case .refuses(let seconds):
      try await think(mirror, for: seconds)
      throw MirrorError.refused
    case .fails(let seconds):
      try await think(mirror, for: seconds)
      throw MirrorError.notFound
    case .breaksOff(let seconds):
      try await think(mirror, for: seconds)
      throw MirrorError.cutOff
    case .givesUp(let seconds):
      try await think(mirror, for: seconds)
      throw CancellationError()
    }
    world.note("\(mirror) delivers")
    return "the file from \(mirror)"
  }

  private func think(_ mirror: String, for seconds: Int) async throws {
    do { try await world.clock.sleep(for: .seconds(seconds)) } catch {
      log.add("has to stop \(mirror)")
      // Which takes a few turns.
      for _ in 1...4 { await Task.yield() }
      throw error
    }
  }

  // MARK: - What is expected of a search

  /// Ends the check if that is not what comes back.
  func expect(
    _ expected: String, of search: MirrorSearch, from mirrors: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let file: String
    do { file = try await search(mirrors, fetch) } catch {
      Issue.record(
        "asked \(names(mirrors)), and got this error instead of “\(expected)”: \(text(error))",
        sourceLocation: sourceLocation)
      throw error
    }
    try #require(
      file == expected, "asked \(names(mirrors)), and got “\(file)” instead of “\(expected)”",
      sourceLocation: sourceLocation)
  }

  /// Ends the check if these are not the reasons that it gives.
  func expectFailures(
    _ expected: [String], of search: MirrorSearch, from mirrors: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let asked = mirrors.isEmpty ? "no mirror" : "\(names(mirrors)), which all fail"
    let seen: [String]
    do {
      let file = try await search(mirrors, fetch)
      Issue.record(
        "asked \(asked), and got “\(file)” instead of AllMirrorsFailed",
        sourceLocation: sourceLocation)
      return
    } catch let error as AllMirrorsFailed {
      seen = error.failures.map { "\($0.mirror): \($0.error)" }
    } catch {
      Issue.record(
        "asked \(asked), and got this error instead of AllMirrorsFailed: \(text(error))",
        sourceLocation: sourceLocation)
      throw error
    }
    try #require(
      seen == expected,
      """
      asked \(asked), and the reasons were (\(names(seen))) instead of (\(names(expected)))
      """, sourceLocation: sourceLocation)
  }

  /// Begins a search, and cancels it after a second.
  func cancel(
    _ search: @escaping MirrorSearch, from mirrors: [String]
  ) async -> Result<String, any Error> {
    await withTaskGroup(of: Result<String, any Error>.self) { group in
      group.addTask(name: "caller") {
        do { return .success(try await search(mirrors, fetch)) } catch { return .failure(error) }
      }
      try? await world.clock.sleep(for: .seconds(1))
      group.cancelAll()
      return await group.next() ?? .success("")
    }
  }

  // MARK: - Words

  func names(_ list: [String]) -> String { list.joined(separator: ", ") }

  func text(_ error: any Error) -> String {
    guard let error = error as? AllMirrorsFailed else { return "\(error)" }
    return "AllMirrorsFailed (\(names(error.failures.map { "\($0.mirror): \($0.error)" })))"
  }
}
