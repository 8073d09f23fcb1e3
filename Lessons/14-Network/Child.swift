// Programs that the lesson starts and listens to: its server, and whoever is measured.

import AsyncPrimitives
import Foundation

/// A process of its own, which says something line by line.
///
/// It ends by itself, or when its input ends: also if this program is killed in the middle.
final class Child {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private let hasEnded = AsyncEvent("the end of a child")
  private var unread: [UInt8] = []

  /// Starts this program once more, with other arguments.
  convenience init(_ arguments: [String]) throws {
    // As it was started, it may be a name to be looked for.
    let path = Bundle.main.executablePath ?? CommandLine.arguments[0]
    try self.init(path, arguments)
  }

  /// Starts a program.
  init(_ path: String, _ arguments: [String]) throws {
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.terminationHandler = { [hasEnded] _ in hasEnded.set() }
    do { try process.run() } catch {
      throw RaceError(reason: "No process can be started: \(error.localizedDescription)")
    }
    Socket.configure(output.fileHandleForReading.fileDescriptor, blocks: false)
  }

  /// What it says next; nil when it has said everything.
  nonisolated(nonsending) func line() async throws -> String? {
    let number = output.fileHandleForReading.fileDescriptor
    var piece = [UInt8](repeating: 0, count: 1_024)
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        defer { unread.removeSubrange(...end) }
        return String(decoding: unread[..<end], as: UTF8.self)
      }
      let count = read(number, &piece, piece.count)
      if count > 0 { unread += piece.prefix(count) }
      if count == 0 { return nil }
      if count < 0 {
        guard errno == EAGAIN || errno == EINTR else { throw WebError(code: errno) }
        try await EventLoop.shared.ready(number, for: POLLIN)
      }
    }
  }

  /// Ends it, if it has not ended, and returns when it has.
  nonisolated(nonsending) func end() async {
    try? input.fileHandleForWriting.close()
    if process.isRunning { process.terminate() }
    try? await withCancellationShield { [hasEnded] in try await hasEnded.wait() }
  }
}

/// Runs `body` with a child, and ends it on every way out.
nonisolated(nonsending) func withChild<Value>(
  _ child: Child, _ body: nonisolated(nonsending) (Child) async throws -> Value
) async throws -> Value {
  do {
    let value = try await body(child)
    await child.end()
    return value
  } catch {
    await child.end()
    throw error
  }
}
