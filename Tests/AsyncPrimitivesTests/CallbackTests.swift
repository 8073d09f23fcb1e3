import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Callbacks of futures and tasks", .startsTasks)
struct CallbackTests {
  @Test("FU-06 callbacks run once, in order, and not in the call stack of who sets the outcome")
  func inOrder() async throws {
    try await explore { world in
      let future = Future<Int>()
      let journal = Journal()
      future.onDone { journal.add("1 \((try? $0.get()) ?? 0)") }
      future.onDone { journal.add("2 \((try? $0.get()) ?? 0)") }
      try future.succeed(42)
      #expect(journal.entries.isEmpty)
      await world.settle()
      #expect(journal.entries == ["1 42", "2 42"])
      // Late ones too, and not by who adds them.
      future.onDone { _ in journal.add("3") }
      future.onDone { _ in journal.add("4") }
      #expect(journal.entries.count == 2)
      await world.settle()
      #expect(journal.entries.dropFirst(2) == ["3", "4"])
    }
  }

  @Test("FU-06 callbacks get the error and the cancellation too")
  func outcomes() async throws {
    try await explore { world in
      let journal = Journal()
      let (failed, cancelled) = (Future<Int>(), Future<Int>())
      failed.onDone { journal.add("failed: \($0.isFailure)") }
      cancelled.onDone { journal.add("cancelled: \($0.isCancelled)") }
      try failed.fail(Mishap(1))
      cancelled.cancel()
      await world.settle()
      #expect(Set(journal.entries) == ["failed: true", "cancelled: true"])
    }
  }

  @Test("FU-08 a callback may remove another, add one, and complete another future")
  func reentrant() async throws {
    try await explore { world in
      let (future, other) = (Future<Int>(), Future<Int>())
      let journal = Journal()
      let second = Future<DoneCallback<Int>>()
      other.onDone { _ in journal.add("other") }
      future.onDone { [weak future] _ in
        journal.add("A")
        if let b = try? second.result() { #expect(future?.removeCallback(b) == true) }
        future?.onDone { _ in journal.add("C") }
        try? other.succeed(1)
      }
      try second.succeed(future.onDone { _ in journal.add("B") })
      try future.succeed(1)
      await world.settle()
      #expect(journal.entries.filter { $0 != "other" } == ["A", "C"])
      #expect(journal.entries.contains("other"))
    }
  }

  @Test("FU-06 a callback that was taken back is not called; one that was called cannot be")
  func removal() async throws {
    try await explore { world in
      let future = Future<Int>()
      let journal = Journal()
      let first = future.onDone { _ in journal.add("1") }
      let second = future.onDone { _ in journal.add("2") }
      #expect(future.removeCallback(first))
      #expect(!future.removeCallback(first))
      try future.succeed(1)
      await world.settle()
      #expect(journal.entries == ["2"])
      #expect(!future.removeCallback(second))
    }
  }

  @Test("FU-06 callbacks added and outcomes set by several tasks: each is called once")
  func races() async throws {
    try await explore { world in
      let future = Future<Int>()
      let journal = Journal()
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<4 {
          group.addTask {
            await Task.yield()
            future.onDone { _ in journal.add("\(number)") }
          }
        }
        group.addTask {
          await Task.yield()
          try? future.succeed(1)
        }
      }
      await world.settle()
      #expect(journal.entries.sorted() == ["0", "1", "2", "3"])
    }
  }

  @Test("FU-10 an outcome is forwarded: a value, an error, a cancellation; one that is there stays")
  func forwarding() async throws {
    try await explore { world in
      let sources = (0..<3).map { _ in Future<Int>() }
      let targets = (0..<3).map { _ in Future<Int>() }
      for (source, target) in zip(sources, targets) { source.forward(to: target) }
      try sources[0].succeed(1)
      try sources[1].fail(Mishap(1))
      sources[2].cancel()
      await expectThrow(Mishap(1)) { try await targets[1].value }
      let value = try await targets[0].value
      #expect(value == 1)
      await world.settle()
      #expect(targets[2].isCancelled)

      let (late, taken) = (Future<Int>(), Future<Int>())
      try late.succeed(1)
      try taken.succeed(2)
      late.forward(to: taken)
      await world.settle()
      #expect(try taken.result() == 2)
      // The cancellation of a target does not travel back.
      let (source, target) = (Future<Int>(), Future<Int>())
      source.forward(to: target)
      target.cancel()
      await world.settle()
      #expect(!source.isDone)
    }
  }

  @Test("FU-10 a chain of a thousand futures passes its value on, without recursion")
  func chain() async throws {
    try await explore(schedules: 4) { _ async throws in
      let futures = (0..<1_000).map { _ in Future<Int>() }
      for (one, next) in zip(futures, futures.dropFirst()) { one.forward(to: next) }
      try futures[0].succeed(7)
      #expect(try await futures[999].value == 7)
    }
  }

  @Test("TK-16 a task's callbacks run once, after it has ended, in order, also when added late")
  func ofTasks() async throws {
    try await explore { world in
      let journal = Journal()
      let gate = Gate()
      let handle = TaskHandle {
        try await gate.wait()
        journal.add("task")
        return 1
      }
      let first = handle.onDone { [weak handle] in
        journal.add("1 \((try? $0.get()) ?? 0), done: \(handle?.isDone ?? true)")
      }
      let second = handle.onDone { _ in journal.add("2") }
      handle.onDone { _ in journal.add("3") }
      #expect(handle.removeCallback(second))
      #expect(!handle.removeCallback(second))
      gate.open()
      await world.settle()
      #expect(journal.entries == ["task", "1 1, done: true", "3"])
      #expect(!handle.removeCallback(first))
      handle.onDone { _ in journal.add("late 1") }
      handle.onDone { _ in journal.add("late 2") }
      #expect(journal.entries.count == 3)
      await world.settle()
      #expect(journal.entries.dropFirst(3) == ["late 1", "late 2"])
    }
  }

  @Test("TK-16 the callbacks of a task that failed, and of one that was cancelled")
  func ofFailedTasks() async throws {
    try await explore { world in
      let journal = Journal()
      let failing = TaskHandle<Int> { throw Mishap(1) }
      failing.onDone { journal.add("failed: \($0.isFailure)") }
      let cancelled = TaskHandle { try await Task.sleep(for: .seconds(60)) }
      cancelled.onDone { journal.add("cancelled: \($0.isCancelled)") }
      await world.settle()
      cancelled.cancel()
      await world.settle()
      #expect(journal.entries == ["failed: true", "cancelled: true"])
    }
  }

  @Test("TK-16 a callback of a task may add another and remove one")
  func reentrantTask() async throws {
    try await explore { world in
      let journal = Journal()
      let gate = Gate()
      let handle = TaskHandle { try await gate.wait() }
      let second = Future<DoneCallback<Void>>()
      handle.onDone { [weak handle] _ in
        journal.add("A")
        if let b = try? second.result() { handle?.removeCallback(b) }
        handle?.onDone { _ in journal.add("C") }
      }
      try second.succeed(handle.onDone { _ in journal.add("B") })
      gate.open()
      await world.settle()
      #expect(journal.entries == ["A", "C"])
    }
  }
}
