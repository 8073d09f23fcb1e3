// Scene 5, as the lesson sees it: who is measured, and what they say.

import AsyncPrimitives
import Foundation
import LoopbackServer
import Narration

/// How many requests each way has to do.
let requestCount = 100

/// A way of doing many requests.
enum Way: String, CaseIterable, Sendable {
  case inTurn, tenAtATime, twentyFiveAtATime, together, threads, asyncio

  var name: String {
    switch self {
    case .inTurn: "one after another"
    case .tenAtATime: "10 at a time"
    case .twentyFiveAtATime: "25 at a time"
    case .together: "together"
    case .threads: "a thread for each"
    case .asyncio: "together, asyncio"
    }
  }
}

/// Measures ways, one after the other, so that none of them disturbs another.
struct Race: Sendable {
  let narrator: Narrator
  let delay: Duration
  /// Where a server listens that is a process of its own; in a simulation, there is none.
  let port: UInt16

  /// What a way costs; nil, and a line that says why, if it cannot be measured here.
  func measure(_ way: Way) async throws -> Measurement? {
    if narrator.isVirtual, way == .asyncio { return nil }
    do {
      return try await narrator.span(way.name, announces: false) {
        narrator.isVirtual
          ? try await simulate(way) : try await listen(to: child(for: way), way)
      }
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      narrator.tell("\(way.name): skipped. \(error)")
      return nil
    }
  }

  private func child(for way: Way) throws -> Child {
    let milliseconds = "\(delay.milliseconds)"
    if way == .asyncio {
      return try Child(
        "/usr/bin/env",
        ["python3", "-c", asyncioRequests, "\(port)", milliseconds, "\(requestCount)"])
    }
    return try Child(
      ["measure", "--way", way.rawValue, "--port", "\(port)", "--delay", milliseconds])
  }

  private func listen(to child: Child, _ way: Way) async throws -> Measurement {
    try await withChild(child) { child in
      while let line = try await child.line() {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        switch words.first {
        case "done": if way == .inTurn { narrator.tell("\(way.name): \(words[1]) are done") }
        case "result": if let measurement = Measurement(words[1]) { return measurement }
        case "failed": throw RaceError(reason: words[1])
        default: break
        }
      }
      throw RaceError(
        reason: way == .asyncio
          ? "There is no python3 that can run it." : "Its process has ended too early.")
    }
  }

  private func simulate(_ way: Way) async throws -> Measurement {
    let meter = Meter { count in
      if way == .inTurn { narrator.tell("\(way.name): \(count) are done") }
    }
    let network = PlayedNetwork(site: waiting)
    let address = Address(
      server: "loopback", port: PlayedNetwork.port, path: "/wait/\(delay.milliseconds)")
    let start = narrator.elapsed
    try await request(requestCount, way) {
      let start = narrator.elapsed
      _ = try await network.get(address)
      meter.add(narrator.elapsed - start)
    }
    return Measurement(time: narrator.elapsed - start, slowest: meter.slowest)
  }
}

/// Runs `body` with a race against a server that is a process of its own.
func withRace(
  _ narrator: Narrator, delay: Duration,
  _ body: @escaping @Sendable (Race) async throws -> Void
) async throws {
  if narrator.isVirtual { return try await body(Race(narrator: narrator, delay: delay, port: 0)) }
  try await withTaskExecutorPreference(EventLoop.shared) {
    do {
      try await withChild(Child(["serve"])) { server in
        guard let port = try await server.line().flatMap({ UInt16($0) }) else {
          throw RaceError(reason: "The server has not started.")
        }
        try await body(Race(narrator: narrator, delay: delay, port: port))
      }
    } catch let error as RaceError {
      narrator.say("Skipped: \(error)")
    }
  }
}

/// `Lesson14 serve`: a server, until its input ends.
let serveCommand = LessonCommand(
  "serve", "start the server, say its port, stop when the input ends (Ctrl-D)"
) { _, report in
  do {
    try await LoopbackServer.running(serve(waiting)) { server in
      print(server.port)
      fflush(nil)
      var byte: UInt8 = 0
      repeat {
        try await EventLoop.shared.ready(STDIN_FILENO, for: POLLIN)
      } while read(
        STDIN_FILENO, &byte, 1) > 0
    }
    return 0
  } catch {
    report("\(error)")
    return 1
  }
}

