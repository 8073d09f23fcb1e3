import CheckKit
import Synchronization
import Testing
import WorkQueue

@Suite("Pausing, resizing, counting", .holdsJobs)
struct ControlTests {
  @Test("WP-12 the concurrency can be raised and lowered while jobs run")
  func resizing() async throws {
    try await explore { world in
      let log = EventLog(world)
      let gates = (1...6).map { _ in Gate() }
      try await withTaskQueue(concurrency: 1) { queue in
        for (index, gate) in gates.enumerated() {
          try queue.submit("\(index + 1)", log.job("\(index + 1)", until: gate))
        }
        await world.settle()
        #expect(queue.statistics.running == 1)
        try queue.setConcurrency(3)
        #expect(queue.concurrency == 3)
        #expect(queue.statistics.running == 3)
        try queue.setConcurrency(1)
        await world.settle()
        #expect(log.texts(ending: "begins").count == 3)
        for (index, running) in [(0, 2), (1, 1), (2, 1)] {
          gates[index].open()
          await world.settle()
          #expect(queue.statistics.running == running)
        }
        #expect(log.texts(ending: "begins").last == "4")
        for gate in gates { gate.open() }
      }
      #expect(log.texts(ending: "ends").count == 6)
    }
    #expect(throws: TaskQueueError.invalidConcurrency(0)) {
      try TaskQueue(concurrency: 1).setConcurrency(0)
    }
  }

  @Test("a pause lets jobs end and starts none; a join waits until somebody resumes")
  func pausing() async throws {
    try await explore { world in
      let (log, gate) = (EventLog(world), Gate())
      try await withTaskQueue(concurrency: 1) { queue in
        try queue.submit("a", log.job("a", until: gate))
        try queue.submit("b", log.job("b"))
        await world.settle()
        queue.pause()
        gate.open()
        await world.settle()
        #expect(log.texts == ["a begins", "a ends"])
        let joining = Task(name: "joining") {
          try await queue.join()
          log.add("joined")
        }
        await world.settle()
        queue.resume()
        try await joining.value
      }
      #expect(log.texts == ["a begins", "a ends", "b begins", "b ends", "joined"])
    }
  }

  @Test("WP-14 at every step, each job is counted once")
  func statistics() async throws {
    try await explore { world in
      let queue = TaskQueue(concurrency: 2)
      let submitted = Atomic(0)
      let isOver = Atomic(false)
      let auditor = Task(name: "auditor") {
        while !isOver.load(ordering: .relaxed) {
          // Nobody else has a turn between these two: there is no await.
          let seen = queue.statistics
          #expect(seen.submitted == submitted.load(ordering: .relaxed))
          #expect(seen.running <= 2)
          await Task.yield()
        }
      }
      for number in 0..<6 {
        let job = try queue.submit {
          await Task.yield()
          if number % 3 == 1 { throw Broken() }
        } onDone: { _ in
        }
        submitted.add(1, ordering: .relaxed)
        if number % 3 == 2 { job.cancel() }
        await Task.yield()
      }
      try await queue.join()
      isOver.store(true, ordering: .relaxed)
      await auditor.value
      let end = queue.statistics
      #expect(end.succeeded + end.failed + end.cancelled == 6)
      #expect(end.queued == 0 && end.running == 0 && end.callingBack == 0)
    }
  }

  @Test("on real threads: nothing lost, nothing twice, and never too many")
  func threads() async throws {
    let mark = HighWaterMark()
    let heard = Mutex<[Int: Int]>([:])
    let queue = TaskQueue(concurrency: 4)
    await withTaskGroup { group in
      for submitter in 0..<4 {
        group.addTask { @Sendable in
          for number in 0..<250 {
            let job = try? queue.submit(priority: number % 3) {
              await mark.count { await Task.yield() }
            } onDone: { _ in
              heard.withLock { $0[submitter * 1_000 + number, default: 0] += 1 }
            }
            if number % 7 == 0 { job?.cancel() }
          }
        }
      }
    }
    await queue.stop()
    #expect(heard.withLock { $0.count == 1_000 && $0.values.allSatisfy { $0 == 1 } })
    #expect(mark.peak <= 4)
    #expect(queue.statistics.submitted == 1_000)
    #expect(queue.statistics.done == 1_000)
  }
}
