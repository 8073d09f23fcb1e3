import CheckKit
import Foundation
import Synchronization
import Testing

@testable import AsyncPrimitives

@Suite("Invariants of futures", .startsTasks)
struct FutureInvariantTests {
  @Test("XX-04 cancelled before it parks: it throws, and was never in the queue")
  func cancelledBeforeParking() async throws {
    try await exploreAll { _ in
      let future = Future<Int>()
      let waiter = Task { try await future.value }
      waiter.cancel()
      #expect(await waiter.endsCancelled)
      #expect(future.waiterCount == 0)
    }
  }

  @Test("XX-05 a cancelled waiter leaves nothing behind, 2,000 times")
  func noResidue() async throws {
    try await explore(schedules: 1) { world in
      let future = Future<Int>()
      for _ in 0..<2_000 {
        let waiter = Task { try await future.value }
        await world.settle()
        #expect(future.waiterCount == 1)
        waiter.cancel()
        #expect(future.waiterCount == 0)
        _ = await waiter.result
      }
      #expect(future.waiterCapacity == 1)
    }
  }

  @Test("XX-08 an outcome can be set on a thread, in deinit and in a cancellation handler")
  func setFromAnywhere() async throws {
    let fromThread = Future<Int>()
    #expect(finishes { try? fromThread.succeed(1) })
    #expect(try await fromThread.value == 1)

    let fromDeinit = Future<Int>()
    do { _ = Setter(future: fromDeinit) }
    #expect(try await fromDeinit.value == 2)

    let fromHandler = Future<Int>()
    let task = Task {
      await withTaskCancellationHandler {
        try? await fromHandler.value
      } onCancel: {
        try? fromHandler.succeed(3)
      }
    }
    task.cancel()
    _ = await task.value
    #expect(try await fromHandler.value == 3)

    let fromMain = Future<Int>()
    try await MainActor.run { try fromMain.succeed(4) }
    #expect(try fromMain.result() == 4)
  }

  private final class Setter: Sendable {
    let future: Future<Int>
    init(future: Future<Int>) { self.future = future }
    deinit { try? future.succeed(2) }
  }

  @Test("XX-09 a future that dies with a parked waiter says so")
  func abandoned() async {
    await #expect(processExitsWith: .failure) {
      _ = await withWaitContinuation { (continuation: WaitContinuation<Void>) in
        let future = Future<Int>("bob")
        if let ticket = future.joinUnlessDone() { _ = future.park(continuation, with: ticket) }
      }
    }
  }

  @Test("XX-09 a waiting task keeps its future alive, and the report of the deadlock names it")
  func keptAlive() async {
    let report = await Simulation.run { _ in
      let waiter: Task<Int, any Error>
      do {
        let future = Future<Int>("answer")
        waiter = Task(name: "ann") { try await future.value }
      }
      _ = try await waiter.value
    }
    #expect(report.verdict.isDeadlock)
    #expect(report.verdict.description.contains("“ann” waits for future “answer” to be set"))
  }

  @Test("XX-10 a value that is there is had without suspending, and without leaving the actor")
  func fastPath() async throws {
    try await explore(options: .uninterrupted) { _ in
      let future = Future<Int>()
      try future.succeed(1)
      let reader = Reader(future: future)
      async let one: Void = reader.read("a")
      async let two: Void = reader.read("b")
      try await one
      try await two
      let steps = await reader.steps
      #expect([["a", "a", "b", "b"], ["b", "b", "a", "a"]].contains(steps))
    }
  }

  private actor Reader {
    let future: Future<Int>
    var steps: [String] = []
    init(future: Future<Int>) { self.future = future }

    func read(_ name: String) async throws {
      steps.append(name)
      _ = try await future.value
      _ = try await future.valueIgnoringCancellation
      steps.append(name)
    }
  }

  @Test(
    "XX-11 a cancelled task throws although the value is there; the form for clean-up does not (D3)"
  )
  func cancelledAlready() async throws {
    try await explore { world in
      let (future, pending) = (Future<Int>(), Future<Int>())
      try future.succeed(1)
      let task = Task {
        cancelCurrentTask()
        await expectThrow(CancellationError.self) { try await future.value }
        await expectThrow(CancellationError.self) { try await pending.value }
        let value = try await future.valueIgnoringCancellation
        #expect(value == 1)
        let later = try await pending.valueIgnoringCancellation
        #expect(later == 2)
      }
      await world.settle()
      #expect(pending.waiterCount == 1)
      task.cancel()
      await world.settle()
      #expect(pending.waiterCount == 1)
      try pending.succeed(2)
      try await task.value
    }
  }

  @Test("FU-14 a value races a cancellation, from two threads, and waiters see the winner")
  func setRacesCancel() async throws {
    for _ in 0..<2_000 {
      let future = Future<Int>()
      let waiters = (0..<2).map { _ in Task { try await future.value } }
      let canceller = Task.detached { future.cancel() }
      let setter = Task.detached { (try? future.succeed(1)) != nil }
      let (hasFailed, hasSucceeded) = await (canceller.value, setter.value)
      guard hasFailed != hasSucceeded else {
        Issue.record("both have won, or neither")
        return
      }
      for waiter in waiters {
        if case .success(let value) = await waiter.result {
          #expect(hasSucceeded && value == 1)
        } else {
          #expect(hasFailed)
        }
      }
    }
  }

  @Test("XX-12 each waiter wakes once, callbacks run once and one by one, on real threads")
  func conservation() async throws {
    for round in 0..<100 {
      let future = Future<Int>()
      let tally = Tally()
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<16 {
          group.addTask {
            let waiter = Task { try await future.value }
            if number.isMultiple(of: 4) { waiter.cancel() }
            future.onDone { _ in tally.call() }
            switch await waiter.result {
            case .success(let value): #expect(value == round)
            case .failure: #expect(number.isMultiple(of: 4))
            }
          }
        }
        group.addTask { try? future.succeed(round) }
      }
      #expect(future.waiterCount == 0)
      let last = Future<Void>()
      future.onDone { _ in try? last.succeed(()) }
      try await last.value
      #expect(tally.called.load(ordering: .relaxed) == 16)
      #expect(tally.overlaps.load(ordering: .relaxed) == 0)
    }
  }

  @Test("FU-06 callbacks that threads add to a done future are called one after the other")
  func lateCallbacks() async throws {
    let future = Future<Int>()
    try future.succeed(1)
    let tally = Tally()
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for _ in 0..<500 { future.onDone { _ in tally.call() } }
    }
    while tally.called.load(ordering: .relaxed) < 2_000 { await Task.yield() }
    #expect(tally.overlaps.load(ordering: .relaxed) == 0)
  }

  /// Callbacks are called one after the other.
  private final class Tally: Sendable {
    let called = Atomic(0)
    let overlaps = Atomic(0)
    private let inside = Atomic(0)

    func call() {
      if inside.add(1, ordering: .acquiring).newValue > 1 { overlaps.add(1, ordering: .relaxed) }
      for _ in 0..<200 { called.add(0, ordering: .relaxed) }
      called.add(1, ordering: .relaxed)
      inside.subtract(1, ordering: .releasing)
    }
  }
}
