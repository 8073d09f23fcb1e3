// The mail room that lesson 15 plays in.

import AsyncPrimitives
import Foundation
import Narration
import Synchronization

let sorters = ["sorter a", "sorter b"]

/// Letters come in at the door, wait in a tray, and are sorted. A ledger says which.
final class MailRoom: Sendable {
  let tray = AsyncQueue<Int>(name: "tray")
  let ledger: Ledger
  private let narrator: Narrator
  private let counts = Mutex((accepted: 0, sorted: 0, putBack: [Int]()))

  /// Opens a mail room in which these lanes are drawn.
  init(
    _ narrator: Narrator, lanes: [String] = ["signal"] + sorters + ["ledger", "heart"]
  ) {
    self.narrator = narrator
    ledger = Ledger(narrator)
    // Child tasks may begin in any order. Their lanes shall not.
    for lane in lanes { narrator.lanes(lane) }
  }

  /// Takes in a letter every 0.2 s, until the tray is shut down.
  func receive() async throws {
    for number in 1... {
      try await Task.sleep(for: .milliseconds(200))
      do {
        try await tray.put(number)
      } catch is QueueError {
        return narrator.tell("letter \(number) is turned away")
      }
      counts.withLock { $0.accepted += 1 }
    }
  }

  /// Sorts a letter, and writes it down. One that is not done goes back.
  func sort(_ letter: Int, by sorter: String) async throws {
    do {
      try await narrator.span(sorter, "\(letter)", announces: false) {
        // No two take turns at the very same moment.
        try await Task.sleep(for: .milliseconds(sorter == "sorter a" ? 710 : 740))
      }
    } catch {
      counts.withLock { $0.putBack.append(letter) }
      narrator.tell("letter \(letter) goes back")
      throw error
    }
    counts.withLock { $0.sorted += 1 }
    ledger.write("letter \(letter), \(sorter)")
  }

  /// Says every 0.45 s how things stand, until it is cancelled.
  func beat() async {
    while (try? await Task.sleep(for: .milliseconds(450))) != nil {
      let (accepted, sorted, _) = counts.withLock(\.self)
      narrator.tell("heart: \(accepted) accepted, \(sorted) sorted")
      await narrator.span("heart", announces: false) {}
    }
  }

  /// A service on a lane of its own.
  func service(
    _ name: String, _ operation: @escaping @Sendable () async throws -> Void
  ) -> Service {
    Service(name) { [narrator] in
      try await narrator.span(name) {
        // A service that only waits ends by being cancelled, which is how it should end.
        do { try await operation() } catch is CancellationError where !Task.isCancelled {}
      }
    }
  }

  /// Counts everything once more, when nobody works any longer.
  func showTotals() {
    let (accepted, sorted, putBack) = counts.withLock(\.self)
    let left = tray.shutdown(immediate: true).count + putBack.count
    narrator.table(
      header: ["accepted", "sorted", "left", "lost", "lines in the ledger"],
      rows: [
        ["\(accepted)", "\(sorted)", "\(left)", "\(accepted - sorted - left)", "\(ledger.lines)"]
      ])
  }

  /// Leaves nothing behind.
  func removeFiles() { ledger.remove() }
}

/// A book whose lines wait in memory until it is closed. With `--virtual`, it has no file.
final class Ledger: Sendable {
  private struct State {
    var waiting: [String] = []
    var file: URL?
    /// What would be in the file, where there is none.
    var written: [String] = []
  }

  private let narrator: Narrator
  private let state = Mutex(State())

  /// Opens a new one.
  init(_ narrator: Narrator) {
    self.narrator = narrator
  }

  /// Adds a line, in memory.
  func write(_ line: String) {
    state.withLock { $0.waiting.append(line) }
  }

  /// Writes everything to the disk, which takes its time.
  func close() async throws {
    try await narrator.span("ledger", "closing") {
      try await Task.sleep(for: .seconds(0.3))
      let lines = state.withLock { state in
        defer { (state.written, state.waiting) = (state.waiting, []) }
        return state.waiting
      }
      if !narrator.isVirtual { save(lines) }
    }
  }

  private func save(_ lines: [String]) {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "lesson15-\(UUID().uuidString)")
    let file = folder.appending(path: "ledger.txt")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try (lines.joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
      state.withLock { $0.file = file }
    } catch {
      narrator.tell("cannot write to \(folder.path): the ledger stays in memory")
    }
  }

  /// How many lines are on the disk.
  var lines: Int {
    let (file, written) = state.withLock { ($0.file, $0.written) }
    guard let file else { return written.count }
    let text = try? String(contentsOf: file, encoding: .utf8)
    return text?.split(separator: "\n").count ?? 0
  }

  /// Removes the file and its folder.
  func remove() {
    guard let file = state.withLock(\.file) else { return }
    try? FileManager.default.removeItem(at: file.deletingLastPathComponent())
  }
}

/// A flag that is set once.
final class Flag: Sendable {
  private let flag = Atomic(false)
  var isSet: Bool { flag.load(ordering: .acquiring) }
  func set() { flag.store(true, ordering: .releasing) }
}

/// Sorts one letter in half a second.
func sort(_ letter: Int, by sorter: String, _ narrator: Narrator) async throws {
  try await Task.sleep(for: .seconds(0.5))
  narrator.tell("\(sorter): letter \(letter) is sorted")
}
