import CheckJournal
import Foundation

extension Session {
  /// `verify`: the workbook proves itself.
  func verify() -> ExitCode {
    if arguments.flags.contains("--stubs") {
      guard takeStubs() else { return .ourFault }
    }
    let filter = "^Checks[0-9]+\\."
    // With the manifest as it is, in the folder that `swift test` uses: what has been built and
    // tested there needs not be built once more.
    let journal = project.path(".workbook/verify-\(getpid()).jsonl")
    defer { unlink(journal) }
    do throws(SystemError) {
      try Files.makeFolder(project.path(".workbook"))
      try Files.write("", to: journal)
    } catch {
      Output.report("cannot write to .workbook: \(error).")
      return .ourFault
    }
    if !isJSON { Output.print(["$ swift test --filter '\(filter)'", ""]) }
    let ran = run(
      ["swift", "test", "--filter", filter], what: "testing",
      variables: [CheckRecord.journalVariable: journal])
    let data = FileManager.default.contents(atPath: journal) ?? Data()
    let records = data.split(separator: UInt8(ascii: "\n")).compactMap {
      try? JSONDecoder().decode(CheckRecord.self, from: $0)
    }
    let proofs = project.exercises.map { Proof($0, records, in: project) }
    var problems: [String] = []
    if ran.ending != .exited(0) {
      problems.append(
        "swift test ended with \(ran.ending.line):\n" + failures(in: ran.output + ran.errors))
    }
    if proofs.isEmpty { problems.append("there are no exercises") }
    let report = VerifyReport(proofs, problems: problems)
    if isJSON { Output.print(json: report) } else { show(report) }
    return report.ok ? .passed : .failed
  }

  private func show(_ report: VerifyReport) {
    for proof in report.exercises {
      let mark = proof.problems.isEmpty ? paper.tick : paper.cross
      Output.print(
        paper.wrapped(
          "\(mark) \(proof.number) \(proof.topic): \(proof.checks) checks, "
            + "\(proof.rightAnswers) right and \(proof.wrongAnswers) wrong answers"
            + (proof.problems.isEmpty ? ", stub, hints" : ""), hanging: "  "))
      Output.print(proof.problems.flatMap { paper.wrapped("\(paper.cross) \($0)", indent: "    ") })
    }
    Output.print(report.problems.flatMap { paper.wrapped("\(paper.cross) \($0)") })
    Output.print(["", report.ok ? "  The workbook holds what it promises." : "  It does not hold."])
  }

  /// What went wrong, out of all that was printed.
  private func failures(in output: String) -> String {
    let lines = output.split(separator: "\n").filter {
      $0.contains("error:") || $0.contains("recorded an issue") || $0.contains("Fatal error")
    }
    return (lines.isEmpty ? output.split(separator: "\n").suffix(10) : lines.prefix(20))
      .joined(separator: "\n").replacing(project.root + "/", with: "")
  }

  /// Makes the exercises, as they are now, what `reset` brings back.
  private func takeStubs() -> Bool {
    do throws(SystemError) {
      for exercise in project.exercises {
        Files.remove(project.path(exercise.stubsFolder))
        for file in exercise.files {
          try Files.copy(
            project.path("Exercises/\(exercise.folder)/\(file)"),
            to: project.path("\(exercise.stubsFolder)/\(file)"))
        }
      }
      return true
    } catch {
      Output.report("cannot write to Exercises/Support/Stubs: \(error).")
      return false
    }
  }
}
