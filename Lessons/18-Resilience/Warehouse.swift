// The warehouse of lesson 18, and the crowds that come to it.

import AsyncPrimitives
import Narration
import Resilience
import Synchronization

/// The stock has too much to do. In a moment it may have time.
struct Busy: Error, CustomStringConvertible {
  var description: String { "busy" }
}

/// The stock has no such thing, and will not have one in a moment.
struct NotFound: Error, CustomStringConvertible {
  var description: String { "not found" }
}

/// Says how many there are of a thing; or fails, so many times or for so long.
final class Stock: Sendable {
  private let narrator: Narrator
  private let failures: Int
  private let error: any Error
  private let downtime: Range<Duration>
  private let failsAfter: Duration
  private let start: Duration
  private let count = Mutex(0)

  /// Opens a stock whose first calls fail, or all that come in a downtime (since it opened).
  init(
    _ narrator: Narrator, failing failures: Int = 0, with error: any Error = Busy(),
    down downtime: Range<Duration> = .zero ..< .zero,
    failsAfter: Duration = .milliseconds(50)
  ) {
    self.narrator = narrator
    self.failures = failures
    self.error = error
    self.downtime = downtime
    self.failsAfter = failsAfter
    start = narrator.elapsed
  }

  /// How often it was asked.
  var calls: Int { count.withLock { $0 } }

  /// Looks it up, which takes its time.
  func count(of thing: String, lane: String, announces: Bool = false) async throws -> Int {
    let call = count.withLock { count in
      count += 1
      return count
    }
    let fails = call <= failures || downtime.contains(narrator.elapsed - start)
    return try await narrator.span(lane, announces: announces) {
      try await Task.sleep(for: fails ? failsAfter : .milliseconds(100))
      if fails { throw error }
      return 12
    }
  }
}

/// A counter at which so many are served at the same time; others are sent away.
final class Rush: Sendable {
  private let narrator: Narrator
  private let room: Int
  private let state = Mutex((inside: 0, sentAway: 0))

  /// Opens a counter.
  init(_ narrator: Narrator, room: Int) {
    self.narrator = narrator
    self.room = room
  }

  /// How often somebody was sent away.
  var sentAway: Int { state.withLock { $0.sentAway } }

  /// Is served, or sent away, either of which takes a moment.
  func enter(_ client: String) async throws {
    try await narrator.span(client, announces: false) {
      let isServed = state.withLock { state in
        let isServed = state.inside < room
        if isServed { state.inside += 1 } else { state.sentAway += 1 }
        return isServed
      }
      defer { if isServed { state.withLock { $0.inside -= 1 } } }
      try await Task.sleep(for: .milliseconds(50))
      if !isServed { throw Busy() }
    }
  }
}

/// Thirteen customers come, one every 0.4 s. Each asks once, and goes with an answer or without.
func serve(
  _ narrator: Narrator, _ stock: Stock, _ ask: @escaping @Sendable (String) async throws -> Int
) async throws {
  let customers = (1...13).map { "customer \($0)" }
  for customer in customers { narrator.lanes(customer) }
  let waits = try await gather(customers.indices) { index in
    try await Task.sleep(for: .milliseconds(400) * index)
    let start = narrator.elapsed
    _ = try? await narrator.span(customers[index], kind: .waiting, announces: false) {
      try await ask(customers[index])
    }
    return narrator.elapsed - start
  }
  let total = waits.reduce(.zero, +)
  narrator.tell("the stock was asked: \(stock.calls); customers waited: \(total.inSeconds) in all")
}

extension Result where Failure == any Error {
  /// What was thrown, in a few words.
  var problem: String {
    switch self {
    case .success: "nothing"
    case .failure(is CancellationError): "CancellationError"
    case .failure(let error): "\(error)"
    }
  }
}
