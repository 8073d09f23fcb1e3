import Broker
import Foundation

/// A redis-server of the benchmark's own.
final class RedisProcess: Sendable {
  let url: String
  private let process: Process
  private let folder: URL
  private let client: RedisClient

  /// Starts one; nil if there is no such program.
  init?() async throws {
    guard let program = onPath("redis-server") else { return nil }
    folder = FileManager.default.temporaryDirectory
      .appending(path: "queue-benchmarks-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let port = Int.random(in: 20_000..<30_000)
    url = "redis://127.0.0.1:\(port)"
    process = try startProcess(
      program,
      ["--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder.path, "--save", ""]
        + ["--appendonly", "yes"])
    client = try RedisClient(url)
    try await client.send("PING", timeout: .seconds(10))
  }

  /// Forgets all that is in it.
  func clear() async throws { try await client.send("FLUSHALL") }

  func stop() {
    endAtOnce(process)
    try? FileManager.default.removeItem(at: folder)
  }
}

/// Celery, which measures itself: see `celery_benchmark.py`.
enum Celery {
  static let python = onPath("python3")

  static let isThere: Bool = {
    guard let python, let check = try? startProcess(python, ["-c", "import celery, redis"])
    else { return false }
    check.waitUntilExit()
    return check.terminationStatus == 0
  }()

  static func run(
    _ server: RedisProcess, workers: Int, jobs: Int, concurrency: Int
  ) async throws -> Duration {
    try await server.clear()
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "celery_benchmark.py")
    let process = Process()
    process.executableURL = URL(filePath: python ?? "")
    process.arguments = [script.path, server.url, "\(workers)", "\(jobs)", "\(concurrency)"]
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard let seconds = Double(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw NoFigure()
    }
    return .milliseconds(Int(seconds * 1000))
  }

  struct NoFigure: Error, CustomStringConvertible {
    var description: String { "celery_benchmark.py has not said how long it took" }
  }
}
