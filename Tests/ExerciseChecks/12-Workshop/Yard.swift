import AsyncPrimitives
import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// A tool room at the other end of the yard, where each way takes a second, and somebody who works.
final class Yard: ToolRoom {
  /// What is wrong with a tool.
  enum Fault {
    /// It cannot be taken.
    case notThere
    /// It cannot be given back.
    case broken
    /// Taking it is not cut short by a cancellation: it comes all the same.
    case comesAnyway
  }

  /// What the tools are used for.
  struct Botched: Error, CustomStringConvertible {
    let description = "the board has split"
  }

  private let steps: PlayedWork
  private let faults: [String: Fault]
  private let out = Mutex<[String]>([])

  init(_ world: World, _ faults: [String: Fault] = [:]) {
    steps = PlayedWork(world)
    self.faults = faults
  }

  func take(_ name: String) async throws -> Tool {
    switch faults[name] {
    case .notThere:
      try await steps.perform("take \(name)", for: .seconds(1), throwing: ToolError.notThere(name))
    case .comesAnyway:
      try await withCancellationShield {
        try await steps.perform("take \(name)", for: .seconds(1))
      }
    case .broken, nil:
      try await steps.perform("take \(name)", for: .seconds(1))
    }
    out.withLock { $0.append(name) }
    return Tool(name: name)
  }

  func giveBack(_ tool: Tool) async throws {
    let isBroken = faults[tool.name] == .broken
    try await steps.perform(
      "return \(tool)", for: .seconds(1), throwing: isBroken ? ToolError.broken(tool.name) : nil)
    out.withLock { $0.removeAll { $0 == tool.name } }
  }

  /// Works for a second.
  @Sendable func build(_ tools: [Tool]) async throws -> String {
    try await steps.perform("work", for: .seconds(1))
    return "a shelf"
  }

  /// Works for a second, in vain.
  @Sendable func botch(_ tools: [Tool]) async throws -> String {
    try await steps.perform("work", for: .seconds(1), throwing: Botched())
    return ""
  }

  // MARK: - What was seen

  /// The tools that somebody tried to give back, in that order.
  var returns: [String] { steps.steps.compactMap { tool(in: $0, after: "return ") } }

  /// The tools that somebody tried to take, in that order.
  var takes: [String] { steps.steps.compactMap { tool(in: $0, after: "take ") } }

  /// How often the work was begun.
  var works: Int { steps.steps.count { $0.name == "work" } }

  /// Whether the work was cut short by a cancellation.
  var hasCancelledWork: Bool { steps.names(.cancelled).contains("work") }

  /// What goes on at this moment.
  var underWay: [String] { steps.underWay }

  /// A giving back that began before the one before it was over.
  var overlap: (String, String)? {
    let returns = steps.steps.filter { $0.name.hasPrefix("return ") }
    for (first, second) in zip(returns, returns.dropFirst())
    where first.ended.map({ $0 > second.began }) ?? true {
      return (first.name, second.name)
    }
    return nil
  }

  /// Waits until nothing goes on any more.
  func rest() async throws { try await steps.rest() }

  /// Waits until nothing goes on any more, and looks whether what was taken was given back, once.
  func expectAllBack(after what: String, sourceLocation: SourceLocation = #_sourceLocation)
    async throws
  {
    try await steps.rest()
    let cut = steps.names(.cancelled).filter { $0.hasPrefix("return ") }
    if !cut.isEmpty {
      Issue.record(
        "\(what), and the cancellation has cut this short: \(cut.joined(separator: ", "))",
        sourceLocation: sourceLocation)
    }
    let kept = out.withLock { $0 }.filter { !returns.contains($0) }
    if !kept.isEmpty {
      Issue.record(
        "\(what), and these tools were never given back: \(kept.joined(separator: ", "))",
        sourceLocation: sourceLocation)
    }
    let twice = Set(returns).filter { tool in returns.count { $0 == tool } > 1 }.sorted()
    if !twice.isEmpty {
      Issue.record(
        "\(what), and these tools were given back more than once: \(twice.joined(separator: ", "))",
        sourceLocation: sourceLocation)
    }
    let strange = returns.filter { faults[$0] == .notThere }
    if !strange.isEmpty {
      Issue.record(
        """
        \(what), and these tools were given back without having been taken: \
        \(strange.joined(separator: ", "))
        """, sourceLocation: sourceLocation)
    }
  }

  /// Records if a step that was under way at a cancellation went on all the same.
  func expectHeard(_ step: String, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(
      steps.names(.cancelled).contains(step),
      "“\(step)” was under way when the task was cancelled, and did not hear of it",
      sourceLocation: sourceLocation)
  }

  /// Lets the answer work in a task of its own, and cancels it when so much time has passed.
  func cancel(
    _ use: @escaping ToolUse, _ names: [String], at moment: Duration, botches: Bool = false,
    in world: World
  ) async throws -> Result<String, any Error> {
    let task = Task(name: "caller") { try await use(names, self, botches ? botch : build) }
    try await world.clock.sleep(for: moment)
    world.note("cancels the caller")
    task.cancel()
    return await task.result
  }

  private func tool(in step: PlayedWork.Step, after verb: String) -> String? {
    step.name.hasPrefix(verb) ? String(step.name.dropFirst(verb.count)) : nil
  }
}

extension World {
  /// One case after the other, with the seeds: the first schedule has the first.
  func oneOf<Value>(_ cases: [Value]) -> Value { cases[Int(seed % UInt64(cases.count))] }
}

/// What goes wrong, and which error the caller has to hear of; if none, the result comes back.
struct Mishap {
  private let what: String
  private let faults: [String: Yard.Fault]
  private let expected: String?
  private let workFails: Bool
  private let cancelled: Duration?

  init(
    _ what: String, _ faults: [String: Yard.Fault] = [:], expected: String?,
    workFails: Bool = false, cancelled: Duration? = nil
  ) {
    self.what = what
    self.faults = faults
    self.expected = expected
    self.workFails = workFails
    self.cancelled = cancelled
  }

  func expectError(of use: @escaping ToolUse, in world: World) async throws {
    let yard = Yard(world, faults)
    let names = ["saw", "drill", "plane"]
    let seen: String
    do {
      let made =
        if let cancelled {
          try await yard.cancel(use, names, at: cancelled, botches: workFails, in: world).get()
        } else {
          try await use(names, yard, workFails ? yard.botch : yard.build)
        }
      if expected == nil, made == "a shelf" { return }
      seen = "it returned “\(made)”"
    } catch  where "\(error)" == expected {
      return
    } catch {
      seen = "it threw “\(error)”"
    }
    try await yard.rest()
    // Whether the work hears of a cancellation is another check's question.
    if expected == "CancellationError()", !yard.hasCancelledWork { return }
    let first = expected.map { "the first error was “\($0)”" } ?? "there was no error"
    Issue.record("\(what): \(seen), and \(first)")
  }
}
