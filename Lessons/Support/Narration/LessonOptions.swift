/// What the reader asks of a lesson on the command line.
public struct LessonOptions: Sendable, Equatable {
  /// Whether to run, or only to say something about the lesson.
  public enum Request: Sendable { case run, list, help }

  /// Run, list the scenes, or explain the options.
  public var request = Request.run
  /// Simulate time: instant, and the same on every run.
  public var isVirtual = false
  /// Names the schedule of a simulation, and whatever else a scene draws by lot.
  public var seed: UInt64 = 0
  /// Simulate time, and pace it: 2 is twice as fast as real time.
  public var speed: Double?
  /// The file to draw the timelines to.
  public var svg: String?
  /// The file to write trace events to.
  public var trace: String?
  /// Neither colour nor anything but ASCII.
  public var isPlain = false
  /// The scenes to run, counted from one; all of them if empty.
  public var scenes: Set<Int> = []

  /// Everything, in real time.
  public init() {}

  /// True when the lesson runs in a simulation.
  public var isSimulated: Bool { isVirtual || speed != nil }

  /// Reads the arguments of a lesson that has `sceneCount` scenes.
  public static func parse(
    _ arguments: [String], sceneCount: Int
  ) throws(UsageError) -> LessonOptions {
    var options = LessonOptions()
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      // `swift run Lesson05 -- --virtual` means the same as without the first dashes.
      if argument == "--" { continue }
      try options.read(Argument(argument), &rest, sceneCount: sceneCount)
    }
    if let svg = options.svg, svg == options.trace {
      throw UsageError(description: "'--svg' and '--trace' name the same file.")
    }
    return options
  }

  private mutating func read(
    _ argument: Argument, _ rest: inout ArraySlice<String>, sceneCount: Int
  ) throws(UsageError) {
    switch argument.name {
    case "--virtual": isVirtual = try argument.flag()
    case "--plain": isPlain = try argument.flag()
    case "--list": request = try argument.flag() ? .list : request
    case "--help", "-h": request = try argument.flag() ? .help : request
    case "--svg": svg = try argument.value(&rest, "a file")
    case "--trace": trace = try argument.value(&rest, "a file")
    case "--seed":
      let text = try argument.value(&rest, "a number")
      guard let number = UInt64(text) else {
        throw argument.wants("a whole number from 0 to \(UInt64.max)", got: text)
      }
      seed = number
    case "--speed":
      let text = try argument.value(&rest, "a number")
      // The bounds keep the simulation's arithmetic from overflowing.
      guard let number = Double(text), (0.001...1_000_000).contains(number) else {
        throw argument.wants("a number from 0.001 to 1000000", got: text)
      }
      speed = number
    case "--scene":
      let text = try argument.value(&rest, "a number")
      guard let number = Int(text), (1...max(1, sceneCount)).contains(number) else {
        throw argument.wants("a scene from 1 to \(sceneCount)", got: text)
      }
      scenes.insert(number)
    default: throw argument.unknown()
    }
  }
}

/// One argument: a name, and what follows a `=`.
private struct Argument {
  let name: String
  let attached: String?

  init(_ text: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let isOption = text.hasPrefix("--") && parts.count == 2
    name = isOption ? String(parts[0]) : text
    attached = isOption ? String(parts[1]) : nil
  }

  /// True, for an option that takes no value.
  func flag() throws(UsageError) -> Bool {
    guard attached == nil else {
      throw UsageError(description: "option '\(name)' takes no value.")
    }
    return true
  }

  func value(_ rest: inout ArraySlice<String>, _ what: String) throws(UsageError) -> String {
    // What looks like the next option is not taken for a value, unless a `=` says so.
    let value = attached ?? (rest.first?.hasPrefix("--") == false ? rest.popFirst() : nil)
    guard let value, !value.isEmpty else {
      throw UsageError(description: "option '\(name)' needs \(what).")
    }
    return value
  }

  func wants(_ what: String, got text: String) -> UsageError {
    UsageError(description: "option '\(name)' takes \(what), not '\(text.withoutControls())'.")
  }

  func unknown() -> UsageError {
    let shown = name.withoutControls()
    guard name.hasPrefix("-") else {
      return UsageError(description: "unexpected argument '\(shown)'. Try --help.")
    }
    let hint = nearest(to: name, in: LessonHelp.options.map(\.name))
    let advice = hint.map { "Did you mean '\($0)'?" } ?? "Try --help."
    return UsageError(description: "unknown option '\(shown)'. \(advice)")
  }
}
