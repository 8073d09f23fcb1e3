import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// What is in a file, in the pieces in which it comes.
struct PlayedFile {
  var pieces: [[UInt8]]
  var isDamaged = false

  /// A file of these bytes, so many of them in each piece.
  static func bytes(_ bytes: [UInt8], by size: Int = 5) -> PlayedFile {
    let starts = stride(from: 0, to: bytes.count, by: size)
    return PlayedFile(pieces: starts.map { Array(bytes[$0..<min($0 + size, bytes.count)]) })
  }

  static func text(_ text: String, by size: Int = 5) -> PlayedFile {
    bytes(Array(text.utf8), by: size)
  }

  /// A file that cannot be read to its end.
  static func damaged(_ text: String, by size: Int = 5) -> PlayedFile {
    PlayedFile(pieces: bytes(Array(text.utf8), by: size).pieces, isDamaged: true)
  }
}

/// A store in memory that counts who has what open. Opening takes a second, and so does a piece; or
/// nothing at all does, where a check is not about time.
final class PlayedStore: FileStore {
  fileprivate struct Handle {
    var name: String
    var reads = 0
    var closings = 0
    var readsAfterClosing = 0
  }

  fileprivate struct State {
    var asked: [String] = []
    var handles: [Handle] = []
    var open = 0
    var mostOpen = 0
    var hasEnded = false
  }

  private let files: [String: PlayedFile]
  private let work: PlayedWork?
  private let beforeRead: @Sendable (_ name: String, _ piecesRead: Int) -> Void
  fileprivate let state = Mutex(State())

  /// Fills a store.
  ///
  /// - Parameters:
  ///   - files: What is in it.
  ///   - world: Whose time it takes; none if nil.
  ///   - beforeRead: Is called when another piece is asked for.
  init(
    _ files: [String: PlayedFile], takingTimeOf world: World? = nil,
    beforeRead: @escaping @Sendable (_ name: String, _ piecesRead: Int) -> Void = { _, _ in }
  ) {
    self.files = files
    self.beforeRead = beforeRead
    work = world.map { PlayedWork($0) }
  }

  /// The names of all files that somebody has asked for, in this order.
  var asked: [String] { state.withLock { $0.asked } }
  /// How many files are open.
  var open: Int { state.withLock { $0.open } }
  /// How many were open at once, at most.
  var mostOpen: Int { state.withLock { $0.mostOpen } }

  /// True when the answer has returned or thrown. The check says when.
  var hasEnded: Bool {
    get { state.withLock { $0.hasEnded } }
    set { state.withLock { $0.hasEnded = newValue } }
  }

  func open(_ name: String) async throws -> any StoredFile {
    state.withLock { state in
      state.asked.append(name)
      state.open += 1
      state.mostOpen = max(state.mostOpen, state.open)
    }
    do {
      try await wait(name)
      guard let file = files[name] else { throw FileStoreError.missing(name) }
      let number = state.withLock { state in
        state.handles.append(Handle(name: name))
        return state.handles.count - 1
      }
      return OpenedFile(store: self, number: number, name: name, file: file)
    } catch {
      state.withLock { $0.open -= 1 }
      throw error
    }
  }

  /// Records what was opened and not closed, or closed too often.
  func expectAllClosed(after what: String) {
    for handle in state.withLock({ $0.handles }) {
      if handle.closings == 0 {
        Issue.record("\(handle.name) was opened and not closed, after \(what)")
      } else if handle.closings > 1 {
        Issue.record("\(handle.name) was opened once and closed \(handle.closings) times")
      } else if handle.readsAfterClosing > 0 {
        Issue.record("\(handle.name) was read after it had been closed")
      }
    }
  }

  fileprivate func wait(_ name: String) async throws {
    if let work { return try await work.perform(name, for: .seconds(1)) }
    await Task.yield()
    try Task.checkCancellation()
  }

  fileprivate func willRead(_ number: Int) -> Int {
    let (name, reads) = state.withLock { state in
      defer { state.handles[number].reads += 1 }
      if state.handles[number].closings > 0 { state.handles[number].readsAfterClosing += 1 }
      return (state.handles[number].name, state.handles[number].reads)
    }
    beforeRead(name, reads)
    return reads
  }
}

/// A file of a played store, as an answer sees it.
private struct OpenedFile: StoredFile {
  let store: PlayedStore
  let number: Int
  let name: String
  let file: PlayedFile

  func read() async throws -> [UInt8] {
    let piece = store.willRead(number)
    try await store.wait(name)
    if piece < file.pieces.count { return file.pieces[piece] }
    if file.isDamaged { throw FileStoreError.damaged(name) }
    return []
  }

  func close() async {
    store.state.withLock { state in
      if state.handles[number].closings == 0 { state.open -= 1 }
      state.handles[number].closings += 1
    }
    await Task.yield()
  }
}
