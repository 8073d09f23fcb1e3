import Foundation

/// What came of a run.
struct Ran: Sendable {
  var output: String
  var errors: String
  var code: Int32
}

/// The runner, as it was built beside these tests.
enum Runner {
  static let location: URL = {
    let root = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "workbook")
    return FileManager.default.isExecutableFile(atPath: beside.path)
      ? beside : root.appending(path: ".build/debug/workbook")
  }()

  /// The project that these tests belong to.
  static let project = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func start(
    _ arguments: [String], in folder: URL, _ environment: [String: String],
    output: FileHandle = .nullDevice, errors: FileHandle = .nullDevice,
    input: FileHandle = .nullDevice
  ) throws -> Process {
    let process = Process()
    process.executableURL = location
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = environment
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    return process
  }

  static func run(
    _ arguments: [String], in folder: URL, _ environment: [String: String]
  ) async throws -> Ran {
    // On a thread of Dispatch's, since the process is awaited by blocking.
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(
          with: Result {
            // Files, not pipes: nobody has to read while it runs.
            let names = ["out", "err"].map { kind in
              FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).\(kind)")
            }
            defer { for name in names { try? FileManager.default.removeItem(at: name) } }
            for name in names { try Data().write(to: name) }
            let process = try start(
              arguments, in: folder, environment, output: FileHandle(forWritingTo: names[0]),
              errors: FileHandle(forWritingTo: names[1]))
            process.waitUntilExit()
            let texts = try names.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
            return Ran(output: texts[0], errors: texts[1], code: process.terminationStatus)
          })
      }
    }
  }
}
