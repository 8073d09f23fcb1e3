/// A program worth reading: a few scenes, told one after the other.
///
/// ```swift
/// @main
/// struct Lesson01 {
///   static func main() async {
///     await Lesson(1, "Sync versus async") {
///       Scene("One after another", oneAfterAnotherAddsUp)
///       Scene("Together", theLongestTaskSetsThePace)
///     }.main()
///   }
/// }
/// ```
public struct Lesson: Sendable {
  /// The chapter's number.
  public let number: Int
  /// The chapter's title.
  public let title: String
  /// Where to go from here, if anywhere.
  public let next: String?
  /// Its parts, in the order of their telling.
  public let scenes: [Scene]
  /// Options of its own, besides those of all lessons.
  public let options: [LessonOption]
  /// What else the program does, when the first argument says so.
  public let commands: [LessonCommand]

  /// Puts a lesson together from its scenes.
  public init(
    _ number: Int, _ title: String, next: String? = nil, options: [LessonOption] = [],
    commands: [LessonCommand] = [], @SceneBuilder scenes: () -> [Scene]
  ) {
    self.number = number
    self.title = title
    self.next = next
    self.options = options
    self.commands = commands
    self.scenes = scenes()
  }

  var heading: String { "Lesson \(number) · \(title)" }

  /// Does what the command line asks for, and ends the program.
  public func main() async -> Never {
    let code = await run(
      Array(CommandLine.arguments.dropFirst()), program: Terminal.program,
      page: Terminal.page(isPlain:), report: { Terminal.report($0) })
    Terminal.leave(with: code)
  }

  /// Does what `arguments` ask for, and returns the code to exit with.
  ///
  /// - Parameters:
  ///   - arguments: What follows the program's name on the command line.
  ///   - program: The program's name, for its help.
  ///   - page: Makes the page to print on, a plain one if that is asked for.
  ///   - report: Takes what belongs on standard error, one line at a time.
  public func run(
    _ arguments: [String], program: String = "Lesson",
    page: (_ isPlain: Bool) -> Page, report: @escaping @Sendable (String) -> Void
  ) async -> Int32 {
    let options: LessonOptions
    do throws(UsageError) {
      let words = arguments.drop { $0 == "--" }
      if let command = commands.first(where: { $0.name == words.first }) {
        if words.dropFirst().contains(where: ["--help", "-h"].contains) {
          let page = page(false)
          LessonHelp.help(for: self, program: program).forEach { page.line($0) }
          return ExitCode.success
        }
        let values = try command.options.parse(words.dropFirst())
        return await command.run(values, report)
      }
      options = try LessonOptions.parse(
        arguments, sceneCount: scenes.count, extras: self.options)
    } catch {
      report(error.description)
      return ExitCode.usage
    }
    let page = page(options.isPlain)
    switch options.request {
    case .help: LessonHelp.help(for: self, program: program).forEach { page.line($0) }
    case .list: LessonHelp.list(of: self).forEach { page.line($0) }
    case .run: return await run(options, on: page, report: report)
    }
    return ExitCode.success
  }

  /// Performs the scenes that `options` choose, and returns the code to exit with.
  public func run(
    _ options: LessonOptions, on page: Page, report: @escaping @Sendable (String) -> Void
  ) async -> Int32 {
    do {
      // A file that cannot be written is better known before an hour of lesson than after it.
      for path in [options.svg, options.trace].compactMap(\.self) {
        try OutputFile(path).check()
      }
      let performance = Performance(of: self, options, on: page, report: report)
      let problem = await perform(
        virtual: options.isVirtual, speed: options.speed, seed: options.seed
      ) {
        await performance.run()
      }
      if let problem {
        performance.giveUp()
        report(problem.message)
      }
      let (records, hasFailed) = performance.result
      if let path = options.svg {
        try OutputFile(path).write(SVGDocument(title: heading, records).text)
      }
      if let path = options.trace {
        try OutputFile(path).write(TraceEvents(title: heading, records).json)
      }
      return problem != nil || hasFailed ? ExitCode.failure : ExitCode.success
    } catch {
      report("\(error)")
      return ExitCode.cannotCreate
    }
  }
}
