import CheckJournal
import Foundation
import Testing

@testable import workbook

/// `verify`, on tests that are played.
@Suite("The runner's verify")
struct VerifyTests {
  let desk: Desk

  init() throws { desk = try Desk() }

  /// What the tests of an exercise write down when all is well.
  private func records(_ number: String) -> [CheckRecord] {
    let sentences = (1...5).map { "sentence \($0)" }
    let tests: [(String, CheckRecord.Event)] = [
      ("learner(_:)", .unfinished), ("solution(_:)", .held), ("alternative(_:)", .held),
    ]
    let answers = tests.flatMap { test, event in
      sentences.map {
        CheckRecord(event, sentence: $0, test: test, file: "Checks\(number)/C.swift", place: 1)
      }
    }
    let wrong = sentences.prefix(3).map {
      CheckRecord(
        .rejected, sentence: $0, test: "wrong(_:)", file: "Checks\(number)/C.swift", place: 1)
    }
    return answers + wrong
  }

  private func project() throws -> Project {
    let hints = (1...3).map { "## Hint \($0)\n\n\(String(repeating: "Think. ", count: 20))\n" }
    try desk.write("# Hints\n\n" + hints.joined(separator: "\n"), to: "Exercises/01-Alpha/Hints.md")
    try desk.write(
      "# 01 · First things\n\nExercises/01-Alpha\n", to: "Lessons/01-FirstThings/README.md")
    return Project(root: desk.root.path)
  }

  @Test("an exercise that keeps every promise")
  func holds() throws {
    let project = try project()
    let proof = Proof(project.exercises[0], records("01") + records("02"), in: project)
    #expect(proof.problems == [])
    #expect((proof.checks, proof.rightAnswers, proof.wrongAnswers, proof.hints) == (5, 2, 3, 3))
  }

  @Test("each promise that is broken is named")
  func problems() throws {
    let project = try project()
    func problems(_ change: (inout [CheckRecord]) -> Void) -> [String] {
      var records = records("01")
      change(&records)
      return Proof(project.exercises[0], records, in: project).problems
    }
    #expect(problems { $0[0].event = .held } == ["the stub is not unfinished in “sentence 1”"])
    #expect(problems { $0[5].event = .failed }.first == "solution(_:) fails “sentence 1”")
    #expect(problems { $0.removeLast() } == ["fewer than three wrong answers are rejected"])
    #expect(
      problems {
        $0.append($0[15]); $0[18].event = .deceived
      }
        == ["a wrong answer is not rejected, or not for its fault"])
    #expect(problems { $0 = [] }.count == 4)
    try desk.write("other", to: "Exercises/Support/Stubs/01-Alpha/Alpha.swift")
    #expect(problems { _ in }.first?.contains("`reset` would bring back something else") == true)
    try desk.write("", to: "Exercises/01-Alpha/Hints.md")
    #expect(problems { _ in }.first == "there are 0 levels of hints, and not three")
  }

  @Test("it runs the exercises' tests, and takes stubs over")
  func runs() async throws {
    try desk.write("// new\n", to: "Exercises/02-Beta/Beta.swift")
    let ran = try await desk.workbook("verify", "--json", "--stubs")
    #expect(ran.code == 1, "nothing was written down")
    let report = try JSONDecoder().decode(VerifyReport.self, from: Data(ran.output.utf8))
    #expect(report.version == 1)
    #expect(report.exercises.map(\.number) == ["01", "02", "03"])
    #expect(desk.text("Exercises/Support/Stubs/02-Beta/Beta.swift") == "// new\n")
  }
}
