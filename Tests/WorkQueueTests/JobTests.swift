import AsyncPrimitives
import CheckKit
import Synchronization
import Testing
import WorkQueue

@Suite("Jobs", .holdsJobs)
struct JobTests {
  @Test("WP-01 at most so many run, and so many if there are; they start in order")
  func limit() async throws {
    try await explore { world in
      let (log, mark) = (EventLog(world), HighWaterMark())
      try await withTaskQueue(concurrency: 3) { queue in
        for number in 1...7 {
          try queue.submit("\(number)") {
            try await mark.count { try await world.clock.sleep(for: .seconds(1)) }
          }
        }
        #expect(queue.statistics.mostRunning == 3)
        try await queue.join()
        #expect(world.now == .seconds(3))
      }
      #expect(mark.peak == 3)
      try await withTaskQueue(concurrency: 1) { queue in
        for number in 1...5 { try queue.submit("\(number)", log.job("\(number)")) }
      }
      #expect(log.texts(ending: "begins") == ["1", "2", "3", "4", "5"])
      #expect(log.texts == (1...5).flatMap { ["\($0) begins", "\($0) ends"] })
    }
  }

  @Test("WP-02 each callback hears once, after the place is free, and never before submit returns")
  func callbacks() async throws {
    try await explore { world in
      let (log, gate) = (EventLog(world), Gate())
      try await withTaskQueue(concurrency: 1) { queue in
        let slow: TaskQueue.Callback<String> = { outcome in
          try await log.callback("a")(outcome)
          try await gate.pass()
        }
        try queue.submit("a", log.job("a"), onDone: slow)
        log.add("submitted")
        try queue.submit("b", { throw Broken() }, onDone: log.callback("b"))
        let c = try queue.submit("c", log.job("c"), onDone: log.callback("c"))
        #expect(c.cancel())
        await world.settle()
        #expect(log.count(of: "b heard of Broken") == 1, "a's callback does not hold b up")
        gate.open()
      }
      #expect(log.texts.first == "submitted")
      let heard = log.texts.filter { $0.contains("heard") }
      #expect(heard.sorted() == ["a heard a", "b heard of Broken", "c heard of a cancellation"])
    }
  }

  @Test(
    "WP-04 a job that is cancelled while it waits never starts, and the others keep their order")
  func cancelQueued() async throws {
    try await explore { world in
      let (log, gate) = (EventLog(world), Gate())
      try await withTaskQueue(concurrency: 1) { queue in
        try queue.submit("a", log.job("a", until: gate))
        let jobs = try ["b", "c", "d"].map {
          try queue.submit($0, log.job($0), onDone: log.callback($0))
        }
        #expect(jobs[1].state == .queued)
        #expect(jobs[1].cancel())
        #expect(jobs[1].state == .done)
        await #expect(throws: CancellationError.self) { try await jobs[1].value }
        gate.open()
      }
      #expect(log.texts(ending: "begins") == ["a", "b", "d"])
      #expect(log.count(of: "c heard of a cancellation") == 1)
    }
  }

  @Test("WP-05 cancelling a job that runs cancels its task; its place is free when it has ended")
  func cancelRunning() async throws {
    try await explore { world in
      let (log, gate) = (EventLog(world), Gate())
      try await withTaskQueue(concurrency: 1) { queue in
        let a = try queue.submit("a", log.job("a", until: Gate()), onDone: log.callback("a"))
        let b = try queue.submit("b") {
          // Deaf: it goes on until the gate opens.
          log.add("b begins")
          await Task.detached { try? await gate.pass() }.value
          log.add("b ends, cancelled: \(Task.isCancelled)")
        }
        try queue.submit("c", log.job("c"))
        #expect(a.cancel())
        await world.settle()
        #expect(a.state == .done)
        #expect(b.state == .running)
        #expect(b.cancel())
        await world.settle()
        #expect(log.texts(ending: "begins").last == "b", "b has its place until it has ended")
        gate.open()
        // What it returned all the same is its outcome.
        try await b.value
      }
      #expect(log.count(of: "a heard of a cancellation") == 1)
      #expect(log.count(of: "b ends, cancelled: true") == 1)
      #expect(log.texts.last == "c ends")
    }
  }

