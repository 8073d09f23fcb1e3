import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Shield", .startsTasks)
struct ShieldTests {
  @Test("SH-01 the value and the error of the operation pass through")
  func outcomes() async throws {
    try await explore { _ async throws in
      #expect(try await shield { 1 } == 1)
      await expectThrow(Mishap(1)) { try await shield { throw Mishap(1) } }
      let value = try await shield {
        try await Task.sleep(for: .seconds(1))
        return 2
      }
      #expect(value == 2)
      let failing = TaskHandle<Int> {
        try await Task.sleep(for: .seconds(1))
        throw Mishap(2)
      }
      await expectThrow(Mishap(2)) { try await shield(failing) }
      await expectThrow(Mishap(2)) { try await shield(failing) }
    }
  }

  @Test("SH-01 the shield of a task that is done does not suspend")
  func finished() async throws {
    try await explore(options: .uninterrupted) { world in
      let handle = TaskHandle { 1 }
      _ = try await handle.value
      let journal = Journal()
      let other = Task { journal.add("other") }
      let value = try await shield(handle)
      #expect(value == 1)
      #expect(journal.entries.isEmpty)
      await other.value
    }
  }

  @Test("SH-02 the caller is cancelled: it throws at once, and the operation goes on to its end")
  func callerCancelled() async throws {
    try await explore { world in
      let gate = Gate()
      let journal = Journal()
      let caller = Task {
        defer { journal.add("caller left") }
        try await shield {
          try await gate.wait()
          journal.add("saved, cancelled: \(Task.isCancelled)")
        }
      }
      await world.settle()
      caller.cancel()
      #expect(await caller.endsCancelled)
      #expect(journal.entries == ["caller left"])
      gate.open()
      await world.settle()
      #expect(journal.entries == ["caller left", "saved, cancelled: false"])
    }
  }

  @Test("SH-02 a caller that is cancelled already starts nothing (D3)")
  func cancelledAlready() async throws {
    try await explore { world in
      let journal = Journal()
      let caller = Task {
        cancelCurrentTask()
        try await shield { journal.add("started") }
      }
      #expect(await caller.endsCancelled)
      await world.settle()
      #expect(journal.entries.isEmpty)
    }
  }

  @Test("SH-02 the caller is cancelled in the turn in which the operation ends: no waiter is lost")
  func sameTurn() async throws {
    for opensFirst in [true, false] {
      try await explore { world in
        let gate = Gate()
        let caller = Task {
          try await shield {
            await gate.waitStubbornly()
            return 1
          }
        }
        await world.settle()
        if opensFirst { gate.open() }
        caller.cancel()
        if !opensFirst { gate.open() }
        switch await caller.result {
        case .success(let value): #expect(value == 1)
        case .failure(let error): #expect(error is CancellationError)
        }
      }
    }
  }

  @Test("SH-04 the task itself is cancelled: its waiter throws, and is not cancelled itself")
  func taskCancelled() async throws {
    try await explore { world in
      let handle = TaskHandle { try await Task.sleep(for: .seconds(60)) }
      let waiter = Task {
        await expectThrow(CancellationError.self) { try await shield(handle) }
        #expect(!Task.isCancelled)
        #expect(handle.isCancelled)
      }
      await world.settle()
      handle.cancel()
      await waiter.value
    }
  }

  @Test("SH-05 an operation that fails after its caller has gone is reported, exactly once")
  func failsUnheard() async throws {
    try await explore { world in
      let reports = Journal()
      let gate = Gate()
      let caller = UnretrievedError.$handler.withValue({ reports.add("\($0)") }) {
        Task {
          try await shield(name: "save") {
            await gate.waitStubbornly()
            throw Mishap(1)
          }
        }
      }
      await world.settle()
      caller.cancel()
      #expect(await caller.endsCancelled)
      #expect(reports.entries.isEmpty)
      gate.open()
      await world.settle()
      let report = "the shielded task “save” failed, and nobody asked for its outcome"
      #expect(reports.entries == ["\(report): \(Mishap(1))"])
    }
  }

