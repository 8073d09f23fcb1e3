import Synchronization
import Testing

@testable import AsyncPrimitives

@Suite("Graceful shutdown, on threads")
struct ShutdownThreadTests {
  @Test("GS-06, XX-12 begun and cancelled on two threads at once: the cancel decides")
  func race() async throws {
    for round in 0..<200 {
      let shutdown = GracefulShutdown(limit: .seconds(3600))
      let running = TaskHandle {
        try await shutdown.run { try await Task.sleep(for: .seconds(3600)) }
      }
      await withTaskGroup { group in
        group.addTask { shutdown.begin() }
        group.addTask { round.isMultiple(of: 2) ? shutdown.cancel() : shutdown.begin() }
        group.addTask { if !round.isMultiple(of: 2) { shutdown.cancel() } }
      }
      defer { running.cancel() }
      await #expect(throws: ShutdownCancelled()) {
        try await withTimeout(.seconds(30)) { try await running.value }
      }
    }
  }

  @Test("GS-13, XX-12 of many requests at once, one drains, and handlers are called once")
  func requests() async throws {
    for _ in 0..<100 {
      let shutdown = GracefulShutdown(limit: .seconds(3600))
      let counted = Counted()
      await #expect(throws: ShutdownCancelled()) {
        try await shutdown.run {
          try await withShutdownHandler {
            let steps = await withTaskGroup { group in
              for _ in 0..<8 { group.addTask { shutdown.request() } }
              return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(steps.count { $0 == .draining } == 1)
            try await Task.sleep(for: .seconds(3600))
          } onShutdown: {
            counted.add()
          }
        }
      }
      #expect(counted.count == 1)
    }
  }

  @Test("GS-01, XX-12 handlers that come and go while it begins are called once or never")
  func comeAndGo() async throws {
    for _ in 0..<100 {
      let shutdown = GracefulShutdown(limit: nil)
      try await shutdown.run {
        await withTaskGroup { group in
          for _ in 0..<6 {
            group.addTask {
              for _ in 0..<20 {
                let counted = Counted()
                await withShutdownHandler {
                  await Task.yield()
                } onShutdown: {
                  counted.add()
                }
                #expect(counted.count <= 1)
              }
            }
          }
          group.addTask { shutdown.begin() }
        }
      }
      // Whoever comes now is told at once.
      let late = Counted()
      _ = shutdown.addHandler { late.add() }
      #expect(late.count == 1)
    }
  }

  private final class Counted: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
  }
}
