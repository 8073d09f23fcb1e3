import Foundation

/// What every command needs: the project, progress, something to write on.
struct Session {
  let arguments: Arguments
  let project: Project
  let progressFile: ProgressFile
  let notices = Notices()
  let paper: Paper

  init(_ arguments: Arguments, in project: Project) {
    self.arguments = arguments
    self.project = project
    progressFile = ProgressFile(root: project.root) { [notices] in notices.add($0) }
    paper = .standard(isPlain: arguments.flags.contains("--plain"))
  }

  var isJSON: Bool { arguments.flags.contains("--json") }

  /// The exercise that the first word names, else the current one.
  func exercise() throws(Arguments.Fault) -> Exercise {
    guard let name = arguments.words.first else {
      guard let current = progressFile.load().current(of: project.exercises) else {
        throw Arguments.Fault(message: "there are no exercises in Exercises.")
      }
      return current
    }
    switch Naming.find(name, in: project.exercises) {
    case .exercise(let exercise): return exercise
    case .nothing(let message): throw Arguments.Fault(message: message)
    }
  }
}

/// What is wrong without being in the way, a sentence each.
final class Notices {
  /// True if they are shown with everything else; else they go to standard error.
  var areShown = false
  private(set) var sentences: [String] = []

  func add(_ sentence: String) {
    if areShown { sentences.append(sentence) } else { Output.report(sentence) }
  }
}

/// Standard output and standard error.
enum Output {
  /// Prints lines. Ends the program if nobody reads them any more.
  static func print(_ lines: [String]) {
    write(lines.map { $0 + "\n" }.joined())
  }

  static func write(_ text: String) {
    do throws(SystemError) {
      try Files.write(text, to: STDOUT_FILENO)
    } catch {
      if error.number != EPIPE { report("cannot write to standard output: \(error)") }
      exit(error.number == EPIPE ? 0 : 74)
    }
  }

  /// Prints for a program.
  static func print(json value: some Encodable) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    if let data = try? encoder.encode(value) { write(String(decoding: data, as: UTF8.self) + "\n") }
  }

  /// Says a line on standard error.
  static func report(_ line: String) {
    try? Files.write("workbook: \(line)\n", to: STDERR_FILENO)
  }
}
