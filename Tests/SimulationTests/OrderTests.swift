import CheckKit
import Synchronization
import Testing

@Suite("Schedules")
struct OrderTests {
  /// Three tasks of a few turns each, some in an actor; what they did, in order.
  static func dance(_ world: World) async -> [String] {
    let log = Log()
    await withTaskGroup(of: Void.self) { group in
      for name in ["a", "b", "c"] {
        group.addTask(name: name) {
          await log.add(name)
          try? await world.clock.sleep(for: .seconds(1))
          await log.add(name)
        }
      }
    }
    return await log.lines
  }

  actor Log {
    private(set) var lines: [String] = []
    func add(_ line: String) { lines.append(line) }
  }

  @Test("first in, first out: the order in which tasks became ready")
  func firstInFirstOut() async {
    let report = await Simulation.run(seed: 0, Self.dance)
    #expect(report.value == ["a", "b", "c", "a", "b", "c"])
    #expect(report.strategy == .firstInFirstOut)
  }

  @Test(
    "the same seed: the same order and the same trace",
    arguments: [.bySeed, .random, .probabilistic(depth: 3)] as [Simulation.Strategy])
  func replay(_ strategy: Simulation.Strategy) async {
    for seed in 0..<20 as Range<UInt64> {
      let options = Simulation.Options(strategy: strategy)
      let first = await Simulation.run(seed: seed, options: options, Self.dance)
      let second = await Simulation.run(seed: seed, options: options, Self.dance)
      #expect(first.value == second.value)
      #expect(first.trace.fingerprint == second.trace.fingerprint)
      #expect(first.trace.events == second.trace.events)
    }
  }

  @Test("different seeds: different orders")
  func variety() async {
    var orders: Set<[String]> = []
    for seed in 0..<100 as Range<UInt64> {
      if let order = await Simulation.run(seed: seed, Self.dance).value { orders.insert(order) }
    }
    // Six orders of three names, twice.
    #expect(orders.count > 20)
  }

  @Test("50 runs side by side: each has the order of its seed")
  func sideBySide() async {
    let alone = await Simulation.run(seed: 7, Self.dance).trace.fingerprint
    let together = await withTaskGroup(of: UInt64.self) { group in
      for _ in 0..<50 {
        group.addTask { await Simulation.run(seed: 7, Self.dance).trace.fingerprint }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(together == Array(repeating: alone, count: 50))
  }

  @Test("where one must run twenty turns while another waits, priorities get there")
  func probabilistic() async {
    func bugs(_ strategy: Simulation.Strategy) async -> Int {
      var found = 0
      for seed in 1...200 as ClosedRange<UInt64> {
        let report = await Simulation.run(
          seed: seed, options: Simulation.Options(strategy: strategy)
        ) { _ in
          let isLate = Atomic(false)
          let wasLate = Atomic(false)
          await withTaskGroup(of: Void.self) { group in
            group.addTask { @Sendable in isLate.store(true, ordering: .relaxed) }
            group.addTask { @Sendable in
              for _ in 0..<20 { await Task.yield() }
              wasLate.store(!isLate.load(ordering: .relaxed), ordering: .relaxed)
            }
          }
          return wasLate.load(ordering: .relaxed)
        }
        if report.value == true { found += 1 }
      }
      return found
    }
    #expect(await bugs(.random) == 0, "a chance of one in a million")
    #expect(await bugs(.probabilistic(depth: 2)) > 50)
  }

  @Test("a task that spins does not starve the one that it waits for")
  func fairness() async throws {
    try await explore(schedules: 100) { _ in
      let isSet = Atomic(false)
      await withTaskGroup(of: Void.self) { group in
        group.addTask { @Sendable in
          while !isSet.load(ordering: .relaxed) { await Task.yield() }
        }
        group.addTask { @Sendable in isSet.store(true, ordering: .relaxed) }
      }
    }
  }

  @Test("hops to actors are turns: a check and an act in two hops are torn apart")
  func actorHops() async {
    let exploration = await Simulation.explore { _ in
      let tally = Tally()
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<2 { group.addTask { await tally.set(await tally.value + 1) } }
      }
      let seen = await tally.value
      guard seen == 2 else { throw Broken(seen: seen) }
    }
    #expect(exploration.failure != nil)
  }
}
