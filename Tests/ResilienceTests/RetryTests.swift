import CheckKit
import Resilience
import Synchronization
import Testing

/// Rows RT of what the primitives promise.
@Suite("Retry")
struct RetryTests {
  @Test("RT-01 it stops after n attempts, with n - 1 waits and none after the last")
  func attempts() async throws {
    try await explore { world in
      let service = Service(failing: 99)
      let start = world.now
      await #expect(throws: RetriesExhausted.self) {
        try await retry(plain(4), clock: world.clock) { _ in try service.call() }
      }
      #expect(service.calls == 4)
      // 1 + 2 + 4: a fourth wait would make it 15.
      #expect(world.now - start == .seconds(7))
    }
  }

  @Test(
    "RT-05 it stops when the time is up, or before a wait that would end then",
    arguments: [(999, 2, 1), (1000, 1, 1), (1001, 1, 1)])
  func time(_ milliseconds: Int, _ callsAfter: Int, _ callsBefore: Int) async throws {
    try await explore(schedules: 5) { world in
      // The first attempt takes 999, 1000 or 1001 ms, and there is a wait of 1 s after it.
      for (after, before, calls) in [
        (Duration.seconds(1), nil, callsAfter), (nil, Duration.seconds(1), callsBefore),
      ] {
        let service = Service(failing: 1)
        let policy = RetryPolicy(
          attempts: nil, backoff: .constant(.seconds(1)), jitter: .none, stopAfter: after,
          stopBefore: before)
        _ = try? await retry(policy, clock: world.clock) { _ in
          try await world.clock.sleep(for: .milliseconds(milliseconds))
          try service.call()
        }
        #expect(service.calls == calls)
      }
    }
  }

  @Test(
    "RT-05 a wait that ends when the time is up is not begun",
    arguments: [(999, 2), (1000, 1), (1001, 1)])
  func refusedWait(_ milliseconds: Int, _ calls: Int) async throws {
    try await explore(schedules: 5) { world in
      let service = Service(failing: 1)
      let policy = RetryPolicy(
        backoff: .constant(.milliseconds(milliseconds)), jitter: .none, stopBefore: .seconds(1))
      _ = try? await retry(policy, clock: world.clock) { _ in try service.call() }
      #expect(service.calls == calls)
      #expect(world.now == (calls == 2 ? .milliseconds(milliseconds) : .zero))
    }
  }

  @Test("RT-06 an error that is not worth it is thrown as it is, at once")
  func worth() async throws {
    try await explore { world in
      let busy = Service(failing: 2)
      let value = try await retry(plain(3), clock: world.clock, if: { $0 is Busy }) { _ in
        try busy.call()
      }
      #expect(value == 3)
      let gone = Service(failing: 2) { _ in NotFound() }
      let before = world.now
      await #expect(throws: NotFound()) {
        try await retry(plain(3), clock: world.clock, if: { $0 is Busy }) { _ in try gone.call() }
      }
      #expect(gone.calls == 1)
      #expect(world.now == before)
    }
  }

  @Test("RT-06 a value that is not accepted is tried again, too")
  func values() async throws {
    try await explore { world in
      let service = Service()
      let value = try await retry(plain(3), clock: world.clock, accepts: { $0 == 2 }) { _ in
        try service.call()
      }
      #expect(value == 2)
      do {
        _ = try await retry(plain(2), clock: world.clock, accepts: { _ in false }) { _ in
          try service.call()
        }
        Issue.record("a value was returned that is not accepted")
      } catch let error as RetriesExhausted {
        #expect(error.last is ValueNotAccepted)
      }
    }
  }

  @Test("RT-08 cancelled in a wait, it ends at once and makes no further attempt", .startsTasks)
  func cancelledWait() async throws {
    try await explore { world in
      let service = Service(failing: 9)
      let task = Task(name: "caller") {
        try await retry(plain(9), clock: world.clock) { _ in try service.call() }
      }
      // The second wait is from 1 s to 3 s.
      try await world.clock.sleep(for: .milliseconds(1500))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(service.calls == 2)
      #expect(world.now == .milliseconds(1500))
    }
  }

  @Test(
    "RT-08 whatever an attempt throws, a cancelled task does not make another one", .startsTasks)
  func cancelledAttempt() async throws {
    try await explore { world in
      for error in [CancellationError(), Busy()] as [any Error] {
        let service = Service(failing: 9) { _ in error }
        let hasWaited = Mutex(false)
        let task = Task(name: "caller") {
          let policy = RetryPolicy(attempts: nil, backoff: .constant(.zero))
          try await retry(
            policy, clock: world.clock, willRetry: { _ in hasWaited.withLock { $0 = true } }
          ) { _ in
            try? await world.clock.sleep(for: .seconds(1))
            try service.call()
          }
        }
        try await world.clock.sleep(for: .milliseconds(500))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(service.calls == 1)
        #expect(!hasWaited.withLock { $0 })
      }
    }
  }

  @Test("RT-08 a cancellation that is not the caller's is not retried, either")
  func othersCancellation() async throws {
    try await explore { world in
      let service = Service(failing: 9) { _ in CancellationError() }
      await #expect(throws: CancellationError.self) {
        try await retry(plain(3), clock: world.clock) { _ in try service.call() }
      }
      #expect(service.calls == 1)
    }
  }

  @Test(
    "RT-08 a task that is cancelled already makes its first attempt, as without a retry",
    .startsTasks)
  func cancelledBefore() async throws {
    try await explore { world in
      let service = Service()
      let task = Task(name: "caller") {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await retry(plain(3), clock: world.clock) { _ in try service.call() }
      }
      let value = try await task.value
      #expect(value == 1)
    }
  }

  @Test("RT-09 the last error is kept, with the number of attempts and their time")
  func exhausted() async throws {
    try await explore { world in
      let service = Service(failing: 9) { Numbered(number: $0) }
      do {
        _ = try await retry(plain(3), clock: world.clock) { _ in try service.call() }
        Issue.record("all attempts failed, and nothing was thrown")
      } catch let error as RetriesExhausted {
        #expect(error.attempts == 3)
        #expect(error.elapsed == .seconds(3))
        #expect(error.last as? Numbered == Numbered(number: 3))
        #expect(error.description.hasPrefix("3 attempts failed"))
      }
    }
  }

  @Test("RT-10 the hook hears of each attempt that is followed by another, before the wait")
  func hook() async throws {
    try await explore { world in
      let service = Service(failing: 9)
      let heard = EventLog(world)
      _ = try? await retry(
        plain(3), clock: world.clock,
        willRetry: { heard.add("\($0.number) \($0.wait) \($0.error is Busy)") }
      ) { _ in try service.call() }
      #expect(heard.texts == ["1 1.0 seconds true", "2 2.0 seconds true"])
      #expect(heard.entries.map(\.time) == [.zero, .seconds(1)])
    }
  }

  @Test("RT-12 a chain repeats its last wait, and an empty one is refused")
  func chain() async throws {
    let backoff = try Backoff.chain([1, 2, 3].map { .seconds($0) })
    let policy = RetryPolicy(attempts: 5, backoff: backoff, jitter: .none)
    try await explore { world in
      let heard = Mutex<[Duration]>([])
      let service = Service(failing: 9)
      _ = try? await retry(
        policy, clock: world.clock,
        willRetry: { attempt in heard.withLock { $0 += [attempt.wait] } }
      ) { _ in try service.call() }
      #expect(heard.withLock { $0 } == [1, 2, 3, 3].map { .seconds($0) })
    }
    #expect(throws: BackoffError.noWaits) { try Backoff.chain([]) }
    #expect(try Backoff.chain([.seconds(-1)]).wait(after: 1) == .zero)
  }

  @Test("RT-13 what succeeds at once waits for nothing")
  func success() async throws {
    try await explore { world in
      let attempts = Mutex<[Int]>([])
      let value = try await retry(plain(3), clock: world.clock) { attempt in
        attempts.withLock { $0.append(attempt) }
        return "tea"
      }
      #expect(value == "tea")
      #expect(attempts.withLock { $0 } == [1])
      #expect(world.now == .zero)
    }
  }

  @Test("RT-14 its time is the clock's, and exact")
  func clock() async throws {
    try await explore { world in
      let service = Service(failing: 3)
      let waits = Mutex(Duration.zero)
      let policy = RetryPolicy(jitter: .full(using: world.randomNumbers))
      _ = try await retry(
        policy, clock: world.clock, willRetry: { attempt in waits.withLock { $0 += attempt.wait } }
      ) { _ in try service.call() }
      #expect(world.now == waits.withLock { $0 })
    }
  }

  @Test("many callers share one policy, and each has its attempts and its waits")
  func manyCallers() async throws {
    try await explore { world in
      let policy = RetryPolicy(attempts: 4, jitter: .full(using: world.randomNumbers))
      try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 1...5 {
          group.addTask(name: "caller \(number)") {
            let service = Service(failing: 3)
            return try await retry(policy, clock: world.clock) { _ in try service.call() }
          }
        }
        for try await value in group { #expect(value == 4) }
      }
    }
  }
}

/// Waits of 1, 2, 4 … seconds, without chance.
private func plain(_ attempts: Int) -> RetryPolicy {
  RetryPolicy(attempts: attempts, backoff: .exponential(from: .seconds(1)), jitter: .none)
}

/// Fails a few times, and then returns the number of the call.
private final class Service: Sendable {
  private let count = Mutex(0)
  private let failures: Int
  private let error: @Sendable (Int) -> any Error

  init(
    failing failures: Int = 0, with error: @escaping @Sendable (Int) -> any Error = { _ in Busy() }
  ) {
    self.failures = failures
    self.error = error
  }

  var calls: Int { count.withLock { $0 } }

  @discardableResult
  func call() throws -> Int {
    let call = count.withLock { count in
      count += 1
      return count
    }
    if call <= failures { throw error(call) }
    return call
  }
}

struct Busy: Error, Hashable {}
struct NotFound: Error, Hashable {}
struct Numbered: Error, Hashable { var number: Int }
