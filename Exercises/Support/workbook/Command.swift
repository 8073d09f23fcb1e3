/// What the runner can be asked to do, and what `help` says about it.
enum Command: String, CaseIterable {
  case watch, check, list, hint, next, solution, diff, reset, lesson, doctor, verify, help

  /// What follows the name.
  var usage: String {
    switch self {
    case .watch: "[EXERCISE]"
    case .check: "[EXERCISE | --all] [--timeline] [--seconds N] [--json]"
    case .list: "[--json]"
    case .hint: "[EXERCISE] [LEVEL]"
    case .next: ""
    case .solution, .diff, .reset: "[EXERCISE]"
    case .lesson: "[NUMBER [OPTIONS OF THE LESSON]]"
    case .doctor: "[--json]"
    case .verify: "[--stubs] [--json]"
    case .help: "[COMMAND | codes]"
    }
  }

  /// One line about it.
  var summary: String {
    switch self {
    case .watch: "checks an exercise whenever you save it (without any command, too)"
    case .check: "checks an exercise once, or all of them"
    case .list: "shows the exercises, and which have passed"
    case .hint: "shows the next hint"
    case .next: "goes on to the next exercise that has not passed"
    case .solution: "shows how we would solve it"
    case .diff: "shows what differs between your answer and ours"
    case .reset: "brings the exercise back as it was, and keeps your work"
    case .lesson: "shows the chapters, or runs one"
    case .doctor: "looks whether this computer has all it takes"
    case .verify: "proves the workbook itself: stubs, solutions, checks, hints, pages"
    case .help: "shows this, more about a command, or the exit codes"
    }
  }

  /// The options that it understands, beside `--plain` and `--help`.
  var options: Set<String> {
    switch self {
    case .check: ["--all", "--timeline", "--seconds", "--json"]
    case .watch: ["--seconds"]
    case .list, .doctor: ["--json"]
    case .verify: ["--json", "--stubs"]
    default: []
    }
  }

  /// How many words may follow it.
  var wordLimit: Int {
    switch self {
    case .watch, .check, .solution, .diff, .reset, .help: 1
    case .hint: 2
    case .list, .next, .doctor, .verify: 0
    case .lesson: .max
    }
  }

  /// What there is to know about it.
  var details: String {
    switch self {
    case .watch:
      """
      Shows the exercise you are at, checks it whenever its file is saved, and goes with you when it \
      has passed. Saving the file of another exercise goes to that one. Without a terminal it checks \
      once.

      Keys: h next hint, n next exercise, p previous, l list, r check again, t the failing schedule, \
      s our solution, d diff, x reset, q quit; Space shows more of what is too long.
      """
    case .check:
      """
      Builds only that exercise, runs the checks of your answer and says what came of it. The exit \
      code is the verdict: `swift run workbook help codes` lists them. With --all, every exercise \
      is checked, and progress is what comes out; the exit code is that of the first that has not \
      passed.

      --timeline draws the schedule under which a check failed.
      --seconds N lets the checks run for N seconds instead of 10.
      --json prints it for a program: see Exercises/Support/workbook/README.md.
      """
    case .list:
      """
      Passed means that its checks passed when they last ran. `swift run workbook check --all` \
      looks anew.

      --json prints it for a program.
      """
    case .hint:
      """
      Hints come in three levels, the last close to the answer. Each call shows the next; with a \
      level, that one.
      """
    case .next:
      "Goes to the next exercise that has not passed, from the current one on and around."
    case .solution:
      """
      Before your own answer has passed, it asks whether you are sure: ask a second time and you get \
      it.
      """
    case .diff:
      "Lines with - are yours, lines with + are ours. Before a pass, ask twice, as for `solution`."
    case .reset:
      """
      The exercise is again what it was on the first day. Your files are moved to Exercises/Kept, \
      nothing of them is lost. It needs neither a network nor git.
      """
    case .lesson:
      "`swift run workbook lesson 5 --virtual` is the same as `swift run Lesson05 --virtual`."
    case .doctor:
      """
      Looks at the toolchain, builds an exercise, and looks at the disk, the terminal, and what some \
      chapters can make use of. Says how to mend what is missing.

      --json prints it for a program.
      """
    case .verify:
      """
      For those who maintain the workbook: every stub compiles and is unfinished, every solution \
      passes, every wrong answer is rejected with words that name its fault, hints and pages are \
      there, and what `reset` brings back is what is there. It runs the tests of the exercises.

      --stubs first makes the exercises, as they are now, what `reset` brings back.
      --json prints it for a program.
      """
    case .help: ""
    }
  }
}
