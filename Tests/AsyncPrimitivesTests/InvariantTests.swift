import CheckKit
import Foundation
import Testing

@testable import AsyncPrimitives

@Suite("Invariants of all primitives", .startsTasks)
struct InvariantTests {
  @Test("XX-08 unlock needs no task: it works on a thread, in deinit and in a cancellation handler")
  func releaseFromAnywhere() async throws {
    let lock = AsyncLock()
    try await lock.lock()
    #expect(finishes { try? lock.unlock() })
    #expect(lock.tryLock())

    do { _ = Releaser(lock: lock) }
    #expect(lock.tryLock())

    let holder = Task {
      await withTaskCancellationHandler {
        while !Task.isCancelled { await Task.yield() }
      } onCancel: {
        try? lock.unlock()
      }
    }
    holder.cancel()
    await holder.value
    #expect(lock.tryLock())

    try await MainActor.run { try lock.unlock() }
    #expect(lock.tryLock())
  }

  private final class Releaser: Sendable {
    let lock: AsyncLock
    init(lock: AsyncLock) { self.lock = lock }
    deinit { try? lock.unlock() }
  }

  @Test("XX-09 a lock that dies with a parked waiter says so")
  func abandoned() async {
    await #expect(processExitsWith: .failure) {
      _ = await withWaitContinuation { (continuation: WaitContinuation<Void>) in
        let lock = AsyncLock("bob")
        _ = lock.tryLock()
        if let ticket = lock.takeOrJoin() { _ = lock.park(continuation, with: ticket) }
      }
    }
  }

  @Test("XX-09 a waiting task keeps its lock alive, and the report of the deadlock names it")
  func keptAlive() async {
    let report = await Simulation.run { world in
      weak var survivor: AsyncLock?
      let waiter: Task<Void, any Error>
      do {
        let lock = AsyncLock("bob")
        survivor = lock
        try await lock.lock()
        waiter = Task(name: "ann") { try await lock.lock() }
        await world.settle()
      }
      #expect(survivor?.waiterCount == 1)
      try await waiter.value
    }
    #expect(report.verdict.isDeadlock)
    #expect(report.verdict.description.contains("“ann” waits for lock “bob”"))
  }

  @Test("XX-10 taking a free lock neither suspends nor yields")
  func fastPath() async throws {
    try await explore(options: .uninterrupted) { _ in
      let lock = AsyncLock()
      let journal = Journal()
      await withTaskGroup(of: Void.self) { group in
        for name in ["a", "b"] {
          group.addTask {
            journal.add(name)
            for _ in 0..<2 {
              try? await lock.lock()
              try? lock.unlock()
              await lock.lockIgnoringCancellation()
              try? lock.unlock()
            }
            journal.add(name)
          }
        }
      }
      #expect([["a", "a", "b", "b"], ["b", "b", "a", "a"]].contains(journal.entries))
    }
  }

  @Test("XX-10 taking a free lock does not leave the caller's actor, and the body runs on it")
  func fastPathOnAnActor() async throws {
    try await explore(options: .uninterrupted) { _ in
      let account = Account()
      async let one: Void = account.deposit(1)
      async let two: Void = account.deposit(2)
      try await one
      try await two
      #expect([[1, 1, 2, 2], [2, 2, 1, 1]].contains(await account.steps))
    }
  }

  private actor Account {
    let lock = AsyncLock()
    var steps: [Int] = []

    func deposit(_ amount: Int) async throws {
      steps.append(amount)
      try await lock.withLock { assertIsolated() }
      try await lock.withLock { steps.append(amount) }
    }
  }

  @Test("XX-10 a task that has to wait still queues up without leaving its actor")
  func slowPathOnAnActor() async throws {
    try await explore(options: .uninterrupted) { world in
      let queue = Crowd()
      try await queue.lock.lock()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for name in ["a", "b", "c"] { group.addTask { try await queue.pass(name) } }
        await world.settle()
        try queue.lock.unlock()
        try await group.waitForAll()
      }
      #expect(await queue.arrivals == queue.passages)
    }
  }

  private actor Crowd {
    let lock = AsyncLock()
    var arrivals: [String] = []
    var passages: [String] = []

    func pass(_ name: String) async throws {
      arrivals.append(name)
      try await lock.withLock { passages.append(name) }
    }
  }

  @Test("XX-11 a cancelled task throws and changes nothing, even if the resource is free (D3)")
  func cancelledAlready() async throws {
    try await explore { _ in
      let lock = AsyncLock()
      let started = Journal()
      let done = TaskHandle { 1 }
      _ = try await done.value
      let task = Task {
        cancelCurrentTask()
        await #expect(throws: CancellationError.self) { try await lock.lock() }
        await #expect(throws: CancellationError.self) { try await lock.withLock {} }
        #expect(!lock.isLocked)
        await #expect(throws: CancellationError.self) { try await done.value }
        await #expect(throws: CancellationError.self) { try await wait(for: [done]) }
        await #expect(throws: CancellationError.self) { try await gather([done]) }
        await #expect(throws: CancellationError.self) { try await asCompleted([done]).next() }
        await #expect(throws: CancellationError.self) {
          try await gather([1]) { _ in started.add("gather") }
        }
        await #expect(throws: CancellationError.self) {
          try await asCompleted([1], operation: { _ in started.add("asCompleted") }) { _ in }
        }
        #expect(started.entries.isEmpty)
        // The forms for clean-up code do their work all the same.
        await lock.lockIgnoringCancellation()
        #expect(lock.isLocked)
        try lock.unlock()
        #expect(try await lock.withLockIgnoringCancellation { Task.isCancelled })
        #expect(try done.result() == 1)
      }
      try await task.value
    }
  }

  @Test("XX-11 clean-up code waits its turn, also when it is cancelled while it waits")
  func cleanUpWaits() async throws {
    try await explore { world in
      let lock = AsyncLock()
      let journal = Journal()
      try await lock.lock()
      let first = Task { try await lock.withLockIgnoringCancellation { journal.add("first") } }
      await world.settle()
      let second = Task { try await lock.withLock { journal.add("second") } }
      await world.settle()
      first.cancel()
      await world.settle()
      #expect(lock.waiterCount == 2)
      try lock.unlock()
      try await first.value
      try await second.value
      #expect(journal.entries == ["first", "second"])
    }
  }
}
