import CheckJournal
import Foundation

/// Checks one answer: waits for its turn, builds, runs. Nothing in here ever blocks for long, so
/// that whoever watches can draw meanwhile, and change their mind.
final class CheckJob {
  enum Stage: Equatable {
    /// Another runner checks in the same copy.
    case waiting
    case building
    case running
    case done
  }

  let exercise: Exercise
  private let project: Project
  private let secondsAllowed: Double
  private let began = ContinuousClock.now

  private(set) var stage = Stage.waiting
  /// Nil until it is done.
  private(set) var judgement: Judgement?
  private var lock: Int32?
  private var child: Child?
  /// True once a build folder that is of no use has been thrown away.
  private var hasCleaned = false
  /// What a run of all checks at once came to, while they run again, in turn.
  private var atOnce: RunEvidence?

  init(_ exercise: Exercise, in project: Project, seconds: Double = 10) {
    self.exercise = exercise
    self.project = project
    secondsAllowed = seconds
  }

  /// How long it has taken so far.
  var seconds: Double { (ContinuousClock.now - began) / .seconds(1) }

  /// The last step that the build has told of: "[12/45] Compiling Simulation".
  var step: String? {
    guard stage == .building else { return nil }
    return child?.output.split(separator: "\n").last { $0.hasPrefix("[") }.map(String.init)
  }

  /// What to wait for, beside the time.
  var files: [Int32] { child?.files ?? [] }

  /// Ends it, and all that it has started.
  func cancel() {
    child?.end()
    child = nil
    releaseLock()
    stage = .done
  }

  deinit { cancel() }

  /// Goes on as far as it can.
  func advance() {
    switch stage {
    case .waiting:
      do throws(SystemError) {
        guard try takeLock() else { return }
        try build()
      } catch {
        finish(.ourFault("The build folder .build cannot be used: \(error)."))
      }
    case .building:
      guard let child else { return }
      child.look()
      if let ending = child.ending { built(ending, child.output + "\n" + child.errors) }
    case .running:
      guard let child else { return }
      child.look()
      if child.isTooLoud || hasBlocked { child.end() }
      if let ending = child.ending { ran(ending, child) }
    case .done: return
    }
  }

  // MARK: - Building

  private var buildFolder: String { project.path(".build/workbook") }
  private var journalPath: String { "\(buildFolder)/journal.jsonl" }

