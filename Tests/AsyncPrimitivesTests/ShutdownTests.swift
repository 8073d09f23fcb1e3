import CheckKit
import Foundation
import Testing

@testable import AsyncPrimitives

@Suite("Graceful shutdown", .startsTasks)
struct ShutdownTests {
  @Test("GS-01 a handler registered when the shutdown has begun runs at once, before the operation")
  func lateHandler() async throws {
    try await explore { _ in
      let journal = Journal()
      let shutdown = GracefulShutdown(limit: nil)
      try await shutdown.run {
        shutdown.begin()
        await withShutdownHandler {
          journal.add("operation")
        } onShutdown: {
          journal.add("handler")
        }
      }
      #expect(journal.entries == ["handler", "operation"])
    }
  }

  @Test("GS-01 a handler is called once or never: not for a scope that was left before")
  func leftScope() async throws {
    try await explore { _ in
      let journal = Journal()
      let shutdown = GracefulShutdown(limit: nil)
      try await shutdown.run {
        await withShutdownHandler {
          journal.add("left")
        } onShutdown: {
          journal.add("never")
        }
        try await withShutdownHandler {
          shutdown.begin()
          shutdown.begin()
          try await shutdown.wait()
        } onShutdown: {
          journal.add("once")
        }
      }
      #expect(journal.entries == ["left", "once"])
    }
  }

  @Test("GS-02 nested handlers: a shutdown calls the outer first, a cancellation the inner first")
  func nestedHandlers() async throws {
    try await explore { world in
      let journal = Journal()
      let shutdown = GracefulShutdown(limit: nil)
      let task = Task {
        try await shutdown.run {
          try await withShutdownHandler {
            try await withShutdownHandler {
              try await withTaskCancellationHandler {
                try await withTaskCancellationHandler {
                  try await Task.sleep(for: .seconds(60))
                } onCancel: {
                  journal.add("cancel inner")
                }
              } onCancel: {
                journal.add("cancel outer")
              }
            } onShutdown: {
              journal.add("shut down inner")
            }
          } onShutdown: {
            journal.add("shut down outer")
          }
        }
      }
      await world.settle()
      shutdown.begin()
      #expect(journal.entries == ["shut down outer", "shut down inner"])
      shutdown.cancel()
      await expectThrow(ShutdownCancelled()) { try await task.value }
      #expect(journal.entries.suffix(2) == ["cancel inner", "cancel outer"])
    }
  }

  @Test("GS-04 it reaches child tasks, task groups and throwing groups")
  func reachesChildren() async throws {
    try await explore { world in
      let journal = Journal()
      let shutdown = GracefulShutdown(limit: nil)
      let listen: @Sendable (String) async throws -> Void = { name in
        try await withShutdownHandler {
          try await GracefulShutdown.current?.wait()
        } onShutdown: {
          journal.add(name)
        }
      }
      let task = Task {
        try await shutdown.run {
          async let child: Void = listen("child")
          await withTaskGroup { group in
            group.addTask { try? await listen("group") }
            await withThrowingTaskGroup { inner in
              inner.addTask { try await listen("throwing group") }
            }
          }
          try await child
        }
      }
      await world.settle()
      #expect(journal.entries.isEmpty)
      shutdown.begin()
      try await task.value
      #expect(journal.entries.sorted() == ["child", "group", "throwing group"])
    }
  }

