import CheckJournal
import Foundation
import Testing

/// Watching, on a terminal.
@Suite("Watching")
struct WatchTests {
  let desk: Desk
  let terminal: PseudoTerminal

  init() throws {
    desk = try Desk()
    terminal = try PseudoTerminal()
    try desk.play([.failed("nothing is lost", .expectation)], then: "exit 1")
  }

  private func start(
    _ variables: [String: String] = [:], arguments: [String] = []
  ) throws -> Process {
    let all = desk.environment.merging(["TERM": "xterm", "NO_COLOR": "1"]) { $1 }
    return try Runner.start(
      arguments, in: desk.root, all.merging(variables) { $1 }, output: terminal.handle,
      errors: terminal.handle, input: terminal.handle)
  }

  private func sees(_ text: String) async -> Bool {
    await desk.eventually { terminal.screen.contains(text) }
  }

  @Test("from a failure over hints and a schedule to a pass, and on")
  func session() async throws {
    let runner = try start()
    #expect(await sees("✘ nothing is lost"))
    #expect(terminal.everything.contains("checking…"))
    #expect(terminal.tellsEveryKey)
    for (key, answer) in [
      ("h", "Hint 1 of 3"), ("\n", "Hint 2 fits: press h."), ("t", "ann ████░░░░"),
      ("l", "▸ ○ 01  Alpha"), ("s", "Press s again"), ("s", "Solutions/01-Alpha/Alpha.swift"),
      ("?", "There is no key ?."), ("n", "Exercise 02 · Beta"), ("p", "Exercise 01 · Alpha"),
      ("03", "Exercise 03 · Beta two"), ("01", "Exercise 01 · Alpha"), ("99", "no exercise 99"),
    ] {
      terminal.type(key)
      #expect(await sees(answer), "\(key) does not show “\(answer)”")
    }
    try desk.play([.of(.held, "nothing is lost")])
    terminal.type("r")
    #expect(await sees("Passed: all 1 checks hold."))
    #expect(await sees("n goes there"))
    terminal.type("n")
    #expect(await sees("Exercise 02 · Beta"))
    terminal.type("q")
    #expect(await desk.eventually { !runner.isRunning })
    #expect(runner.terminationStatus == 0)
    #expect(!terminal.tellsEveryKey)
  }

  @Test("a save is checked, and a save during a check begins it anew")
  func saves() async throws {
    let runner = try start()
    #expect(await sees("✘ nothing is lost"))
    // Now one that does not end by itself; the next save ends it.
    try desk.play(
      [.of(.began, "nothing is lost")], then: "echo $$ >> \"$STAGE/processes\"; sleep 1000")
    try desk.write("// one\n", to: "Exercises/01-Alpha/Alpha.swift")
    let list = try #require(desk.environment["STAGE"]) + "/processes"
    let started = { (try? String(contentsOfFile: list, encoding: .utf8)) ?? "" }
    try #require(await desk.eventually { !started().isEmpty })
    try desk.play([.of(.held, "nothing is lost")])
    try desk.write("// two, a helper\n", to: "Exercises/01-Alpha/Helper.swift")
    #expect(await sees("Passed"))
    let first = try #require(Int32(started().prefix { $0 != "\n" }))
    #expect(!Desk.isAlive(first))
    // Saving another exercise goes there.
    try desk.write("// three\n", to: "Exercises/03-BetaTwo/BetaTwo.swift")
    #expect(await sees("Exercise 03 · Beta two"))
    terminal.type("q")
    #expect(await desk.eventually { !runner.isRunning })
  }

  @Test("what is wrong with the state is shown on the screen")
  func notices() async throws {
    try desk.write("{", to: ".workbook/state.json")
    let runner = try start()
    #expect(await sees("✘ nothing is lost"))
    #expect(await sees("is damaged. I have put it"))
    terminal.type("q")
    #expect(await desk.eventually { !runner.isRunning })
  }

