// What is cooked in lesson 11, and the oven with its callbacks.

import AsyncPrimitives
import Narration
import Simulation
import Synchronization

/// Cooks, slowly. The timeline shows each dish and each guest on a lane of its own.
struct Kitchen: Sendable {
  private let narrator: Narrator

  /// Opens a kitchen whose timeline has these lanes.
  init(_ narrator: Narrator, _ lanes: String...) {
    self.narrator = narrator
    // Tasks may begin in any order. Their lanes shall not.
    for lane in lanes { narrator.lanes(lane) }
  }

  /// Cooks a dish.
  func cook(_ dish: String, for duration: Duration) async throws -> String {
    try await narrator.span(dish) {
      try await Task.sleep(for: duration)
      return dish
    }
  }

  /// Tries to cook a dish.
  func burn(_ dish: String, after duration: Duration) async throws -> String {
    try await narrator.span(dish) {
      try await Task.sleep(for: duration)
      throw Burnt()
    }
  }

  /// Lets a guest wait for something.
  func wait(
    _ guest: String, _ label: String, for dish: nonisolated(nonsending) () async throws -> String
  ) async throws {
    try await narrator.span(guest, label, kind: .waiting) {
      _ = try await dish()
      // Whoever could not leave when it was time to, leaves now.
      try Task.checkCancellation()
    }
  }
}

/// Whom the kitchen is working for, known to everything that is called or started on the way.
enum Order { @TaskLocal static var table = "none" }

struct Burnt: Error, CustomStringConvertible {
  var description: String { "burnt" }
}

/// Shows how things stand with some tasks.
func tabulate(_ dishes: [TaskHandle<String>], _ narrator: Narrator) {
  narrator.table(
    header: ["task", "isDone", "isCancelled", "result()"],
    rows: dishes.map { dish in
      let result: String
      do { result = "“\(try dish.result())”" } catch { result = "throws \(type(of: error))" }
      return [dish.name, "\(dish.isDone)", "\(dish.isCancelled)", result]
    })
}

// MARK: - An oven of the old kind

/// An oven that has never heard of tasks: it calls back when it is hot.
struct Oven: Sendable {
  private let forgets: Bool

  /// Builds an oven, perhaps one that does not call back when it is switched off.
  init(forgets: Bool = false) { self.forgets = forgets }

  /// Prepares to heat. It starts when it is told to.
  func heating(to degrees: Int) -> Heating { Heating(degrees, forgets: forgets) }
}

/// Heats an oven, once.
final class Heating: Sendable {
  typealias Callback = @Sendable (Result<Int, any Error>) -> Void

  private enum State {
    case new
    case on(Callback, thermometer: Task<Void, Never>)
    case over
  }

  /// Callbacks that will never be called. Dropped, they would at least be reported: a checked
  /// continuation says on standard error that it was not resumed.
  private static let forgotten = Mutex<[Callback]>([])

  private let degrees: Int
  private let forgets: Bool
  private let state = Mutex(State.new)

  fileprivate init(_ degrees: Int, forgets: Bool) {
    self.degrees = degrees
    self.forgets = forgets
  }

  /// Switches the oven on. `callback` is called once: when it is hot, or when it is switched off.
  func start(_ callback: @escaping Callback) {
    let isOver = state.withLock { state in
      guard case .new = state else { return true }
      let thermometer = Task {
        do { try await Task.sleep(for: .seconds(1)) } catch { return }
        self.end(with: .success(self.degrees))
      }
      state = .on(callback, thermometer: thermometer)
      return false
    }
    if isOver { callback(.failure(CancellationError())) }
  }

  /// Switches the oven off, also before it was started.
  func switchOff() { end(with: .failure(CancellationError())) }

  private func end(with result: Result<Int, any Error>) {
    let ended = state.withLock { state in
      defer { state = .over }
      return state
    }
    guard case .on(let callback, let thermometer) = ended else { return }
    thermometer.cancel()
    if case .failure = result, forgets {
      Self.forgotten.withLock { $0.append(callback) }
    } else {
      callback(result)
    }
  }
}

/// Starts to heat an oven, and is cancelled at once.
func cancelHeating(of oven: Oven) async throws {
  let cook = Task(name: "cook") { try await oven.heated(to: 180) }
  await Task(name: "host") { cook.cancel() }.value
  _ = await cook.result
}

// MARK: - Searching through schedules

/// What happened to a soup, in order.
final class Soup: Sendable {
  private let notes = Mutex<[String]>([])

  /// Notes what happens to it.
  func note(_ text: String) {
    notes.withLock { $0.append(text) }
    Simulation.note(text)
  }

  /// What happened, in order.
  var story: [String] { notes.withLock { $0 } }
}

/// Cooks a soup under one schedule after the other, until one is tasted before it is salted.
func search(
  _ cook: @escaping @Sendable (Soup) async -> Void
) async -> Simulation.Exploration {
  await Simulation.explore { _ in
    let soup = Soup()
    await cook(soup)
    guard soup.story == ["salted", "tasted"] else { throw WrongOrder(story: soup.story) }
  }
}

struct WrongOrder: Error, CustomStringConvertible {
  var story: [String]
  var description: String { story.joined(separator: ", then ") }
}

/// Says what a search came to, and draws the schedule that failed.
func show(_ search: Simulation.Exploration, _ narrator: Narrator) {
  guard let failure = search.failure else {
    return narrator.say("\(search.schedules) schedules tried, and all of them go well.")
  }
  let what =
    if case .threw(let error) = failure.verdict { "\(error)" } else { "\(failure.verdict)" }
  narrator.say("Schedules tried: \(search.schedules). Seed \(failure.seed): \(what)")
  narrator.draw(
    Timeline(failure.trace, measure: .steps), caption: "The schedule of seed \(failure.seed)")
}
