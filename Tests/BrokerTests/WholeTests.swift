import AsyncPrimitives
import Broker
import Foundation
import LoopbackServer
import Synchronization
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// All of it at once: processes, a real Redis, and the worst that can happen to both.
@Suite("The whole queue", .redis, .timeLimit(.minutes(3)))
struct WholeTests {
  static let count = 500

  @Test("500 jobs, three worker processes, one killed, Redis killed and started again")
  func everything() async throws {
    let server = try await RedisServer()
    let settings = BrokerSettings(visibility: .seconds(2))
    let broker = try RedisBroker(server.url, queue: "whole", settings: settings)
    let workers = try ["ann", "bob", "cem"].map { try WorkerProgram($0, server.url, "whole") }
    let visitor = Visitor()
    let summary = try await LoopbackServer.running { request in
      let page = await StatusPages(of: broker).page(request.path, method: request.method)
      return LoopbackServer.Response(page.status, body: .bytes(Array(page.body.utf8)))
    } while: { pages in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await visitor.ask(pages.url) }
        async let submitting: Void = submitAll(to: broker)
        try await Task.sleep(for: .seconds(1))
        server.kill()
        try await Task.sleep(for: .milliseconds(500))
        try await server.start()
        try await Task.sleep(for: .milliseconds(500))
        workers[0].kill()
        try await submitting
        let counts = try await end(of: broker)
        group.cancelAll()
        return counts
      }
    }
    for worker in workers.dropFirst() { #expect(await worker.stop() == 0) }
    // One final state each, and the totals say that nobody was counted twice.
    let ends = try await gather(0..<Self.count) { number in
      try await broker.status(of: "job-\(number)")
    }
    #expect(ends.allSatisfy { $0?.state == .succeeded })
    #expect(summary.submitted == Self.count && summary.succeeded == Self.count)
    #expect(summary.failed == 0 && summary.aborted == 0)
    #expect(summary.queued == 0 && summary.waiting == 0 && summary.running == 0)
    #expect(summary.retried >= Self.count / 20, "every twentieth fails once")
    // Whoever was told that a job is done, was told so for good.
    #expect(visitor.contradictions.isEmpty, "\(visitor.contradictions)")
    #expect(visitor.answers["200", default: 0] > 0)
    let done = workers.flatMap(\.lines).filter {
      $0.hasPrefix("succeeded ") || $0.hasPrefix("tooLate ")
    }
    print(
      """
      Submitted \(summary.submitted), succeeded \(summary.succeeded), failed \(summary.failed); \
      retried \(summary.retried), redelivered \(summary.redelivered), \
      done more than once \(max(0, done.count - Self.count)); status pages \(visitor.answers.sorted { $0.key < $1.key })
      """)
    await broker.close()
  }

  /// Submits at a steady pace, and insists: what is not accepted is offered again.
  private func submitAll(to broker: RedisBroker) async throws {
    for number in 0..<Self.count {
      let payload = #"{"seconds": 0.04, "failures": \#(number % 20 == 0 ? 1 : 0)}"#
      while true {
        do {
          try await broker.submit(Job("job-\(number)", "thumbnail", payload: payload))
          break
        } catch let error as BrokerError where error.isPassing {
          try await Task.sleep(for: .milliseconds(50))
        }
      }
      try await Task.sleep(for: .milliseconds(4))
    }
  }

  private func end(of broker: RedisBroker) async throws -> BrokerCounts {
    for _ in 0..<600 {
      let counts = try await broker.counts()
      if counts.succeeded + counts.failed + counts.aborted >= Self.count { return counts }
      try await Task.sleep(for: .milliseconds(100))
    }
    Issue.record("after a minute, not all jobs have ended: \(try await broker.counts())")
    return try await broker.counts()
  }
}

/// Asks for the state of one job after the other, all the time.
private final class Visitor: Sendable {
  private struct Notes {
    var answers: [String: Int] = [:]
    var ended: Set<String> = []
    var contradictions: [String] = []
  }

  private let notes = Mutex(Notes())

  var answers: [String: Int] { notes.withLock { $0.answers } }
  var contradictions: [String] { notes.withLock { $0.contradictions } }

  func ask(_ url: String) async throws {
    var number = 0
    while !Task.isCancelled {
      number = (number + 37) % WholeTests.count
      let id = "job-\(number)"
      guard let page = URL(string: "\(url)/task/\(id)"),
        // A request of URLSession's that is cancelled just as it ends can end the program, on Linux.
        let (data, response) = try? await withCancellationShield({
          try await URLSession.shared.data(from: page)
        }),
        let status = (response as? HTTPURLResponse)?.statusCode
      else { continue }
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
      note(id, status: status, isReady: object?["ready"] as? Bool, isJSON: object != nil)
      try? await Task.sleep(for: .milliseconds(5))
    }
  }

  private func note(_ id: String, status: Int, isReady: Bool?, isJSON: Bool) {
    notes.withLock { notes in
      notes.answers["\(status)", default: 0] += 1
      if !isJSON { notes.contradictions.append("\(id): no JSON") }
      if isReady == true { notes.ended.insert(id) }
      if isReady == false || status == 404, notes.ended.contains(id) {
        notes.contradictions.append("\(id): ended, and then not")
      }
    }
  }
}

/// `Lesson20 worker`, as a process.
private final class WorkerProgram: Sendable {
  private let process = Process()
  private let leash = Pipe()
  private let collected = Mutex(Data())
  private let hasEnded = AsyncEvent("the end of a worker")

  init(_ name: String, _ url: String, _ queue: String) throws {
    let tests = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let beside = tests.appending(path: "Lesson20")
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    process.executableURL =
      FileManager.default.isExecutableFile(atPath: beside.path)
      ? beside : root.appending(path: ".build/debug/Lesson20")
    process.arguments = [
      "worker", "--redis", url, "--queue", queue, "--name", name, "--concurrency", "4",
      "--visibility", "2", "--leash", "yes",
    ]
    // Should the tests crash, it ends with them.
    process.standardInput = leash
    let pipe = Pipe()
    process.standardOutput = pipe
    pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
      let bytes = handle.availableData
      if bytes.isEmpty {
        handle.readabilityHandler = nil
        self?.hasEnded.set()
      } else {
        self?.collected.withLock { $0 += bytes }
      }
    }
    try process.run()
  }

  deinit { kill() }

  var lines: [String] {
    String(decoding: collected.withLock { $0 }, as: UTF8.self).split(separator: "\n")
      .map(String.init)
  }

  func kill() { _ = Foundation.kill(process.processIdentifier, SIGKILL) }

  /// Asks it to end, and returns its exit code.
  func stop() async -> Int32 {
    _ = Foundation.kill(process.processIdentifier, SIGTERM)
    await hasEnded.waitIgnoringCancellation()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
