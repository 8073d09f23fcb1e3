import CheckJournal
import Foundation
import Testing

@testable import workbook

/// Every command, and what it does with input that is no good.
@Suite("The runner's commands")
struct CommandTests {
  let desk: Desk

  init() throws { desk = try Desk() }

  private func pass(_ name: String = "1") async throws {
    try desk.play([.of(.held, "it holds")])
    try #require(try await desk.workbook("check", name).code == 0)
  }

  @Test("list shows what there is, and what has passed")
  func list() async throws {
    try await pass("2")
    let ran = try await desk.workbook("list")
    #expect(ran.code == 0)
    #expect(ran.output.contains("  ○ 01  Alpha"))
    #expect(ran.output.contains("▸ ✓ 02  Beta "))
    #expect(ran.output.contains("03  Beta two"))
    #expect(ran.output.contains("1 of 3"))
    let plain = try await desk.workbook("list", "--plain")
    #expect(plain.output.allSatisfy { $0.isASCII })
  }

  @Test("hints come a level at a time, and stop at the last")
  func hints() async throws {
    for level in ["1", "2", "3", "3"] {
      let ran = try await desk.workbook("hint", "alpha")
      #expect(ran.output.contains("Hint \(level) of 3"))
      #expect(ran.output.contains("Try number \(level)."))
    }
    #expect(try await desk.workbook("hint", "1", "2").output.contains("Try number 2."))
    let wrong = try await desk.workbook("hint", "1", "4")
    #expect(wrong.code == 64)
    #expect(wrong.errors == "workbook: hints have levels 1 to 3, and not “4”.\n")
  }

  @Test("next goes to what has not passed, and around")
  func next() async throws {
    try await pass()
    #expect(try await desk.workbook("next").output.contains("Exercise 02 · Beta"))
    #expect(try await desk.workbook("next").output.contains("Exercise 03 · Beta two"))
    #expect(try await desk.workbook("next").output.contains("Exercise 02 · Beta"))
    for name in ["2", "3"] { try await pass(name) }
    #expect(try await desk.workbook("next").output.contains("You have done them all."))
  }

  @Test("our solution comes after a pass, or when asked twice", arguments: ["solution", "diff"])
  func solution(_ command: String) async throws {
    let first = try await desk.workbook(command, "1")
    #expect(first.code == 1)
    #expect(first.output.contains("has not passed yet"))
    let second = try await desk.workbook(command, "1")
    #expect(second.code == 0)
    #expect(second.output.contains("public func answer() {}"))
    try await pass("2")
    #expect(try await desk.workbook(command, "2").code == 0)
  }

  @Test("reset brings the stub back and keeps the work, as often as one likes")
  func reset() async throws {
    let stub = desk.text("Exercises/01-Alpha/Alpha.swift")
    for number in 1...2 {
      try desk.write("mine \(number)", to: "Exercises/01-Alpha/Alpha.swift")
      try desk.write("help \(number)", to: "Exercises/01-Alpha/Parts/Helper.swift")
      let ran = try await desk.workbook("reset", "1")
      #expect(ran.code == 0)
      #expect(ran.output.contains("Exercises/Kept/01-Alpha-\(number)"))
      #expect(desk.text("Exercises/01-Alpha/Alpha.swift") == stub)
      #expect(desk.text("Exercises/01-Alpha/Parts/Helper.swift") == nil)
      #expect(desk.text("Exercises/Kept/01-Alpha-\(number)/Alpha.swift") == "mine \(number)")
      #expect(desk.text("Exercises/Kept/01-Alpha-\(number)/Parts/Helper.swift") == "help \(number)")
    }
    #expect(try await desk.workbook("reset", "1").output.contains("as it was in the beginning"))
    #expect(desk.text("Exercises/Kept/01-Alpha-3/Alpha.swift") == nil)
    // Also where the file is gone altogether.
    try FileManager.default.removeItem(
      at: desk.root.appending(path: "Exercises/01-Alpha/Alpha.swift"))
    #expect(try await desk.workbook("reset", "1").code == 0)
    #expect(desk.text("Exercises/01-Alpha/Alpha.swift") == stub)
  }

  @Test("reset changes nothing if the work cannot be kept")
  func resetFails() async throws {
    try desk.write("mine", to: "Exercises/01-Alpha/Alpha.swift")
    try desk.write("in the way", to: "Exercises/Kept")
    let ran = try await desk.workbook("reset", "1")
    #expect(ran.code == 70)
    #expect(ran.errors.contains("01-Alpha stays as it is"))
    #expect(desk.text("Exercises/01-Alpha/Alpha.swift") == "mine")
  }

  @Test("lesson lists the chapters, or runs one with its options")
  func lesson() async throws {
    #expect(try await desk.workbook("lesson").output.contains("01  First things"))
    let ran = try await desk.workbook("lesson", "1", "--scene", "2")
    #expect(ran.output.hasSuffix("Lesson01 --scene 2\n"))
    #expect(try await desk.workbook("lesson", "7").code == 64)
  }

  @Test("doctor says what it found, and how to mend it")
  func doctor() async throws {
    try desk.play([.of(.held, "it holds")])
    let well = try await desk.workbook("doctor")
    #expect(well.code == 0)
    #expect(well.output.contains("✓ Swift: 6.3.1"))
    #expect(well.output.contains("✓ Build: exercise 01 was checked"))
    try desk.play(build: "echo error: no room; exit 1")
    let ill = try await desk.workbook("doctor", "--json")
    #expect(ill.code == 1)
    let report = try JSONDecoder().decode(DoctorReport.self, from: Data(ill.output.utf8))
    #expect(report.version == 1)
    #expect(!report.ready)
    #expect(report.findings.first { $0.name == "Build" }?.state == .bad)
  }

