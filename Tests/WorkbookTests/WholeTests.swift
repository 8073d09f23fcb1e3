import Foundation
import Testing

@testable import workbook

/// The real runner, the real toolchain, the real exercises, in a copy of this project.
///
/// The copy stays in `.build`, and so does what is built in it: the first time costs a build of one
/// exercise, some 15 seconds of work, and every other time a few. `.ci/run` asks for them.
@Suite(
  "The whole runner", .serialized,
  .enabled(
    if: ProcessInfo.processInfo.environment["WORKBOOK_WHOLE"] != nil,
    "it builds a copy of the package: WORKBOOK_WHOLE=1 swift test --filter WorkbookTests.WholeTests"
  ))
struct WholeTests {
  /// A path with a space, and a letter that is not ASCII.
  private static let copy = Runner.project.appending(path: ".build/workbook tests/café")
  private static let bank = "Exercises/05-Bank/Bank.swift"

  init() throws {
    for path in ["Package.swift", "Lessons/Support", "Exercises", "Solutions", "Tests/Support"] {
      try Self.mirror(path)
    }
    try Self.mirror("Tests/ExerciseChecks")
    // As on the first day, whatever the learner of this copy of the project has done since.
    for exercise in Project(root: Self.copy.path).exercises {
      for file in exercise.files where !exercise.stubs.contains(file) {
        try Self.remove("Exercises/\(exercise.folder)/\(file)")
      }
      for file in exercise.stubs {
        try Self.write(
          exercise.text("\(exercise.stubsFolder)/\(file)") ?? "",
          to: "Exercises/\(exercise.folder)/\(file)")
      }
    }
    try? FileManager.default.removeItem(at: Self.copy.appending(path: ".workbook"))
  }

  @Test("a stub is unfinished, a solution passes, and what is wrong is told from what hangs")
  func verdicts() async throws {
    #expect(try await check("5").verdict == "unfinished")

    let solution = try String(
      contentsOf: Self.copy.appending(path: "Solutions/05-Bank/Bank.swift"), encoding: .utf8)
    try Self.write(solution, to: Self.bank)
    let passed = try await check("5")
    #expect(passed.verdict == "passed")
    #expect(passed.checks.count >= 5)
    #expect(passed.checks.allSatisfy { $0.result == "held" })

    let sourceFirst = solution.replacing("min(source, target)", with: "source")
      .replacing("max(source, target)", with: "target")
    try Self.write(sourceFirst, to: Self.bank)
    let deadlock = try await check("5")
    #expect(deadlock.verdict == "deadlock")
    #expect(deadlock.checks.contains { $0.timeline?.contains("→") == true })

    try Self.write(
      solution.replacing("guard before", with: "while true {}; guard before"), to: Self.bank)
    #expect(try await check("5").verdict == "blocked")

    try Self.write(
      solution.replacing("guard before", with: "\nfatalError(\"oh\")\nguard before"), to: Self.bank)
    let crashed = try await check("5")
    #expect(crashed.verdict == "crashed")
    #expect(crashed.message == "Fatal error: oh")
    let line = sourceFirst.split(separator: "\n", omittingEmptySubsequences: false)
      .firstIndex { $0.contains("guard before") }
    #expect(crashed.place == line.map { "\(Self.bank):\($0 + 2)" })
  }

  @Test("an error in one exercise is nothing to another, and helper files are compiled")
  func isolation() async throws {
    try Self.write("this is not Swift", to: "Exercises/03-RollCall/RollCall.swift")
    let solution = try String(
      contentsOf: Self.copy.appending(path: "Solutions/05-Bank/Bank.swift"), encoding: .utf8)
    try Self.write(
      solution.replacing("source != target", with: "differ(source, target)"), to: Self.bank)
    try Self.write(
      "func differ(_ one: String, _ other: String) -> Bool { one != other }\n",
      to: "Exercises/05-Bank/Parts/Helper.swift")
    #expect(try await check("5").verdict == "passed")

    let broken = try await check("3")
    #expect(broken.verdict == "does not compile")
    #expect(broken.errors.allSatisfy { $0.file == "Exercises/03-RollCall/RollCall.swift" })
  }

  @Test("an answer that the checks cannot call is told so")
  func fit() async throws {
    let stub = try String(contentsOf: Self.copy.appending(path: Self.bank), encoding: .utf8)
    try Self.write(stub.replacing("func transfer(", with: "func move("), to: Self.bank)
    let item = try await check("5")
    #expect(item.verdict == "does not compile")
    #expect(!item.errors.isEmpty)
  }

  @Test("`swift test` runs the checks where their bundle is no program")
  func throughSwiftTest() async throws {
    #expect(try await check("5", ["WORKBOOK_RUN_BY": "swift-test"]).verdict == "unfinished")
  }

  // MARK: - The copy

  private func check(
    _ name: String, _ variables: [String: String] = [:]
  ) async throws -> CheckReport.Item {
    let environment = ProcessInfo.processInfo.environment.filter {
      !["SIMULATION", "SIMULATION_SEED", "WORKBOOK_CHAPTER"].contains($0.key)
    }
    let ran = try await Runner.run(
      ["check", name, "--json", "--seconds", "120"], in: Self.copy.appending(path: "Exercises"),
      environment.merging(variables) { $1 })
    let report = try JSONDecoder().decode(CheckReport.self, from: Data(ran.output.utf8))
    let item = try #require(report.exercises.first)
    #expect(item.exitCode == ran.code)
    return item
  }

  /// Makes a folder or a file of the copy what it is in the project, and touches only what differs.
  private static func mirror(_ path: String) throws {
    let source = Runner.project.appending(path: path)
    let names = FileManager.default.subpaths(atPath: source.path) ?? []
    for name in names.isEmpty ? [""] : names {
      let file = name.isEmpty ? source : source.appending(path: name)
      guard let data = try? Data(contentsOf: file) else { continue }
      try write(data, to: name.isEmpty ? path : "\(path)/\(name)")
    }
    let kept = FileManager.default.subpaths(atPath: copy.appending(path: path).path) ?? []
    for name in Set(kept).subtracting(names) { try remove("\(path)/\(name)") }
  }

  private static func write(_ text: String, to path: String) throws {
    try write(Data(text.utf8), to: path)
  }

  private static func write(_ data: Data, to path: String) throws {
    let place = copy.appending(path: path)
    if (try? Data(contentsOf: place)) == data { return }
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: place, options: .atomic)
  }

  private static func remove(_ path: String) throws {
    try? FileManager.default.removeItem(at: copy.appending(path: path))
  }
}
