// How the ways of scene 5 are measured: each by a process of its own, against one more.

import AsyncPrimitives
import Foundation
import LoopbackServer
import Narration
import Synchronization

/// What a way of doing all requests has cost.
struct Measurement: Sendable {
  /// From before the first request to the last answer.
  var time: Duration
  /// The longest time that one request took.
  var slowest: Duration
  /// What the process had of the cores, added up; nil if simulated, like the following.
  var processorTime: Duration?
  /// The most memory that the process had, and how much of that it did not have before.
  var memory: (peak: Int, added: Int)?
}

/// Notes how long each request takes, and tells how far it is.
final class Meter: Sendable {
  private let state = Mutex((count: 0, slowest: Duration.zero))
  private let progress: @Sendable (_ count: Int) -> Void

  init(progress: @escaping @Sendable (_ count: Int) -> Void) { self.progress = progress }

  var slowest: Duration { state.withLock { $0.slowest } }

  func add(_ time: Duration) {
    state.withLock { state in
      state = (state.count + 1, max(state.slowest, time))
      if state.count % 20 == 0 { progress(state.count) }
    }
  }
}

// MARK: - In the process that is measured

/// What the system knows about this process.
struct Usage {
  var processorTime: Duration
  var peakMemory: Int

  static var now: Usage {
    var usage = rusage()
    #if canImport(Glibc)
      getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
    #else
      getrusage(RUSAGE_SELF, &usage)
    #endif
    let times = [usage.ru_utime, usage.ru_stime]
    let time = times.map { .seconds($0.tv_sec) + .microseconds(Int($0.tv_usec)) }
      .reduce(Duration.zero, +)
    #if os(Linux)
      // Not `ru_maxrss`: on Linux it begins with the memory of whoever started this program.
      let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first
      return Usage(processorTime: time, peakMemory: 1_024 * (kilobytes.flatMap { Int($0) } ?? 0))
    #else
      return Usage(processorTime: time, peakMemory: usage.ru_maxrss)
    #endif
  }
}

/// `Lesson14 measure`: does all requests in one way, and says what it has cost.
let measureCommand = LessonCommand(
  "measure", "send 100 requests in one way (for scene 5)",
  options: [
    LessonOption("--way", "WAY", "inTurn, tenAtATime, twentyFiveAtATime, together or threads"),
    LessonOption("--port", "PORT", "where the server is"),
    LessonOption("--delay", "MS", "how long it takes for each"),
  ]
) { values, report in
  guard let way = values["--way"].flatMap(Way.init), way != .asyncio,
    let port = values["--port"].flatMap({ UInt16($0) }),
    let delay = values["--delay"].flatMap({ Int($0) })
  else {
    report("measure needs --way, --port and --delay.")
    return 64
  }
  signal(SIGPIPE, SIG_IGN)  // A server that has gone is an error, not the end.
  do {
    let result = try await measure(way, port: port, delay: delay)
    print("result \(result.time.microseconds) \(result.slowest.microseconds)", terminator: " ")
    print(
      result.processorTime?.microseconds ?? 0, result.memory?.peak ?? 0, result.memory?.added ?? 0)
    return 0
  } catch {
    print("failed \(error)")
    return 1
  }
}

private func measure(_ way: Way, port: UInt16, delay: Int) async throws -> Measurement {
  let meter = Meter { count in
    print("done \(count)")
    fflush(nil)
  }
  let network = RealNetwork()
  let address = Address(server: "loopback", port: port, path: "/wait/\(delay)")
  let get = { @Sendable in
    let start = ContinuousClock.now
    _ = try await network.get(address)
    meter.add(start.duration(to: .now))
  }
  let getOnThread = { @Sendable in
    let start = ContinuousClock.now
    _ = try getBlocking(address)
    meter.add(start.duration(to: .now))
  }
  return try await withTaskExecutorPreference(EventLoop.shared) {
    // What is needed once for all requests shall be there before the first of them.
    let warmUp = Address(server: "loopback", port: port, path: "/wait/0")
    if way == .threads { _ = try getBlocking(warmUp) } else { _ = try await network.get(warmUp) }
    let (start, before) = (ContinuousClock.now, Usage.now)
    if way == .threads {
      try await onThreads(requestCount, getOnThread)
    } else {
      try await request(requestCount, way, get)
    }
    let (time, after) = (start.duration(to: .now), Usage.now)
    return Measurement(
      time: time, slowest: meter.slowest,
      processorTime: after.processorTime - before.processorTime,
      memory: (after.peakMemory, after.peakMemory - before.peakMemory))
  }
}

/// Runs calls that block, each on a thread of its own, and throws what one of them has thrown.
private func onThreads(_ count: Int, _ call: @escaping @Sendable () throws -> Void) async throws {
  let (ended, failure) = (DispatchGroup(), Failure())
  for _ in 1...count {
    ended.enter()
    Thread {
      do { try call() } catch { failure.error.withLock { $0 = error } }
      ended.leave()
    }.start()
  }
  await withCheckedContinuation { continuation in
    ended.notify(queue: DispatchQueue(label: "threads")) { continuation.resume() }
  }
  if let error = failure.error.withLock({ $0 }) { throw error }
}

private final class Failure: Sendable {
  let error = Mutex<(any Error)?>(nil)
}

extension Duration {
  var microseconds: Int { Int(self / .microseconds(1)) }
  var milliseconds: Int { Int(self / .milliseconds(1)) }
}
