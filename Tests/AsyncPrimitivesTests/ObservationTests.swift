import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("What a deadlock's report knows about waits", .startsTasks)
struct ObservationTests {
  @Test("the words for what a task waits for")
  func descriptions() {
    let id = ObjectIdentifier(Self.self)
    let named = Observation.Resource(id: id, kind: "lock", name: "bob")
    #expect("\(named)" == "lock “bob”")
    #expect("\(Observation.Resource(id: id, kind: "lock"))" == "a lock")
    let task = Observation.Resource(id: id, kind: "task", name: "x", event: "to finish")
    #expect("\(task)" == "task “x” to finish")
  }

  @Test("two locks in opposite order: who waits for what, and who holds it")
  func deadlock() async {
    let exploration = await Simulation.explore { world in
      let (left, right) = (AsyncLock("left"), AsyncLock("right"))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask(name: "ann") {
          try await left.withLock {
            await Task.yield()
            try await right.withLock {}
          }
        }
        group.addTask(name: "bob") {
          try await right.withLock {
            await Task.yield()
            try await left.withLock {}
          }
        }
        try await group.waitForAll()
      }
    }
    let report = exploration.problem ?? ""
    #expect(report.contains("“ann” waits for lock “right”, which “bob” holds"))
    #expect(report.contains("“bob” waits for lock “left”, which “ann” holds"))
  }

  @Test("LK-16 an owner that ended without releasing is a deadlock that names the lock")
  func ownerGone() async {
    let report = await Simulation.run { _ in
      let lock = AsyncLock("till")
      try await TaskHandle(name: "owner") { try await lock.lock() }.value
      try await lock.lock()
    }
    #expect(report.verdict.isDeadlock)
    #expect(report.verdict.description.contains("waits for lock “till”"))
  }

  private struct OthersWereFaster: Error {}

  /// Runs what is in it while holding something that the other task waits for.
  private typealias Section = @Sendable (_ body: @Sendable () -> Int) async throws -> Int

  @Test("who leaves a lock, or gives back a permit, may find that others were faster")
  func leaving() async {
    await expectOvertaking {
      let lock = AsyncLock()
      return { body in try await lock.withLock { body() } }
    }
    await expectOvertaking {
      let semaphore = AsyncSemaphore(permits: 1)
      return { body in try await semaphore.withPermit { body() } }
    }
  }

  private func expectOvertaking(in make: @escaping @Sendable () -> Section) async {
    let exploration = await Simulation.explore { _ in
      let section = make()
      let journal = Journal()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 1...2 {
          group.addTask {
            let mine = try await section {
              journal.add("in")
              return journal.entries.count
            }
            if journal.entries.count != mine { throw OthersWereFaster() }
          }
        }
        try await group.waitForAll()
      }
    }
    #expect(exploration.failure?.verdict.headline == "threw OthersWereFaster()")
  }

  /// What is said about the body of a run that waits for something that never comes.
  private func wait(
    of body: @escaping @Sendable ([TaskHandle<Int>]) async throws -> Void, tasks: Int = 1
  ) async -> String {
    let report = await Simulation.run { _ in
      let handles = (1...tasks).map { number in
        TaskHandle(name: "t\(number)") {
          try await Gate().wait()
          return number
        }
      }
      try await body(handles)
    }
    return report.verdict.description
  }

  @Test("a wait for a task names the task")
  func tasks() async {
    let value = await wait { _ = try await $0[0].value }
    #expect(value.contains("“body” waits for task “t1” to finish"))
    let one = await wait { _ = try await AsyncPrimitives.wait(for: $0) }
    #expect(one.contains("“body” waits for task “t1” to finish"))
    let all = await wait(of: { _ = try await AsyncPrimitives.wait(for: $0) }, tasks: 2)
    #expect(all.contains("“body” waits for one of the tasks “t1”, “t2” to finish"))
    let many = await wait(of: { for try await _ in asCompleted($0) {} }, tasks: 5)
    #expect(many.contains("one of the tasks “t1”, “t2”, “t3” and 2 more to finish"))
    let gathered = await wait(of: { _ = try await gather($0) }, tasks: 2)
    #expect(gathered.contains("“body” waits for one of the tasks “t1”, “t2” to finish"))
  }

  @Test("a wait for a child's outcome says so")
  func children() async {
    let report = await Simulation.run { _ in
      try await asCompleted([Gate()], operation: { try await $0.wait() }) { outcomes in
        for try await _ in outcomes {}
      }
    }
    #expect(report.verdict.description.contains("“body” waits for a child task to finish"))
  }
}
