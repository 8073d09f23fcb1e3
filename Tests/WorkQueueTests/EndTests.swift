import AsyncPrimitives
import CheckKit
import Synchronization
import Testing
import WorkQueue

@Suite("The end of a queue", .holdsJobs)
struct EndTests {
  @Test("WP-08 join waits for all jobs and callbacks, and for what is submitted meanwhile")
  func join() async throws {
    try await explore { world in
      let log = EventLog(world)
      let queue = TaskQueue(concurrency: 2)
      try await queue.join()
      try queue.submit("a", log.job("a")) { _ in
        try await world.clock.sleep(for: .seconds(1))
        try queue.submit("b", log.job("b")) { _ in
          try await world.clock.sleep(for: .seconds(1))
          log.add("all is done")
        }
      }
      try await queue.join()
      #expect(log.texts.last == "all is done")
      #expect(world.now == .seconds(2))
      try queue.submit("c", log.job("c"))  // It is still open.
      try await queue.join()
      #expect(log.texts.last == "c ends")
    }
  }

  @Test("WP-08 a join that is cancelled throws, and the jobs go on")
  func cancelledJoin() async throws {
    try await explore { world in
      let (log, gate) = (EventLog(world), Gate())
      try await withTaskQueue(concurrency: 1) { queue in
        try queue.submit("a", log.job("a", until: gate))
        let joiners = (1...2).map { number in
          Task(name: "joiner \(number)") { try await queue.join() }
        }
        await world.settle()
        joiners[0].cancel()
        await #expect(throws: CancellationError.self) { try await joiners[0].value }
        gate.open()
        try await joiners[1].value
      }
      #expect(log.texts.last == "a ends")
    }
  }

  @Test("WP-09 after a shutdown, submit throws, and the job is not kept")
  func closed() async throws {
    try await explore { world in
      let log = EventLog(world)
      let queue = TaskQueue(concurrency: 1)
      queue.shutdown()
      weak var kept: Ballast?
      do {
        let ballast = Ballast()
        kept = ballast
        #expect(throws: TaskQueueError.closed) {
          try queue.submit("late") { [ballast] in withExtendedLifetime(ballast) { log.add("late") }
          }
        }
      }
      #expect(kept == nil)
      await queue.stop()
      #expect(log.texts.isEmpty)
      #expect(queue.statistics == TaskQueueStatistics())
    }
  }

  @Test("what a job holds goes when it has ended, or was cancelled, though its handle stays")
  func released() async throws {
    try await explore { _ in
      let queue = TaskQueue(concurrency: 1)
      weak var done: Ballast?
      weak var cancelled: Ballast?
      func submit(_ ballast: Ballast) throws -> TaskQueue.Job<Void> {
        try queue.submit { withExtendedLifetime(ballast) {} }
      }
      queue.pause()
      let jobs = try {
        let (first, second) = (Ballast(), Ballast())
        (done, cancelled) = (first, second)
        return try [submit(first), submit(second)]
      }()
      #expect(done != nil)
      jobs[1].cancel()
      #expect(cancelled == nil)
      queue.resume()
      try await queue.join()
      #expect(done == nil)
      withExtendedLifetime(jobs) {}
    }
  }

  @Test("WP-10 an immediate stop cancels what runs and what waits, and all hear of it")
  func immediateStop() async throws {
    try await explore { world in
      let log = EventLog(world)
      let queue = TaskQueue(concurrency: 2)
      for name in ["a", "b", "c", "d"] {
        try queue.submit(name, log.job(name, until: Gate())) { outcome in
          // It may await: it is not cancelled itself.
          try await world.clock.sleep(for: .seconds(1))
          try await log.callback(name)(outcome)
        }
      }
      await world.settle()
      await queue.stop(immediate: true)
      #expect(Set(log.texts(ending: "begins")) == ["a", "b"])
      #expect(log.texts(ending: "heard of a cancellation").sorted() == ["a", "b", "c", "d"])
      #expect(queue.statistics.cancelled == 4)
      #expect(throws: TaskQueueError.closed) { try queue.submit {} }
    }
  }

  @Test("WP-10 a queue that is dropped cancels its jobs")
  func dropped() async throws {
    try await explore { world in
      let log = EventLog(world)
      var queue: TaskQueue? = TaskQueue(concurrency: 1)
      let jobs = try ["a", "b"].map { name in
        try queue?.submit(name, log.job(name, until: Gate()), onDone: log.callback(name))
      }
      await world.settle()
      queue = nil
      for job in jobs {
        let job = try #require(job)
        await #expect(throws: CancellationError.self) { try await job.value }
      }
      await world.settle()
      #expect(log.texts(ending: "begins") == ["a"])
      #expect(log.texts(ending: "heard of a cancellation").sorted() == ["a", "b"])
    }
  }

  @Test("a graceful stop does all that was submitted, also by a queue that was paused")
  func gracefulStop() async throws {
    try await explore { world in
      let log = EventLog(world)
      let queue = TaskQueue(concurrency: 2)
      queue.pause()
      for name in ["a", "b", "c"] { try queue.submit(name, log.job(name)) }
      await world.settle()
      #expect(log.texts.isEmpty)
      #expect(queue.isPaused)
      queue.shutdown()
      queue.pause()
      #expect(!queue.isPaused)
      await queue.stop()
      #expect(log.texts(ending: "ends").sorted() == ["a", "b", "c"])
    }
  }

  @Test("a graceful stop whose task is cancelled becomes an immediate one, and awaits the end")
  func cancelledStop() async throws {
    try await explore { world in
      let log = EventLog(world)
      let queue = TaskQueue(concurrency: 1)
      for name in ["a", "b"] { try queue.submit(name, log.job(name, until: Gate())) }
      let stopping = Task(name: "stopping") {
        await queue.stop()
        log.add("stopped")
      }
      await world.settle()
      #expect(log.texts == ["a begins"])
      stopping.cancel()
      await stopping.value
      #expect(log.texts == ["a begins", "a is cancelled", "stopped"])
    }
  }

  @Test("a job may shut its own queue down")
  func fromInside() async throws {
    try await explore { world in
      let log = EventLog(world)
      let queue = TaskQueue(concurrency: 1)
      try queue.submit("a") {
        queue.shutdown(immediate: true)
        log.add("a, cancelled: \(Task.isCancelled)")
      }
      try queue.submit("b", log.job("b"))
      try await queue.join()
      #expect(log.texts == ["a, cancelled: true"])
    }
  }

  @Test("a scope that throws cancels its jobs, and one that is cancelled does not look whole")
  func scopes() async throws {
    try await explore { world in
      let log = EventLog(world)
      await #expect(throws: Broken.self) {
        try await withTaskQueue(concurrency: 1) { queue in
          try queue.submit("a", log.job("a", until: Gate()))
          await world.settle()
          throw Broken()
        }
      }
      #expect(log.texts == ["a begins", "a is cancelled"])
      let scope = Task(name: "scope") {
        try await withTaskQueue(concurrency: 1) { queue in
          try queue.submit("b", log.job("b", until: Gate()))
          await world.settle()
        }
      }
      await world.settle()
      scope.cancel()
      await #expect(throws: CancellationError.self) { try await scope.value }
    }
  }
}
