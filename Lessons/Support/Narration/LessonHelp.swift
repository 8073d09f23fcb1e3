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
    let extras = lesson.options.map { (name: $0.name, value: $0.value, meaning: $0.meaning) }
    var lines = [lesson.heading, "", "Usage: swift run \(program) [options]"]
    for command in lesson.commands {
      let options = command.options.isEmpty ? "" : " [its options]"
      lines.append("       swift run \(program) \(command.name)\(options)")
    }
    lines += ["", "Options:"]
    lines += (options + extras).map {
      "  " + "\($0.name) \($0.value)".padded(to: 16) + $0.meaning
    }
    if !lesson.commands.isEmpty { lines += ["", "Commands:"] }
    for command in lesson.commands {
      lines.append("  " + command.name.padded(to: 16) + command.meaning)
      let words = command.options.map { "\($0.name) \($0.value)" }
      let width = (words.map(\.columns).max() ?? 0) + 2
      for (word, option) in zip(words, command.options) {
        lines.append("    " + word.padded(to: width) + option.meaning)
      }
    }
    return lines + ["", "Scenes:"] + list(of: lesson).map { "  " + $0 }
  }

  static func list(of lesson: Lesson) -> [String] {
    lesson.scenes.enumerated().map { "\($0 + 1)  \($1.title)" }
  }
}
