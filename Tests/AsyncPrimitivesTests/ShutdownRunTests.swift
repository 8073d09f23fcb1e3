import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Running under a graceful shutdown", .startsTasks)
struct ShutdownRunTests {
  @Test("a value stands, an error is kept, and a second run is a misuse")
  func outcomes() async throws {
    try await explore { _ in
      let stands = GracefulShutdown(limit: .zero)
      let value = try await stands.run {
        stands.begin()
        try? await Task.sleep(for: .seconds(60))
        return Task.isCancelled
      }
      #expect(value)
      await expectThrow(TimeoutScopeError.enteredTwice) { try await stands.run {} }
      let fails = GracefulShutdown(limit: .zero)
      await expectThrow(Mishap(1)) {
        try await fails.run {
          fails.begin()
          try? await Task.sleep(for: .seconds(60))
          throw Mishap(1)
        }
      }
      // A timeout of the operation's own is not taken for the shutdown's.
      await expectThrow(TimeoutError(limit: .seconds(1))) {
        try await GracefulShutdown(limit: nil).run {
          try await withTimeout(.seconds(1)) { try await Task.sleep(for: .seconds(60)) }
        }
      }
    }
  }

  @Test("a cancelled caller: the operation is cancelled and awaited, and it is no shutdown")
  func cancelledCaller() async throws {
    try await explore { world in
      let shutdown = GracefulShutdown(limit: .seconds(5))
      let task = Task { try await shutdown.run { try await Task.sleep(for: .seconds(60)) } }
      await world.settle()
      task.cancel()
      #expect(await task.endsCancelled)
      #expect(shutdown.phase == .running)
      #expect(world.now == .zero)
    }
  }

  @Test("a shutdown inside another begins when the outer one does")
  func nested() async throws {
    try await explore { world in
      let journal = Journal()
      let outer = GracefulShutdown(limit: .seconds(10))
      let inner = GracefulShutdown(limit: .seconds(2))
      let task = Task {
        try await outer.run {
          do {
            try await inner.run { try await Task.sleep(for: .seconds(60)) }
          } catch {
            journal.add("\(type(of: error)) at \(world.now)")
          }
        }
      }
      await world.settle()
      outer.begin()
      #expect(inner.isShuttingDown)
      try await task.value
      #expect(journal.entries == ["ShutdownCancelled at 2.0 seconds"])
      #expect(outer.phase == .draining)
    }
  }

  @Test("cancelOnShutdown cancels what only waits, and not the caller")
  func cancelling() async throws {
    try await explore { world in
      let journal = Journal()
      let shutdown = GracefulShutdown(limit: nil)
      let task = Task {
        try await shutdown.run {
          await expectThrow(CancellationError.self) {
            try await cancelOnShutdown { try await Task.sleep(for: .seconds(600)) }
          }
          #expect(!Task.isCancelled)
          try await Task.sleep(for: .seconds(1))
          journal.add("cleaned up")
          // It has begun: what would wait for ever ends where it suspends.
          _ = try? await cancelOnShutdown { try await Task.sleep(for: .seconds(600)) }
        }
      }
      try await Task.sleep(for: .seconds(3))
      shutdown.begin()
      try await task.value
      #expect(journal.entries == ["cleaned up"])
      #expect(world.now == .seconds(4))
      let value = try await cancelOnShutdown { 7 }
      #expect(value == 7, "without a shutdown around it, only the operation runs")
    }
  }

  @Test("the operation runs on the caller's actor, with the caller's variables")
  func isolation() async throws {
    actor Shop {
      var orders = 0
      func run(_ shutdown: GracefulShutdown) async throws -> Int {
        try await shutdown.run {
          assertIsolated()
          orders += 1
          await Task.yield()
          assertIsolated()
          return orders
        }
      }
    }
    try await explore { _ in
      let orders = try await Shop().run(GracefulShutdown(limit: nil))
      #expect(orders == 1)
    }
  }

  @Test("a deadlock names the shutdown that was waited for")
  func deadlock() async {
    let report = await Simulation.run { _ in
      let shutdown = GracefulShutdown(limit: nil, name: "closing time")
      try await shutdown.run { try await shutdown.wait() }
    }
    let text = report.verdict.description
    #expect(text.contains("waits for event “closing time” to be set"), "\(text)")
  }
}
