// The diaries of lesson 13, the drives that are slow, and the heartbeat beside them.

import AsyncPrimitives
import Foundation
import Narration
import Simulation
import Synchronization

/// Runs `body` with a disk, and leaves nothing of it behind.
func withDisk(
  _ narrator: Narrator, _ body: (any Disk) async throws -> Void
) async throws {
  if narrator.isVirtual { return try await body(PlayedDisk()) }
  let folder = FileManager.default.temporaryDirectory.appending(path: "lesson-13-\(UUID())")
  let interruptions = removeWhenInterrupted(folder)
  defer {
    for interruption in interruptions { interruption.cancel() }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    try? FileManager.default.removeItem(at: folder)
  }
  do {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  } catch {
    let place = folder.deletingLastPathComponent().path
    return narrator.say("Skipped: no folder can be made in \(place).")
  }
  try await body(RealDisk(folder))
}

/// Removes a folder when the program is told to end, and then lets it end. Chapter 15 says more.
private func removeWhenInterrupted(_ folder: URL) -> [any DispatchSourceSignal] {
  [SIGINT, SIGTERM].map { number in
    signal(number, SIG_IGN)  // Otherwise, the program ends before anybody hears of it.
    let source = DispatchSource.makeSignalSource(
      signal: number, queue: DispatchQueue(label: "interruption"))
    source.setEventHandler {
      try? FileManager.default.removeItem(at: folder)
      signal(number, SIG_DFL)
      kill(getpid(), number)
    }
    source.resume()
    return source
  }
}

// MARK: - Diaries

/// Three diaries, each longer than the one before.
let diaries: KeyValuePairs<String, String> = [
  "ann.txt": String(repeating: "It rained. I stayed in bed.\n", count: 2_000),
  "bob.txt": String(repeating: "The ferry was late again. Fish for lunch.\n", count: 4_000),
  "cem.txt": String(repeating: "Sun! Ann slept, Bob fished, and I read a book.\n", count: 8_000),
]

/// A diary of so many days, each of which is a line of words.
func days(_ count: Int, seed: UInt64) -> [String] {
  var random = SeededGenerator(seed: seed)
  let words = ["rain", "ferry", "sun", "fish", "storm", "book", "late", "harbour", "soup", "café"]
  return (1...count).map { _ in
    // Whales are rare.
    var day = [Int.random(in: 1...50, using: &random) == 1 ? "whale" : "gulls"]
    for _ in 1...Int.random(in: 5...25, using: &random) {
      day.append(words[Int.random(in: words.indices, using: &random)])
    }
    return day.joined(separator: " ")
  }
}

/// How many words are in a line.
func words(in line: String) -> Int {
  line.utf8.split(separator: UInt8(ascii: " ")).count
}

/// Counts files and words, and tells how far it is.
final class Progress: Sendable {
  private let counts = Mutex((files: 0, words: 0))
  private let narrator: Narrator
  private let title: String
  private let step: Int

  /// Tells it after every so many files.
  init(_ narrator: Narrator, _ title: String, every step: Int) {
    self.narrator = narrator
    self.title = title
    self.step = step
  }

  /// Counts another file.
  func add(words: Int) {
    counts.withLock { counts in
      counts.files += 1
      counts.words += words
      if counts.files % step == 0 {
        narrator.tell("\(title): \(counts.files) files, \(counts.words) words")
      }
    }
  }
}

// MARK: - Slow drives

/// Drives that take a second to deliver a file: named pipes, into which a thread writes late.
struct SlowDrives {
  static let delay = Duration.seconds(1)
  /// One for each thread of the pool, so that all of them can be blocked.
  let names: [String]
  let disk: any Disk
  /// Where Swift's pool runs out of threads in a simulation, which has none to block.
  private let pool: PlayedPool?

  /// Connects as many drives as the pool has threads; two in a simulation.
  init(_ narrator: Narrator, on disk: any Disk) throws {
    let count = narrator.isVirtual ? 2 : ProcessInfo.processInfo.activeProcessorCount
    names = (1...count).map { "drive \($0)" }
    self.disk = disk
    pool = narrator.isVirtual ? PlayedPool(threads: count) : nil
    narrator.lanes("heartbeat")
    for name in names { narrator.lanes(name) }
    guard let disk = disk as? RealDisk else { return }
    for name in names {
      try SystemCall.makePipe(disk.path(name))
      Thread { deliver(to: disk.path(name)) }.start()
    }
  }

  /// Reads as one does without thinking: by a call that keeps its thread.
  func readBlocking(_ name: String) async throws -> Int {
    if let pool { return try await pool.block(for: Self.delay) }
    return try blockingRead(name)
  }

  /// The same call, on a thread that has nothing else to do.
  func readElsewhere(_ name: String) async throws -> Int {
    if pool != nil {
      try await Task.sleep(for: Self.delay)
      return parcel.count
    }
    return try await FileThreads.shared.run { try blockingRead(name) }
  }

  private func blockingRead(_ name: String) throws -> Int {
    guard let disk = disk as? RealDisk else { return 0 }
    return try SystemCall.readAll(disk.path(name)).count
  }

  /// Waits until the pool has a thread for a job that is due.
  func aThread() async throws { try await pool?.aThread() }
}

/// What a drive delivers.
private let parcel = Array("A letter from the other shore.\n".utf8)

