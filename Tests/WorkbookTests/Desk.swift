import CheckJournal
import Foundation

/// A small workbook in a folder of its own, with a toolchain that we play.
///
/// The runner under test is the real one. What `swift build` prints and what the checks do are
/// scripts, so that every verdict takes milliseconds, and can be had on any machine. It goes away
/// with its last test.
final class Desk: Sendable {
  /// The workbook's folder; its path has spaces and letters that are not ASCII.
  let root: URL
  /// Where the scripts are.
  private let stage: URL
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(
      path: "workbook-\(UUID().uuidString)")
    root = folder.appending(path: "mon cahier d’été")
    stage = folder.appending(path: "stage")
    try write("// \"AsyncWorkbook\"\n// swift-tools-version: 6.3\n", to: "Package.swift")
    for (number, topic) in [("01", "Alpha"), ("02", "Beta"), ("03", "BetaTwo")] {
      let stub = "// Exercise \(number)\npublic func answer() throws {\n  try todo(\"it\")\n}\n"
      let hints = (1...3).map { "## Hint \($0)\n\nTry number \($0).\n" }.joined(separator: "\n")
      try write(stub, to: "Exercises/\(number)-\(topic)/\(topic).swift")
      try write(stub, to: "Exercises/Support/Stubs/\(number)-\(topic)/\(topic).swift")
      try write("# Hints for \(topic)\n\n\(hints)", to: "Exercises/\(number)-\(topic)/Hints.md")
      try write(
        "// Ours\npublic func answer() {}\n", to: "Solutions/\(number)-\(topic)/\(topic).swift")
    }
    try write(
      "# 01 · First things\n\n## You will be able to\n\n- count to\n  one.\n\n## The idea\n",
      to: "Lessons/01-FirstThings/README.md")
    try play(build: "", checks: "")
    try script(
      """
      case "$1" in
        --version) echo "Swift version 6.3.1 (played)" ;;
        build)
          for last; do :; done
          mkdir -p "$last/debug"
          cp "$STAGE/checks" "$last/debug/Played.xctest"
          . "$STAGE/build" ;;
        *) echo "swift $*" ;;
      esac
      """, at: "swift")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Says what building does, and what the checks do; both are shell.
  func play(build: String = "", checks: String = "") throws {
    try script(build, at: "build")
    try script(checks, at: "checks")
  }

  /// Says what the checks write down, and what else they do.
  func play(_ records: [CheckRecord], then checks: String = "") throws {
    try play(checks: Self.writing(records) + checks)
  }

  /// Shell that adds lines to the journal.
  static func writing(_ records: [CheckRecord]) throws -> String {
    let lines = try records.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    return "cat >> \"$\(CheckRecord.journalVariable)\" <<'END'\n"
      + lines.map { $0 + "\n" }.joined() + "END\n"
  }

  func write(_ text: String, to path: String) throws {
    let place = root.appending(path: path)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: place)
  }

  func text(_ path: String) -> String? {
    try? String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The environment in which the played toolchain is the first on the path.
  var environment: [String: String] {
    var environment = ProcessInfo.processInfo.environment
    environment["PATH"] = "\(stage.path):/usr/bin:/bin"
    environment["STAGE"] = stage.path
    environment["WORKBOOK_RUN_BY"] = nil
    environment["SIMULATION"] = nil
    return environment
  }

  /// Runs the runner to its end, piped.
  func workbook(
    _ arguments: String..., from folder: String = "", adding more: [String: String] = [:]
  ) async throws -> Ran {
    try await Runner.run(
      arguments, in: root.appending(path: folder), environment.merging(more) { $1 })
  }

  /// Starts the runner, and lets it run.
  func start(_ arguments: String...) throws -> Process {
    try Runner.start(arguments, in: root, environment)
  }

  /// Waits until something is true, which may take long on a machine that is busy.
  func eventually(_ isTrue: () -> Bool) async -> Bool {
    for _ in 0..<3_000 {
      if isTrue() { return true }
      try? await Task.sleep(for: .milliseconds(10))
    }
    return false
  }

  /// True if a process runs, and is not one that only has to be buried.
  static func isAlive(_ process: Int32) -> Bool {
    guard kill(process, 0) == 0 else { return false }
    let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return state?.contains(") Z ") != true
  }

  private func script(_ text: String, at name: String) throws {
    let place = stage.appending(path: name)
    try FileManager.default.createDirectory(at: stage, withIntermediateDirectories: true)
    try Data("#!/bin/sh\n\(text)\n".utf8).write(to: place)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.path)
  }
}

extension CheckRecord {
  /// A line about a check of a learner's answer.
  static func of(_ event: Event, _ sentence: String, place: Int = 1) -> CheckRecord {
    CheckRecord(
      event, sentence: sentence, test: "learner(_:)", file: "Checks01/AlphaChecks.swift",
      place: place
    )
  }

  /// A check that failed.
  static func failed(_ sentence: String, _ ending: Ending, place: Int = 1) -> CheckRecord {
    var record = of(.failed, sentence, place: place)
    record.ending = ending
    record.seen = ["two were lost"]
    record.cause = "Nobody held them."
    record.hint = 2
    record.seed = 17
    record.timeline = "ann ████░░░░"
    return record
  }
}
