import AsyncPrimitives
import CheckKit
import ExerciseKit
import Testing

/// Services that do as we say, on the run's clock.
struct Services: Sendable {
  /// What a service does, after so many seconds.
  enum Reply {
    case answers(Int)
    /// Answers, and does not suspend for it.
    case answersAtOnce
    case fails(Int)
    /// Throws TimeoutError, because of a limit of its own.
    case losesPatience(Int)
    /// Throws CancellationError though nobody has told it to stop.
    case givesUp(Int)
    /// Answers, and does not listen if it is told to stop before that.
    case answersAnyway(Int)
    /// Throws an error of its own when it is told to stop.
    case failsWhenTold(Int)
    /// Answers. If it is told to stop, that takes another second.
    case tidiesUp(Int)
  }

  let log: EventLog
  /// The queries that go on.
  let open = HighWaterMark()
  private let world: World
  private let replies: [String: Reply]

  init(_ world: World, _ replies: [String: Reply]) {
    self.world = world
    self.replies = replies
    log = EventLog(world)
  }

  /// In a task that has a name, so that each query has a line in the drawing.
  @Sendable func ask(_ service: String) async throws -> String {
    if case .answersAtOnce = replies[service] { return takeQuestion(of: service) }
    if Task.name == service { return try await open.count { try await answer(of: service) } }
    return try await withThrowingTaskGroup(of: String.self) { group in
      group.addTask(name: "query \(service)") {
        try await open.count { try await answer(of: service) }
      }
      return try await group.next() ?? ""
    }
  }

  /// Suspends until no query goes on any more, for checks that are about something else.
  func hangUp() async throws {
    await world.settle()
    while open.inside > 0 {
      try await world.clock.sleep(for: .seconds(1))
      await world.settle()
    }
  }

  private func answer(of service: String) async throws -> String {
    let answer = takeQuestion(of: service)
    switch replies[service, default: .fails(0)] {
    case .answersAtOnce: break
    case .answers(let seconds): try await think(service, for: seconds)
    case .fails(let seconds):
      try await think(service, for: seconds)
      throw ServiceError.refused
    case .losesPatience(let seconds):
      try await think(service, for: seconds)
      throw TimeoutError(limit: .seconds(seconds))
    case .givesUp(let seconds):
      try await think(service, for: seconds)
      throw CancellationError()
    case .answersAnyway(let seconds): await sleepDeeply(seconds)
    case .failsWhenTold(let seconds):
      do { try await think(service, for: seconds) } catch { throw ServiceError.connectionLost }
    case .tidiesUp(let seconds):
      do { try await think(service, for: seconds) } catch {
        await sleepDeeply(1)
        throw error
      }
    }
    world.note("\(service) answers")
    return answer
  }

  /// Writes down that a service is asked, and gives its answer: the first differs from the others.
  private func takeQuestion(of service: String) -> String {
    let isFirst = log.time(of: "asks \(service)") == nil
    log.add("asks \(service)")
    return "\(isFirst ? "" : "another ")answer of \(service)"
  }

  private func think(_ service: String, for seconds: Int) async throws {
    do { try await world.clock.sleep(for: .seconds(seconds)) } catch {
      log.add("has to stop \(service)")
      throw error
    }
  }

  /// Not cut short by cancellation.
  private func sleepDeeply(_ seconds: Int) async {
    await Task { [clock = world.clock] in try? await clock.sleep(for: .seconds(seconds)) }.value
  }

  // MARK: - What is expected

  /// Ends the check if that is not what comes back.
  func expect(
    _ expected: [String], of collect: DeadlineCollecting, from services: [String],
    within seconds: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let asked = services.isEmpty ? "nobody" : names(services)
    let limit =
      seconds < 0 ? "with a deadline that had passed" : "with \(seconds) s until the deadline"
    let seen: [String]
    do {
      seen = try await collect(services, .now + .seconds(seconds), ask).map(text)
    } catch {
      Issue.record(
        "asked \(asked) \(limit), and it threw “\(error)”: all other outcomes are lost",
        sourceLocation: sourceLocation)
      throw error
    }
    try #require(
      seen == expected,
      """
      asked \(asked) \(limit), and this came back: \
      (\(names(seen))) instead of (\(names(expected)))
      """, sourceLocation: sourceLocation)
  }

  /// Ends the check if a service that is listed twice has not two outcomes, whichever comes first.
  func expectTwoAnswers(of collect: DeadlineCollecting, from service: String) async throws {
    let seen = try await collect([service, service], .now + .seconds(10), ask).map(text)
    try #require(
      seen.sorted() == ["another answer of \(service)", "answer of \(service)"],
      """
      \(service) was listed twice and answers differently each time, and this came back: \
      (\(names(seen)))
      """)
  }

  /// Begins to collect, and cancels that after a second.
  func cancel(
    _ collect: @escaping DeadlineCollecting, from services: [String], within seconds: Int
  ) async -> Result<[QueryOutcome], any Error> {
    let task = Task(name: "overview") {
      try await collect(services, .now + .seconds(seconds), ask)
    }
    await Task(name: "caller") {
      try? await world.clock.sleep(for: .seconds(1))
      world.note("cancels")
      task.cancel()
    }.value
    return await task.result
  }
}

/// What keeps a service from answering.
enum ServiceError: String, Error, CustomStringConvertible {
  case refused
  case connectionLost = "connection lost"

  var description: String { rawValue }
}

func names(_ list: [String]) -> String { list.joined(separator: ", ") }

func text(_ outcome: QueryOutcome) -> String {
  switch outcome {
  case .answer(let answer): answer
  case .failed(let error): "failed: \(error)"
  case .tooLate: "too late"
  }
}
