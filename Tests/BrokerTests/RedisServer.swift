import Broker
import Foundation
import LoopbackServer
import Synchronization
import Testing

/// A redis-server of a test's own, on a free port, in a temporary folder.
final class RedisServer: Sendable {
  let port: UInt16
  var url: String { "redis://127.0.0.1:\(port)" }

  private let folder: URL
  private let arguments: [String]
  private let process = Mutex<Int32?>(nil)

  /// Where the program is; nil without one.
  static let program: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/redis-server" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Starts a server that writes an append-only file, and waits until it answers.
  init(_ arguments: [String] = []) async throws {
    self.arguments = arguments
    folder = FileManager.default.temporaryDirectory
      .appending(path: "async-workbook-redis-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    port = try await Self.freePort()
    try await start()
  }

  deinit {
    kill()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Starts the server, anew perhaps, with what its append-only file says.
  func start() async throws {
    guard let program = Self.program else { return }
    let server = Process()
    server.executableURL = URL(filePath: program)
    server.currentDirectoryURL = folder
    server.arguments =
      ["--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder.path, "--save", ""]
      + ["--appendonly", "yes", "--loglevel", "warning"] + arguments
    server.standardInput = FileHandle.nullDevice
    server.standardOutput = FileHandle.nullDevice
    server.standardError = FileHandle.nullDevice
    try server.run()
    process.withLock { $0 = server.processIdentifier }
    let client = try RedisClient(url(password: passwordArgument))
    var isUp = false
    for _ in 0..<200 where !isUp {
      isUp = (try? await client.send("PING", timeout: .seconds(1))) != nil
      if !isUp { try await Task.sleep(for: .milliseconds(50)) }
    }
    await client.close()
    try #require(isUp, "redis-server does not answer")
  }

  /// Ends the server at once, as a crash would.
  func kill() {
    let number = process.withLock { number in
      defer { number = nil }
      return number
    }
    if let number { _ = Foundation.kill(number, SIGKILL) }
  }

  func url(password: String?) -> String {
    password.map { "redis://:\($0)@127.0.0.1:\(port)" } ?? url
  }

  private var passwordArgument: String? {
    arguments.firstIndex(of: "--requirepass").map { arguments[$0 + 1] }
  }

  /// A port that nobody listens on.
  private static func freePort() async throws -> UInt16 {
    // The system gives one to a server of ours, which has gone when this returns.
    let server = try LoopbackServer { _ in .status(404) }
    await server.stop()
    return server.port
  }
}

extension Trait where Self == ConditionTrait {
  /// Without redis-server, the suite is skipped, and says so.
  static var redis: Self {
    .enabled(if: RedisServer.program != nil, "redis-server is not installed: skipped")
  }
}

/// Looks again and again until something is true.
func eventually(_ isTrue: () async throws -> Bool) async throws {
  for _ in 0..<2_000 {
    if try await isTrue() { return }
    try await Task.sleep(for: .milliseconds(30))
  }
  Issue.record("it has not become true")
}
