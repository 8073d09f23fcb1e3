/// What `--help` and `--list` print.
enum LessonHelp {
  static let options: [(name: String, value: String, meaning: String)] = [
    ("--virtual", "", "simulate time: instant, and the same on every run"),
    ("--speed", "X", "simulate time, X times as fast as real time"),
    ("--seed", "N", "choose another schedule of the simulation"),
    ("--scene", "N", "run this scene only; may be given several times"),
    ("--svg", "FILE", "draw the timelines to an SVG file"),
    ("--trace", "FILE", "write trace events, to open in Perfetto"),
    ("--plain", "", "no colour, nothing but ASCII"),
    ("--list", "", "list the scenes"),
    ("--help", "", "print this"),
  ]

  static func help(for lesson: Lesson, program: String) -> [String] {
    [lesson.heading, "", "Usage: swift run \(program) [options]", "", "Options:"]
      + options.map { "  " + "\($0.name) \($0.value)".padded(to: 16) + $0.meaning }
      + ["", "Scenes:"] + list(of: lesson).map { "  " + $0 }
  }

  static func list(of lesson: Lesson) -> [String] {
    lesson.scenes.enumerated().map { "\($0 + 1)  \($1.title)" }
  }
}
