import Foundation

extension Session {
  /// What came of a program that was run to its end.
  struct Ran {
    var ending: Ending
    var output: String
    var errors: String
  }

  /// Runs a program to its end, and says every second that it goes on, if there is something to say.
  ///
  /// - Parameters:
  ///   - what: What it does: "testing".
  ///   - limit: How many seconds it may take; 0 for ever.
  func run(
    _ program: [String], what: String? = nil, variables: [String: String] = [:], limit: Double = 0
  ) -> Ran {
    let child: Child
    do throws(SystemError) {
      child = try Child(program, in: project.root, variables: variables, limit: limit)
    } catch {
      return Ran(ending: .notStarted("\(error)"), output: "", errors: "")
    }
    let signals = Terminal.signals([SIGINT, SIGTERM, SIGHUP])
    let began = ContinuousClock.now
    var life = SignOfLife()
    while child.ending == nil {
      if let number = Wait.news(from: child.files, signals: signals, milliseconds: 100).signal {
        child.end()
        exit(128 + number)
      }
      child.look()
      guard let what else { continue }
      let step = child.output.split(separator: "\n").last { $0.hasPrefix("[") } ?? ""
      life.show(second: Int((ContinuousClock.now - began) / .seconds(1)), what) { "\(step)" }
    }
    life.end()
    return Ran(ending: child.ending ?? .ended, output: child.output, errors: child.errors)
  }
}

/// Shows on standard error that something goes on, where it takes longer than people like.
struct SignOfLife {
  private var last = 0
  private let isTerminal = isatty(STDERR_FILENO) == 1 && !Terminal.isDumb

  /// Says something new every second.
  mutating func show(second: Int, _ what: String, _ step: () -> String) {
    guard second > last else { return }
    last = second
    let text = "\(what), \(second) s \(step())"
    try? Files.write(
      isTerminal ? "\r\u{1B}[K\(text.prefix(78))" : "workbook: \(text)\n", to: STDERR_FILENO)
  }

  /// Shows how far a check is.
  mutating func show(_ job: CheckJob) {
    let what =
      switch job.stage {
      case .waiting: "another check of this copy is going on; waiting"
      case .building: "building \(job.exercise.folder)"
      case .running, .done: "checking \(job.exercise.folder)"
      }
    show(second: Int(job.seconds), what) { job.step ?? "" }
  }

  /// Leaves no trace on a terminal.
  mutating func end() {
    if last > 0, isTerminal { try? Files.write("\r\u{1B}[K", to: STDERR_FILENO) }
    last = 0
  }
}
