import AsyncPrimitives
import Narration
import Simulation
import Synchronization

/// What has to be asked for one journey.
let journey = ["timetable", "hotel", "ticket"]

/// Asks services on the net, slow ones. The timeline shows each on a lane of its own.
struct TravelDesk: Sendable {
  private let narrator: Narrator
  private let isDeaf: Bool

  /// Opens a desk. What a deaf one asks does not end when it is cancelled.
  init(_ narrator: Narrator, isDeaf: Bool = false) {
    self.narrator = narrator
    self.isDeaf = isDeaf
  }

  /// Asks one service, and returns its answer.
  func ask(_ service: String) async throws -> String {
    try await narrator.span(service) {
      let time = time(for: service)
      if isDeaf {
        // A task that is not our child does not hear of our cancellation, and awaiting its value
        // cannot be cut short.
        try await Task { try await Task.sleep(for: time) }.value
      } else {
        try await Task.sleep(for: time)
      }
      return service
    }
  }

  private func time(for service: String) -> Duration {
    switch service {
    case "timetable": .milliseconds(500)
    case "hotel": .milliseconds(600)
    case "ticket": .milliseconds(700)
    default: .milliseconds(2000)
    }
  }
}

// MARK: - Searching for a schedule

/// A train with one seat left.
final class Seats: Sendable {
  private let free = Mutex(1)
  var count: Int { free.withLock { $0 } }

  /// Takes a seat. Cancelled in time, it takes none.
  func reserve() async throws -> String {
    try await Task.sleep(for: .seconds(1))
    free.withLock { $0 -= 1 }
    Simulation.note("takes seat")
    return "seat 12"
  }
}

/// Looks right: whoever is first, the operation or the timer. But what if both are?
func race<Value: Sendable>(
  _ limit: Duration, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup { group in
    defer { group.cancelAll() }
    group.addTask(name: "reserve", operation: operation)
    group.addTask(name: "timer") {
      try await Task.sleep(for: limit)
      Simulation.note("time is up")
      throw TimeoutError(limit: limit)
    }
    for try await value in group { return value }
    throw CancellationError()
  }
}

/// Reserves a seat with a limit of time, under one schedule after the other, until a seat is taken
/// and nobody has it.
func search(
  _ reserve: @escaping @Sendable (Seats) async throws -> String
) async -> Simulation.Exploration {
  await Simulation.explore { _ in
    let seats = Seats()
    let seat = try? await reserve(seats)
    if seat == nil, seats.count == 0 { throw SeatLost() }
  }
}

struct SeatLost: Error, CustomStringConvertible {
  var description: String { "a timeout, and the seat is taken" }
}

/// Says what a search came to, and draws the schedule that failed.
func show(_ search: Simulation.Exploration, _ narrator: Narrator) {
  guard let failure = search.failure else {
    return narrator.say("\(search.schedules) schedules tried: no seat was lost.")
  }
  let what =
    if case .threw(let error) = failure.verdict { "\(error)" } else { "\(failure.verdict)" }
  narrator.say("Schedules tried: \(search.schedules). Seed \(failure.seed): \(what)")
  narrator.draw(
    Timeline(failure.trace, measure: .steps), caption: "The schedule of seed \(failure.seed)")
}