  @Test("SH-05 an error is either thrown or reported, whatever comes first")
  func heardOnce() async throws {
    try await explore { world in
      let reports = Journal()
      let caller = UnretrievedError.$handler.withValue({ reports.add("\($0.error)") }) {
        Task {
          try await shield {
            try await Task.sleep(for: .seconds(1))
            throw Mishap(1)
          }
        }
      }
      try await Task.sleep(for: .seconds(1))
      caller.cancel()
      let thrown = await outcome { try await caller.value }
      await world.settle()
      switch thrown {
      case .success: Issue.record("the error was lost")
      case .failure(is Mishap): #expect(reports.entries.isEmpty)
      case .failure(let error):
        #expect(error is CancellationError)
        #expect(reports.entries == ["\(Mishap(1))"])
      }
    }
  }

  @Test("SH-05 nothing is reported of what was thrown, has succeeded or was cancelled")
  func silence() async throws {
    try await explore { world in
      let reports = Journal()
      try await UnretrievedError.$handler.withValue({ reports.add("\($0)") }) {
        await expectThrow(Mishap(1)) { try await shield { throw Mishap(1) } }
        await expectThrow(CancellationError.self) { try await shield { throw CancellationError() } }
        for ending in 0..<2 {
          let caller = Task {
            try await shield {
              try await Task.sleep(for: .seconds(1))
              if ending == 1 { throw CancellationError() }
            }
          }
          await world.settle()
          caller.cancel()
          #expect(await caller.endsCancelled)
        }
        try await Task.sleep(for: .seconds(2))
      }
      #expect(reports.entries.isEmpty)
    }
  }

  @Test("SH-06 after the caller was cancelled, no observer is left on the task")
  func observers() async throws {
    try await explore { world async throws in
      let handle = TaskHandle {
        try await Task.sleep(for: .seconds(1))
        return 1
      }
      for _ in 0..<3 {
        let waiter = Task { try await shield(handle) }
        await world.settle()
        #expect(handle.completion.observerCount == 1)
        waiter.cancel()
        #expect(await waiter.endsCancelled)
        #expect(handle.completion.observerCount == 0)
      }
      #expect(try await shield(handle) == 1)
    }
  }

  @Test("GA-14 gather of shields: the waits are cancelled, the tasks behind them are not")
  func gatherOfShields() async throws {
    try await explore { world in
      let handles = (1...3).map { number in
        TaskHandle {
          try await Task.sleep(for: .seconds(number))
          return number
        }
      }
      let gathering = Task { try await gather(handles) { try await shield($0) } }
      try await Task.sleep(for: .milliseconds(1500))
      gathering.cancel()
      #expect(await gathering.endsCancelled)
      #expect(world.now == .milliseconds(1500))
      #expect(handles.map(\.isDone) == [true, false, false])
      #expect(handles.map(\.completion.observerCount) == [0, 0, 0])
      let values = try await gather(handles)
      #expect(values == [1, 2, 3])
    }
  }

  @Test("GA-14 the shield of a gather: the caller throws, the children run on to their results")
  func shieldOfGather() async throws {
    try await explore { world in
      let results = Journal()
      let caller = Task {
        try await shield {
          let values = try await gather(1...3) { number in
            try await Task.sleep(for: .seconds(number))
            return number
          }
          results.add("\(values)")
        }
      }
      try await Task.sleep(for: .milliseconds(1500))
      caller.cancel()
      #expect(await caller.endsCancelled)
      #expect(world.now == .milliseconds(1500))
      try await Task.sleep(for: .seconds(5))
      #expect(results.entries == ["[1, 2, 3]"])
    }
  }

  @Test("a deadlock behind a shield says who waits for what")
  func deadlock() async {
    let report = await Simulation.run { _ in
      let lock = AsyncLock("till")
      try await lock.lock()
      try await shield(name: "save") { try await lock.lock() }
    }
    let text = report.verdict.description
    #expect(text.contains("“body” waits for task “save” to finish"))
    #expect(text.contains("“save” waits for lock “till”"))
  }
}
