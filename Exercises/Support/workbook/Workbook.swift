// The runner: `swift run workbook`.
//
//   Arguments, Command      what was asked for
//   Project, Exercise       what there is
//   CheckJob                builds and runs the checks of one exercise, under a Supervisor
//   RunEvidence, Verdict    what came of it
//   Watch                   the same, whenever a file is saved
//
// It links no exercise: whatever is wrong with one of them is a verdict, and no trouble for this.
import Foundation

@main
enum Workbook {
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.first == Supervisor.command { Supervisor.run(Array(arguments.dropFirst())) }
    // Some programs start others with signals blocked; whoever started us must be able to end us.
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
    // A reader who has seen enough (`| head -1`) is noticed by a failing write instead.
    signal(SIGPIPE, SIG_IGN)
    do throws(Arguments.Fault) {
      exit(try run(Arguments(arguments)).rawValue)
    } catch {
      Output.report(error.message)
      exit(ExitCode.usage.rawValue)
    }
  }

  private static func run(_ arguments: Arguments) throws(Arguments.Fault) -> ExitCode {
    if arguments.command == .help { return try Help.show(arguments) }
    guard let project = Project.find() else {
      Output.report("no workbook is here. Go to the folder that holds its Package.swift.")
      return .usage
    }
    let session = Session(arguments, in: project)
    switch arguments.command {
    case .watch: return try session.watch()
    case .check: return try session.check()
    case .list: return session.list()
    case .hint: return try session.hint()
    case .next: return session.next()
    case .solution: return try session.solution()
    case .diff: return try session.diff()
    case .reset: return try session.reset()
    case .lesson: return try session.lesson()
    case .doctor: return session.doctor()
    case .verify: return session.verify()
    case .help: return .passed
    }
  }
}
