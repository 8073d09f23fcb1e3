import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// An archive whose every step takes a second of virtual time, and is drawn.
final class Cellar: Archive {
  let work: PlayedWork
  private let world: World
  private let began: Duration
  private let failing: [String]
  private let hasDeafScanner: Bool
  private let cancelled = Mutex<Duration?>(nil)

  init(_ world: World, failing: [String] = [], hasDeafScanner: Bool = false) {
    self.world = world
    self.failing = failing
    self.hasDeafScanner = hasDeafScanner
    work = PlayedWork(world)
    began = world.now
  }

  func scan(_ page: String) async throws -> String {
    if hasDeafScanner {
      // A task that is not our child does not hear of our cancellation.
      try await Task { try await self.perform("scan \(page)") }.value
    } else {
      try await perform("scan \(page)")
    }
    return "image of \(page)"
  }

  func write(_ image: String, as page: String) async throws {
    if image != "image of \(page)" { Issue.record("“\(image)” was written as page \(page)") }
    try await perform("write \(page)")
  }

  func seal(_ page: String) async throws { try await perform("seal \(page)") }
  func remove(_ page: String) async throws { try await perform("remove \(page)") }

  private func perform(_ step: String) async throws {
    let fault = failing.contains(step) ? Fault(of: step) : nil
    try await work.perform(step, for: .seconds(1), throwing: fault)
  }

  // MARK: - Trying an answer

  /// Scans two pages.
  func archive(_ archiveAll: @escaping Archiving) async -> Result<Void, any Error> {
    do { return .success(try await archiveAll(["A", "B"], self)) } catch { return .failure(error) }
  }

  /// Begins to scan two pages, and cancels that some milliseconds later.
  func cancel(
    _ archiveAll: @escaping Archiving, after milliseconds: Int
  ) async -> Result<Void, any Error> {
    let task = Task(name: "archive") { try await archiveAll(["A", "B"], self) }
    await Task(name: "caller") {
      try? await world.clock.sleep(for: .milliseconds(milliseconds))
      cancelled.withLock { $0 = world.now - began }
      world.note("cancels")
      task.cancel()
    }.value
    return await task.result
  }

  // MARK: - What was seen

  /// "at 1.5 s, during “write A”".
  var whenCancelled: String {
    guard let moment = cancelled.withLock({ $0 }) else { return "never" }
    let steps = ["“scan A”", "“write A”", "“seal A”", "“scan B”"]
    let (whole, rest) = (Int(moment / .seconds(1)), moment / .seconds(1))
    guard steps.indices.contains(whole) else { return "at \(moment)" }
    return Double(whole) == rest
      ? "at \(moment), when \(steps[whole]) was to begin" : "at \(moment), during \(steps[whole])"
  }

  /// What was done, and how it ended: "scan A, write A (cancelled)".
  var story: String {
    list(
      work.steps.map { step in
        switch step.state {
        case .done: step.name
        case .underWay: "\(step.name) (still going on)"
        case .failed: "\(step.name) (failed)"
        case .cancelled: "\(step.name) (cut short)"
        }
      })
  }

  func isBegun(_ page: String) -> Bool { work.steps.contains { $0.name == "write \(page)" } }
  func isSealed(_ page: String) -> Bool { work.done("seal \(page)") != nil }

  /// What was begun later than that, though it took no time if it stopped at once.
  func begun(after time: Duration) -> [String] {
    work.steps.filter { $0.began >= began + time && $0.ended != $0.began }.map(\.name)
  }

  /// What was begun after that, besides removing the page.
  func begun(after step: String) -> [String] {
    let names = work.steps.map(\.name)
    let next = names.firstIndex(of: step).map { names[($0 + 1)...] } ?? []
    return next.filter { $0 != "remove A" }
  }

  /// Reports anything but that error.
  func expect(
    _ fault: Fault, of result: Result<Void, any Error>, when what: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    switch result {
    case .failure(let error) where error as? Fault == fault: break
    case .success:
      Issue.record(
        "\(what), and it has not thrown: \(story)", sourceLocation: sourceLocation)
    case .failure(let error):
      Issue.record(
        "\(what), and it threw “\(error)” instead of “\(fault)”", sourceLocation: sourceLocation)
    }
  }
}

/// Each kind of step has an error of its own.
struct Fault: Error, Equatable, CustomStringConvertible {
  let description: String

  init(of step: String) {
    description =
      step.hasPrefix("scan") ? "paper jam" : step.hasPrefix("remove") ? "file locked" : "disk full"
  }
}

func list(_ names: [String]) -> String {
  names.isEmpty ? "nothing" : names.joined(separator: ", ")
}