struct RaceError: Error, CustomStringConvertible {
  let reason: String
  var description: String { reason }
}

extension Measurement {
  /// Reads what a process has said of itself: microseconds, and bytes.
  init?(_ text: String) {
    let numbers = text.split(separator: " ").compactMap { Int($0) }
    guard numbers.count == 5 else { return nil }
    time = .microseconds(numbers[0])
    slowest = .microseconds(numbers[1])
    processorTime = .microseconds(numbers[2])
    memory = (numbers[3], numbers[4])
  }
}

/// Shows what each way has cost, and what follows from it.
func show(_ results: [(way: Way, cost: Measurement?)], _ narrator: Narrator) {
  guard let slow = results.first(where: { $0.way == .inTurn })?.cost else { return }
  let rows = results.map { way, cost in [way.name] + cells(cost, slow: slow) }
  narrator.table(
    header: ["\(requestCount) requests", "time", "speed-up", "CPU", "CPU time", "memory", "added"],
    rows: rows)
  let costs = Dictionary(uniqueKeysWithValues: results.map { ($0.way, $0.cost) })
  guard let together = costs[.together] ?? nil else { return }
  let ofSlowest = rounded(together.time / together.slowest, 2)
  let ofOne = rounded(together.time * requestCount / slow.time, 2)
  narrator.say(
    "Together: \(ofSlowest) times its slowest request, \(ofOne) times what one takes alone.")
  guard narrator.isVirtual == false, let threads = costs[.threads] ?? nil else {
    return narrator.say("CPU, memory and asyncio are measured in real time only.")
  }
  narrator.say(
    """
    With a thread for each, the requests add \(megabytes(threads.memory?.added)) and \
    \(milliseconds(threads.processorTime)) of CPU time; together, \
    \(megabytes(together.memory?.added)) and \(milliseconds(together.processorTime)).
    """)
}

private func cells(_ cost: Measurement?, slow: Measurement) -> [String] {
  guard let cost else { return Array(repeating: "…", count: 6) }
  let share = cost.processorTime.map { "\(rounded(100 * ($0 / cost.time), 1)) %" } ?? "…"
  return [
    cost.time.inSeconds, "\(rounded(slow.time / cost.time, 1)) x", share,
    milliseconds(cost.processorTime), megabytes(cost.memory?.peak), megabytes(cost.memory?.added),
  ]
}

private func megabytes(_ bytes: Int?) -> String {
  bytes.map { "\(rounded(Double($0) / 1_048_576, 1)) MB" } ?? "…"
}

private func milliseconds(_ time: Duration?) -> String {
  time.map { "\(rounded($0 / .milliseconds(1), 1)) ms" } ?? "…"
}

private func rounded(_ number: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)f", number)
}

/// The same requests in Python, with nothing but its standard library.
private let asyncioRequests = """
  import asyncio, resource, sys, time

  port, delay, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
  slowest = 0.0

  def peak():
      try:
          with open("/proc/self/status") as status:
              return 1024 * int(next(line for line in status if line.startswith("VmHWM")).split()[1])
      except OSError:
          return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

  def cpu():
      usage = resource.getrusage(resource.RUSAGE_SELF)
      return usage.ru_utime + usage.ru_stime

  async def get(path):
      global slowest
      start = time.monotonic()
      reader, writer = await asyncio.open_connection("127.0.0.1", port)
      try:
          writer.write(f"GET {path} HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n".encode())
          head = (await reader.readuntil(b"\\r\\n\\r\\n")).decode().lower()
          assert head.startswith("http/1.1 200"), head
          length = next(line for line in head.split("\\r\\n") if line.startswith("content-length:"))
          await reader.readexactly(int(length.split(":")[1]))
      finally:
          writer.close()
      slowest = max(slowest, time.monotonic() - start)

  async def main():
      global slowest
      await get("/wait/0")
      slowest = 0.0
      start, cpu_before, peak_before = time.monotonic(), cpu(), peak()
      await asyncio.gather(*(get(f"/wait/{delay}") for _ in range(count)))
      seconds, cpu_time = time.monotonic() - start, cpu() - cpu_before
      numbers = [seconds * 1e6, slowest * 1e6, cpu_time * 1e6, peak(), peak() - peak_before]
      print("result", *map(int, numbers), flush=True)

  try:
      asyncio.run(main())
  except OSError as error:
      print("failed", error, flush=True)
  """
