/// What a command exits with; from 64 on they are those of `sysexits.h`.
///
/// `swift run workbook help codes` and the page beside this file list them.
enum ExitCode: Int32, CaseIterable {
  case passed = 0
  case failed = 1
  case unfinished = 2
  case doesNotCompile = 3
  case deadlock = 4
  case blocked = 5
  case crashed = 6
  case runsAway = 7
  case usage = 64
  case ourFault = 70
  case interrupted = 130
  case terminated = 143

  /// What it means, for a table.
  var meaning: String {
    switch self {
    case .passed: "passed; or the command has done what it was asked to"
    case .failed: "a check failed; or verify or doctor found something"
    case .unfinished: "unfinished: a todo is still there"
    case .doesNotCompile: "does not compile, or not with what the checks expect"
    case .deadlock: "deadlock: nobody can go on"
    case .blocked: "a task keeps its thread"
    case .crashed: "crashed"
    case .runsAway: "ran away: too long, or too much output"
    case .usage: "a wrong command, option or exercise"
    case .ourFault: "our own fault, or the toolchain's: nothing is said about your answer"
    case .interrupted: "ended by Ctrl-C"
    case .terminated: "ended by a signal (SIGTERM; SIGHUP gives 129)"
    }
  }
}
