// A disk whose calls suspend, and what one builds on it: whole files, saving, lines as they come.

import AsyncPrimitives

/// A file that is open.
struct OpenFile: Sendable {
  let name: String
  /// What the system calls it.
  let number: Int32
}

/// The few calls that everything here is made of. Each takes its time; the task suspends meanwhile.
///
/// `RealDisk` makes them for real. `PlayedDisk` plays them on virtual time.
protocol Disk: Sendable {
  /// Opens a file: to be read from its beginning, or to be written from nothing.
  func open(_ name: String, for purpose: Purpose) async throws -> OpenFile
  /// The next bytes, so many at most. None at the end of the file.
  func read(_ count: Int, from file: OpenFile) async throws -> [UInt8]
  /// Writes all of these bytes behind those that are written already.
  func write(_ bytes: [UInt8], to file: OpenFile) async throws
  /// Closes a file. Each has to be closed, once.
  func close(_ file: OpenFile) async throws
  /// Gives a file another name, in one step. A file that had this name before is gone.
  func rename(_ name: String, to newName: String) async throws
  func makeFolder(_ name: String) async throws
  /// Takes from everybody the right to read a file.
  func forbid(_ name: String) async throws
  /// How many files are open now, and how many have been at the same time.
  var open: (now: Int, most: Int) { get }
}

enum Purpose { case reading, writing }

/// How much is read at once: enough to make few calls, little enough for many files at a time.
let pieceSize = 65_536

extension Disk {
  /// Opens a file, and closes it however `body` ends.
  nonisolated(nonsending) func withFile<Value>(
    _ name: String, for purpose: Purpose,
    _ body: nonisolated(nonsending) (OpenFile) async throws -> Value
  ) async throws -> Value {
    try await withResource {
      try await open(name, for: purpose)
    } release: { file in
      try await close(file)
    } body: { file in
      try await body(file)
    }
  }

  /// All of a text file. It has to fit in memory.
  func readText(_ name: String) async throws -> String {
    var bytes: [UInt8] = []
    try await withFile(name, for: .reading) { file in
      while case let piece = try await read(pieceSize, from: file), !piece.isEmpty {
        bytes += piece
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError(name, .notText)
    }
    return text
  }

  /// Writes a text file. Whoever reads it meanwhile sees a part of it.
  func write(_ text: String, to name: String) async throws {
    try await withFile(name, for: .writing) { file in try await write(Array(text.utf8), to: file) }
  }

  /// Writes a text file aside, and gives it its name when it is whole.
  func save(_ pieces: [String], as name: String) async throws {
    try await writeInPieces(pieces, to: name + ".new")
    try await rename(name + ".new", to: name)
  }

  /// Writes one piece after the other.
  func writeInPieces(_ pieces: [String], to name: String) async throws {
    try await withFile(name, for: .writing) { file in
      for piece in pieces { try await write(Array(piece.utf8), to: file) }
    }
  }

  /// Hands the lines of a text file to `body`, and closes it however `body` ends.
  nonisolated(nonsending) func withLines<Value>(
    of name: String, _ body: nonisolated(nonsending) (FileLines) async throws -> Value
  ) async throws -> Value {
    try await withFile(name, for: .reading) { file in
      try await body(FileLines(disk: self, file: file))
    }
  }
}

/// The lines of an open file, read as they are asked for.
///
/// - **Memory**: one piece of the file (twice, while it is put behind the last) and the line in which
///   it began. A line of more than `longest` bytes is an error: otherwise, a file without line ends
///   would fill the memory.
/// - **Cancellation**: the next read throws `CancellationError`; lines that are in memory still come.
/// - Throws: ``FileError`` where a line is not UTF-8, and what reading throws.
struct FileLines: AsyncSequence, Sendable {
  let disk: any Disk
  let file: OpenFile
  var longest = 1_048_576

  func makeAsyncIterator() -> Iterator { Iterator(lines: self) }

  struct Iterator: AsyncIteratorProtocol, Sendable {
    let lines: FileLines
    /// What has been read. The bytes before `start` have been handed out.
    private var bytes: [UInt8] = []
    private var start = 0
    /// The bytes before this one, from `start` on, are known to have no line end.
    private var searched = 0
    private var isAtEnd = false
    /// The most bytes of the file that were held at the same time.
    private(set) var mostHeld = 0

    fileprivate init(lines: FileLines) { self.lines = lines }

    /// The next line, without its end; nil after the last.
    mutating func next() async throws -> String? {
      while true {
        if let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
          return try line(upTo: end, next: end + 1)
        }
        searched = bytes.count
        // A last line need not have an end.
        if isAtEnd { return start < searched ? try line(upTo: searched, next: searched) : nil }
        guard searched - start <= lines.longest else {
          throw FileError(lines.file.name, .lineTooLong)
        }
        try await readOn()
      }
    }

    private mutating func readOn() async throws {
      let piece = try await lines.disk.read(pieceSize, from: lines.file)
      // What has been handed out makes room first.
      bytes.removeSubrange(..<start)
      (searched, start) = (searched - start, 0)
      bytes += piece
      isAtEnd = piece.isEmpty
      mostHeld = Swift.max(mostHeld, bytes.count)
    }

    private mutating func line(upTo end: Int, next: Int) throws -> String {
      defer { (start, searched) = (next, next) }
      guard let line = String(validating: bytes[start..<end], as: UTF8.self) else {
        throw FileError(lines.file.name, .notText)
      }
      return line
    }
  }
}

/// What kept a file from being read or written.
struct FileError: Error, Hashable, CustomStringConvertible {
  enum Problem: Hashable {
    case missing, notPermitted, isFolder, notText, diskFull, tooManyOpen, lineTooLong
    case other(String)
  }

  let name: String
  let problem: Problem

  init(_ name: String, _ problem: Problem) {
    self.name = name
    self.problem = problem
  }

  var description: String {
    switch problem {
    case .missing: "there is no “\(name)”"
    case .notPermitted: "“\(name)” may not be opened"
    case .isFolder: "“\(name)” is a folder"
    case .notText: "“\(name)” is not UTF-8 text"
    case .diskFull: "no room left for “\(name)”"
    case .tooManyOpen: "too many files are open for “\(name)”"
    case .lineTooLong: "“\(name)” has a line that is too long"
    case .other(let words): "“\(name)”: \(words)"
    }
  }
}
