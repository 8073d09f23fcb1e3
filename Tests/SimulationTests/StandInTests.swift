import CheckKit
import Synchronization
import Testing

/// What the stand-ins let others do that a run without them would not.
@Suite("Stand-ins")
struct StandInTests {
  enum Form: CaseIterable {
    case checked, checkedThrowing, unsafe, unsafeThrowing
  }

  @Test("between a look and its continuation, others may go first", arguments: Form.allCases)
  func inBetween(_ form: Form) async {
    let exploration = await Simulation.explore { _ in
      try await Self.race { flag in try await Self.look(at: flag, by: form) }
    }
    #expect(exploration.failure?.verdict.headline == "threw WentFirst()")
  }

  @Test("on an actor, nobody goes first, in any schedule", arguments: Form.allCases)
  func onActor(_ form: Form) async {
    let exploration = await Simulation.exploreAll { _ in
      try await Self.race { flag in try await Looker().look(at: flag, by: form) }
    }
    #expect(exploration.isPassed)
    #expect(exploration.schedules > 1)
  }

  @Test("outside of a simulation, they are the standard library's", arguments: Form.allCases)
  func elsewhere(_ form: Form) async throws {
    let flag = Flag()
    flag.raise()
    try await Self.look(at: flag, by: form)
  }

  @Test("a task that has left an actor may find that others were faster")
  func leavingAnActor() async {
    let exploration = await Simulation.explore { _ in
      let mark = Mark()
      try await Self.race { flag in
        await mark.set()
        if flag.isRaised { throw WentFirst() }
      } raise: { flag in
        if await mark.isSet { flag.raise() }
      }
    }
    #expect(exploration.failure?.verdict.headline == "threw WentFirst()")
  }

  private actor Mark {
    private(set) var isSet = false
    func set() { isSet = true }
  }

  private struct WentFirst: Error {}

  private final class Flag: Sendable {
    private let state = Atomic(false)
    var isRaised: Bool { state.load(ordering: .relaxed) }
    func raise() { state.store(true, ordering: .relaxed) }
  }

  private actor Looker {
    func look(at flag: Flag, by form: Form) async throws {
      try await StandInTests.look(at: flag, by: form)
    }
  }

  /// One task looks, and one raises the flag.
  private static func race(
    _ look: @escaping @Sendable (Flag) async throws -> Void,
    raise: @escaping @Sendable (Flag) async -> Void = { $0.raise() }
  ) async throws {
    let flag = Flag()
    let tasks = [Task { try await look(flag) }, Task { await raise(flag) }]
    for task in tasks { try await task.value }
  }

  /// Looks at a flag, and again while the continuation is made.
  ///
  /// - Throws: ``WentFirst`` if somebody has raised it in between.
  private static func look(
    at flag: Flag, by form: Form, isolation: isolated (any Actor)? = #isolation
  ) async throws {
    let before = flag.isRaised
    let after =
      switch form {
      case .checked:
        await withCheckedContinuation { $0.resume(returning: flag.isRaised) }
      case .checkedThrowing:
        try await withCheckedThrowingContinuation { $0.resume(returning: flag.isRaised) }
      case .unsafe:
        await withUnsafeContinuation { $0.resume(returning: flag.isRaised) }
      case .unsafeThrowing:
        try await withUnsafeThrowingContinuation { $0.resume(returning: flag.isRaised) }
      }
    if before != after { throw WentFirst() }
  }
}
