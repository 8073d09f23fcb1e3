// A disk that is played: it keeps its files in memory, and its calls take virtual time.

import AsyncPrimitives
import Simulation
import Synchronization

/// A disk on which every call takes its time, the same on every run.
final class PlayedDisk: Disk {
  private struct State {
    /// What is in each file. A file that has lost its name stays here for those who have it open.
    var contents: [[UInt8]] = []
    var names: [String: Int] = [:]
    var folders: Set<String> = []
    var forbidden: Set<String> = []
    var readers: [Int32: (content: Int, offset: Int)] = [:]
    var writers: [Int32: Int] = [:]
    var lastNumber: Int32 = 2
    var mostOpen = 0
    var open: Int { readers.count + writers.count }
  }

  private let state = Mutex(State())
  /// As many calls at a time as a real disk has threads for.
  private let threads = AsyncSemaphore(limit: 4)
  private let takesTime: Bool

  /// - Parameter takesTime: False in a search through schedules, where only the order counts.
  init(takesTime: Bool = true) { self.takesTime = takesTime }

  var open: (now: Int, most: Int) { state.withLock { ($0.open, $0.mostOpen) } }

  func open(_ name: String, for purpose: Purpose) async throws -> OpenFile {
    try await wait()
    return try state.withLock { state in
      let number = state.lastNumber + 1
      switch purpose {
      case .reading:
        if state.forbidden.contains(name) { throw FileError(name, .notPermitted) }
        // A folder can be opened. It is when reading that the system says what it is.
        let content = state.folders.contains(name) ? -1 : state.names[name]
        guard let content else { throw FileError(name, .missing) }
        state.readers[number] = (content, 0)
      case .writing:
        let content = state.names[name] ?? state.contents.count
        if content == state.contents.count { state.contents.append([]) }
        state.contents[content] = []
        state.names[name] = content
        state.writers[number] = content
      }
      state.lastNumber = number
      state.mostOpen = max(state.mostOpen, state.open)
      return OpenFile(name: name, number: number)
    }
  }

  func read(_ count: Int, from file: OpenFile) async throws -> [UInt8] {
    try await wait(bytes: min(count, rest(of: file)))
    return try state.withLock { state in
      guard let (content, offset) = state.readers[file.number] else { return [] }
      if content < 0 { throw FileError(file.name, .isFolder) }
      let bytes = Array(state.contents[content].dropFirst(offset).prefix(count))
      state.readers[file.number]?.offset += bytes.count
      note(bytes)
      return bytes
    }
  }

  func write(_ bytes: [UInt8], to file: OpenFile) async throws {
    try await wait(bytes: bytes.count)
    note(bytes)
    if file.name == "/dev/full" { throw FileError(file.name, .diskFull) }
    state.withLock { state in
      if let content = state.writers[file.number] { state.contents[content] += bytes }
    }
  }

  func close(_ file: OpenFile) async throws {
    try await wait()
    state.withLock { state in
      state.readers[file.number] = nil
      state.writers[file.number] = nil
    }
  }

  func rename(_ name: String, to newName: String) async throws {
    try await wait()
    try state.withLock { state in
      guard let content = state.names.removeValue(forKey: name) else {
        throw FileError(name, .missing)
      }
      state.names[newName] = content
    }
  }

  func makeFolder(_ name: String) async throws {
    try await wait()
    state.withLock { _ = $0.folders.insert(name) }
  }

  func forbid(_ name: String) async throws {
    try await wait()
    state.withLock { _ = $0.forbidden.insert(name) }
  }

  private func rest(of file: OpenFile) -> Int {
    state.withLock { state in
      guard let (content, offset) = state.readers[file.number], content >= 0 else { return 0 }
      return state.contents[content].count - offset
    }
  }

  /// For the drawing of a schedule: what was read or written.
  private func note(_ bytes: [UInt8]) {
    if takesTime { return }
    let text = String(decoding: bytes, as: UTF8.self)
    Simulation.note(text.isEmpty ? "end" : String(text.trimmingPrefix(" ")))
  }

  /// A call takes a millisecond, and another one for each 64,000 bytes.
  private func wait(bytes: Int = 0) async throws {
    guard takesTime else { return await Task.yield() }
    try await threads.withPermit {
      try await Task.sleep(for: .milliseconds(1) + .nanoseconds(bytes * 125 / 8))
    }
  }
}
