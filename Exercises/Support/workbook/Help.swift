/// What `help` shows.
enum Help {
  static func show(_ arguments: Arguments) throws(Arguments.Fault) -> ExitCode {
    let paper = Paper.standard(isPlain: arguments.flags.contains("--plain"))
    switch arguments.words.first {
    case nil: Output.print(overview(paper))
    case "codes"?: Output.print(codes(paper))
    case let name?:
      guard let command = Command(rawValue: name) else {
        _ = try Arguments([name])
        return .usage
      }
      Output.print(about(command, paper))
    }
    return .passed
  }

  private static func overview(_ paper: Paper) -> [String] {
    var lines = [
      "swift run workbook                 leads you through the exercises",
      "swift run workbook COMMAND …       does one thing",
      "",
    ]
    for command in Command.allCases {
      lines += paper.wrapped(
        command.rawValue.padded(to: 10) + command.summary,
        hanging: String(repeating: " ", count: 10)
      ).map { keepColumns($0, command) }
    }
    lines += [""]
    lines += paper.wrapped(
      "An exercise is named by its number, its name or its path: 5, bank, Exercises/05-Bank. "
        + "Without a name it is the one you are at.", indent: "")
    lines += paper.wrapped(
      "Everywhere: --plain prints without colour and in ASCII, --help says more.", indent: "")
    return lines
  }

  /// Wrapping makes one space of many; a table needs them.
  private static func keepColumns(_ line: String, _ command: Command) -> String {
    let start = "  \(command.rawValue) "
    return line.hasPrefix(start)
      ? "  " + command.rawValue.padded(to: 10) + line.dropFirst(start.count) : line
  }

  private static func about(_ command: Command, _ paper: Paper) -> [String] {
    var lines = ["swift run workbook \(command.rawValue) \(command.usage)", ""]
    lines += paper.wrapped(
      command.summary.prefix(1).uppercased() + command.summary.dropFirst() + ".")
    if !command.details.isEmpty { lines += [""] + paper.wrapped(command.details) }
    return lines
  }

  private static func codes(_ paper: Paper) -> [String] {
    ExitCode.allCases.map { code in
      let number = String(code.rawValue)
      return String(repeating: " ", count: 5 - number.count) + number + "  " + code.meaning
    }
  }
}
