// What scene 6 of lesson 18 searches through schedules for.

import Narration
import Resilience
import Simulation

/// What both breakers of the scene can do.
protocol Breaker: Sendable {
  func attempt(_ operation: @Sendable () async throws -> Void) async throws
}

extension CircuitBreaker: Breaker {
  /// A breaker that lets the next call try.
  convenience init(halfOpen name: String) {
    self.init(name, failures: 1, resetAfter: .seconds(1))
    force(.halfOpen)
  }

  func attempt(_ operation: @Sendable () async throws -> Void) async throws {
    try await call { try await operation() }
  }
}

/// Half-open from the start. It notes that a call succeeded, and that one failed.
actor NaiveBreaker: Breaker {
  private var isOpen = false
  private var isTrying = false

  func attempt(_ operation: @Sendable () async throws -> Void) async throws {
    if isOpen || isTrying { throw Refused() }
    isTrying = true
    do {
      try await operation()
      isTrying = false
    } catch is CancellationError {
      throw CancellationError()  // “Cancelled is not failed”, and nothing is noted.
    } catch {
      isTrying = false
      isOpen = true
      throw error
    }
  }
}

struct Refused: Error {}

/// Lets Ann try, and cancels her, under one schedule after the other, until Bob is refused.
func search(_ make: @escaping @Sendable () -> any Breaker) async -> Simulation.Exploration {
  await Simulation.explore { _ in
    let breaker = make()
    let ann = Task(name: "ann") {
      try await breaker.attempt {
        Simulation.note("tries")
        await Task.yield()
        try Task.checkCancellation()
      }
      Simulation.note("is done")
    }
    let bob = Task(name: "bob") {
      for _ in 1...3 { await Task.yield() }
      ann.cancel()
      Simulation.note("cancels ann")
      _ = await ann.result
      do { try await breaker.attempt { Simulation.note("is served") } } catch {
        Simulation.note("is refused")
        throw StuckHalfOpen()
      }
    }
    try await bob.value
  }
}

struct StuckHalfOpen: Error, CustomStringConvertible {
  var description: String { "nobody tries, and Bob is refused: for ever" }
}

/// Says what a search came to, and draws the schedule that failed.
func show(_ search: Simulation.Exploration, _ narrator: Narrator) {
  guard let failure = search.failure else {
    return narrator.say("\(search.schedules) schedules tried: Bob was served in each.")
  }
  let what =
    if case .threw(let error) = failure.verdict { "\(error)" } else { "\(failure.verdict)" }
  narrator.say("Schedules tried: \(search.schedules). Seed \(failure.seed): \(what)")
  narrator.draw(
    Timeline(failure.trace, measure: .steps), caption: "The schedule of seed \(failure.seed)")
}