  @Test("GS-06 when the limit is over, and not before, what is left is cancelled")
  func escalation() async throws {
    try await explore { world in
      let journal = Journal()
      let shutdown = GracefulShutdown(limit: .seconds(5))
      let task = Task {
        try await shutdown.run {
          await withTaskGroup { group in
            for seconds in [4, 9] {
              group.addTask {
                do {
                  try await Task.sleep(for: .seconds(seconds))
                  journal.add("\(seconds) is done at \(world.now)")
                } catch {
                  journal.add("\(seconds) is cancelled at \(world.now)")
                }
              }
            }
          }
          try Task.checkCancellation()
        }
      }
      try await Task.sleep(for: .seconds(1))
      shutdown.begin()
      #expect(shutdown.phase == .draining)
      try await Task.sleep(for: .seconds(5) - .nanoseconds(1))
      #expect(shutdown.phase == .draining)
      await expectThrow(ShutdownCancelled()) { try await task.value }
      #expect(shutdown.phase == .cancelling)
      #expect(
        journal.entries == ["4 is done at 4.0 seconds", "9 is cancelled at 6.0 seconds"])
    }
  }

  @Test("GS-06 without a limit, nothing is cancelled; what ends in time is not")
  func inTime() async throws {
    for limit in [nil, .seconds(3600)] as [Duration?] {
      try await explore { world in
        let shutdown = GracefulShutdown(limit: limit)
        async let value = shutdown.run {
          try await Task.sleep(for: .seconds(3000))
          return Task.isCancelled
        }
        try await Task.sleep(for: .seconds(1))
        shutdown.begin()
        let wasCancelled = try await value
        #expect(!wasCancelled)
        #expect(world.now == .seconds(3000))
      }
    }
  }

  @Test("GS-06 of a begin and a cancel at the same moment, the cancel decides", arguments: [1, 2])
  func race(requests: Int) async throws {
    try await explore { world in
      let shutdown = GracefulShutdown(limit: .seconds(60))
      let task = Task { try await shutdown.run { try await Task.sleep(for: .seconds(600)) } }
      await world.settle()
      await withTaskGroup { group in
        group.addTask { requests == 2 ? _ = shutdown.request() : shutdown.begin() }
        group.addTask { requests == 2 ? _ = shutdown.request() : shutdown.cancel() }
      }
      await expectThrow(ShutdownCancelled()) { try await task.value }
      #expect(world.now == .zero)
    }
  }

  @Test("GS-06 a begin that a cancel overtakes halfway does not take it back")
  func overtaken() async throws {
    try await explore { world in
      let shutdown = GracefulShutdown(limit: .seconds(60))
      let task = Task { try await shutdown.run { try await Task.sleep(for: .seconds(600)) } }
      await world.settle()
      shutdown.cancel()
      shutdown.enter(.draining, calling: [])  // The second half of a begin on another thread.
      await expectThrow(ShutdownCancelled()) { try await task.value }
      #expect(world.now == .zero)
    }
  }

  @Test("GS-13 the first request drains, the second cancels at once, and clean-up runs to its end")
  func twoRequests() async throws {
    try await explore { world in
      let journal = Journal()
      let shutdown = GracefulShutdown(limit: .seconds(60))
      let task = Task {
        try await shutdown.run {
          try await withResource {
          } release: {
            try await Task.sleep(for: .seconds(2))
            journal.add("closed at \(world.now)")
          } body: {
            try await Task.sleep(for: .seconds(600))
          }
        }
      }
      await world.settle()
      #expect(shutdown.phase == .running)
      #expect(shutdown.request() == .draining)
      try await Task.sleep(for: .seconds(1))
      #expect(journal.entries.isEmpty)
      #expect(shutdown.request() == .cancelling)
      await world.settle()
      #expect(shutdown.request() == .cancelling)
      await expectThrow(ShutdownCancelled()) { try await task.value }
      #expect(journal.entries == ["closed at 3.0 seconds"])
    }
  }

  @Test("GS-14 begun before the start, twice, from inside a job, after the end: no deadlock")
  func oddMoments() async throws {
    try await explore { world in
      let early = GracefulShutdown(limit: .seconds(2))
      early.begin()
      early.begin()
      await expectThrow(ShutdownCancelled()) {
        try await early.run {
          try await early.wait()
          try await Task.sleep(for: .seconds(60))
        }
      }
      #expect(world.now == .seconds(2))

      let cancelled = GracefulShutdown(limit: nil)
      cancelled.cancel()
      await expectThrow(ShutdownCancelled()) {
        try await cancelled.run { try await Task.sleep(for: .seconds(60)) }
      }
      #expect(world.now == .seconds(2))

      let inside = GracefulShutdown(limit: .seconds(5))
      let value = try await inside.run {
        GracefulShutdown.current?.begin()
        try await Task.sleep(for: .seconds(1))
        return 7
      }
      #expect(value == 7)
      inside.begin()
      inside.cancel()
      inside.request()
      #expect(world.now == .seconds(3))
    }
  }

  @Test("GS-14 it is begun from a thread, from deinit and from a cancellation handler")
  func anywhere() async throws {
    final class Beginner: Sendable {
      let shutdown: GracefulShutdown
      init(_ shutdown: GracefulShutdown) { self.shutdown = shutdown }
      deinit { shutdown.begin() }
    }
    let shutdown = GracefulShutdown(limit: nil)
    #expect(finishes { _ = Beginner(shutdown) })
    #expect(shutdown.isShuttingDown)
    try await explore { world in
      let shutdown = GracefulShutdown(limit: nil)
      let task = Task {
        try await shutdown.run {
          try await withTaskCancellationHandler {
            try await shutdown.wait()
          } onCancel: {
            shutdown.begin()
          }
        }
      }
      await world.settle()
      task.cancel()
      _ = await task.result
      #expect(shutdown.isShuttingDown)
    }
  }
}
