// Workers that are processes of their own.

import AsyncPrimitives
import Foundation
import Synchronization

/// This program once more, as a worker. What it prints is heard line by line.
final class WorkerProcess: Hand {
  private let process = Process()
  /// Its standard input. It ends when this process does, whatever this process dies of.
  private let leash = Pipe()
  private let hasEnded = AsyncEvent("the end of a worker process")

  /// Returns when the worker says that it is ready.
  init(_ arguments: [String], hear: @escaping @Sendable (WorkerLine) -> Void) async throws {
    guard let program = Bundle.main.executableURL else { throw CannotStart() }
    process.executableURL = program
    process.arguments = arguments + ["--leash", "yes"]
    process.standardInput = leash
    let output = Pipe()
    process.standardOutput = output
    let isReady = AsyncEvent("a worker process to be ready")
    let lines = Lines { line in
      let line = WorkerLine(line)
      if line == .ready { isReady.set() }
      hear(line)
    }
    output.fileHandleForReading.readabilityHandler = { [hasEnded] handle in
      let bytes = handle.availableData
      lines.add(bytes)
      if bytes.isEmpty {
        // Its end of the pipe is closed: it has ended, whatever it died of.
        handle.readabilityHandler = nil
        isReady.set()
        hasEnded.set()
      }
    }
    try process.run()
    await isReady.waitIgnoringCancellation()
  }

  deinit { Foundation.kill(process.processIdentifier, SIGKILL) }

  func kill() async { await end(with: SIGKILL) }

  func stop() async { await end(with: SIGTERM) }

  private func end(with signal: Int32) async {
    _ = Foundation.kill(process.processIdentifier, signal)
    await hasEnded.waitIgnoringCancellation()
    process.waitUntilExit()
  }

  struct CannotStart: Error, CustomStringConvertible {
    var description: String { "a worker process cannot be started: this program has no file" }
  }
}

/// Bytes as lines, however they are cut into pieces.
private final class Lines: Sendable {
  private let rest = Mutex(Data())
  private let hear: @Sendable (String) -> Void

  init(_ hear: @escaping @Sendable (String) -> Void) { self.hear = hear }

  func add(_ bytes: Data) {
    let lines = rest.withLock { rest in
      rest += bytes
      var lines: [String] = []
      while let end = rest.firstIndex(of: 10) {
        lines.append(String(decoding: rest[..<end], as: UTF8.self))
        rest = Data(rest[(end + 1)...])
      }
      return lines
    }
    for line in lines { hear(line) }
  }
}
