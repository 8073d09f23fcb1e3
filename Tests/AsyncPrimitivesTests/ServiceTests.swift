import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Services", .startsTasks)
struct ServiceTests {
  /// Runs until it is told to stop, and takes a second for that.
  private func service(_ name: String, _ world: World, _ journal: Journal) -> Service {
    Service(name) {
      try await GracefulShutdown.current?.wait()
      journal.add("\(name) is told at \(world.now)")
      try await Task.sleep(for: .seconds(1))
      journal.add("\(name) has ended")
    }
  }

  @Test("GS-05 services stop in reverse order, each only after the later one has ended")
  func reverse() async throws {
    try await explore { world in
      let journal = Journal()
      let shutdown = GracefulShutdown(limit: nil)
      let services = ["ledger", "sorters", "door"].map { service($0, world, journal) }
      let task = Task { try await shutdown.run(services) }
      try await Task.sleep(for: .seconds(5))
      shutdown.begin()
      try await task.value
      #expect(
        journal.entries == [
          "door is told at 5.0 seconds", "door has ended",
          "sorters is told at 6.0 seconds", "sorters has ended",
          "ledger is told at 7.0 seconds", "ledger has ended",
        ])
    }
  }

  @Test("GS-06 one limit for all services: when it is over, all that run are cancelled")
  func limit() async throws {
    try await explore { world in
      let journal = Journal()
      let shutdown = GracefulShutdown(limit: .milliseconds(1500))
      let services = ["ledger", "sorters", "door"].map { service($0, world, journal) }
      shutdown.begin()
      await expectThrow(ShutdownCancelled()) { try await shutdown.run(services) }
      #expect(world.now == .milliseconds(1500))
      #expect(
        journal.entries == [
          "door is told at 0.0 seconds", "door has ended", "sorters is told at 1.0 seconds",
        ])
    }
  }

  @Test("GS-08 a service that throws has the others cancelled, and its error is the one thrown")
  func failure() async throws {
    try await explore { world in
      let later = Journal()
      let shutdown = GracefulShutdown(limit: nil)
      let services = [
        Service("second") {
          try? await Task.sleep(for: .seconds(60))
          throw Mishap(2)
        },
        Service("first") {
          try await Task.sleep(for: .seconds(1))
          throw Mishap(1)
        },
      ]
      await UnretrievedError.$handler.withValue({ later.add("\($0)") }) {
        await expectThrow(Mishap(1)) { try await shutdown.run(services) }
      }
      #expect(world.now == .seconds(1))
      #expect(
        later.entries == [
          "service “second” failed, and nobody asked for its outcome: \(Mishap(2))"
        ])
    }
  }

  @Test("GS-12 run cancels what is left, awaits it, and reports its errors")
  func leftovers() async throws {
    try await explore { world in
      let journal = Journal()
      let services = [
        Service("slow") {
          try? await Task.sleep(for: .seconds(60))
          try await withCancellationShield { try await Task.sleep(for: .seconds(3)) }
          journal.add("slow has cleaned up")
          throw Mishap(2)
        },
        Service("fails") { throw Mishap(1) },
      ]
      await UnretrievedError.$handler.withValue({ journal.add("\($0.source): \($0.error)") }) {
        await expectThrow(Mishap(1)) { try await GracefulShutdown(limit: nil).run(services) }
      }
      journal.add("run has ended")
      #expect(
        journal.entries == [
          "slow has cleaned up", "service “slow”: \(Mishap(2))", "run has ended",
        ])
      #expect(world.now == .seconds(3))
    }
  }

  @Test("GS-14 an end before the start, no services, a service that begins the shutdown itself")
  func oddMoments() async throws {
    try await explore { world in
      try await GracefulShutdown(limit: nil).run([])
      let journal = Journal()
      let early = GracefulShutdown(limit: nil)
      early.begin()
      try await early.run([service("door", world, journal)])
      let shutdown = GracefulShutdown(limit: nil)
      try await shutdown.run([
        service("ledger", world, journal),
        Service("clock") { shutdown.begin() },
      ])
      #expect(journal.entries.count == 4)
    }
  }

  @Test("a service that ends early, or only by cancelOnShutdown, has not failed")
  func endsEarly() async throws {
    try await explore { world in
      let journal = Journal()
      let shutdown = GracefulShutdown(limit: nil)
      let task = Task {
        try await shutdown.run([
          Service("early") {},
          Service("waits") {
            try await cancelOnShutdown { try await Task.sleep(for: .seconds(60)) }
          },
          service("door", world, journal),
        ])
      }
      try await Task.sleep(for: .seconds(5))
      shutdown.begin()
      try await task.value
      #expect(journal.entries == ["door is told at 5.0 seconds", "door has ended"])
      #expect(world.now == .seconds(6))
    }
  }

  @Test("a cancelled caller: all services are cancelled and awaited")
  func cancelledCaller() async throws {
    try await explore { world in
      let journal = Journal()
      let shutdown = GracefulShutdown(limit: nil)
      let task = Task { try await shutdown.run([service("door", world, journal)]) }
      await world.settle()
      task.cancel()
      #expect(await task.endsCancelled)
      #expect(journal.entries.isEmpty)
    }
  }
}
