import Foundation
import Testing

@testable import Narration

@Suite("A lesson")
struct LessonTests {
  let transcript = Transcript()

  let lesson = Lesson(1, "Sync versus async", next: "Exercises/01-Breakfast") {
    Scene("One after another", note: "In turn.") { narrator in
      narrator.say("Prose.")
    }
    Scene("Out of eggs") { _ in throw OutOfEggs() }
    Scene("Drawn") { narrator in
      await narrator.span("task 1", announces: false) {}
      narrator.draw(Timeline([span("ann", nil, 0, 2)]), caption: "Elsewhere")
      narrator.say("seed \(narrator.seed)")
    }
  }

  func run(_ arguments: String...) async -> Int32 {
    await lesson.run(
      arguments, program: "Lesson01", page: { transcript.page(isPlain: $0) },
      report: { transcript.report("! " + $0) })
  }

  @Test("runs its scenes one after the other")
  func scenes() async {
    #expect(await run("--scene", "1") == 0)
    #expect(
      transcript.text == """
        Lesson 1 · Sync versus async

          1 · One after another
            In turn.
            Prose.

          Next: Exercises/01-Breakfast
        """)
  }

  @Test("goes on after a scene that fails, and says which one did")
  func failure() async {
    #expect(await run("--plain", "--seed=7") == 1)
    let text = transcript.text
    #expect(text.contains("  2 - Out of eggs\n! scene 2, 'Out of eggs', failed: OutOfEggs()\n"))
    #expect(text.contains("  3 - Drawn\n"))
    #expect(text.contains("    seed 7\n"))
  }

  @Test("draws what a scene has recorded when it ends")
  func drawing() async {
    #expect(await run("--scene=3") == 0)
    #expect(transcript.text.contains("\n    task 1 "))
  }

  @Test("lists its scenes")
  func list() async {
    #expect(await run("--list") == 0)
    #expect(transcript.text == "1  One after another\n2  Out of eggs\n3  Drawn")
  }

  @Test("explains every option, and the scenes")
  func help() async {
    #expect(await run("--help") == 0)
    let text = transcript.text
    #expect(text.hasPrefix("Lesson 1 · Sync versus async\n\nUsage: swift run Lesson01 [options]\n"))
    for (name, _, _) in LessonHelp.options { #expect(text.contains("  \(name)")) }
    #expect(text.contains("  3  Drawn"))
    #expect(text.split(separator: "\n").allSatisfy { $0.columns <= 80 })
  }

  @Test("does something else when its first argument says so")
  func commands() async {
    let option = LessonOption("--name", "NAME", "what it is called")
    let command = LessonCommand("worker", "take jobs", options: [option]) { values, report in
      report("working as \(values["--name"] ?? "nobody")")
      return 7
    }
    let lesson = Lesson(20, "Queue", options: [option], commands: [command]) {
      Scene("Own") { narrator in narrator.say(narrator.option("--name") ?? "none") }
    }
    let run = { (arguments: [String]) in
      await lesson.run(
        arguments, program: "Lesson20", page: { transcript.page(isPlain: $0) },
        report: { transcript.report("! " + $0) })
    }
    #expect(await run(["--", "worker", "--name", "ann"]) == 7)
    #expect(await run(["worker", "--nane", "ann"]) == 64)
    #expect(
      transcript.text
        == "! working as ann\n! unknown option '--nane'. Did you mean '--name'?")
    #expect(await run(["--name=bob"]) == 0)
    #expect(transcript.text.contains("    bob"))
    #expect(await run(["worker", "--help"]) == 0)
    for line in [
      "       swift run Lesson20 worker [its options]", "  --name NAME     what it is called",
      "  worker          take jobs", "    --name NAME  what it is called",
    ] {
      #expect(transcript.text.contains("\n\(line)\n"), "\(line)")
    }
  }

  @Test("says one line about arguments that it does not understand")
  func usage() async {
    #expect(await run("--virtul") == 64)
    #expect(transcript.text == "! unknown option '--virtul'. Did you mean '--virtual'?")
  }

  @Test("says before the first scene that a file cannot be written")
  func unwritable() async {
    #expect(await run("--svg", "/no/such/folder/a.svg") == 73)
    #expect(
      transcript.text
        == "! cannot write '/no/such/folder/a.svg': No such file or directory.")
  }

  @Test("writes its files when it has ended")
  func files() async throws {
    try await withFolder { folder in
      let svg = folder.appending(path: "a.svg")
      let trace = folder.appending(path: "a.json")
      #expect(await run("--svg", svg.path, "--trace", trace.path) == 1)
      #expect(try String(contentsOf: svg, encoding: .utf8).contains("3 · Drawn"))
      #expect(try String(contentsOf: trace, encoding: .utf8).contains("3 · Drawn: Elsewhere"))
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(names.sorted() == ["a.json", "a.svg"])
    }
  }

  @Test("shows what a scene did that had to be given up")
  func givenUp() async {
    let (begun, begins) = AsyncStream<Void>.makeStream()
    let (forever, ends) = AsyncStream<Void>.makeStream()
    let lesson = Lesson(5, "Lock") {
      Scene("Deadlock") { narrator in
        await narrator.span("ann", "bob's lock", kind: .waiting, announces: false) {
          narrator.mark("ann", "waits", announces: false)
          begins.yield()
          for await _ in forever {}
        }
      }
    }
    let performance = Performance(
      of: lesson, LessonOptions(), on: transcript.page(), report: transcript.report)
    let run = Task { await performance.run() }
    for await _ in begun { break }
    performance.giveUp()
    #expect(transcript.text.contains("▶ goes on"))
    #expect(performance.result.records.map(\.title) == ["1 · Deadlock"])
    ends.finish()
    await run.value
  }
}

/// Makes a folder that is gone afterwards.
func withFolder(_ body: (URL) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "narration-\(UUID())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try await body(folder)
}
