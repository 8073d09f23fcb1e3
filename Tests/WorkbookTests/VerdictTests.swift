import CheckJournal
import Foundation
import Testing

/// Each verdict has its own exit code, and says what it knows.
@Suite("The runner's verdicts")
struct VerdictTests {
  let desk: Desk

  init() throws { desk = try Desk() }

  @Test("passed")
  func passed() async throws {
    try desk.play([.of(.began, "it holds"), .of(.held, "it holds")])
    let ran = try await desk.workbook("check", "1")
    #expect(ran.code == 0)
    #expect(ran.output.contains("Passed: all 1 checks hold."))
    #expect(ran.output.contains("count to one."), "what the chapter's page promises")
    #expect(ran.output.contains("Next: Exercise 02 · Beta."))
    #expect(desk.text(".workbook/state.json")?.contains("\"passed\" : true") == true)
  }

  @Test("unfinished")
  func unfinished() async throws {
    var record = CheckRecord.of(.unfinished, "it holds")
    record.todo = "take both locks"
    try desk.play([record])
    let ran = try await desk.workbook("check", "1")
    #expect(ran.code == 2)
    #expect(ran.output.contains("To do: take both locks"))
  }

  @Test("failed: the first check that fails is told of, and the others are listed")
  func failed() async throws {
    try desk.play(
      [
        .failed("nobody waits", .deadlock, place: 30), .of(.held, "it moves", place: 10),
        .failed("nothing is lost", .expectation, place: 20),
      ], then: "echo my own words; exit 1")
    let ran = try await desk.workbook("check", "1", "--timeline")
    #expect(ran.code == 1)
    #expect(ran.output.contains("✘ nothing is lost\n\n  Two were lost\n"))
    for part in [
      "Likely cause: Nobody held them.", "Hint 2 fits: `swift run workbook hint 01 2`.",
      "Seed 17", "1 of 3 checks hold", "ann ████░░░░", "my own words",
    ] {
      #expect(ran.output.contains(part), "“\(part)” is not said")
    }
  }

  @Test("deadlock, endless, left behind: how the run ended counts")
  func endings() async throws {
    for (ending, code) in [(CheckRecord.Ending.deadlock, Int32(4)), (.endless, 7), (.tasksLeft, 1)]
    {
      try desk.play([.failed("it ends", ending)], then: "exit 1")
      #expect(try await desk.workbook("check", "1").code == code)
    }
  }

  @Test("a blocked thread is told at once, and what still runs is ended")
  func blocked() async throws {
    try desk.play(
      [.of(.began, "it awaits"), .failed("it awaits", .blocked)],
      then: "echo $$ > \"$STAGE/pid\"; sleep 1000")
    let ran = try await desk.workbook("check", "1", "--seconds", "900")
    #expect(ran.code == 5)
    #expect(ran.output.contains("Two were lost"))
  }

  @Test("crashed: the check, what the runtime said, and the line")
  func crashed() async throws {
    try desk.play(
      [.of(.held, "it moves"), .of(.began, "it holds", place: 2)],
      then: """
        echo 'Swift/Array.swift:692: Fatal error: Index out of range' >&2
        echo ' 0 in answer() at /x/Exercises/01-Alpha/Alpha.swift:2:7' >&2
        kill -ILL $$
        """)
    let ran = try await desk.workbook("check", "1")
    #expect(ran.code == 6)
    for part in [
      "Fatal error: Index out of range", "in Exercises/01-Alpha/Alpha.swift:2",
      "2 | public func answer() throws {", "during the check “it holds”",
    ] {
      #expect(ran.output.contains(part), "“\(part)” is not said")
    }
  }

  @Test("a crash while several checks run is seen again in turn")
  func crashedAmongMany() async throws {
    let atOnce = try Desk.writing([.of(.began, "one"), .of(.began, "two", place: 2)])
    let inTurn = try Desk.writing([.of(.held, "one"), .of(.began, "two", place: 2)])
    try desk.play(
      checks: """
        case "$*" in *--no-parallel*)
        \(inTurn)
        ;; *)
        \(atOnce)
        ;; esac
        kill -ILL $$
        """)
    let ran = try await desk.workbook("check", "1")
    #expect(ran.code == 6)
    #expect(ran.output.contains("during the check “two”"))
  }

