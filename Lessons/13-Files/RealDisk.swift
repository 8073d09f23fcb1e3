// The disk of this machine: every call is made on a thread for files.

import Foundation
import Synchronization

/// A folder of this machine's disk.
final class RealDisk: Disk {
  let folder: URL
  private let threads: FileThreads
  private let counts = Mutex((now: 0, most: 0))

  init(_ folder: URL, threads: FileThreads = .shared) {
    self.folder = folder
    self.threads = threads
  }

  var open: (now: Int, most: Int) { counts.withLock { $0 } }

  func open(_ name: String, for purpose: Purpose) async throws -> OpenFile {
    try await threads.run { [self] in
      let flags = purpose == .reading ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC
      let file = try SystemCall.check(name) { SystemCall.openFile(path(name), flags) }
      counts.withLock { counts in
        counts.now += 1
        counts.most = max(counts.most, counts.now)
      }
      return OpenFile(name: name, number: Int32(file))
    }
  }

  func read(_ count: Int, from file: OpenFile) async throws -> [UInt8] {
    try await threads.run { try SystemCall.readBytes(count, from: file) }
  }

  func write(_ bytes: [UInt8], to file: OpenFile) async throws {
    try await threads.run { try SystemCall.writeAll(bytes, to: file) }
  }

  func close(_ file: OpenFile) async throws {
    try await threads.run { [self] in
      // Whatever it returns, the file is closed. Closing it again might close another one.
      counts.withLock { $0.now -= 1 }
      try SystemCall.closeFile(file)
    }
  }

  func rename(_ name: String, to newName: String) async throws {
    try await threads.run { [self] in
      _ = try SystemCall.check(name) { SystemCall.renameFile(path(name), path(newName)) }
    }
  }

  func makeFolder(_ name: String) async throws {
    try await threads.run { [self] in
      _ = try SystemCall.check(name) { Int(mkdir(path(name), 0o755)) }
    }
  }

  func forbid(_ name: String) async throws {
    try await threads.run { [self] in
      _ = try SystemCall.check(name) { Int(chmod(path(name), 0)) }
    }
  }

  func path(_ name: String) -> String {
    name.hasPrefix("/") ? name : folder.appending(path: name).path
  }
}

/// The calls that block, as Swift likes them: with arrays, and with errors that are thrown.
enum SystemCall {
  /// Makes a call, again if a signal has interrupted it, and throws what went wrong.
  @discardableResult
  static func check(_ name: String, _ call: () -> Int) throws(FileError) -> Int {
    while true {
      let result = call()
      if result >= 0 { return result }
      if errno != EINTR { throw FileError(name, problem(errno)) }
    }
  }

  static func readBytes(_ count: Int, from file: OpenFile) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = try check(file.name) { read(file.number, buffer.baseAddress, count) }
    }
  }

  /// All of a file, in one call that blocks until its last byte is here.
  static func readAll(_ path: String) throws -> [UInt8] {
    let number = try check(path) { openFile(path, O_RDONLY) }
    let file = OpenFile(name: path, number: Int32(number))
    defer { try? closeFile(file) }
    var bytes: [UInt8] = []
    while case let piece = try readBytes(pieceSize, from: file), !piece.isEmpty { bytes += piece }
    return bytes
  }

  static func writeAll(_ bytes: [UInt8], to file: OpenFile) throws {
    try bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let written = try check(file.name) {
          write(file.number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        }
        rest = rest.dropFirst(written)
      }
    }
  }

  static func openFile(_ path: String, _ flags: Int32) -> Int {
    // A program that this one starts shall not inherit it.
    Int(open(path, flags | O_CLOEXEC, 0o644))
  }

  /// Not made again where a signal has interrupted it: by then, the number may be another file's.
  static func closeFile(_ file: OpenFile) throws {
    guard close(file.number) < 0, errno != EINTR else { return }
    throw FileError(file.name, problem(errno))
  }

  static func renameFile(_ path: String, _ newPath: String) -> Int { Int(rename(path, newPath)) }

  /// A file that delivers what another opens it for and writes into it.
  static func makePipe(_ path: String) throws {
    try check(path) { Int(mkfifo(path, 0o600)) }
  }

  private static func problem(_ code: Int32) -> FileError.Problem {
    switch code {
    case ENOENT: .missing
    case EACCES, EPERM: .notPermitted
    case EISDIR: .isFolder
    case ENOSPC: .diskFull
    case EMFILE, ENFILE: .tooManyOpen
    default: .other(String(cString: strerror(code)))
    }
  }
}
