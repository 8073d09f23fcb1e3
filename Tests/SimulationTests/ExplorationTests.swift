import CheckKit
import Foundation
import Synchronization
import Testing

@Suite("Exploring")
struct ExplorationTests {
  @Test("the first failing schedule stops it, and its seed fails again")
  func firstFailure() async throws {
    let runs = Counter()
    let exploration = await Simulation.explore { _ in
      runs.add()
      try await Self.loseAnUpdate()
    }
    let failure = try #require(exploration.failure)
    #expect(failure.seed == UInt64(exploration.schedules - 1))
    #expect(runs.count <= exploration.schedules + 4)
    let again = await Simulation.run(seed: failure.seed) { _ in try await Self.loseAnUpdate() }
    #expect(!again.verdict.isPassed)
    let problem = try #require(exploration.problem)
    #expect(problem.contains("SIMULATION_SEED=\(failure.seed)"))
    #expect(problem.contains("Broken"))
  }

  @Test("what always holds is run as often as was asked")
  func passes() async {
    let runs = Counter()
    let exploration = await Simulation.explore(schedules: 120) { _ in runs.add() }
    #expect(exploration.isPassed)
    #expect(exploration.problem == nil)
    #expect(exploration.schedules == 120)
    #expect(runs.count >= 120)
  }

  @Test("an order that is not the seed's is noticed")
  func irreproducible() async throws {
    let exploration = await Simulation.explore(schedules: 200) { _ in
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask { if Bool.random() { await Task.yield() } }
        }
      }
    }
    #expect(exploration.irreproducible != nil)
    #expect(try #require(exploration.problem).contains("The seed does not determine"))
  }

  @Test("random numbers that belong to the seed are fine")
  func seededRandomness() async throws {
    try await explore { world in
      var random = world.randomNumbers
      for _ in 0..<Int.random(in: 1...5, using: &random) { await Task.yield() }
    }
  }

  @Test("every schedule of a small body, and how many there are")
  func exhaustive() async {
    func schedules(of tasks: Int, turns: Int) async -> Simulation.Exploration {
      await Simulation.exploreAll(limit: 2_000) { _ in
        await withTaskGroup(of: Void.self) { group in
          for _ in 0..<tasks {
            group.addTask { for _ in 1..<turns { await Task.yield() } }
          }
        }
      }
    }
    let single = await schedules(of: 1, turns: 3)
    #expect(single.isExhaustive)
    #expect(single.schedules == 1)
    let pair = await schedules(of: 2, turns: 1)
    #expect(pair.isExhaustive)
    // Two orders; in each, the body may be resumed between the two or after both.
    #expect(pair.schedules == 4)
    let many = await schedules(of: 4, turns: 4)
    #expect(!many.isExhaustive)
    #expect(many.schedules == 2_000)
  }

  @Test("the exhaustive search finds the one order that fails")
  func exhaustiveFailure() async throws {
    let orders = Orders()
    let body: @Sendable (World) async throws -> Void = { _ in
      let order = Mutex<[Int]>([])
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<3 {
          group.addTask { @Sendable in order.withLock { $0.append(number) } }
        }
      }
      let found = order.withLock { $0 }
      orders.insert(found)
      if found == [2, 1, 0] { throw Broken(seen: 210) }
    }
    let exploration = await Simulation.exploreAll(body)
    let failure = try #require(exploration.failure)
    #expect(!exploration.isExhaustive)
    let problem = try #require(exploration.problem)
    #expect(problem.contains("schedule \(failure.seed) of the exhaustive search"))
    #expect(orders.all.contains([2, 1, 0]))
  }

  @Test("a failing expectation is reported once, with its seed, and stops it")
  func expectations() async throws {
    let runs = Counter()
    let issues = try await issues {
      try await explore { world in
        runs.add()
        #expect(world.seed < 2)
      }
    }
    #expect(issues.count == 1)
    #expect(issues.first?.contains("replay it with SIMULATION_SEED=2") == true)
    // Seeds 0, 1, 1 again to see whether it does the same, and 2.
    #expect(runs.count == 4)
  }

  @Test("an issue that is known stops it too, and stays known")
  func knownIssues() async throws {
    let runs = Counter()
    let issues = try await issues {
      await withKnownIssue {
        try await explore { _ in
          runs.add()
          Issue.record("not done yet")
        }
      }
    }
    #expect(issues.count == 1)
    #expect(runs.count == 1)
  }

  @Test("a verdict is reported once, with its seed")
  func verdicts() async throws {
    let issues = try await issues {
      try await explore(options: .impatient) { _ in
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
      }
    }
    #expect(issues.count == 1)
    #expect(issues.first?.contains("Under seed 0") == true)
    #expect(issues.first?.contains("deadlock at 0 s") == true)
    #expect(issues.first?.contains("Replay it with SIMULATION_SEED=0.") == true)
  }

  @Test("an error is reported once, with what it says")
  func errors() async throws {
    let issues = try await issues {
      try await explore { _ in throw Broken(seen: 3) }
    }
    #expect(issues.count == 1)
    #expect(issues.first?.contains("threw Broken(seen: 3)") == true)
  }

  @Test("SIMULATION_SEED replays one schedule")
  func replayBySeed() async {
    await #expect(processExitsWith: .success) {
      setenv("SIMULATION_SEED", "17", 1)
      let exploration = await Simulation.explore { world in
        throw Broken(seen: Int(world.seed))
      }
      precondition(exploration.schedules == 1)
      precondition(exploration.failure?.seed == 17)
    }
  }

  static func loseAnUpdate() async throws {
    let tally = Tally()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<2 { group.addTask { await tally.addCarelessly() } }
    }
    let seen = await tally.value
    guard seen == 2 else { throw Broken(seen: seen) }
  }

  private final class Counter: Sendable {
    private let value = Atomic(0)
    var count: Int { value.load(ordering: .relaxed) }
    func add() { value.add(1, ordering: .relaxed) }
  }

  private final class Orders: Sendable {
    private let orders = Mutex<Set<[Int]>>([])
    var all: Set<[Int]> { orders.withLock { $0 } }
    func insert(_ order: [Int]) { _ = orders.withLock { $0.insert(order) } }
  }
}
