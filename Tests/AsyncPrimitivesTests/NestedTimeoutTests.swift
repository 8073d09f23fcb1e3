import CheckKit
import Synchronization
import Testing

@testable import AsyncPrimitives

@Suite("Timeouts in timeouts", .startsTasks)
struct NestedTimeoutTests {
  /// An operation that never ends by itself.
  private func forever() async throws { try await Task.sleep(for: .seconds(1_000_000)) }

  @Test("TO-05 scopes with one deadline: only the outermost throws TimeoutError, all are expired")
  func sameDeadline() async throws {
    for limit in [Duration.seconds(1), .zero] {
      try await explore { world in
        let scopes = (0..<3).map { _ in TimeoutScope(limit) }
        let journal = Journal()
        await expectThrow(TimeoutError.self) {
          try await scopes[0].run {
            try await noting(journal) {
              try await scopes[1].run {
                try await noting(journal) { try await scopes[2].run { try await forever() } }
              }
            }
          }
        }
        #expect(journal.entries == ["CancellationError", "CancellationError"])
        #expect(scopes.map(\.isExpired) == [true, true, true])
        #expect(world.now == limit)
        #expect(world.sleepers == 0)
      }
    }
  }

  /// Notes what `body` throws on its way out.
  nonisolated(nonsending) private func noting(
    _ journal: Journal, _ body: nonisolated(nonsending) () async throws -> Void
  ) async throws {
    do { try await body() } catch {
      journal.add("\(type(of: error))")
      throw error
    }
  }

  @Test("TO-05 the outermost and the innermost have one deadline, the one between a later one")
  func sameDeadlineApart() async throws {
    try await explore { _ in
      let journal = Journal()
      await expectThrow(TimeoutError(limit: .seconds(1))) {
        try await withTimeout(.seconds(1)) {
          try await noting(journal) {
            try await withTimeout(.seconds(2)) {
              try await noting(journal) {
                try await withTimeout(.seconds(1)) { try await forever() }
              }
            }
          }
        }
      }
      #expect(journal.entries == ["CancellationError", "CancellationError"])
    }
  }

  @Test("TO-05 an unstructured task has the deadline of the scope that started it, and not its end")
  func unstructuredInside() async throws {
    try await explore { world in
      let gate = Gate()
      let tasks = Journal()
      await expectThrow(TimeoutError.self) {
        try await withTimeout(.seconds(1)) {
          // None of these is cancelled by the scope around it: their own time is up.
          async let _ = Task {
            await expectThrow(TimeoutError.self) {
              try await withTimeout(.seconds(1)) { try await forever() }
            }
            tasks.add("same")
          }.value
          Task {
            await expectThrow(TimeoutError.self) {
              try await withTimeout(.seconds(3)) { try await forever() }
            }
            tasks.add("later")
            gate.open()
          }
          try await forever()
        }
      }
      try await gate.wait()
      #expect(tasks.entries == ["same", "later"])
      #expect(world.now == .seconds(3))
    }
  }

  @Test("TO-06 the inner time is up first: the outer scope goes on, and still limits what follows")
  func innerFirst() async throws {
    try await explore { world in
      let outer = TimeoutScope(.seconds(100))
      await expectThrow(TimeoutError(limit: .seconds(100))) {
        try await outer.run {
          await expectThrow(TimeoutError(limit: .seconds(10))) {
            try await withTimeout(.seconds(10)) { try await forever() }
          }
          #expect(!outer.isExpired)
          #expect(!Task.isCancelled)
          try await Task.sleep(for: .seconds(20))
          #expect(world.now == .seconds(30))
          try await forever()
        }
      }
      #expect(world.now == .seconds(100))
    }
  }

  @Test("TO-06 the outer time is up first: the inner scope sees a cancellation, and is not expired")
  func outerFirst() async throws {
    try await explore { world in
      let inner = TimeoutScope(.seconds(100))
      await expectThrow(TimeoutError(limit: .seconds(10))) {
        try await withTimeout(.seconds(10)) {
          await expectThrow(CancellationError.self) {
            try await inner.run { try await forever() }
          }
          try Task.checkCancellation()
        }
      }
      #expect(!inner.isExpired)
      #expect(world.now == .seconds(10))
    }
  }

  @Test("TO-05 an outer scope that will never go first, being cancelled, keeps nobody waiting")
  func cancelledOutside() async throws {
    try await explore { world in
      let inner = TimeoutScope(.seconds(1))
      let journal = Journal()
      let outer = Task {
        try await withTimeout(.seconds(1)) {
          // Not cancelled with the scope around it.
          Task {
            await expectThrow(TimeoutError.self) { try await inner.run { try await forever() } }
            journal.add("inner at \(world.now)")
          }
          try await withCancellationShield { try await Task.sleep(for: .seconds(10)) }
          try Task.checkCancellation()
        }
      }
      try await Task.sleep(for: .milliseconds(500))
      outer.cancel()
      #expect(await outer.endsCancelled)
      #expect(journal.entries == ["inner at 1.0 seconds"])
      #expect(world.now == .seconds(10))
    }
  }

  private final class Generations: Sendable {
    private struct Weak { weak var scope: TimeoutScope<ContinuousClock>? }
    private let scopes = Mutex<[Weak]>([])
    let gate = Gate()

    var areAlive: [Bool] { scopes.withLock { $0.map { $0.scope != nil } } }

    func start(_ left: Int) {
      Task {
        let scope = TimeoutScope(.seconds(100))
        scopes.withLock { $0.append(Weak(scope: scope)) }
        try await scope.run {
          if left > 1 { start(left - 1) } else { try await gate.wait() }
        }
      }
    }
  }

  @Test("a task that starts a task that starts a task, each in a scope, keeps no chain of them")
  func noChain() async throws {
    try await explore { world in
      let generations = Generations()
      generations.start(6)
      await world.settle()
      #expect(generations.areAlive.prefix(4) == [false, false, false, false])
      #expect(generations.areAlive.last == true)
      generations.gate.open()
    }
  }
}
