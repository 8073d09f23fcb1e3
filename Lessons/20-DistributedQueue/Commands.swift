// What the program of lesson 20 does besides telling it: it works, and it serves.

import AsyncPrimitives
import Broker
import Foundation
import LoopbackServer
import Narration
import Synchronization

let redisOption = LessonOption("--redis", "URL", "use this Redis, and workers that are processes")

private let queueOption = LessonOption("--queue", "NAME", "what its keys begin with: jobs")

private let usualURL = "redis://127.0.0.1:6379"

/// Takes jobs from Redis until it is told to stop.
let workerCommand = LessonCommand(
  "worker", "take jobs from Redis until Ctrl-C",
  options: [
    LessonOption("--redis", "URL", "where it is: \(usualURL)"), queueOption,
    LessonOption("--name", "NAME", "what no other worker is called"),
    LessonOption("--concurrency", "N", "how many jobs at a time: 1"),
    LessonOption("--visibility", "S", "seconds of silence before others get a job: 30"),
    LessonOption("--lifetime", "S", "seconds for which results are kept: 3600"),
    LessonOption("--renews", "no", "never say that a job is still being done"),
    LessonOption("--leash", "yes", "end with standard input: with whoever started it"),
  ]
) { values, report in
  let settings: BrokerSettings
  let broker: RedisBroker
  var concurrency = 1
  do {
    settings = BrokerSettings(
      visibility: try seconds(values, "--visibility") ?? .seconds(30),
      resultLifetime: try seconds(values, "--lifetime") ?? .seconds(3600))
    broker = try RedisBroker(
      values["--redis"] ?? usualURL, queue: values["--queue"] ?? "jobs", settings: settings)
    concurrency = try number(values, "--concurrency").map { max(1, Int($0)) } ?? 1
  } catch {
    report("\(error)")
    return 64
  }
  do { try await broker.check(within: .seconds(5)) } catch {
    report("\(error)")
    await broker.close()
    return 69  // EX_UNAVAILABLE
  }
  var options = Worker.Options(for: broker)
  options.concurrency = concurrency
  if values["--renews"] == "no" { options.renewal = nil }
  let name = values["--name"] ?? "worker-\(ProcessInfo.processInfo.processIdentifier)"
  let worker = Worker(name, of: broker, photoHandlers(), options: options) { event in
    printLine(WorkerLine.text(of: event))
  }
  let working = Task(name: name) { try await worker.run() }
  // The first signal lets it end what it does, the second has that handed back. A third ends the
  // process at once.
  let signals = Mutex(0)
  let listener = SignalListener(.interrupt, .terminate) { _ in
    let number = signals.withLock { signals in
      signals += 1
      return signals
    }
    if number == 1 { worker.stop() } else { working.cancel() }
  }
  if values["--leash"] == "yes" {
    FileHandle.standardInput.readabilityHandler = { input in
      guard input.availableData.isEmpty else { return }
      input.readabilityHandler = nil
      working.cancel()
    }
  }
  printLine("ready")
  let result = await working.result
  listener.stop()
  await broker.close()
  if case .failure(let error) = result, !(error is CancellationError) {
    report("\(error)")
    return 1
  }
  return 0
}

/// Serves what is known of the jobs in a Redis.
let serveCommand = LessonCommand(
  "serve", "tell over HTTP what has become of jobs, until Ctrl-C",
  options: [
    LessonOption("--redis", "URL", "where it is: \(usualURL)"), queueOption,
    LessonOption("--port", "N", "where to listen on 127.0.0.1: 8080"),
  ]
) { values, report in
  do {
    let broker = try RedisBroker(
      values["--redis"] ?? usualURL, queue: values["--queue"] ?? "jobs")
    guard let port = UInt16(values["--port"] ?? "8080") else {
      report("option '--port' takes a number from 0 to 65535.")
      return 64
    }
    let (stops, stop) = AsyncStream<Void>.makeStream()
    let listener = SignalListener(.interrupt, .terminate, upTo: 1) { _ in stop.finish() }
    let server = try LoopbackServer(port: port, handler: handler(of: broker))
    printLine("\(server.url)/tasks")
    for await _ in stops {}
    await server.stop(grace: .seconds(2))
    await broker.close()
    listener.stop()
    return 0
  } catch let error as RedisError {
    report("\(error)")
    return 64
  } catch {
    report("\(error)")
    return 69
  }
}

/// Answers requests with what is known of a broker's jobs.
func handler(of broker: any Broker) -> LoopbackServer.Handler {
  let pages = StatusPages(of: broker)
  return { request in
    let page = await pages.page(request.path, method: request.method)
    return LoopbackServer.Response(
      page.status, headers: [("Content-Type", page.contentType)],
      body: .bytes(Array(page.body.utf8)))
  }
}

private func seconds(_ values: [String: String], _ name: String) throws -> Duration? {
  try number(values, name).map { .milliseconds(Int($0 * 1000)) }
}

private func number(_ values: [String: String], _ name: String) throws -> Double? {
  guard let text = values[name] else { return nil }
  guard let number = Double(text), (0.001...1_000_000).contains(number) else {
    throw BadValue(description: "option '\(name)' takes a positive number, not '\(text)'.")
  }
  return number
}

private struct BadValue: Error, CustomStringConvertible {
  let description: String
}

/// Prints a line at once, whoever reads it.
private func printLine(_ line: String) {
  try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
}
