import CheckKit
import Synchronization
import Testing

@testable import AsyncPrimitives

@Suite("Invariants of queues", .startsTasks, .serialized)
struct QueueInvariantTests {
  @Test(
    "XX-01 item, cancellation, shutdown and a newcomer in every order: each wakes up once",
    arguments: QueueKind.allCases)
  func everyOrder(kind: QueueKind) async throws {
    let schedules = try await exploreAll { _ in
      let queue = kind.make()
      let waiter = queue.getter("waiter")
      let canceller = Task { waiter.cancel() }
      let closer = Task { queue.shutdown() }
      let isPut = (try? queue.tryPut(1)) != nil
      let newcomer = queue.getter("newcomer")
      let results = [verdict(await waiter.result), verdict(await newcomer.result)]
      await canceller.value
      await closer.value
      // The item is with one of them, or has not been put, or is left.
      let left = queue.takeAll()
      #expect(results.count { $0 == "1" } + left.count == (isPut ? 1 : 0), "\(results) \(left)")
      #expect(["1", "cancelled", "shut down"].contains(results[0]))
      #expect(["1", "shut down"].contains(results[1]))
      #expect(queue.statistics.waitingConsumers == 0)
    }
    #expect(schedules > 20)
  }

  @Test(
    "XX-01 room, cancellation and shutdown in every order: each putter wakes up once",
    arguments: QueueKind.allCases)
  func everyOrderOfPutters(kind: QueueKind) async throws {
    let schedules = try await exploreAll { _ in
      let queue = kind.make(capacity: 1)
      try queue.tryPut(0)
      let putter = queue.putter(1)
      let canceller = Task { putter.cancel() }
      let closer = Task { queue.shutdown() }
      #expect(try queue.tryGet() == 0)
      let result = verdict(await putter.result)
      await canceller.value
      await closer.value
      #expect(queue.takeAll() == (result == "ok" ? [1] : []))
      #expect(["ok", "cancelled", "shut down"].contains(result))
      #expect(queue.statistics.waitingProducers == 0)
    }
    #expect(schedules > 10)
  }

  @Test(
    "XX-01 items, cancellations, time limits and shutdowns at random: items in = items out",
    arguments: QueueKind.allCases, [nil, 1, 2] as [Int?])
  func randomly(kind: QueueKind, capacity: Int?) async throws {
    try await explore { world in
      let queue = kind.make(capacity: capacity)
      let (put, got) = (Journal(), Journal())
      var numbers = world.randomNumbers
      await withTaskGroup(of: Void.self) { group in
        for worker in 0..<4 {
          let delay = Duration.seconds(Int.random(in: 0..<4, using: &numbers))
          let limit = Duration.seconds(Int.random(in: 1..<4, using: &numbers))
          group.addTask {
            try? await Task.sleep(for: delay)
            let task = Task {
              for item in 0..<3 {
                if worker.isMultiple(of: 2) {
                  try await queue.put(worker * 10 + item)
                  put.add("\(worker * 10 + item)")
                } else {
                  got.add("\(try await queue.get())")
                }
              }
            }
            try? await Task.sleep(for: limit)
            task.cancel()
            _ = await task.result
          }
        }
        if Bool.random(using: &numbers) {
          group.addTask {
            try? await Task.sleep(for: .seconds(3))
            queue.shutdown()
          }
        }
      }
      #expect(put.entries.sorted() == (got.entries + queue.takeAll().map(String.init)).sorted())
      let rest = queue.statistics
      #expect(rest.waitingProducers + rest.waitingConsumers == 0)
      #expect(rest.unfinished == put.entries.count)
      for _ in put.entries { try queue.taskDone() }
      try await queue.join()
    }
  }

  @Test(
    "XX-04 cancelled before its first step: it throws at once and is never queued",
    arguments: QueueKind.allCases)
  func cancelledBeforeFirstStep(kind: QueueKind) async throws {
    try await explore(schedules: perKind) { world in
      let queue = kind.make(capacity: 1)
      let getter = queue.getter()
      getter.cancel()
      await world.settle()
      #expect(queue.statistics.waitingConsumers == 0)
      try queue.tryPut(1)
      let putter = queue.putter(2)
      putter.cancel()
      let joiner = Task { try await queue.join() }
      joiner.cancel()
      await world.settle()
      #expect(queue.statistics.waitingProducers + queue.statistics.waitingJoiners == 0)
      #expect(await getter.endsCancelled)
      #expect(await putter.endsCancelled)
      #expect(await joiner.endsCancelled)
      #expect(queue.takeAll() == [1])
    }
  }

