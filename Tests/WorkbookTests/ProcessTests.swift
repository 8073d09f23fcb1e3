import CheckJournal
import Foundation
import Testing

/// Nothing that the runner has started stays behind, however the runner ends.
@Suite("The runner's processes")
struct ProcessTests {
  let desk: Desk

  init() throws { desk = try Desk() }

  /// Checks that start others, in the background, in process groups of their own, and that do not
  /// heed signals; each writes its number down.
  private static let family = """
    trap '' TERM INT HUP
    set -m
    echo $$ >> "$STAGE/processes"
    (trap '' TERM INT HUP; sh -c 'echo $$ >> "$STAGE/processes"; sleep 1000') &
    (sh -c 'echo $$ >> "$STAGE/processes"; exec sleep 1000' &) &
    sleep 1000
    """

  /// The processes that have written their numbers down.
  private var processes: [Int32] {
    let stage = desk.environment["STAGE"] ?? ""
    let text = try? String(contentsOfFile: stage + "/processes", encoding: .utf8)
    return (text ?? "").split(separator: "\n").compactMap { Int32($0) }
  }

  @Test(
    "none is left when the runner is ended during a check", arguments: [SIGKILL, SIGTERM, SIGINT])
  func endedRunner(_ signal: Int32) async throws {
    try desk.play(checks: Self.family)
    let runner = try desk.start("check", "1", "--seconds", "900")
    try #require(await desk.eventually { processes.count == 3 })
    #expect(processes.allSatisfy(Desk.isAlive))
    kill(runner.processIdentifier, signal)
    #expect(await desk.eventually { !processes.contains(where: Desk.isAlive) })
    #expect(await desk.eventually { !runner.isRunning })
    if signal != SIGKILL { #expect(runner.terminationStatus == 128 + signal) }
    // And nobody holds the lock any more.
    try desk.play([.of(.held, "it holds")])
    #expect(try await desk.workbook("check", "1").code == 0)
  }

  @Test("none is left when the runner is killed during a build")
  func killedBuild() async throws {
    try desk.play(build: Self.family)
    let runner = try desk.start("check", "1")
    try #require(await desk.eventually { processes.count == 3 })
    kill(runner.processIdentifier, SIGKILL)
    #expect(await desk.eventually { !processes.contains(where: Desk.isAlive) })
    runner.waitUntilExit()
  }

  @Test("none is left after a verdict: of time, of output, of a program that ended without them")
  func verdicts() async throws {
    for (more, code) in [("", Int32(7)), ("yes", 7), ("exit 0", 0)] {
      let family = Self.family.split(separator: "\n").dropLast().joined(separator: "\n")
      let wait = "\nwhile [ $(wc -l < \"$STAGE/processes\") -lt 3 ]; do :; done\n"
      let records = try Desk.writing([.of(code == 0 ? .held : .began, "it ends")])
      try desk.play(checks: records + family + wait + (more.isEmpty ? "sleep 1000" : more))
      let ran = try await desk.workbook("check", "1", "--seconds", more.isEmpty ? "1" : "900")
      #expect(ran.code == code)
      #expect(await desk.eventually { !processes.contains(where: Desk.isAlive) })
    }
  }

  @Test("two runners on one copy take turns")
  func turns() async throws {
    try desk.play(
      checks: try Desk.writing([.of(.held, "it holds")])
        + """
        [ -e "$STAGE/inside" ] && touch "$STAGE/both"
        touch "$STAGE/inside"
        while [ ! -e "$STAGE/go" ]; do sleep 0.01; done
        rm "$STAGE/inside"
        """)
    let stage = try #require(desk.environment["STAGE"])
    let runners = try (1...2).map { _ in try desk.start("check", "1", "--seconds", "900") }
    try #require(
      await desk.eventually { FileManager.default.fileExists(atPath: stage + "/inside") })
    try Data().write(to: URL(filePath: stage + "/go"))
    #expect(await desk.eventually { !runners.contains(where: \.isRunning) })
    #expect(runners.map(\.terminationStatus) == [0, 0])
    #expect(!FileManager.default.fileExists(atPath: stage + "/both"))
  }
}
