import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// Where pictures are loaded from, on the run's clock. The first of ann is "ann 1".
final class Studio: Sendable {
  /// What a load does, after so many seconds.
  enum Reply {
    case loads(Int)
    case fails(Int)
    /// Loads. If it is told to stop, that takes another two seconds.
    case stopsSlowly(Int)
  }

  let log: EventLog
  private let open = HighWaterMark()
  private let world: World
  private let replies: [String: [Reply]]
  private let counts = Mutex<[String: Int]>([:])
  private let made = Mutex<[Weak]>([])
  private let copies = Mutex<[String]>([])

  init(_ world: World, _ replies: [String: [Reply]]) {
    self.world = world
    self.replies = replies
    log = EventLog(world)
  }

  /// How often a picture was loaded.
  func loads(of name: String) -> Int { counts.withLock { $0[name, default: 0] } }

  /// Those who got a picture that no load has returned.
  var ownersOfCopies: [String] { copies.withLock { $0 } }

  /// In a task that has a name, so that each load has a line in the drawing.
  @Sendable func load(_ name: String) async throws -> Picture {
    let number = counts.withLock { counts in
      counts[name, default: 0] += 1
      return counts[name, default: 0]
    }
    let replies = replies[name, default: []]
    let reply = replies.indices.contains(number - 1) ? replies[number - 1] : .loads(1)
    return try await withThrowingTaskGroup(of: Picture.self) { group in
      group.addTask(name: "loading \(name) \(number)") {
        try await self.open.count { try await self.load("\(name) \(number)", reply) }
      }
      return try await group.next() ?? Picture("")
    }
  }

  private func load(_ name: String, _ reply: Reply) async throws -> Picture {
    switch reply {
    case .loads(let seconds): try await think(name, for: seconds)
    case .fails(let seconds):
      try await think(name, for: seconds)
      throw NotFound()
    case .stopsSlowly(let seconds):
      do { try await think(name, for: seconds) } catch {
        // A task that is not our child does not hear of our cancellation.
        await Task { [clock = world.clock] in try? await clock.sleep(for: .seconds(2)) }.value
        log.add("has stopped \(name)")
        throw error
      }
    }
    let picture = Picture(name)
    made.withLock { $0.append(Weak(picture)) }
    return picture
  }

  private func think(_ name: String, for seconds: Int) async throws {
    do { try await world.clock.sleep(for: .seconds(seconds)) } catch {
      log.add("has to stop \(name)")
      throw error
    }
  }

  /// Suspends until nothing is loaded any more, for checks that are about something else.
  func close() async throws {
    await world.settle()
    while open.inside > 0 {
      try await world.clock.sleep(for: .seconds(1))
      await world.settle()
    }
  }

  /// Somebody who wants a picture from now on, or is cancelled just before that.
  func caller(
    _ who: String, of loader: any PictureLoading, _ name: String = "ann",
    isCancelled: Bool = false
  ) -> Caller {
    Caller(
      name: who,
      task: Task(name: who) {
        if isCancelled { withUnsafeCurrentTask { $0?.cancel() } }
        let picture = try await loader.picture(name)
        let isOurs = made.withLock { $0.contains { $0.picture === picture } }
        if !isOurs { copies.withLock { $0.append("“\(who)”") } }
        // The name and not the picture: nothing here shall keep it.
        return picture.name
      })
  }
}

/// Somebody who wants a picture.
struct Caller: Sendable {
  let name: String
  let task: Task<String, any Error>

  var result: Result<String, any Error> { get async { await task.result } }

  /// Cancels it, in a task that is drawn.
  func cancel() async {
    await Task(name: "boss") {
      Simulation.note("cancels “\(name)”")
      task.cancel()
    }.value
  }

  /// Reports it if that is not what comes back: a picture's name, or an error.
  func expect(
    _ expected: String, because why: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    let seen = await text(result)
    #expect(
      seen == expected,
      "\(why.map { "\($0); " } ?? "")“\(name)” got “\(seen)” instead of “\(expected)”",
      sourceLocation: sourceLocation)
  }
}

/// Remembers a picture, and does not keep it.
final class Weak {
  weak var picture: Picture?
  init(_ picture: Picture? = nil) { self.picture = picture }
}

struct NotFound: Error, CustomStringConvertible {
  var description: String { "not found" }
}

func text(_ result: Result<String, any Error>) -> String {
  switch result {
  case .success(let name): name
  case .failure(let error): "\(error)"
  }
}
