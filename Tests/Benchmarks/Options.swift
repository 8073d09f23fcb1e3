/// What the command line asks for.
struct Options {
  enum Request: Equatable {
    case measure, list, help
    /// What a child process is told to do: see `MemoryWork`.
    case park(contestant: String, tasks: Int)
  }

  var request = Request.measure
  var isJSON = false
  /// Names, or what names begin with up to a dash; everything if empty.
  var only: [String] = []
  var rounds: Int?
  var isQuick = false

  /// How many rounds are measured: an odd number has a median that was seen.
  var measuredRounds: Int { rounds ?? (isQuick ? 3 : 7) }

  static let names = Work.all.map(\.name) + [SimulationBenchmarks.name]

  static let help = """
    Measures the primitives, beside what Swift brings for the same job and beside asyncio.

    Usage: swift run -c release Benchmarks [options]

      --only NAME   what is to be measured, or the first word of it: lock, queue-64; may be repeated
      --rounds N    how many rounds; 7 unless told otherwise. Figures are medians.
      --quick       a tenth of the work, and 3 rounds
      --json        for a program: see Tests/Benchmarks/Results.swift for the fields
      --list        the names
      --help        this page

    The contestants take turns in every round, so that the ratios hold on a machine that does other
    things as well. asyncio takes part if python3 is on the path.
    """

  /// Whether something is to be measured.
  func selects(_ name: String) -> Bool {
    only.isEmpty || only.contains { name == $0 || name.hasPrefix($0 + "-") }
  }

  /// Reads the arguments.
  static func parse(_ arguments: [String]) throws(UsageError) -> Options {
    var options = Options()
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--": continue
      case "--json": options.isJSON = true
      case "--quick": options.isQuick = true
      case "--list": options.request = .list
      case "--help", "-h": options.request = .help
      case "--rounds":
        let text = try value(of: argument, &rest)
        guard let number = Int(text), (1...1_000).contains(number) else {
          throw UsageError("option '--rounds' takes a number from 1 to 1000, not '\(text)'.")
        }
        options.rounds = number
      case "--only":
        options.only.append(try value(of: argument, &rest))
        guard names.contains(where: options.selects) else {
          throw UsageError("nothing is called '\(options.only.last ?? "")'. Try --list.")
        }
      case "--park":
        let contestant = try value(of: argument, &rest)
        guard let tasks = Int(try value(of: argument, &rest)), tasks > 0 else {
          throw UsageError("option '--park' takes a contestant and a number of tasks.")
        }
        options.request = .park(contestant: contestant, tasks: tasks)
      case _ where argument.hasPrefix("-"):
        throw UsageError("unknown option '\(argument)'. Try --help.")
      default:
        throw UsageError("unexpected argument '\(argument)'. Try --help.")
      }
    }
    return options
  }

  private static func value(
    of option: String, _ rest: inout ArraySlice<String>
  ) throws(UsageError) -> String {
    guard let value = rest.popFirst(), !value.hasPrefix("--") else {
      throw UsageError("option '\(option)' needs a value. Try --help.")
    }
    return value
  }
}

/// Arguments that make no sense, in one line.
struct UsageError: Error {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
