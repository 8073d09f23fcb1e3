import Foundation
import Synchronization
import Testing

@testable import AsyncPrimitives

/// Timeouts, shields and resources under real threads. What must hold does not depend on what the
/// clock says: the limits are so short that either side may win.
@Suite("Time on real threads", .serialized)
struct TimeThreadTests {
  private func micros(_ range: Range<Int>, _ lottery: inout Lottery) -> Duration {
    .microseconds(Int.random(in: range, using: &lottery))
  }

  @Test("XX-12 a lock under timeouts that race its release: one owner, and nothing is left behind")
  func lockUnderTimeouts() async throws {
    let lock = AsyncLock()
    let inside = Counter()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<4 {
        var lottery = Lottery(seed: UInt64(number))
        let limits = (0..<200).map { _ in micros(-5..<60, &lottery) }
        group.addTask {
          for limit in limits {
            do {
              try await withTimeout(limit) { try await lock.lock() }
            } catch {
              #expect(error is TimeoutError)
              continue
            }
            // Held: the grant has won, however late.
            #expect(inside.count.add(1, ordering: .relaxed).newValue == 1)
            await Task.yield()
            inside.count.subtract(1, ordering: .relaxed)
            try? lock.unlock()
          }
        }
      }
    }
    #expect(lock.waiterCount == 0)
    #expect(lock.tryLock())
  }

  @Test("XX-12 nested timeouts that race each other and a cancellation: the errors stay in order")
  func nested() async throws {
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<4 {
        var lottery = Lottery(seed: UInt64(100 + number))
        let limits = (0..<100).map { _ in (micros(0..<80, &lottery), micros(0..<80, &lottery)) }
        group.addTask {
          for (index, (outer, inner)) in limits.enumerated() {
            let task = Task {
              try await withTimeout(outer) {
                try await withTimeout(inner) { try await Task.sleep(for: .seconds(3600)) }
              }
            }
            if index.isMultiple(of: 3) { task.cancel() }
            switch await task.result {
            case .success: Issue.record("an hour has passed")
            case .failure(let error):
              #expect(
                error is TimeoutError || index.isMultiple(of: 3) && error is CancellationError)
            }
          }
        }
      }
    }
  }

  @Test("XX-12 a limit that several threads move to and fro is kept in the end")
  func rescheduling() async throws {
    for round in 0..<50 {
      let scope = TimeoutScope(nil)
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          let outcome = await outcome {
            try await scope.run { try await Task.sleep(for: .seconds(3600)) }
          }
          #expect(throws: TimeoutError.self) { try outcome.get() }
        }
        await withTaskGroup(of: Void.self) { movers in
          for number in 0..<3 {
            var lottery = Lottery(seed: UInt64(1_000 + 3 * round + number))
            let limits = (0..<20).map { _ in Int.random(in: 100..<5_000, using: &lottery) }
            movers.addTask {
              for limit in limits {
                try? scope.reschedule(after: limit.isMultiple(of: 7) ? nil : .seconds(limit))
              }
            }
          }
        }
        try? scope.reschedule(after: .microseconds(round))
      }
      #expect(scope.isExpired)
    }
  }

  @Test("XX-12 what is acquired is released once, under cancellations, on real threads")
  func resources() async throws {
    let connections = Counter()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<4 {
        group.addTask {
          for round in 0..<100 {
            let task = Task {
              try await withResourceStack { stack in
                for _ in 0..<3 {
                  try await stack.enter {
                    await Task.yield()
                    try Task.checkCancellation()
                    connections.count.add(1, ordering: .relaxed)
                  } release: {
                    await Task.yield()
                    connections.count.subtract(1, ordering: .relaxed)
                  }
                }
              }
            }
            if !(round + number).isMultiple(of: 3) { task.cancel() }
            _ = await task.result
          }
        }
      }
    }
    #expect(connections.count.load(ordering: .relaxed) == 0)
  }

  @Test("XX-12 a shielded operation runs to its end exactly once, whenever its caller leaves")
  func shields() async throws {
    let (begun, ended) = (Counter(), Counter())
    await withTaskGroup(of: Void.self) { group in
      for round in 0..<400 {
        group.addTask {
          let caller = Task {
            try await shield {
              begun.count.add(1, ordering: .relaxed)
              await Task.yield()
              #expect(!Task.isCancelled)
              ended.count.add(1, ordering: .relaxed)
            }
          }
          if round.isMultiple(of: 2) { caller.cancel() }
          _ = await caller.result
        }
      }
    }
    // Those that are still on their way were begun, or never will be.
    while ended.count.load(ordering: .relaxed) < begun.count.load(ordering: .relaxed) {
      await Task.yield()
    }
    #expect(begun.count.load(ordering: .relaxed) >= 200)
  }

  @Test("XX-07 more operations under a timeout than cores keep no thread: unrelated work goes on")
  func keepNoThread() async throws {
    let gate = Gate()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<32 {
        group.addTask { try await withTimeout(.seconds(3600)) { try await gate.wait() } }
        group.addTask { try await shield { try await gate.wait() } }
        group.addTask { try await withCancellationShield { try await gate.wait() } }
      }
      #expect(await Task { 1 }.value == 1)
      gate.open()
      try await group.waitForAll()
    }
  }

  /// A counter that closures can share.
  private final class Counter: Sendable { let count = Atomic(0) }
}
