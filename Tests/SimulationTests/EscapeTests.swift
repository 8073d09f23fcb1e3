import AsyncPrimitives
import CheckKit
import Dispatch
import Testing

@Suite("What escapes an executor of our own")
struct EscapeTests {
  @Test(
    "unstructured, detached, immediate and main-actor tasks are part of the run", .needsCompleteMode
  )
  func unstructured() async throws {
    try await explore { world in
      let plain = Task {
        try await Task.sleep(for: .seconds(10))
        return world.now
      }
      let detached = Task.detached {
        try await Task.sleep(for: .seconds(20))
        return world.now
      }
      let main = Task { @MainActor in
        MainActor.assertIsolated()
        try await Task.sleep(for: .seconds(30))
        MainActor.assertIsolated()
        return world.now
      }
      let immediate = Task.immediate {
        try await Task.sleep(for: .seconds(5))
        return world.now
      }
      let first = try await immediate.value
      #expect(first == .seconds(5))
      #expect(try await plain.value == .seconds(10))
      #expect(try await detached.value == .seconds(20))
      #expect(try await main.value == .seconds(30))
      await MainActor.run { MainActor.assertIsolated() }
      #expect(world.now == .seconds(30))
    }
  }

  @Test("an immediate task is known before it first suspends: its sleep can be cut short")
  func immediateSleeper() async throws {
    try await explore { world in
      let alone = Task.immediate { try await Task.sleep(for: .seconds(60)) }
      #expect(world.sleepers == 1)
      alone.cancel()
      await #expect(throws: CancellationError.self) { try await alone.value }
      #expect(world.sleepers == 0)
      await withThrowingTaskGroup(of: Void.self) { group in
        group.addImmediateTask { try await world.clock.sleep(for: .seconds(60)) }
        group.addImmediateTask { try await Task.sleep(for: .seconds(60)) }
        group.cancelAll()
      }
      #expect(world.sleepers == 0)
      await Task.immediate { await Task.yield() }.value
      #expect(world.now == .zero)
    }
  }

  @Test(
    "an immediate task that waits for ever is named in the verdict, with what it waits for",
    .needsCompleteMode)
  func immediateWaiter() async {
    let report = await Simulation.run { _ in
      let lock = AsyncLock("till")
      try await lock.lock()
      let task = Task.immediate(name: "ann") { try await lock.lock() }
      try await task.value
    }
    #expect(report.verdict.isDeadlock)
    #expect(report.verdict.description.contains("“ann” waits for lock “till”"))
    #expect(report.trace.tasks.map(\.parent) == [nil, 0])
  }

  @Test("actors keep their isolation, and unstructured tasks race inside them")
  func actors() async {
    let exploration = await Simulation.explore { _ in
      let tally = Tally()
      let one = Task { await tally.set(await tally.value + 1) }
      let two = Task { await tally.set(await tally.value + 1) }
      await one.value
      await two.value
      let seen = await tally.value
      guard seen == 2 else { throw Broken(seen: seen) }
    }
    guard case .threw(let error)? = exploration.failure?.verdict else {
      Issue.record("no schedule lost an update: \(exploration)")
      return
    }
    #expect(error as? Broken == Broken(seen: 1))
  }

  @Test("task-local values, names, priorities and cancellation come along")
  func context() async throws {
    try await Locals.$tag.withValue("outside") {
      try await explore(schedules: 20) { _ in
        #expect(Locals.tag == "outside")
        let inherits = Task(name: "named") { (Locals.tag, Task.name) }
        #expect(await inherits.value == ("outside", "named"))
        let detached = Task.detached { Locals.tag }
        #expect(await detached.value == "none")
        let cancelled = Task {
          withUnsafeCurrentTask { $0?.cancel() }
          return Task.isCancelled
        }
        #expect(await cancelled.value)
        #expect(!Task.isCancelled)
      }
    }
  }

  @Test("streams, and continuations of both kinds")
  func streams() async throws {
    try await explore { world in
      let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
      async let sum = stream.reduce(0, +)
      for number in 1...3 {
        continuation.yield(number)
        try await Task.sleep(for: .seconds(1))
      }
      continuation.finish()
      #expect(await sum == 6)
      let checked = await withCheckedContinuation { resume in
        _ = Task { resume.resume(returning: 1) }
      }
      let unsafe = await withUnsafeContinuation { resume in
        _ = Task { resume.resume(returning: 2) }
      }
      #expect(checked + unsafe == 3)
      await world.settle()
    }
  }

  @Test("a task that nobody holds runs to its end")
  func fireAndForget() async throws {
    try await explore { world in
      let tally = Tally()
      _ = Task {
        try await Task.sleep(for: .seconds(1))
        await tally.set(1)
      }
      try await Task.sleep(for: .seconds(2))
      #expect(await tally.value == 1)
    }
  }

  @Test("a wake-up from a Dispatch queue is no deadlock")
  func visitors() async throws {
    var patient = Simulation.Options()
    patient.patience = .seconds(20)
    // The order is not the seed's, so that this is run and not explored.
    for seed in 0..<20 as Range<UInt64> {
      let report = await Simulation.run(seed: seed, options: patient) { _ in
        await withCheckedContinuation { resume in
          DispatchQueue.global().async { resume.resume() }
        }
        let escaped = Task {
          await withCheckedContinuation { resume in
            DispatchQueue.global().async { resume.resume() }
          }
          return Simulation.isRunning
        }
        return await escaped.value
      }
      #expect(report.verdict.isPassed, "\(report.verdict)")
      #expect(report.value == true, "the task came back into the run")
    }
  }

  @Test("the rest of the process is not held")
  func others() async {
    let outside = Task { Simulation.isRunning }
    let report = await Simulation.run { _ in
      try await Task.sleep(for: .seconds(1000))
      return Simulation.isRunning
    }
    #expect(report.value == true)
    #expect(await outside.value == false)
  }

  private enum Locals {
    @TaskLocal static var tag = "none"
  }
}
