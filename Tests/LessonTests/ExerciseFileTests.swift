import Foundation
import Testing

/// What every exercise has: a brief, a stub that says what is missing, hints, a solution, checks.
@Suite("Exercises")
struct ExerciseFileTests {
  @Test(
    "is in the manifest's table, with a solution and checks", arguments: Project.exerciseFolders)
  func parts(_ folder: String) throws {
    let manifest = try Project.manifest()
    let chapter = manifest.split(separator: "\n").first { line in
      line.contains("Chapter(\"\(folder.prefix(2))\"")
    }
    #expect(chapter?.contains("exercise: \"\(folder.dropFirst(3))\"") == true)
    #expect(Project.chapterFolders(in: "Solutions").contains(folder))
    #expect(Project.chapterFolders(in: "Tests/ExerciseChecks").contains(folder))
  }

  @Test("the stub begins with its brief and is not done", arguments: Project.exerciseFolders)
  func stub(_ folder: String) throws {
    let topic = folder.dropFirst(3)
    // As it is on the first day: a reader may have done the exercise by now.
    let stub = try Project.text("Exercises/Support/Stubs/\(folder)/\(topic).swift")
    #expect(stub.hasPrefix("// Exercise \(folder.prefix(2)) · "))
    #expect(stub.prefix(200).contains(/[0-9]+ minutes\n/))
    for part in ["// Rules:", "swift test --filter \(topic)", "Hints.md", "todo(\""] {
      #expect(stub.contains(part), "the stub has no \(part)")
    }
  }

  @Test("hints come in three levels", arguments: Project.exerciseFolders)
  func hints(_ folder: String) throws {
    let hints = try Project.text("Exercises/\(folder)/Hints.md")
    let headings = hints.split(separator: "\n").filter { $0.hasPrefix("## ") }
    #expect(headings == ["## Hint 1", "## Hint 2", "## Hint 3"])
    let levels = hints.components(separatedBy: "## Hint").dropFirst()
    #expect(levels.allSatisfy { $0.count > 80 }, "a level says next to nothing")
  }

  @Test("the solution is done, and opens with its reasoning", arguments: Project.exerciseFolders)
  func solution(_ folder: String) throws {
    let path = "\(folder)/\(folder.dropFirst(3)).swift"
    let solution = try Project.text("Solutions/\(path)")
    #expect(solution.hasPrefix("// Exercise \(folder.prefix(2)) · "))
    #expect(solution.contains("road not taken"))
    #expect(!solution.contains("todo("))
    // What others can see of it is what the stub promised.
    let signatures = { (text: String) in
      text.matches(of: /public (?:final )?(?:class|struct|actor|func) \w+/).map {
        String($0.output)
      }
    }
    let promised = signatures(try Project.text("Exercises/Support/Stubs/\(path)"))
    let kept = signatures(solution)
    for signature in promised where signature.contains("func") {
      #expect(kept.contains(signature), "the solution has no “\(signature)”")
    }
  }

  @Test("at least three wrong answers are known", arguments: Project.exerciseFolders)
  func wrongAnswers(_ folder: String) throws {
    let path = "Tests/ExerciseChecks/\(folder)/WrongAnswers.swift"
    #expect(try Project.text(path).matches(of: /WrongAnswer\(\n? *"/).count >= 3)
  }
}