  @Test("XX-04 cancelled between joining the line and parking: it throws, and is not in line")
  func cancelledBeforeParking() async throws {
    try await explore { _ in
      let queue = AsyncQueue<Int>(capacity: 1)
      let getter = Task {
        try await DisturbedQueue(core: queue.core, beforeParking: cancelCurrentTask).waitForItem()
      }
      #expect(await getter.endsCancelled)
      #expect(queue.statistics.waitingConsumers == 0)
      try queue.tryPut(1)
      let putter = Task {
        try await DisturbedQueue(core: queue.core, beforeParking: cancelCurrentTask)
          .waitForRoom(with: 2)
      }
      #expect(await putter.endsCancelled)
      #expect(queue.statistics.waitingProducers == 0)
      #expect(queue.takeAll() == [1])
    }
  }

  @Test("XX-01 handed over between joining the line and parking: it has the item, cancelled or not")
  func grantedBeforeParking() async throws {
    try await explore { _ in
      let queue = AsyncQueue<Int>(capacity: 1)
      let getter = Task {
        let disturbed = DisturbedQueue(
          core: queue.core,
          beforeParking: {
            #expect(throws: Never.self) { try queue.tryPut(1) }
            cancelCurrentTask()
          })
        try await disturbed.waitForItem()
      }
      #expect(verdict(await getter.result) == "ok")
      #expect(queue.isEmpty)
      try queue.tryPut(2)
      let putter = Task {
        let disturbed = DisturbedQueue(
          core: queue.core,
          beforeParking: {
            #expect((try? queue.tryGet()) == 2)
            cancelCurrentTask()
          })
        try await disturbed.waitForRoom(with: 3)
      }
      #expect(verdict(await putter.result) == "ok")
      #expect(queue.takeAll() == [3])
    }
  }

  @Test("XX-06 getters and putters are served in order of arrival, whatever their priority")
  func arrivalOrder() async throws {
    try await explore(options: .uninterrupted) { world in
      let queue = AsyncQueue<Int>(capacity: 1)
      let arrivals = Journal()
      let priorities: [TaskPriority] = [.low, .high, .background, .medium, .high, .low]
      let getters = priorities.enumerated().map { number, priority in
        Task(priority: priority) {
          // Nothing suspends between this line and the queue.
          arrivals.add("\(number)")
          return (number, try await queue.get())
        }
      }
      await world.settle()
      for item in priorities.indices { try queue.tryPut(item) }
      for getter in getters {
        let (number, item) = try await getter.value
        #expect(arrivals.entries[item] == "\(number)")
      }

      try queue.tryPut(-1)
      let entries = Journal()
      let putters = priorities.enumerated().map { number, priority in
        Task(priority: priority) {
          entries.add("\(number)")
          try await queue.put(number)
        }
      }
      await world.settle()
      #expect(queue.takeAll().dropFirst().map(String.init) == entries.entries)
      for putter in putters { try await putter.value }
    }
  }

  @Test("XX-09 a waiting task keeps its queue alive, and the report of the deadlock names it")
  func keptAlive() async {
    let report = await Simulation.run { world in
      weak var survivor: AsyncQueue<Int>?
      do {
        let queue = AsyncQueue<Int>(capacity: 1, name: "orders")
        survivor = queue
        _ = Task(name: "bob") { try await queue.get() }
        await world.settle()
      }
      #expect(survivor?.statistics.waitingConsumers == 1)
      let (full, unnamed) = (AsyncStack<Int>(capacity: 1, name: "plates"), AsyncQueue<Int>())
      try full.tryPut(1)
      _ = Task(name: "ann") { try await full.put(2) }
      _ = Task(name: "cho") { try await full.join() }
      _ = Task(name: "dan") { try await unnamed.get() }
      await world.settle()
      let jobs = AsyncPriorityQueue<Int>(name: "jobs")
      _ = try await jobs.get()
    }
    #expect(report.verdict.isDeadlock)
    let text = report.verdict.description
    #expect(text.contains("“bob” waits for an item of queue “orders”"))
    #expect(text.contains("“ann” waits for room in stack “plates”"))
    #expect(text.contains("“cho” waits for the end of all work on stack “plates”"))
    #expect(text.contains("“dan” waits for a queue to hold an item"))
    #expect(text.contains("waits for an item of priority queue “jobs”"))
  }

  @Test("XX-09 a queue that dies with a parked waiter says so")
  func abandoned() async {
    await #expect(processExitsWith: .failure) {
      typealias Delivery = QueueState<Ring<Int>>.Delivery
      _ = await withWaitContinuation { (continuation: WaitContinuation<Delivery>) in
        let queue = AsyncQueue<Int>(name: "orders")
        let ticket = queue.core.state.withLock { $0.joinGetters() }
        _ = queue.core.state.withLock { $0.park(continuation, with: ticket) }
      }
    }
  }
}
