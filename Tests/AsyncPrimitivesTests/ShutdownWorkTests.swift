import CheckKit
import Synchronization
import Testing

@testable import AsyncPrimitives

/// What becomes of the work when a shutdown comes in the middle of it.
@Suite("Work under a graceful shutdown", .startsTasks)
struct ShutdownWorkTests {
  @Test("GS-09 no new work, short jobs complete up to the limit, long ones go back in the queue")
  func requeue() async throws {
    try await explore { world in
      let jobs = AsyncQueue<Int>(name: "jobs")
      for seconds in [2, 30, 1, 1] { try jobs.tryPut(seconds) }
      let done = Journal()
      let shutdown = GracefulShutdown(limit: .seconds(5))
      let task = Task {
        try await shutdown.run {
          try await withThrowingDiscardingTaskGroup { group in
            for _ in 1...2 {
              group.addTask {
                while !shutdown.isShuttingDown {
                  let seconds = try await jobs.get()
                  do { try await Task.sleep(for: .seconds(seconds)) } catch {
                    try await jobs.putIgnoringCancellation(seconds)
                    throw error
                  }
                  done.add("\(seconds)")
                }
              }
            }
          }
        }
      }
      try await Task.sleep(for: .seconds(1))
      shutdown.begin()
      await expectThrow(ShutdownCancelled()) { try await task.value }
      #expect(world.now == .seconds(6))
      #expect(done.entries == ["2"])
      #expect(jobs.shutdown(immediate: true) == [1, 1, 30])
    }
  }

  @Test("GS-10 producers stop, consumers drain: items processed are items accepted")
  func drain() async throws {
    try await explore { _ in
      let queue = AsyncQueue<Int>(capacity: 2)
      let accepted = Atomic(0)
      let processed = Atomic(0)
      let shutdown = GracefulShutdown(limit: .seconds(60))
      async let running: Void = shutdown.run {
        try await withShutdownHandler {
          try await withThrowingDiscardingTaskGroup { group in
            for _ in 1...3 {
              group.addTask { @Sendable in
                while (try? await queue.put(1)) != nil { accepted.add(1, ordering: .relaxed) }
              }
            }
            for _ in 1...2 {
              group.addTask { @Sendable in
                for try await item in queue.items {
                  try await Task.sleep(for: .seconds(1))
                  processed.add(item, ordering: .relaxed)
                  try queue.taskDone()
                }
              }
            }
          }
        } onShutdown: {
          queue.shutdown()
        }
      }
      try await Task.sleep(for: .milliseconds(4500))
      shutdown.begin()
      try await running
      try await queue.join()
      let (taken, done) = (accepted.load(ordering: .relaxed), processed.load(ordering: .relaxed))
      #expect(taken == done)
      #expect(taken > 8)
      #expect(queue.isEmpty)
    }
  }

  @Test(
    "CM-05 cancelled by the limit: every resource is closed, the last one first, before run ends")
  func cleanUp() async throws {
    try await explore { world in
      let journal = Journal()
      let shutdown = GracefulShutdown(limit: .seconds(1))
      await expectThrow(ShutdownCancelled()) {
        try await shutdown.run {
          try await withResourceStack { stack in
            for name in ["file", "connection"] {
              try await stack.enter {
              } release: {
                try await Task.sleep(for: .seconds(2))
                journal.add("\(name) closed at \(world.now)")
              }
            }
            shutdown.begin()
            try await Task.sleep(for: .seconds(60))
          }
        }
      }
      journal.add("run has ended")
      #expect(
        journal.entries == [
          "connection closed at 3.0 seconds", "file closed at 5.0 seconds", "run has ended",
        ])
    }
  }

  @Test("CM-01 each job's exit runs once, whether it was done, cancelled by the limit, or failed")
  func exitsOnce() async throws {
    try await explore { _ in
      let connections = Connections()
      let shutdown = GracefulShutdown(limit: .seconds(2))
      await expectThrow(ShutdownCancelled()) {
        try await shutdown.run {
          try await withThrowingTaskGroup(of: Void.self) { group in
            for seconds in [1, 2, 3, 4] {
              group.addTask {
                try await withResource {
                  connections.acquire("\(seconds)")
                } release: {
                  connections.release($0)
                } body: { _ in
                  try await Task.sleep(for: .seconds(seconds))
                  if seconds == 1 { throw Mishap(1) }
                }
              }
            }
            shutdown.begin()
            while let result = await group.nextResult() { _ = result }
            try Task.checkCancellation()
          }
        }
      }
      #expect(connections.count == 0)
      #expect(connections.journal.entries.count == 8)
    }
  }
}
