import CheckKit
import Testing

@testable import AsyncPrimitives

@Suite("Shutting down queues of all kinds", .startsTasks, .serialized)
struct QueueShutdownTests {
  @Test(
    "QS-01 shutting down an empty queue: waiting getters fail, and so does all that comes",
    arguments: QueueKind.allCases, [false, true])
  func shutdownOfEmpty(kind: QueueKind, immediate: Bool) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(name: "orders")
      let getters = (0..<2).map { _ in queue.getter() }
      let loop = Task { try await queue.forEach { _ in } }
      await world.settle()
      #expect(!queue.isShutDown)
      queue.shutdown(immediate: immediate)
      #expect(queue.isShutDown)
      for getter in getters {
        await #expect(throws: QueueError.shutDown("orders")) { try await getter.value }
      }
      try await loop.value
      let error = QueueError.shutDown("orders")
      await #expect(throws: error) { try await queue.put(1) }
      await #expect(throws: error) { try await queue.get() }
      #expect(throws: error) { try queue.tryPut(1) }
      #expect(throws: error) { try queue.tryGet() }
      try await queue.forEach { _ in Issue.record("there is nothing") }
      try await queue.join()
      #expect(queue.isEmpty)
    }
  }

  @Test(
    "QS-02 graceful: what is left can be taken; waiting putters fail, nothing enters (D9)",
    arguments: QueueKind.allCases)
  func graceful(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 2)
      try queue.tryPut(1)
      try queue.tryPut(2)
      let putters = [3, 4].map { queue.putter($0) }
      await world.settle()
      #expect(queue.shutdown(immediate: false) == [])
      for putter in putters { #expect(verdict(await putter.result) == "shut down") }
      #expect(queue.count == 2)
      await #expect(throws: QueueError.shutDown(nil)) { try await queue.put(5) }
      #expect(try await queue.get() == kind.outgoing([1, 2])[0])
      // There is room now, and still nothing gets in.
      #expect(throws: QueueError.shutDown(nil)) { try queue.tryPut(6) }
      #expect(try queue.tryGet() == kind.outgoing([1, 2])[1])
      await #expect(throws: QueueError.shutDown(nil)) { try await queue.get() }
      #expect(throws: QueueError.shutDown(nil)) { try queue.tryGet() }
      #expect(queue.statistics.unfinished == 2)
      let joiner = Task { try await queue.join() }
      await world.settle()
      try queue.taskDone()
      #expect(queue.statistics.waitingJoiners == 1)
      try queue.taskDone()
      try await joiner.value
    }
  }

  @Test(
    "QS-04 immediate: what is left is dropped, returned and counted done; join returns",
    arguments: QueueKind.allCases)
  func immediate(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 3)
      for item in [1, 3, 2] { try queue.tryPut(item) }
      let putter = queue.putter(4)
      let joiner = Task { try await queue.join() }
      await world.settle()
      #expect(queue.shutdown(immediate: true) == kind.outgoing([1, 3, 2]))
      #expect(queue.count == 0)
      #expect(queue.isEmpty && !queue.isFull)
      #expect(queue.statistics.unfinished == 0)
      try await joiner.value
      #expect(verdict(await putter.result) == "shut down")
      await #expect(throws: QueueError.shutDown(nil)) { try await queue.get() }
    }
  }

  @Test(
    "QS-05 immediate, with an item in flight: join waits for that one only",
    arguments: QueueKind.allCases)
  func inFlight(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make()
      for item in 1...3 { try queue.tryPut(item) }
      _ = try queue.tryGet()
      let joiner = Task { try await queue.join() }
      await world.settle()
      queue.shutdown(immediate: true)
      await world.settle()
      #expect(queue.statistics.waitingJoiners == 1)
      #expect(queue.statistics.unfinished == 1)
      try queue.taskDone()
      try await joiner.value
      #expect(throws: QueueError.nothingInFlight(nil)) { try queue.taskDone() }
    }
  }

  @Test(
    "QS-06 shutting down twice is once; immediate may follow graceful, and not be undone",
    arguments: QueueKind.allCases)
  func escalation(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make()
      for item in 1...2 { try queue.tryPut(item) }
      let joiner = Task { try await queue.join() }
      await world.settle()
      queue.shutdown()
      queue.shutdown()
      #expect(queue.count == 2)
      #expect(queue.statistics.waitingJoiners == 1)
      #expect(queue.shutdown(immediate: true) == kind.outgoing([1, 2]))
      try await joiner.value
      #expect(queue.shutdown(immediate: true) == [])
      queue.shutdown()
      #expect(queue.isShutDown && queue.isEmpty)
      #expect(queue.statistics.unfinished == 0)
    }
  }

  @Test(
    "QS-08 shutdown and cancellation of one waiter in one turn: the first of them counts",
    arguments: QueueKind.allCases, [false, true])
  func racingCancellation(kind: QueueKind, cancelsFirst: Bool) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 1)
      let getter = queue.getter()
      await world.settle()
      if cancelsFirst { getter.cancel() }
      queue.shutdown()
      if !cancelsFirst { getter.cancel() }
      #expect(world.ready == 1)
      #expect(verdict(await getter.result) == (cancelsFirst ? "cancelled" : "shut down"))

      let full = kind.make(capacity: 1)
      try full.tryPut(1)
      let putter = full.putter(2)
      await world.settle()
      if cancelsFirst { putter.cancel() }
      full.shutdown()
      if !cancelsFirst { putter.cancel() }
      #expect(world.ready == 1)
      #expect(verdict(await putter.result) == (cancelsFirst ? "cancelled" : "shut down"))
      #expect(full.takeAll() == [1])
    }
  }

  @Test(
    "QS-08 an item handed over before the shutdown is delivered, also if it is immediate",
    arguments: QueueKind.allCases, [false, true])
  func grantBeforeShutdown(kind: QueueKind, immediate: Bool) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 1)
      let getter = queue.getter()
      await world.settle()
      try queue.tryPut(1)
      #expect(queue.shutdown(immediate: immediate) == [])
      getter.cancel()
      #expect(try await getter.value == 1)
      #expect(queue.statistics.unfinished == 1)
      try queue.taskDone()
      try await queue.join()
    }
  }

  @Test("QS-09 shut down, full, empty, too many done and cancelled can all be told apart")
  func distinguishable() {
    let errors: [any Error] = [
      QueueError.full("a"), QueueError.empty("a"), QueueError.shutDown("a"),
      QueueError.nothingInFlight("a"), CancellationError(),
    ]
    var seen: [String] = []
    for error in errors {
      do { throw error } catch QueueError.full {
        seen.append("full")
      } catch QueueError.empty {
        seen.append("empty")
      } catch QueueError.shutDown {
        seen.append("shut down")
      } catch is CancellationError {
        seen.append("cancelled")
      } catch {
        seen.append("other")
      }
    }
    #expect(seen == ["full", "empty", "shut down", "other", "cancelled"])
    #expect("\(QueueError.full("a"))" == "queue “a” is full")
    #expect("\(QueueError.empty(nil))" == "a queue is empty")
    #expect("\(QueueError.shutDown("a"))" == "queue “a” has been shut down")
    #expect(Set([QueueError.full("a"), .full("b"), .full(nil), .empty("a")]).count == 4)
  }

  @Test(
    "QS-10 a waiting putter keeps its item, where Kotlin's close would still deliver it",
    arguments: QueueKind.allCases, [false, true])
  func putterKeepsItsItem(kind: QueueKind, immediate: Bool) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 1)
      try queue.tryPut(1)
      let kept = Journal()
      let putter = Task {
        do { try await queue.put(2) } catch QueueError.shutDown { kept.add("2") }
      }
      await world.settle()
      let dropped = queue.shutdown(immediate: immediate)
      #expect(dropped == (immediate ? [1] : []))
      try await putter.value
      #expect(kept.entries == ["2"])
      #expect(queue.takeAll() == (immediate ? [] : [1]))
    }
  }

  @Test(
    "GS-10 producers stop, the queue shuts down, consumers drain it, join returns",
    arguments: QueueKind.allCases)
  func drained(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { _ in
      let queue = kind.make(capacity: 2)
      let processed = Journal()
      try await withThrowingTaskGroup(of: Void.self) { consumers in
        for _ in 0..<2 {
          consumers.addTask {
            try await queue.forEach { item in
              try await Task.sleep(for: .seconds(1))
              processed.add("\(item)")
              try queue.taskDone()
            }
          }
        }
        try await withThrowingTaskGroup(of: Void.self) { producers in
          for producer in 0..<3 {
            producers.addTask {
              for item in 0..<3 { try await queue.put(producer * 3 + item) }
            }
          }
          try await producers.waitForAll()
        }
        queue.shutdown()
        try await queue.join()
        #expect(processed.entries.compactMap(Int.init).sorted() == Array(0..<9))
        try await consumers.waitForAll()
      }
    }
  }
}
