// What the scenes about threads stand on. Lesson01.swift can be read without it.

import Foundation
import Narration

/// A pool of one thread, which runs one job at a time, in the order of their coming.
///
/// A job is the part of a task from one suspension to the next.
final class OneThread: TaskExecutor {
  private let thread = DispatchQueue(label: "the only thread")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    thread.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

/// What a child task does, and its lane in the drawing.
struct Job: Sendable {
  var name: String
  var work: @Sendable () async throws -> Void

  init(_ name: String, _ work: @escaping @Sendable () async throws -> Void) {
    self.name = name
    self.work = work
  }
}

/// Runs a heartbeat and `jobs`, all started together, on a pool of one thread.
func onOneThread(
  _ narrator: Narrator, beats: Int = 0, blocks: Bool, _ jobs: [Job]
) async throws {
  let start = narrator.elapsed
  let moments = (0..<beats).map { start + .milliseconds(400) * $0 }
  if beats > 0 { narrator.lanes("heartbeat") }
  for job in jobs { narrator.lanes(job.name) }
  if narrator.isVirtual, blocks {
    // Nothing may block a simulation's thread. So this says what a blocked one does, and in which
    // order: one job, the next, and only then the heartbeat again.
    try await heartbeat(narrator, at: moments.prefix(1))
    for job in jobs { try await narrator.span(job.name, announces: beats > 0, job.work) }
    return try await heartbeat(narrator, at: moments.dropFirst())
  }
  // A simulation has no more than one thread anyway.
  try await withTaskExecutorPreference(narrator.isVirtual ? nil : OneThread()) {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await heartbeat(narrator, at: moments[...]) }
      for job in jobs {
        group.addTask { try await narrator.span(job.name, announces: beats > 0, job.work) }
      }
      try await group.waitForAll()
    }
  }
}

/// Runs `jobs`, all started together, on Swift's own pool, which has a thread for each core.
func onAllCores(_ narrator: Narrator, _ jobs: [Job]) async throws {
  for job in jobs { narrator.lanes(job.name) }
  try await withThrowingTaskGroup(of: Void.self) { group in
    for job in jobs {
      group.addTask { try await narrator.span(job.name, announces: false, job.work) }
    }
    try await group.waitForAll()
  }
}

/// Beats at these moments of the scene, or as soon as it gets a thread after them.
func heartbeat(_ narrator: Narrator, at moments: ArraySlice<Duration>) async throws {
  for moment in moments {
    // A sleep, even one of no length, lets others go first: none where the beat is due.
    if moment > narrator.elapsed { try await Task.sleep(for: moment - narrator.elapsed) }
    let delay = narrator.elapsed - moment
    await narrator.span("heartbeat", announces: false) {
      narrator.tell(
        delay < .milliseconds(100) ? "heartbeat" : "heartbeat, \(delay.inSeconds) late")
    }
  }
}

// MARK: - Files

/// A read from a disk takes milliseconds, if that. This much makes it visible.
let slowDisk = Duration.seconds(1)

/// Reads like a slow disk, on virtual time.
func play(_ file: FileHandle) async throws -> Data {
  try await Task.sleep(for: slowDisk)
  return try file.readAll()
}

/// Writes a file to the temporary folder, and opens it.
///
/// Its name is removed at once, and the file itself when nobody has it open any more: even a
/// lesson that is interrupted leaves nothing behind.
func temporaryFile(of text: String) throws -> FileHandle {
  let file = FileManager.default.temporaryDirectory.appending(path: "lesson-01-\(UUID()).txt")
  defer { try? FileManager.default.removeItem(at: file) }
  try Data(text.utf8).write(to: file)
  return try FileHandle(forReadingFrom: file)
}

extension FileHandle {
  /// All of the file, from its beginning.
  func readAll() throws -> Data {
    try seek(toOffset: 0)
    return try readToEnd() ?? Data()
  }
}

// MARK: - Arithmetic

/// How many cores there are to run on.
var coreCount: Int { ProcessInfo.processInfo.activeProcessorCount }

/// How many additions keep a core of this machine busy for about as long as `duration`.
func additions(in duration: Duration) -> Int {
  let count = 100_000
  // The fastest of many: the others shared their core with another program.
  let times = (1...50).map { _ in ContinuousClock().measure { addUp(count) } }
  let fastest = max(times.min() ?? duration, .microseconds(1))
  return Int(Double(count) * (duration / fastest))
}

/// Keeps a core busy, and never suspends.
@inline(never) @discardableResult
func addUp(_ count: Int) -> Int {
  var sum = 0
  for number in 0..<count { sum = sum &* 31 &+ number }
  return sum
}

/// Runs `body`, draws it, and returns how long it took.
func measure(
  _ narrator: Narrator, _ caption: String, _ body: () async throws -> Void
) async throws -> Duration {
  let start = narrator.elapsed
  try await body()
  let duration = narrator.elapsed - start
  narrator.draw(caption: caption)
  return duration
}
