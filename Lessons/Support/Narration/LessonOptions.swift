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
  /// The values of the lesson's own options, by name: "--redis".
  public var extras: [String: String] = [:]

  /// Everything, in real time.
  public init() {}

  /// True when the lesson runs in a simulation.
  public var isSimulated: Bool { isVirtual || speed != nil }

  /// Reads the arguments of a lesson that has `sceneCount` scenes, and `extras` as its own options.
  public static func parse(
    _ arguments: [String], sceneCount: Int, extras: [LessonOption] = []
  ) throws(UsageError) -> LessonOptions {
    var options = LessonOptions()
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      // `swift run Lesson05 -- --virtual` means the same as without the first dashes.
      if argument == "--" { continue }
      try options.read(Argument(argument), &rest, sceneCount: sceneCount, extras: extras)
    }
    if options.isSimulated, let extra = options.extras.keys.min() {
      // What a lesson reaches for outside has no virtual time.
      throw UsageError(description: "option '\(extra)' is for real time: leave out '--virtual'.")
    }
    if let svg = options.svg, svg == options.trace {
      throw UsageError(description: "'--svg' and '--trace' name the same file.")
    }
    return options
  }

  private mutating func read(
    _ argument: Argument, _ rest: inout ArraySlice<String>, sceneCount: Int,
    extras: [LessonOption]
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
    default:
      guard let extra = extras.first(where: { $0.name == argument.name }) else {
        throw argument.unknown(LessonHelp.options.map(\.name) + extras.map(\.name))
      }
      self.extras[extra.name] = try argument.value(&rest, extra.needs)
    }
  }
}

/// An option that a lesson has besides those of all lessons. It takes a value.
public struct LessonOption: Sendable, Hashable {
  /// As one writes it: "--redis".
  public let name: String
  /// What the value is, in a word, as help shows it: "URL".
  public let value: String
  /// What it does, in a few words.
  public let meaning: String

  /// An option that takes a value. In a simulation, it is refused.
  public init(_ name: String, _ value: String, _ meaning: String) {
    self.name = name
    self.value = value
    self.meaning = meaning
  }

  fileprivate var needs: String { "a value: \(value)" }
}

extension [LessonOption] {
  /// Reads the arguments of a command: its options, and nothing else.
  func parse(_ arguments: some Sequence<String>) throws(UsageError) -> [String: String] {
    var rest = Array<String>(arguments)[...]
    var values: [String: String] = [:]
    while let text = rest.popFirst() {
      let argument = Argument(text)
      guard let option = first(where: { $0.name == argument.name }) else {
        throw argument.unknown(map(\.name))
      }
      values[option.name] = try argument.value(&rest, option.needs)
    }
    return values
  }
}

/// Something that a lesson's program does besides telling its scenes: `Lesson20 worker`.
public struct LessonCommand: Sendable {
  /// The first argument: "worker".
  public let name: String
  /// What it does, in a few words.
  public let meaning: String
  /// Its options; those of the lesson are not for it.
  public let options: [LessonOption]
  let run: @Sendable ([String: String], @escaping @Sendable (String) -> Void) async -> Int32

  /// Describes a command.
  ///
  /// - Parameters:
  ///   - name: The first argument.
  ///   - meaning: What it does, in a few words.
  ///   - options: Its options.
  ///   - run: Does it with the options' values, hands over what belongs on standard error, and
  ///     returns the code to exit with.
  public init(
    _ name: String, _ meaning: String, options: [LessonOption] = [],
    run:
      @escaping @Sendable (
        _ values: [String: String], _ report: @escaping @Sendable (String) -> Void
      ) async -> Int32
  ) {
    self.name = name
    self.meaning = meaning
    self.options = options
    self.run = run
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

  func unknown(_ known: [String]) -> UsageError {
    let shown = name.withoutControls()
    guard name.hasPrefix("-") else {
      return UsageError(description: "unexpected argument '\(shown)'. Try --help.")
    }
    let hint = nearest(to: name, in: known)
    let advice = hint.map { "Did you mean '\($0)'?" } ?? "Try --help."
    return UsageError(description: "unknown option '\(shown)'. \(advice)")
  }
}
