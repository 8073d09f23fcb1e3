import CheckKit
import Testing

@Suite("Traces", .needsCompleteMode)
struct TraceTests {
  @Test("a task's life: name, parent, created, ended")
  func lives() async throws {
    let report = await Simulation.run { _ in
      await withTaskGroup(of: Void.self) { group in
        group.addTask(name: "ann") { try? await Task.sleep(for: .seconds(2)) }
        group.addTask { try? await Task.sleep(for: .seconds(1)) }
      }
    }
    let lives = report.trace.tasks
    #expect(lives.map(\.name) == ["body", "ann", "task 2"])
    #expect(lives.map(\.parent) == [nil, 0, 0])
    #expect(lives.map { $0.ended?.time } == [.seconds(2), .seconds(2), .seconds(1)])
    #expect(lives.allSatisfy { $0.created.time == .zero })
  }

  @Test("what a task does, in order")
  func events() async throws {
    let report = await Simulation.run { world in
      Simulation.note("begins")
      try await Task.sleep(for: .seconds(1))
      world.note("goes on")
    }
    let kinds = report.trace.events.map(\.kind)
    #expect(
      kinds == [
        .runs, .notes("begins"), .sleeps(until: 1_000_000_000), .runs, .notes("goes on"), .ends,
      ])
    #expect(report.trace.events.map(\.moment.time) == [0, 0, 0, 1, 1, 1].map { .seconds($0) })
  }

  @Test("a trace that is full says so and stays what it is")
  func capacity() async {
    let report = await Simulation.run { _ in for _ in 0..<60_000 { await Task.yield() } }
    #expect(report.trace.isTruncated)
    #expect(report.trace.events.count == 50_000)
    #expect(report.steps == 60_001)
  }

  @Test("notes outside of a simulation do nothing")
  func outside() {
    Simulation.note("nobody hears this")
    #expect(!Simulation.isRunning)
  }
}