  /// One check at a time in one copy of the project. The supervisors hold the lock as well, so that
  /// it is free only when all that a killed runner has started is gone.
  private func takeLock() throws(SystemError) -> Bool {
    if lock == nil {
      try Files.makeFolder(project.path(".build"))
      let file = open(project.path(".build/workbook.lock"), O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
      guard file >= 0 else { throw .current }
      lock = file
    }
    if flock(lock ?? -1, LOCK_EX | LOCK_NB) == 0 { return true }
    if errno == EWOULDBLOCK || errno == EINTR { return false }
    throw .current
  }

  private func releaseLock() {
    if let lock { close(lock) }
    lock = nil
  }

  private func build() throws(SystemError) {
    guard Files.exist(project.path(exercise.path)) else {
      let advice =
        "The file is not there. `swift run workbook reset \(exercise.number)` brings it back."
      return finish(
        .doesNotCompile([
          Diagnostic(file: exercise.path, line: 1, column: 1, message: advice, excerpt: "")
        ]))
    }
    // Where a copy is moved or copied, what was built before is of no use.
    let mark = "\(buildFolder)/built-in"
    if let place = try? String(contentsOfFile: mark, encoding: .utf8), place != project.root {
      Files.remove(buildFolder)
    }
    try Files.makeFolder(buildFolder)
    try Files.write(project.root, to: mark)
    stage = .building
    child = try Child(
      [
        "swift", "build", "--build-tests", "--package-path", project.root, "--scratch-path",
        buildFolder,
      ], in: project.root, variables: ["WORKBOOK_CHAPTER": exercise.number], holding: lock)
  }

  private func built(_ ending: Ending, _ output: String) {
    do throws(SystemError) {
      switch BuildResult.of(ending, output: output, exercise: exercise, project: project) {
      case .built: try run()
      case .doesNotCompile(let errors): finish(.doesNotCompile(errors))
      case .doesNotFit(let errors): finish(.doesNotFit(errors))
      case .broken(let reason): finish(.ourFault(reason))
      case .stale(let reason):
        guard !hasCleaned, case .exited = ending else { return finish(.ourFault(reason)) }
        hasCleaned = true
        Files.remove(buildFolder)
        try build()
      }
    } catch {
      finish(.ourFault("The build folder .build cannot be used: \(error)."))
    }
  }

  // MARK: - Running

  /// Runs the checks of the learner's answer, and none of the others: first at once, which is
  /// quicker, and then in turn if that did not tell which of them crashed or does not end.
  private func run(inTurn: Bool = false) throws(SystemError) {
    try Files.write("", to: journalPath)
    let filter = ["--filter", "/learner\\("] + (inTurn ? ["--no-parallel"] : [])
    // Answers that end at all need much less, even on a machine that is busy.
    let limit = inTurn ? secondsAllowed : secondsAllowed * 0.3
    stage = .running
    child = try Child(
      testProgram + filter, in: project.root,
      variables: [
        CheckRecord.journalVariable: journalPath,
        "WORKBOOK_CHAPTER": exercise.number,
        // In case of a crash: where, and nothing else.
        "SWIFT_BACKTRACE":
          "enable=yes,color=no,interactive=no,threads=crashed,images=none,registers=none,"
          + "sanitize=no,cache=no,output-to=stderr,limit=64",
      ], limit: limit, holding: lock)
  }

  private var testProgram: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(buildFolder)/debug")) ?? []
    if Platform.runsTestsDirectly, let name = names.first(where: { $0.hasSuffix(".xctest") }) {
      return ["\(buildFolder)/debug/\(name)", "--testing-library", "swift-testing", "--quiet"]
    }
    return [
      "swift", "test", "--skip-build", "--disable-xctest", "--package-path", project.root,
      "--scratch-path", buildFolder,
    ]
  }

  private var journal: [CheckRecord] {
    let data = FileManager.default.contents(atPath: journalPath) ?? Data()
    return data.split(separator: UInt8(ascii: "\n")).compactMap {
      try? JSONDecoder().decode(CheckRecord.self, from: $0)
    }
  }

  /// True if a check has told that a task keeps its thread. Others may come to the same end, one
  /// after another, each after its time: there is no need to wait for them.
  private var hasBlocked: Bool { journal.contains { $0.ending == .blocked } }

  private func ran(_ ending: Ending, _ child: Child) {
    var evidence = RunEvidence(
      ending: ending.throughSwiftTest(child.errors), isTooLoud: child.isTooLoud,
      secondsAllowed: secondsAllowed, journal: journal,
      errors: child.errors, exercise: exercise)
    if let atOnce {
      // A crash that was not seen again depends on more than the order of tasks; it counts.
      if case .crashed = atOnce.verdict, evidence.verdict.name != "crashed" { evidence = atOnce }
    } else if evidence.isUnclear {
      atOnce = evidence
      if (try? run(inTurn: true)) != nil { return }
    }
    // What `swift test` says cannot be told from what the answer says.
    let printed = Platform.runsTestsDirectly ? child.output : ""
    finish(evidence.verdict, checks: evidence.checks, printed: printed)
  }

  private func finish(_ verdict: Verdict, checks: [CheckRecord] = [], printed: String = "") {
    child?.end()
    child = nil
    unlink(journalPath)
    releaseLock()
    stage = .done
    judgement = Judgement(
      exercise: exercise, verdict: verdict, checks: checks, printed: printed, seconds: seconds)
  }
}