/// The drive's side of a pipe. It blocks until somebody opens the other side, and while the drive is
/// slow: a thread that is held is what the scene is about.
private func deliver(to path: String) {
  let pipe = SystemCall.openFile(path, O_WRONLY)
  guard pipe >= 0 else { return }
  let file = OpenFile(name: path, number: Int32(pipe))
  Thread.sleep(forTimeInterval: SlowDrives.delay / .seconds(1))
  try? SystemCall.writeAll(parcel, to: file)
  try? SystemCall.closeFile(file)
}

/// As many threads as a machine has cores, played: who blocks one takes it from all others.
private final class PlayedPool: Sendable {
  private let threads: AsyncSemaphore

  init(threads count: Int) { threads = AsyncSemaphore(limit: count) }

  func block(for duration: Duration) async throws -> Int {
    try await threads.withPermit { try await Task.sleep(for: duration) }
    return parcel.count
  }

  func aThread() async throws { try await threads.withPermit {} }
}

/// Beats every 0.3 s, or as soon as it gets a thread after that. Returns the longest delay.
func heartbeat(
  _ narrator: Narrator, beats: Int, beside drives: SlowDrives
) async throws -> Duration {
  let start = narrator.elapsed
  var longest = Duration.zero
  for beat in 0..<beats {
    let due = start + .milliseconds(300) * beat
    if due > narrator.elapsed { try await Task.sleep(for: due - narrator.elapsed) }
    try await drives.aThread()
    let delay = narrator.elapsed - due
    longest = max(longest, delay)
    await narrator.span("heartbeat", announces: false) {
      narrator.tell(
        delay < .milliseconds(100) ? "heartbeat" : "heartbeat, \(delay.inSeconds) late")
    }
  }
  return longest
}

/// Reads all slow drives at once, beside a heartbeat.
func readSlowDrives(
  _ narrator: Narrator,
  _ read: @escaping @Sendable (SlowDrives, _ name: String) async throws -> Int
) async throws {
  try await withDisk(narrator) { disk in
    let drives = try SlowDrives(narrator, on: disk)
    async let longestDelay = heartbeat(narrator, beats: 5, beside: drives)
    try await gather(drives.names) { name in
      try await Task.sleep(for: .seconds(0.1))  // The heartbeat goes first.
      try await narrator.span(name, announces: false) { _ = try await read(drives, name) }
    }
    narrator.say("The longest delay of a beat: \(try await longestDelay.inSeconds)")
  }
}

// MARK: - Trouble

/// Makes files that cannot be read, and returns their names, with that of a disk that is full, if there
/// is one.
func prepareTrouble(on disk: any Disk) async throws -> [String] {
  try await disk.write("A day.", to: "ann.txt")
  try await disk.write("A secret.", to: "locked.txt")
  try await disk.forbid("locked.txt")
  try await disk.makeFolder("letters")
  try await disk.withFile("photo.jpg", for: .writing) { file in
    try await disk.write([0xFF, 0xD8, 0xFF, 0xE0], to: file)
  }
  let names = ["ann.txt", "lost.txt", "locked.txt", "letters", "photo.jpg"]
  // A file of Linux: every write to it finds the disk full.
  let hasFullDisk = disk is PlayedDisk || FileManager.default.fileExists(atPath: "/dev/full")
  return hasFullDisk ? names + ["/dev/full"] : names
}

/// What came of a file, and on which of these a real machine may be of another opinion.
func inWords(_ outcome: Result<Void, any Error>, of name: String) -> String {
  switch outcome {
  case .failure(let error): "\(error)"
  case .success where name == "locked.txt": "may be read all the same: you are root"
  case .success: "fine"
  }
}

extension Duration {
  /// "52 ms".
  var inMilliseconds: String { "\(Int((self / .milliseconds(1)).rounded())) ms" }
}

// MARK: - Searching for a schedule

/// What a reader had in 200 schedules, and the first of them in which it had half a file.
struct Readings {
  var counts: [(seen: String, schedules: Int)] = []
  var half: Simulation.Report<String>?
}

/// Reads a diary while it is written anew, under one schedule after the other.
func readings(
  while write: @escaping @Sendable (_ disk: PlayedDisk, _ pieces: [String]) async throws -> Void
) async -> Readings {
  var readings = Readings(counts: ["old day", "", "new", "new day"].map { ($0, 0) })
  for seed in 0..<200 as Range<UInt64> {
    let report = await Simulation.run(seed: seed) { _ in
      let disk = PlayedDisk(takesTime: false)
      try await disk.write("old day", to: "ann.txt")
      let writer = Task(name: "writer") { try await write(disk, ["new", " day"]) }
      let reader = Task(name: "reader") { try await disk.readText("ann.txt") }
      try await writer.value
      return try await reader.value
    }
    let seen = report.value ?? "\(report.verdict)"
    if let index = readings.counts.firstIndex(where: { $0.seen == seen }) {
      readings.counts[index].schedules += 1
    } else {
      readings.counts.append((seen, 1))
    }
    if seen == "new", readings.half == nil { readings.half = report }
  }
  return readings
}

/// Tabulates what the reader had, and draws a schedule in which it was half a file.
func show(_ readings: Readings, _ narrator: Narrator) {
  narrator.table(
    header: ["the reader has", "schedules"],
    rows: readings.counts.map { ["“\($0.seen)”", "\($0.schedules)"] })
  guard let half = readings.half else { return }
  let whole = Timeline(half.trace, measure: .steps)
  // Files are closed under shields, in tasks of their own, which are not what this is about.
  let lanes = ["writer", "reader"]
  narrator.draw(
    Timeline(
      whole.spans.filter { lanes.contains($0.lane) }, lanes: lanes, measure: whole.measure),
    caption: "The schedule of seed \(half.seed)")
}