  @Test("WP-06 cancelling a job that is done does nothing")
  func cancelDone() async throws {
    try await explore { world in
      let log = EventLog(world)
      try await withTaskQueue(concurrency: 1) { queue in
        let a = try queue.submit("a", log.job("a"), onDone: log.callback("a"))
        #expect(try await a.value == "a")
        #expect(a.state == .done)
        #expect(!a.cancel())
        try await queue.join()
        #expect(!a.cancel())
        #expect(try await a.value == "a")
        #expect(queue.statistics.cancelled == 0)
      }
      #expect(log.texts(ending: "heard a") == ["a"])
    }
  }

  @Test("WP-13 a higher priority starts earlier, in line only; equal ones keep their order")
  func priorities() async throws {
    try await explore { world in
      let (log, gate) = (EventLog(world), Gate())
      try await withTaskQueue(concurrency: 1) { queue in
        try queue.submit("first", log.job("first", until: gate))
        for (name, priority) in [
          ("low 1", 0), ("low 2", 0), ("high 1", 2), ("least", -1), ("middle", 1), ("high 2", 2),
        ] {
          try queue.submit(name, priority: priority, log.job(name))
        }
        gate.open()
      }
      #expect(
        log.texts(ending: "begins") == [
          "first", "high 1", "high 2", "middle", "low 1", "low 2", "least",
        ])
    }
  }

  @Test("the example of the documentation")
  func example() async throws {
    try await explore { _ in
      let said = Mutex<[String]>([])
      @Sendable func fetch(_ path: String) async throws -> String { "page \(path)" }
      @Sendable func print(_ words: Any...) {
        said.withLock { $0.append(words.map { "\($0)" }.joined(separator: " ")) }
      }
      try await withTaskQueue(concurrency: 3) { queue in
        try queue.submit(fetch, "/news", name: "news", priority: 1) { outcome in
          print("news:", outcome)
        }
        let map = try queue.submit("map") { try await fetch("/map") }
        print(try await map.value)
      }
      #expect(
        said.withLock { $0.sorted() } == ["news: success(\"page /news\")", "page /map"])
    }
  }

  @Test("a job takes arguments, of any number and type")
  func arguments() async throws {
    try await explore { _ in
      @Sendable func sum(_ left: Int, _ right: Double, _ unit: String) async throws -> String {
        "\(Double(left) + right) \(unit)"
      }
      try await withTaskQueue(concurrency: 2) { queue in
        let job = try queue.submit(sum, 1, 2.5, "km", name: "sum", priority: 3)
        #expect(job.name == "sum")
        #expect(try await job.value == "3.5 km")
        let other = try queue.submit { 7 }
        #expect(other.name == "job \(other.number)")
        #expect(try await other.value == 7)
      }
    }
  }

  @Test("what nobody hears is reported: a failed job's error, and what a callback throws")
  func unheard() async throws {
    try await explore { _ in
      let reports = Mutex<[String]>([])
      try await UnretrievedError.$handler.withValue({ error in
        reports.withLock { $0.append(error.source) }
      }) { @Sendable in
        try await withTaskQueue(concurrency: 2) { queue in
          try queue.submit("a") { throw Broken() }
          try queue.submit("b") {
            throw Broken()
          } onDone: { _ in
          }
          try queue.submit("c") {
          } onDone: { _ in
            throw Broken()
          }
          try queue.submit("d") { throw CancellationError() }
          try await queue.join()
          #expect(queue.statistics.failed == 2)
          #expect(queue.statistics.cancelled == 1)
          #expect(queue.statistics.failedCallbacks == 1)
        }
      }
      let sources = reports.withLock { $0.sorted() }
      #expect(sources == ["future “outcome of a”", "the callback of c"])
    }
  }
}
