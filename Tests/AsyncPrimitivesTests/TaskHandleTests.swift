import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("TaskHandle", .startsTasks)
struct TaskHandleTests {
  @Test("TK-01 before completion it is not done and has no result; afterwards it has the value")
  func done() async throws {
    try await explore { _ async throws in
      let gate = Gate()
      let handle = TaskHandle(name: "answer") {
        try await gate.wait()
        return 42
      }
      #expect(!handle.isDone)
      #expect(handle.outcome == nil)
      #expect(throws: TaskNotDone(name: "answer")) { try handle.result() }
      gate.open()
      #expect(try await handle.value == 42)
      #expect(handle.isDone)
      #expect(try handle.result() == 42)
      #expect(try handle.outcome?.get() == 42)
    }
    #expect("\(TaskNotDone(name: "answer"))".hasPrefix("task “answer” is still running"))
  }

  @Test("TK-02 cancel is true while there is something to cancel, and handlers run once")
  func cancel() async throws {
    try await explore { world in
      let journal = Journal()
      let handle = TaskHandle {
        try await withTaskCancellationHandler {
          try await Task.sleep(for: .seconds(60))
        } onCancel: {
          journal.add("handler")
        }
      }
      await world.settle()
      #expect(handle.cancel())
      #expect(handle.cancel())
      #expect(!handle.isDone)  // asked to stop; it has not had a turn yet
      await #expect(throws: CancellationError.self) { try await handle.value }
      #expect(!handle.cancel())
      #expect(journal.entries == ["handler"])
    }
  }

  @Test("TK-04 a task that catches its cancellation and returns a value was not cancelled")
  func swallowed() async throws {
    try await explore { world async throws in
      let handle = TaskHandle {
        try? await Task.sleep(for: .seconds(60))
        return 1
      }
      await world.settle()
      handle.cancel()
      #expect(try await handle.value == 1)
      #expect(!handle.isCancelled)
    }
  }

  @Test(
    "TK-05 cancellation stays: every later sleep throws at once, an unstructured task's does not")
  func sticky() async throws {
    try await explore { world in
      let handle = TaskHandle {
        await #expect(throws: CancellationError.self) { try await Task.sleep(for: .seconds(60)) }
        await #expect(throws: CancellationError.self) { try await Task.sleep(for: .seconds(60)) }
        #expect(world.now == .zero)
        await Task { try? await Task.sleep(for: .seconds(1)) }.value
        #expect(world.now == .seconds(1))
      }
      await world.settle()
      handle.cancel()
      try await handle.value
    }
  }

  @Test(
    "TK-06 a task that cancels itself throws where it suspends, and keeps the value it returns (D12)"
  )
  func selfCancel() async throws {
    try await explore { _ async throws in
      let suspends = TaskHandle {
        cancelCurrentTask()
        try await Task.sleep(for: .seconds(60))
      }
      let returns = TaskHandle {
        cancelCurrentTask()
        return 12
      }
      await #expect(throws: CancellationError.self) { try await suspends.value }
      #expect(suspends.isCancelled)
      #expect(try await returns.value == 12)
      #expect(!returns.isCancelled)
    }
  }

  @Test("TK-08 the truth table of value, error and cancellation")
  func truthTable() async throws {
    try await explore { world async throws in
      let value = TaskHandle<Int> { 1 }
      let failure = TaskHandle<Int> { throw Mishap(1) }
      let cancelled = TaskHandle<Int> { throw CancellationError() }
      await world.settle()
      #expect([value, failure, cancelled].map(\.isDone) == [true, true, true])
      #expect([value, failure, cancelled].map(\.isCancelled) == [false, false, true])
      #expect([value, failure, cancelled].map { $0.outcome?.isFailure } == [false, true, false])
      #expect(try value.result() == 1)
      #expect(throws: Mishap(1)) { try failure.result() }
      #expect(throws: CancellationError.self) { try cancelled.result() }
      await #expect(throws: Mishap(1)) { try await failure.value }
    }
  }

  @Test("TK-10 a task whose handle was dropped runs to its end")
  func dropped() async throws {
    try await explore { world in
      let journal = Journal()
      weak var handle: TaskHandle<Void>?
      do {
        let dropped = TaskHandle {
          try await Task.sleep(for: .seconds(1))
          journal.add("done")
        }
        handle = dropped
        await world.settle()
      }
      #expect(handle == nil)
      try await Task.sleep(for: .seconds(2))
      #expect(journal.entries == ["done"])
    }
  }

  @Test("TK-13 the name can be set, has a default, and is known inside")
  func name() async throws {
    try await explore { _ async throws in
      let named = TaskHandle(name: "ann") { Task.name }
      #expect(named.name == "ann")
      #expect(try await named.value == "ann")
      let line = #line + 1
      let unnamed = TaskHandle { Task.name }
      #expect(unnamed.name == "TaskHandleTests.swift:\(line)")
      #expect(try await unnamed.value == unnamed.name)
    }
  }

  private enum Local {
    @TaskLocal static var value = "default"
  }

  @Test("TK-14 task-local values are captured at creation, and do not leak back")
  func taskLocals() async throws {
    try await explore { _ async throws in
      let handle = Local.$value.withValue("outer") {
        TaskHandle {
          let captured = Local.value
          return Local.$value.withValue("inner") { [captured, Local.value] }
        }
      }
      #expect(Local.value == "default")
      #expect(try await handle.value == ["outer", "inner"])
      #expect(Local.value == "default")
    }
  }

  @Test("TK-16 observers are told once, after completion, in the order in which they registered")
  func observers() async throws {
    try await explore { _ in
      let journal = Journal()
      let gate = Gate()
      let handle = TaskHandle { try await gate.wait() }
      let completion = handle.completion
      var keys: [TaskCompletion<Void>.ObserverKey?] = []
      for number in 1...3 {
        keys.append(completion.observe { journal.add("\(number) \(handle.isDone)") })
      }
      if let second = keys[1] { completion.removeObserver(second) }
      gate.open()
      try await handle.value
      #expect(journal.entries == ["1 true", "3 true"])
      #expect(completion.observe { journal.add("late") } == nil)
      completion.finish(.failure(Mishap(1)))
      #expect(handle.outcome?.isFailure == false)
      #expect(journal.entries == ["1 true", "3 true"])
    }
  }

  @Test("D10 cancelling one waiter ends its wait only")
  func cancelOneWaiter() async throws {
    try await explore { world async throws in
      let handle = TaskHandle {
        try await Task.sleep(for: .seconds(5))
        return 1
      }
      let one = Task { try await handle.value }
      let two = Task { try await handle.value }
      await world.settle()
      #expect(handle.completion.observerCount == 2)
      one.cancel()
      #expect(await one.endsCancelled)
      #expect(world.now == .zero)
      #expect(handle.completion.observerCount == 1)
      #expect(try await two.value == 1)
      #expect(!handle.isCancelled)
    }
  }

  @Test("two handles are equal if they are the same")
  func identity() {
    let (a, b) = (TaskHandle { 1 }, TaskHandle { 1 })
    #expect(a == a)
    #expect(a != b)
    #expect(Set([a, b, a]).count == 2)
  }
}
