// Lesson 1 · Sync versus async
//
//   Python                                   Swift
//   time.sleep(2)                            Thread.sleep(forTimeInterval: 2)
//   await asyncio.sleep(2)                   try await Task.sleep(for: .seconds(2))
//   await asyncio.gather(one(), two())       a task group, or async let
//   await asyncio.to_thread(read, file)      a continuation that another thread resumes
//   ProcessPoolExecutor                      task groups: child tasks use every core
//
// Run me:    swift run Lesson01
// Then try:  Exercises/01-Breakfast

import Foundation
import Narration

@main
struct Lesson01 {
  static func main() async {
    await Lesson(1, "Sync versus async") {
      Scene("One after another", oneAfterAnotherAddsUp)
      Scene("Together", theLongestTaskSetsThePace)
      Scene("Waiting that blocks", aBlockedThreadServesNobody)
      Scene("Waiting that suspends", aSuspendedTaskGivesItsThreadBack)
      Scene("Reading a file", aReadCanBlockOrSuspend)
      Scene("Concurrent is not parallel", waitsOverlapButSumsNeedCores)
    }.main()
  }
}

/// Three tasks, and how long each of them waits.
let tasks: KeyValuePairs<String, Duration> = [
  "task 1": .seconds(2), "task 2": .seconds(1), "task 3": .milliseconds(1500),
]

/// A loop that awaits each task before it starts the next takes as long as all of them in a row.
func oneAfterAnotherAddsUp(_ narrator: Narrator) async throws {
  for (name, duration) in tasks {
    try await narrator.span(name) {
      try await Task.sleep(for: duration)
    }
  }
  narrator.say("All three took \(narrator.elapsed.inSeconds).")
}

/// The same tasks, all started before any is awaited, take as long as the longest of them.
func theLongestTaskSetsThePace(_ narrator: Narrator) async throws {
  narrator.lanes("task 1", "task 2", "task 3")
  try await withThrowingTaskGroup(of: Void.self) { group in
    for (name, duration) in tasks {
      group.addTask {
        try await narrator.span(name) {
          try await Task.sleep(for: duration)
        }
      }
    }
    try await group.waitForAll()
  }
  narrator.say("All three took \(narrator.elapsed.inSeconds).")
}

/// Tasks that block share one thread as cars share a bridge: nobody overtakes, not even a heartbeat.
func aBlockedThreadServesNobody(_ narrator: Narrator) async throws {
  narrator.say("Three tasks and a heartbeat share one thread. The tasks block it.")
  try await onOneThread(
    narrator, beats: 5, blocks: true,
    tasks.map { name, duration in
      Job(name) {
        if narrator.isVirtual { try await Task.sleep(for: duration) } else { block(for: duration) }
      }
    })
  narrator.say("All three took \(narrator.elapsed.inSeconds), although they were started together.")
  if !narrator.isVirtual {
    narrator.say("Swift's own pool has a thread for each core: \(coreCount) here, and no more.")
  }
}

/// Keeps its thread until the time is over. Only a function that is not async may call `sleep`.
func block(for duration: Duration) {
  Thread.sleep(forTimeInterval: duration / .seconds(1))
}

/// Tasks that suspend give the thread back while they wait, so that one thread is enough for all.
func aSuspendedTaskGivesItsThreadBack(_ narrator: Narrator) async throws {
  narrator.say("The same three tasks, the same thread. The tasks suspend.")
  try await onOneThread(
    narrator, beats: 5, blocks: false,
    tasks.map { name, duration in
      Job(name) { try await Task.sleep(for: duration) }
    })
  narrator.say("All three took \(narrator.elapsed.inSeconds), on one thread.")
}

/// A read that blocks takes its caller's thread along; on a thread of its own, it harms nobody.
func aReadCanBlockOrSuspend(_ narrator: Narrator) async throws {
  let file = try temporaryFile(of: String(repeating: "A line of the file.\n", count: 50))
  let blocking = Job("reader") {
    let data = narrator.isVirtual ? try await play(file) : try read(file)
    narrator.tell("reader has \(data.count) bytes")
  }
  narrator.say("A slow disk is played: a read takes \(slowDisk.inSeconds). It blocks the thread.")
  try await onOneThread(narrator, beats: 3, blocks: true, [blocking])
  narrator.draw(caption: "The read blocks the thread:")

  let suspending = Job("reader") {
    let data = narrator.isVirtual ? try await play(file) : try await readElsewhere(file)
    narrator.tell("reader has \(data.count) bytes")
  }
  narrator.say("Now it blocks a thread elsewhere, and the reader suspends.")
  try await onOneThread(narrator, beats: 3, blocks: false, [suspending])
  narrator.draw(caption: "The reader suspends:")
}

/// Reads the classic way: whoever calls this has lost the thread until the last byte is here.
func read(_ file: FileHandle) throws -> Data {
  block(for: slowDisk)
  return try file.readAll()
}

/// The same read on a thread that it may block, while the caller suspends. (Not one of Dispatch's
/// global queues: on Linux, they and Swift's own tasks share threads.)
func readElsewhere(_ file: FileHandle) async throws -> Data {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue(label: "file reader").async {
      continuation.resume(with: Result { try read(file) })
    }
  }
}

/// One thread is enough for any number of waits. Arithmetic gets no faster until there are more.
func waitsOverlapButSumsNeedCores(_ narrator: Narrator) async throws {
  let piece = Duration.milliseconds(250)
  let additions = narrator.isVirtual ? 0 : additions(in: piece)
  let waits = (1...4).map { number in
    Job("wait \(number)") { try await Task.sleep(for: piece) }
  }
  let sums = (1...4).map { number in
    Job("sum \(number)") {
      if narrator.isVirtual { try await Task.sleep(for: piece) } else { addUp(additions) }
    }
  }
  if narrator.isVirtual {
    narrator.say("Simulated, as if on a machine of four cores. Without --virtual, it is measured.")
  }

  let waiting = try await measure(narrator, "Four waits on one thread:") {
    try await onOneThread(narrator, blocks: false, waits)
  }
  let inARow = try await measure(narrator, "Four sums on one thread:") {
    try await onOneThread(narrator, blocks: true, sums)
  }
  let parallel = try await measure(narrator, "Four sums on Swift's own pool:") {
    try await onAllCores(narrator, sums)
  }
  let cores = narrator.isVirtual ? sums.count : coreCount
  narrator.table(
    header: ["what", "threads", "time"],
    rows: [
      ["four waits", "1", waiting.inSeconds], ["four sums", "1", inARow.inSeconds],
      ["four sums", "\(cores)", parallel.inSeconds],
    ])
  if cores == 1 { narrator.say("This machine has one core: sums have nothing to gain here.") }
}