  @Test("check --all looks at all of them, and finds progress out again")
  func all() async throws {
    try await pass()
    try FileManager.default.removeItem(at: desk.root.appending(path: ".workbook"))
    try desk.play(
      checks: "if [ \"$WORKBOOK_CHAPTER\" = 02 ]; then\n"
        + Desk.writing([.failed("it holds", .deadlock)]) + "exit 1\nelse\n"
        + Desk.writing([.of(.held, "it holds")]) + "fi")
    let ran = try await desk.workbook("check", "--all")
    #expect(ran.code == 4, "that of the first which has not passed")
    #expect(ran.output.contains("✘ 02  Beta                deadlock"))
    #expect(ran.output.contains("2 of 3"))
    let list = try await desk.workbook("list", "--json")
    let report = try JSONDecoder().decode(ListReport.self, from: Data(list.output.utf8))
    #expect(report.version == 1)
    #expect(report.exercises.map(\.passed) == [true, false, true])
  }

  @Test("check --json says all that check says")
  func json() async throws {
    try desk.play([.of(.held, "one"), .failed("two", .expectation, place: 2)], then: "exit 1")
    let ran = try await desk.workbook("check", "1", "--json")
    #expect(ran.code == 1)
    let report = try JSONDecoder().decode(CheckReport.self, from: Data(ran.output.utf8))
    #expect(report.version == 1)
    let item = try #require(report.exercises.first)
    #expect((item.verdict, item.exitCode) == ("failed", 1))
    #expect(item.checks.map(\.result) == ["held", "failed"])
    #expect(item.checks[1].seen == ["two were lost"])
    #expect(item.checks[1].seed == 17)
  }

  @Test("help says something about every command", arguments: Command.allCases)
  func help(_ command: Command) async throws {
    let ran = try await desk.workbook("help", command.rawValue)
    #expect(ran.code == 0)
    #expect(ran.output.hasPrefix("swift run workbook \(command.rawValue)"))
    #expect(try await desk.workbook(command.rawValue, "--help").output == ran.output)
    #expect(try await desk.workbook("help").output.contains("  \(command.rawValue) "))
  }

  @Test("every exit code is in the help and on the page", arguments: ExitCode.allCases)
  func codes(_ code: ExitCode) async throws {
    #expect(try await desk.workbook("help", "codes").output.contains(code.meaning))
    let page = try String(
      contentsOf: Runner.project.appending(path: "Exercises/Support/workbook/README.md"),
      encoding: .utf8)
    #expect(page.contains("| \(code.rawValue) | \(code.meaning) |"))
  }

  @Test(
    "a wrong command line is one line, and 64",
    arguments: [
      (["chek"], "there is no command “chek”. Did you mean check?"),
      (["2"], "there is no command “2”. `swift run workbook watch 2` watches that exercise."),
      (["check", "9"], "there is no exercise 9. There are 01 to 03."),
      (["check", "alhpa"], "there is no exercise “alhpa”. Did you mean 01 Alpha?"),
      (["check", "be", "x"], "check does not know what to do with “x”."),
      (["check", "bet"], "“bet” could be 02 Beta or 03 BetaTwo. Which one?"),
      (
        ["check", "zzzzzz"],
        "there is no exercise “zzzzzz”. `swift run workbook list` shows them all."
      ),
      (["check", "--al"], "check has no option “--al”."),
      (["check", "1", "--seconds", "soon"], "--seconds takes a number above 0."),
      (["check", "1", "--all"], "check takes an exercise or --all, and not both."),
      (["list", "--all"], "list has no option “--all”."),
      (["help", "chek"], "there is no command “chek”. Did you mean check?"),
    ])
  func usage(_ arguments: [String], _ message: String) async throws {
    let ran = try await Runner.run(arguments, in: desk.root, desk.environment)
    #expect(ran.code == 64)
    #expect(ran.output == "")
    #expect(ran.errors.hasPrefix("workbook: \(message)"))
    #expect(ran.errors.split(separator: "\n").count == 1)
  }

  @Test(
    "an exercise is named by number, name, lesson or path, from any folder",
    arguments: [
      "2", "02", "beta", "BETA", "02-Beta", "Beta.swift", "Exercises/02-Beta",
      "./Exercises/02-Beta/Beta.swift", "/somewhere/Exercises/02-Beta/Helper.swift",
    ])
  func names(_ name: String) async throws {
    let ran = try await desk.workbook("hint", name, from: "Exercises/01-Alpha")
    #expect(ran.output.hasPrefix("Hint 1 of 3 for Beta"))
    #expect(try await desk.workbook("hint", "firstthings").output.contains("for Alpha"))
  }

  @Test("outside of any workbook it is the one that the runner was built in")
  func elsewhere() async throws {
    let ran = try await Runner.run(["list"], in: URL(filePath: "/"), desk.environment)
    #expect(ran.code == 0)
    #expect(ran.output.contains("05  Bank"))
  }

  @Test("without a terminal, watching is checking once")
  func watch() async throws {
    try desk.play([.of(.held, "it holds")])
    let ran = try await desk.workbook()
    #expect(ran.code == 0)
    #expect(ran.errors.contains("there is no terminal to watch in"))
    #expect(ran.output.contains("Exercise 01 · Alpha"))
  }
}
