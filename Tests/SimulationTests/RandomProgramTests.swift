import CheckKit
import Testing

/// Programs nobody thought of: every way to wait, in any nesting, under any schedule.
@Suite("Random programs")
struct RandomProgramTests {
  @Test(
    "take as long as their longest chain, under every schedule", arguments: 0..<60 as Range<UInt64>)
  func longestChain(_ number: UInt64) async throws {
    var random = SeededGenerator(seed: number)
    let program = Program.random(depth: 4, using: &random)
    try await explore(schedules: 20) { world in
      try await program.run(in: world, Inn())
      #expect(world.now == program.length)
      #expect(world.sleepers == 0)
    }
  }

  /// An actor in which one may sleep.
  actor Inn {
    func stay(for length: Duration) async throws { try await Task.sleep(for: length) }
  }

  indirect enum Program: Sendable {
    case sleep(Duration), clockSleep(Duration), actorSleep(Duration), mainActorSleep(Duration)
    case yield, settle, note
    case row([Program]), group([Program]), pair(Program, Program)
    case unstructured(Program), detached(Program), immediate(Program), continuation(Program)
    case cancelled(Program)

    static func random(depth: Int, using random: inout SeededGenerator) -> Program {
      let length = Duration.milliseconds(Int.random(in: 0...2_000, using: &random))
      guard depth > 0 else {
        return [
          .sleep(length), .clockSleep(length), .actorSleep(length), .mainActorSleep(length),
          .yield, .settle, .note,
        ].randomElement(using: &random) ?? .yield
      }
      func some() -> [Program] {
        (0..<Int.random(in: 0...3, using: &random)).map { _ in
          Program.random(depth: depth - 1, using: &random)
        }
      }
      func one() -> Program { .random(depth: depth - 1, using: &random) }
      switch Int.random(in: 0...10, using: &random) {
      case 0...2: return .row(some())
      case 3, 4: return .group(some())
      case 5: return .pair(one(), one())
      case 6: return .unstructured(one())
      case 7: return .detached(one())
      case 8: return .immediate(one())
      case 9: return .continuation(one())
      default: return .cancelled(one())
      }
    }

    /// How long it takes: a row's parts add up, and the longest of a group's counts.
    var length: Duration {
      switch self {
      case .sleep(let length), .clockSleep(let length), .actorSleep(let length),
        .mainActorSleep(let length):
        length
      case .yield, .settle, .note, .cancelled: .zero
      case .row(let parts): parts.reduce(.zero) { $0 + $1.length }
      case .group(let parts): parts.map(\.length).max() ?? .zero
      case .pair(let one, let two): max(one.length, two.length)
      case .unstructured(let part), .detached(let part), .immediate(let part),
        .continuation(let part):
        part.length
      }
    }

    func run(in world: World, _ inn: Inn) async throws {
      switch self {
      case .sleep(let length): try await Task.sleep(for: length)
      case .clockSleep(let length): try await world.clock.sleep(for: length)
      case .actorSleep(let length): try await inn.stay(for: length)
      // The one thing here that portable mode does not hold.
      case .mainActorSleep(let length) where Simulation.Mode.current == .portable:
        try await Task.sleep(for: length)
      case .mainActorSleep(let length):
        try await Task { @MainActor in
          try await Task.sleep(for: length)
          MainActor.assertIsolated()
        }.value
      case .yield: await Task.yield()
      case .settle: await world.settle()
      case .note: world.note("here")
      case .row(let parts): for part in parts { try await part.run(in: world, inn) }
      case .group(let parts):
        try await withThrowingTaskGroup(of: Void.self) { group in
          for part in parts { group.addTask { try await part.run(in: world, inn) } }
          try await group.waitForAll()
        }
      case .pair(let one, let two):
        async let first: Void = one.run(in: world, inn)
        async let second: Void = two.run(in: world, inn)
        try await first
        try await second
      case .unstructured(let part): try await Task { try await part.run(in: world, inn) }.value
      case .detached(let part):
        try await Task.detached { try await part.run(in: world, inn) }.value
      case .immediate(let part):
        try await Task.immediate { try await part.run(in: world, inn) }.value
      case .continuation(let part):
        try await withCheckedThrowingContinuation { continuation in
          Task {
            do {
              try await part.run(in: world, inn)
              continuation.resume()
            } catch { continuation.resume(throwing: error) }
          }
        }
      case .cancelled(let part):
        // Whatever it would have done: cancelled before it begins, it takes no time.
        let task = Task {
          withUnsafeCurrentTask { $0?.cancel() }
          try? await part.cancelledRun(in: world, inn)
        }
        await task.value
      }
    }

    /// Runs only what notices its own cancellation: an unstructured task would not.
    private func cancelledRun(in world: World, _ inn: Inn) async throws {
      switch self {
      case .row(let parts), .group(let parts):
        for part in parts { try await part.cancelledRun(in: world, inn) }
      case .sleep, .clockSleep, .actorSleep, .yield, .note: try await run(in: world, inn)
      default: return
      }
    }
  }
}