  @Test("a program that ends itself has not passed")
  func ended() async throws {
    try desk.play([.of(.held, "it moves"), .of(.began, "it holds", place: 2)], then: "exit 0")
    let ran = try await desk.workbook("check", "1")
    #expect(ran.code == 6)
    #expect(ran.output.contains("It ended the whole program, with code 0."))
  }

  @Test("too long")
  func tooLong() async throws {
    try desk.play([.of(.began, "it ends")], then: "sleep 1000")
    let ran = try await desk.workbook("check", "1", "--seconds", "0.2")
    #expect(ran.code == 7)
    #expect(ran.output.contains("It took longer than 0.2 s"))
    #expect(ran.output.contains("· it ends"))
  }

  @Test("too loud")
  func tooLoud() async throws {
    try desk.play([.of(.began, "it ends")], then: "yes forty-two")
    let ran = try await desk.workbook("check", "1", "--seconds", "900")
    #expect(ran.code == 7)
    #expect(ran.output.contains("It printed more than 1 MB"))
  }

  @Test("does not compile: the errors of this exercise only, with relative paths, each once")
  func compileErrors() async throws {
    let error =
      """
      \(desk.root.path)/Exercises/01-Alpha/Alpha.swift:3:7: error: cannot find 'foo' in scope
      1 | // Exercise 01
        |       `- error: cannot find 'foo' in scope
      """
    let other = "\(desk.root.path)/Exercises/01-Alpha/Alpha.swift:1:1: warning: unused"
    try desk.play(
      build: "cat <<'END'\n[1/2] Compiling\n\(error)\n\n\(other)\n\(error)\nEND\nexit 1")
    let ran = try await desk.workbook("check", "1")
    #expect(ran.code == 3)
    #expect(ran.output.contains("It does not compile: an error"))
    #expect(ran.output.contains("\n  Exercises/01-Alpha/Alpha.swift:3:7\n"))
    #expect(!ran.output.contains(desk.root.path))
    #expect(!ran.output.contains("unused"))
  }

  @Test("compiles, but not with the checks: the line that is missing is named")
  func doesNotFit() async throws {
    try desk.write("public func onswer() {}\n", to: "Exercises/01-Alpha/Alpha.swift")
    let place = "\(desk.root.path)/Tests/ExerciseChecks/01-Alpha/AlphaChecks.swift:11:17"
    try desk.play(
      build: "echo \"\(place): error: module 'Exercise01' has no member 'answer'\"; exit 1")
    let ran = try await desk.workbook("check", "1")
    #expect(ran.code == 3)
    #expect(ran.output.contains("the checks do not fit it any more"))
    #expect(ran.output.contains("    public func answer() throws {"))
    #expect(ran.output.contains("has no member 'answer'"))
  }

  @Test("our own fault: the build, the toolchain, a journal that says nothing")
  func ourFault() async throws {
    try desk.play(build: "echo 'error: Package.swift: broken'; exit 1")
    let broken = try await desk.workbook("check", "1")
    #expect(broken.code == 70)
    #expect(broken.output.contains("not your answer"))
    #expect(broken.output.contains("Package.swift: broken"))

    let missing = try await desk.workbook("check", "1", adding: ["PATH": "/nowhere"])
    #expect(missing.code == 70)
    #expect(missing.output.contains("swift: No such file or directory"))

    try desk.play(checks: "exit 3")
    #expect(try await desk.workbook("check", "1").code == 70)
  }

  @Test("a file that is not there")
  func missing() async throws {
    try FileManager.default.removeItem(
      at: desk.root.appending(path: "Exercises/01-Alpha/Alpha.swift"))
    let ran = try await desk.workbook("check", "1")
    #expect(ran.code == 3)
    #expect(ran.output.contains("`swift run workbook reset 01` brings it back"))
  }

  @Test("a build folder of no use is thrown away once")
  func stale() async throws {
    let once = "[ -e \"$STAGE/again\" ] || { touch \"$STAGE/again\"; echo odd; exit 1; }"
    try desk.play(build: once, checks: try Desk.writing([.of(.held, "it holds")]))
    #expect(try await desk.workbook("check", "1").code == 0)
    // And so is one that was moved along with its project.
    try desk.write("/elsewhere", to: ".build/workbook/built-in")
    try desk.write("", to: ".build/workbook/old")
    #expect(try await desk.workbook("check", "1").code == 0)
    #expect(desk.text(".build/workbook/old") == nil)
  }

  @Test("nothing was checked: that is no pass")
  func nothingChecked() async throws {
    #expect(try await desk.workbook("check", "1").code == 70)
  }
}