  @Test("x asks, and then resets")
  func reset() async throws {
    try desk.write("mine", to: "Exercises/01-Alpha/Alpha.swift")
    let runner = try start()
    #expect(await sees("✘ nothing is lost"))
    terminal.type("x")
    #expect(await sees("Press x again"))
    terminal.type("x")
    #expect(await sees("Exercises/Kept/01-Alpha-1"))
    #expect(desk.text("Exercises/Kept/01-Alpha-1/Alpha.swift") == "mine")
    terminal.type("q")
    #expect(await desk.eventually { !runner.isRunning })
  }

  @Test(
    "the terminal is as before, whatever ends the runner, a crash of ours included",
    arguments: [SIGINT, SIGTERM, SIGHUP, SIGSEGV, SIGILL, SIGABRT])
  func restored(_ signal: Int32) async throws {
    try desk.play([.of(.began, "it ends")], then: "sleep 1000")
    let runner = try start(arguments: ["watch", "--seconds", "1000"])
    #expect(await sees("checking…"))
    #expect(await desk.eventually { terminal.tellsEveryKey })
    kill(runner.processIdentifier, signal)
    #expect(await desk.eventually { !runner.isRunning })
    #expect(!terminal.tellsEveryKey)
    let isOrderly = [SIGINT, SIGTERM, SIGHUP].contains(signal)
    #expect(runner.terminationReason == (isOrderly ? .exit : .uncaughtSignal))
    #expect(runner.terminationStatus == (isOrderly ? 128 + signal : signal))
  }

  @Test("it can be suspended, and draws anew when it goes on")
  func suspended() async throws {
    let runner = try start()
    #expect(await sees("✘ nothing is lost"))
    kill(runner.processIdentifier, SIGTSTP)
    #expect(await desk.eventually { !terminal.tellsEveryKey })
    let before = terminal.everything.count
    kill(runner.processIdentifier, SIGCONT)
    #expect(await desk.eventually { terminal.tellsEveryKey })
    #expect(await desk.eventually { terminal.everything.count > before + 200 })
    terminal.type("q")
    #expect(await desk.eventually { !runner.isRunning })
  }

  @Test("a dumb terminal gets lines, in ASCII, and keys that Return follows")
  func dumb() async throws {
    let runner = try start(["TERM": "dumb"])
    #expect(await sees("x nothing is lost"))
    terminal.type("q\n")
    #expect(await desk.eventually { !runner.isRunning })
    #expect(runner.terminationStatus == 0)
    #expect(!terminal.everything.contains("\u{1B}"))
  }

  @Test("colour is there, and NO_COLOR switches it off")
  func colour() async throws {
    for (value, isColoured) in [("", true), ("1", false)] {
      let runner = try start(["NO_COLOR": value])
      #expect(await sees("nothing is lost"))
      terminal.type("q")
      #expect(await desk.eventually { !runner.isRunning })
      #expect(terminal.screen.contains("\u{1B}[31m✘") == isColoured)
    }
  }

  @Test("no line is wider than a narrow terminal")
  func narrow() async throws {
    let terminal = try PseudoTerminal(columns: 40, rows: 12)
    let runner = try Runner.start(
      [], in: desk.root,
      desk.environment.merging(["TERM": "xterm", "NO_COLOR": "1"]) { $1 },
      output: terminal.handle, errors: terminal.handle, input: terminal.handle)
    #expect(await desk.eventually { terminal.screen.contains("✘ nothing is lost") })
    #expect(await desk.eventually { terminal.screen.contains("more lines: Space") })
    #expect(terminal.screen.split(separator: "\n", omittingEmptySubsequences: false).count <= 12)
    let first = terminal.screen
    terminal.type(" ")
    #expect(
      await desk.eventually { terminal.screen != first && terminal.screen.contains("q quit") })
    #expect(!terminal.screen.contains("✘ nothing is lost"))
    let lines = terminal.screen.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 40 || $0.contains("/") }, "paths are not broken")
    terminal.type("q")
    #expect(await desk.eventually { !runner.isRunning })
  }
}
