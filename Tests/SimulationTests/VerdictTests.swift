import CheckKit
import Dispatch
import Testing

@testable import Simulation

@Suite("Verdicts")
struct VerdictTests {
  @Test("deadlock: who waits, and for what", .needsCompleteMode)
  func deadlock() async {
    let report = await Simulation.run(options: .impatient) { world in
      try await world.clock.sleep(for: .seconds(1.5))
      let (stream, _) = AsyncStream.makeStream(of: Int.self)
      await withTaskGroup(of: Void.self) { group in
        group.addTask(name: "reader") { for await _ in stream {} }
        group.addTask(name: "joiner") {
          await Task(name: "inner") { for await _ in stream {} }.value
        }
        group.addTask(name: "quick") {}
      }
    }
    #expect(
      report.verdict.description == """
        deadlock at 1.5 s
        “body” waits for its child tasks: “reader”, “joiner”.
        “reader” waits for a continuation that nobody has resumed.
        “joiner” waits for task “inner” to end.
        “inner” waits for a continuation that nobody has resumed.
        Nothing is left that could wake them. Is every continuation resumed on every path, and \
        every stream finished?
        """)
    #expect(report.value == nil)
  }

  @Test("deadlock: in every mode, even without names")
  func plainDeadlock() async {
    let report = await Simulation.run(options: .impatient) { _ in
      await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
    }
    #expect(report.verdict.isDeadlock)
  }

  @Test("tasks left: alive after the body's end", .needsCompleteMode)
  func tasksLeft() async {
    let report = await Simulation.run { _ in
      _ = Task(name: "heartbeat") {
        while true { try await Task.sleep(for: .seconds(1)) }
      }
      try await Task.sleep(for: .seconds(3.5))
    }
    #expect(
      report.verdict.description == """
        a task is alive after the end, at 3.5 s
        “heartbeat” waits for the end of its sleep, at 4 s.
        Await them, or cancel and await them, before the work that started them returns.
        """)
    #expect(report.elapsed == .seconds(3.5))
  }

  @Test("tasks left: not those that end without sleeping again")
  func tasksThatEnd() async throws {
    try await explore { _ in
      _ = Task { for _ in 0..<10 { await Task.yield() } }
    }
  }

  @Test("blocked: the run is given up, and the next one goes on")
  func blocked() async {
    var options = Simulation.Options()
    options.blockLimit = .milliseconds(100)
    let gate = DispatchSemaphore(value: 0)
    let report = await Simulation.run(options: options) { _ in
      await withTaskGroup(of: Void.self) { group in
        group.addTask(name: "blocker") { Self.block(on: gate) }
        group.addTask(name: "other") {}
      }
    }
    guard case .blocked(let task, _) = report.verdict else {
      Issue.record("\(report.verdict)")
      return
    }
    if TaskInspector.shared != nil { #expect(task == "blocker") }
    #expect(report.verdict.headline.contains("blocked its thread for 100 ms of real time"))
    let next = await Simulation.run { _ in 1 }
    #expect(next.value == 1)
    gate.signal()
  }

  @Test("blocked: a loop without an await")
  func busy() async {
    var options = Simulation.Options()
    options.blockLimit = .milliseconds(100)
    let report = await Simulation.run(options: options) { _ in
      while !Task.isCancelled { _ = (0..<100).reduce(0, +) }
    }
    guard case .blocked = report.verdict else {
      Issue.record("\(report.verdict)")
      return
    }
  }

  @Test("too many steps: a loop of yields")
  func endless() async {
    var options = Simulation.Options()
    options.maximumSteps = 1_000
    let report = await Simulation.run(options: options) { _ in
      while !Task.isCancelled { await Task.yield() }
    }
    guard case .tooManySteps(1_000, _, let tasks) = report.verdict else {
      Issue.record("\(report.verdict)")
      return
    }
    #expect(tasks.map(\.name) == ["body"])
    #expect(tasks.map(\.waitsFor) == ["its next turn"])
  }

  @Test("threw: the error, before what it left behind")
  func threw() async {
    let report = await Simulation.run { world in
      _ = Task { try await Task.sleep(for: .seconds(10)) }
      throw Broken(seen: 3)
    }
    guard case .threw(let error) = report.verdict else {
      Issue.record("\(report.verdict)")
      return
    }
    #expect(error as? Broken == Broken(seen: 3))
    #expect(report.verdict.headline == "threw Broken(seen: 3)")
  }

  @Test("cancelling the caller cancels the body")
  func cancelled() async {
    let outer = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await Simulation.run { world in try await world.clock.sleep(for: .seconds(1)) }
    }
    guard case .threw(is CancellationError) = await outer.value.verdict else {
      Issue.record("\(await outer.value.verdict)")
      return
    }
  }

  @Test("holders and cycles are named")
  func cycle() {
    let verdict = Simulation.Verdict.deadlock(
      at: .zero,
      [
        .init(name: "ann → bob", waitsFor: "lock “bob”", heldBy: ["bob → ann"]),
        .init(name: "bob → ann", waitsFor: "lock “ann”", heldBy: ["ann → bob"]),
      ])
    #expect(
      verdict.description == """
        deadlock at 0 s
        “ann → bob” waits for lock “bob”, which “bob → ann” holds.
        “bob → ann” waits for lock “ann”, which “ann → bob” holds.
        Each holds what another wants. Do all of them take things in the same order?
        """)
  }

  private static func block(on gate: DispatchSemaphore) { gate.wait() }
}
