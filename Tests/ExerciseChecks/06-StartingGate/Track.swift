import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// Runners who wait at a gate, each in a task of its own, and where each of them is.
final class Track: Sendable {
  /// Where a runner is.
  enum Place { case waits, runs, left, failed, stuck }
  /// When a runner is cancelled.
  enum Moment { case before, soon, whenItWaits, whileItOpens }

  let log: EventLog
  private let gate: any Gating
  private let world: World
  private let places = Mutex<[String: Place]>([:])
  private let tasks = Mutex<[String: Task<Void, Never>]>([:])

  init(_ world: World, _ type: any Gating.Type) {
    self.world = world
    gate = type.init()
    log = EventLog(world)
  }

  /// Everybody who has come.
  var runners: [String] { places.withLock { $0.keys.sorted() } }

  func place(of name: String) -> Place? { places.withLock { $0[name] } }

  func open() async {
    log.add("the gate opens")
    await gate.open()
  }

  /// Opens it at some time, each in a task of its own.
  func open(by starters: String...) async {
    await withDiscardingTaskGroup { group in
      for starter in starters { group.addTask(name: starter) { await self.open() } }
    }
  }

  /// Lets runners come and wait while `body` opens the gate; ends when they have ended.
  func race(_ names: String..., whileWaiting body: () async -> Void) async {
    await withDiscardingTaskGroup { group in
      for name in names { group.addTask(name: name) { await self.run(name) } }
      await body()
      await expectEnd(of: names)
    }
  }

  /// Lets a runner come, and cancels it at that moment. One that does not hear of it is stuck; the
  /// gate is opened for it, so that the run ends.
  func raceAndCancel(_ name: String, _ moment: Moment = .whenItWaits) async {
    await withDiscardingTaskGroup { others in
      await withDiscardingTaskGroup { group in
        if moment == .before { group.cancelAll() }
        group.addTask(name: name) { await self.run(name) }
        switch moment {
        case .before: break
        case .soon: await Task.yield()
        case .whenItWaits: await world.settle()
        case .whileItOpens:
          await world.settle()
          others.addTask(name: "starter") { await self.open() }
          await Task.yield()
        }
        group.cancelAll()
        log.add("\(name) is cancelled")
        await world.settle()
        guard place(of: name) == .waits else { return }
        go(name, .stuck, "waits on")
        await gate.open()
      }
    }
  }

  /// Lets runners come one after the other, each to be cancelled or not.
  func come(_ names: String...) async {
    for name in names {
      let task = Task(name: name) { await self.run(name) }
      tasks.withLock { $0[name] = task }
      await world.settle()
    }
  }

  /// Cancels one of those who came.
  func cancel(_ name: String) async {
    log.add("\(name) is cancelled")
    tasks.withLock { $0[name] }?.cancel()
    await world.settle()
  }

  private func run(_ name: String) async {
    go(name, .waits, "waits")
    do {
      try await gate.wait()
      go(name, .runs, "runs")
    } catch is CancellationError {
      go(name, .left, "leaves")
    } catch {
      go(name, .failed, "gets \(error)")
    }
  }

  private func go(_ name: String, _ place: Place, _ verb: String) {
    // Once stuck, always stuck: the gate is only opened to end the run.
    places.withLock { if $0[name] != .stuck { $0[name] = place } }
    log.add("\(name) \(verb)")
  }

  // MARK: - What is expected

  private func expectEnd(of names: [String]) async {
    await world.settle()
    let waiting = names.filter { place(of: $0) == .waits }
    if waiting.isEmpty { return }
    Issue.record("the gate is open, and who still waits: \(text(waiting))")
  }

  func expectNobodyRuns(
    besides others: [String] = [], because reason: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let running = runners.filter { !others.contains($0) && place(of: $0) == .runs }
    if running.isEmpty { return }
    Issue.record("\(reason), and who went on: \(text(running))", sourceLocation: sourceLocation)
  }

  /// That those who came and were not cancelled wait until the gate is opened. Opens it.
  func expectOthersWait(_ why: String) async {
    let cancelled = tasks.withLock { $0.filter(\.value.isCancelled).keys.sorted() }
    let others = runners.filter { !cancelled.contains($0) }
    let waiting = others.filter { place(of: $0) == .waits }
    expectNobodyRuns(besides: cancelled, because: "\(why), nobody has opened the gate")
    for name in others where place(of: name) == .left {
      Issue.record("\(why), and \(name)'s wait threw, too")
    }
    await open()
    await world.settle()
    let missing = waiting.filter { place(of: $0) != .runs }
    if missing.isEmpty { return }
    Issue.record("\(why), the gate was opened, and who did not pass: \(text(missing))")
  }

  func expectAllRan(
    _ why: String, besides others: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let missing = runners.filter { !others.contains($0) && place(of: $0) != .runs }
    if missing.isEmpty { return }
    Issue.record(
      "\(why), and who did not pass: \(text(missing))", sourceLocation: sourceLocation)
  }

  func expectLeft(
    _ name: String, _ why: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    switch place(of: name) {
    case .stuck: Issue.record("\(why), and waits on", sourceLocation: sourceLocation)
    case .runs:
      Issue.record(
        "\(why), and wait() returned as if the gate were open", sourceLocation: sourceLocation)
    case .failed: Issue.record("\(why), and got another error", sourceLocation: sourceLocation)
    default: return
    }
  }

  private func text(_ names: [String]) -> String { names.joined(separator: ", ") }
}
