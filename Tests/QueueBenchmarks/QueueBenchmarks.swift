// How many jobs that do nothing go through the queue in a second: in memory, and through a Redis with
// one worker process and with three. Beside it Celery, through the same Redis, if the python3 on the
// path has it: `python3 -m venv v && v/bin/pip install celery redis packaging`, and v/bin in the path.
//
// Run me:  swift run -c release QueueBenchmarks
//
// It starts a redis-server of its own, in a temporary folder, with its append-only file switched on.
// Figures mean something as ratios within one run, on one machine.

import AsyncPrimitives
import Broker
import Foundation

@main
struct QueueBenchmarks {
  static let jobs = 3_000
  static let concurrency = 16
  static let rounds = 3

  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    if arguments.first == "worker", let url = arguments.dropFirst().first {
      return try await work(url)
    }
    guard arguments.isEmpty else {
      FileHandle.standardError.write(Data("error: it takes no arguments.\n".utf8))
      exit(64)
    }
    #if DEBUG
      print("A debug build, whose figures say nothing: swift run -c release QueueBenchmarks")
    #endif
    print(
      "\(jobs) jobs that do nothing; \(concurrency) at a time in each worker; medians of \(rounds)")
    print("")
    for workers in [1, 3] {
      try await measure("in memory", workers: workers) { try await inMemory(workers: workers) }
    }
    guard let server = try await RedisProcess() else {
      return print("no redis-server on the path: nothing more to measure")
    }
    do { try await measureThroughRedis(server) } catch {
      FileHandle.standardError.write(Data("error: \(error)\n".utf8))
    }
    server.stop()
  }

  private static func measureThroughRedis(_ server: RedisProcess) async throws {
    for workers in [1, 3] {
      try await measure("through Redis", workers: workers) {
        try await throughRedis(server, workers: workers)
      }
      if Celery.isThere {
        try await measure("Celery", workers: workers) {
          try await Celery.run(server, workers: workers, jobs: jobs, concurrency: concurrency)
        }
      }
    }
    if !Celery.isThere { print("python3 has no Celery: it does not take part") }
  }

  /// What is measured: from the first submission to the end of the last job.
  private static func measure(
    _ what: String, workers: Int, _ run: @Sendable () async throws -> Duration
  ) async throws {
    var times: [Duration] = []
    for _ in 0..<rounds { times.append(try await run()) }
    let rate = Int(Double(jobs) / (times.sorted()[rounds / 2] / .seconds(1)))
    let name = "\(what), \(workers) worker\(workers == 1 ? "" : "s")"
    print(name.padding(toLength: 28, withPad: " ", startingAt: 0), rate, "jobs a second")
    fflush(nil)
  }

  private static var handlers: JobHandlers {
    var handlers = JobHandlers()
    handlers.on("nothing") { (number: Int) in number }
    return handlers
  }

  private static func worker(_ name: String, _ broker: any Broker) -> Worker {
    var options = Worker.Options(for: broker)
    options.concurrency = concurrency
    return Worker(name, of: broker, handlers, options: options)
  }

  private static func submitAll(to broker: any Broker, round: String) async throws {
    // Several at a time: each awaits its acknowledgement, as a producer should.
    try await withThrowingTaskGroup(of: Void.self) { group in
      for producer in 0..<concurrency {
        group.addTask {
          for number in stride(from: producer, to: jobs, by: concurrency) {
            try await broker.submit(Job("\(round)-\(number)", "nothing", payload: "\(number)"))
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private static func end(of broker: any Broker) async throws {
    while try await broker.counts().succeeded < jobs {
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  private static func inMemory(workers count: Int) async throws -> Duration {
    let broker = MemoryBroker()
    let workers = (1...count).map { worker("worker \($0)", broker) }
    return try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in workers { group.addTask { try await worker.run() } }
      let start = ContinuousClock.now
      try await submitAll(to: broker, round: "r")
      try await end(of: broker)
      let time = ContinuousClock.now - start
      for worker in workers { worker.stop() }
      try await group.waitForAll()
      return time
    }
  }

  private static func throughRedis(
    _ server: RedisProcess, workers count: Int
  ) async throws -> Duration {
    let broker = try RedisBroker(server.url, queue: "jobs")
    try await server.clear()
    let workers = try (1...count).map { _ in
      try startProcess(CommandLine.arguments[0], ["worker", server.url])
    }
    while try await broker.workers().count < count { try await Task.sleep(for: .milliseconds(10)) }
    let start = ContinuousClock.now
    try await submitAll(to: broker, round: "r")
    try await end(of: broker)
    let time = ContinuousClock.now - start
    workers.forEach(endAtOnce)
    await broker.close()
    return time
  }

  /// What a worker process does, until it is told to end.
  private static func work(_ url: String) async throws {
    let broker = try RedisBroker(url, queue: "jobs")
    let name = "worker-\(ProcessInfo.processInfo.processIdentifier)"
    try await worker(name, broker).run()
  }
}

/// Starts a program that says nothing.
func startProcess(_ program: String, _ arguments: [String]) throws -> Process {
  let process = Process()
  process.executableURL = URL(filePath: program)
  process.arguments = arguments
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  try process.run()
  return process
}

/// Ends a process. It is not asked to: it may have inherited that SIGTERM is blocked.
func endAtOnce(_ process: Process) {
  kill(process.processIdentifier, SIGKILL)
  process.waitUntilExit()
}

/// The file of a program on the path.
func onPath(_ name: String) -> String? {
  let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
}
