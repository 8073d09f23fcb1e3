import AsyncPrimitives
import Foundation

/// What came of a program that was run to its end.
struct Run: Sendable {
  var output: String
  var errors: String
  var status: Int32
  /// True if a signal ended it.
  var wasKilled: Bool
}

/// The project's folder, and what was built in it.
enum Project {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The folders of all chapters that have a lesson, "05-Lock", in order.
  static let lessonFolders = chapterFolders(in: "Lessons")

  /// The folders of all chapters that have an exercise, "05-Bank", in order.
  static let exerciseFolders = chapterFolders(in: "Exercises")

  static func chapterFolders(in folder: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: root.appending(path: folder).path)
    return (names ?? []).filter { $0.first?.isNumber == true }.sorted()
  }

  /// The text of the file at a path from the project's root.
  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The manifest, with each chapter on one line, also where that is too long for one.
  static func manifest() throws -> String {
    try text("Package.swift").replacing(/Chapter\(\s+/, with: "Chapter(")
  }

  /// "Lesson05" for "05-Lock".
  static func program(of folder: String) -> String { "Lesson\(folder.prefix(2))" }

  /// Where the build put a program: beside the running tests.
  static func location(of program: String) -> URL {
    let tests = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let beside = tests.appending(path: program)
    return FileManager.default.isExecutableFile(atPath: beside.path)
      ? beside : root.appending(path: ".build/debug").appending(path: program)
  }

  /// Runs one of our programs as a reader would, piped.
  static func run(_ program: String, _ arguments: [String] = []) async throws -> Run {
    try await places.withPermit { try await run(location(of: program), arguments) }
  }

  /// Many a program waits more than it works, so more run at a time than there are cores.
  private static let places = AsyncSemaphore(permits: 8, "places for a program")

  /// What a program prints that prints the same on every run: it runs once for all tests.
  static func remembered(_ program: String, _ arguments: [String]) async throws -> Run {
    try await runs.value(for: [program] + arguments) { try await run(program, arguments) }
  }

  private static let runs = Runs()

  /// Runs a line of shell in which our programs are found by name.
  static func shell(_ line: String) async throws -> Run {
    let folder = location(of: "Lesson05").deletingLastPathComponent().path
    return try await run(URL(filePath: "/bin/sh"), ["-c", "PATH=\"\(folder):$PATH\"; \(line)"])
  }

  /// True if a program is on the path.
  static func has(_ tool: String) async -> Bool {
    (try? await shell("command -v \(tool)").status) == 0
  }

  private static func run(_ executable: URL, _ arguments: [String]) async throws -> Run {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "async-workbook-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.filter {
      !["SIMULATION", "SIMULATION_SEED", "NO_COLOR", "COLUMNS"].contains($0.key)
    }
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: nobody has to read while the program runs.
    let streams = try ["out", "err"].map { name in
      let file = folder.appending(path: name)
      try Data().write(to: file)
      return try (file, FileHandle(forWritingTo: file))
    }
    process.standardOutput = streams[0].1
    process.standardError = streams[1].1
    let hasEnded = AsyncEvent("the end of a program")
    process.terminationHandler = { _ in hasEnded.set() }
    try process.run()
    await hasEnded.waitIgnoringCancellation()
    let texts = try streams.map { String(decoding: try Data(contentsOf: $0.0), as: UTF8.self) }
    return Run(
      output: texts[0], errors: texts[1], status: process.terminationStatus,
      wasKilled: process.terminationReason == .uncaughtSignal)
  }
}

/// Runs that tests share.
private actor Runs {
  private var tasks: [[String]: Task<Run, any Error>] = [:]

  func value(
    for command: [String], _ run: @escaping @Sendable () async throws -> Run
  ) async throws -> Run {
    let task = tasks[command] ?? Task { try await run() }
    tasks[command] = task
    return try await task.value
  }
}
