import Foundation

/// What was asked for on the command line.
struct Arguments: Equatable {
  var command = Command.watch
  var words: [String] = []
  var flags: Set<String> = []
  /// How long the checks may run.
  var seconds = 10.0

  /// A fault in the command line, in one line.
  struct Fault: Error, Equatable {
    var message: String
  }

  /// Understands the arguments after the program's name.
  init(_ arguments: [String]) throws(Fault) {
    var rest = arguments[...]
    if let name = rest.first, !name.hasPrefix("-") {
      guard let command = Command(rawValue: name) else { throw Self.unknown(name) }
      self.command = command
      rest.removeFirst()
    }
    // What a lesson is given is the lesson's business.
    if command == .lesson, let first = rest.first, !first.hasPrefix("-") {
      words = Array(rest)
      return
    }
    while let word = rest.popFirst() {
      switch word {
      case "--help", "-h":
        let isNamed = arguments.first == command.rawValue
        (words, command) = (isNamed ? [command.rawValue] : [], .help)
        return
      case "--plain": flags.insert(word)
      case "--seconds" where command.options.contains(word):
        guard let seconds = rest.popFirst().flatMap(Double.init), seconds > 0, seconds < 86_400
        else { throw Fault(message: "--seconds takes a number above 0.") }
        self.seconds = seconds
      case _ where command.options.contains(word): flags.insert(word)
      case _ where word.hasPrefix("-"):
        throw Fault(
          message: "\(command.rawValue) has no option “\(word)”. "
            + "`swift run workbook help \(command.rawValue)` shows those it has.")
      default: words.append(word)
      }
    }
    if words.count > command.wordLimit {
      throw Fault(
        message: "\(command.rawValue) does not know what to do with “\(words[command.wordLimit])”. "
          + "`swift run workbook help \(command.rawValue)` shows what it takes.")
    }
    if flags.contains("--all"), !words.isEmpty {
      throw Fault(message: "check takes an exercise or --all, and not both.")
    }
  }

  private static func unknown(_ name: String) -> Fault {
    if Int(name) != nil {
      return Fault(
        message: "there is no command “\(name)”. `swift run workbook watch \(name)` watches that "
          + "exercise.")
    }
    let near = Command.allCases.map(\.rawValue)
      .map { (name: $0, distance: Naming.distance($0, name)) }
      .min { $0.distance < $1.distance }
    let hint =
      if let near, near.distance <= 2 {
        "Did you mean \(near.name)?"
      } else {
        "`swift run workbook help` shows what there is."
      }
    return Fault(message: "there is no command “\(name)”. \(hint)")
  }
}
