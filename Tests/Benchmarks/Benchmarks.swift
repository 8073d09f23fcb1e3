import Foundation

// Measures the primitives, beside what Swift brings for the same job and beside asyncio; and the
// simulation. Figures mean something as ratios within one run, on one machine.
//
// Run me:  swift run -c release Benchmarks
// Options: swift run -c release Benchmarks --help

@main
struct Benchmarks {
  static func main() async {
    let options: Options
    do {
      options = try Options.parse(Array(CommandLine.arguments.dropFirst()))
    } catch {
      fail(error.description, code: 64)  // EX_USAGE
    }
    switch options.request {
    case .help: print(Options.help)
    case .list: for name in Options.names { print(name) }
    case .park(let contestant, let tasks): await MemoryWork.park(contestant, tasks: tasks)
    case .measure:
      do { try await measure(options) } catch { fail("\(error)", code: 1) }
    }
  }

  private static func fail(_ message: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data("error: \(message)\n".utf8))
    exit(code)
  }

  private static func measure(_ options: Options) async throws {
    signal(SIGPIPE, SIG_IGN)  // a child that has ended is an error to report, not to die from
    let selected = Work.all.filter { options.selects($0.name) }
    let python = selected.isEmpty ? nil : Python()
    var results = Results(
      configuration: configuration, python: python?.version, rounds: options.measuredRounds)

    if !options.isJSON { printHead(results) }
    if !options.isJSON, !selected.isEmpty { print(Table.header) }
    for work in selected {
      let result = try await work.measure(
        rounds: options.measuredRounds, isQuick: options.isQuick, python: python)
      results.benchmarks.append(result)
      if !options.isJSON { say(Table.line(result)) }
    }
    if options.selects(SimulationBenchmarks.name) {
      results.simulation = await SimulationBenchmarks.run()
    }
    if options.isJSON { try printJSON(results) } else { printFoot(results) }
  }

  private static func printHead(_ results: Results) {
    let python = results.python.map { "Python \($0)" } ?? "no python3 on the path"
    print("\(results.configuration) build · medians of \(results.rounds) rounds · \(python)")
    print("Nanoseconds per operation, or bytes per task. A ratio above 1 says that ours is better.")
    #if DEBUG
      print("This is a debug build, whose figures say nothing: swift run -c release Benchmarks")
    #endif
    print("")
  }

  private static func printFoot(_ results: Results) {
    let shortfalls = Table.shortfalls(results.benchmarks)
    if !shortfalls.isEmpty { print("\nNot reached:") }
    for line in shortfalls { print("  \(line)") }
    if !results.simulation.isEmpty { print("\nSimulation:") }
    for figure in results.simulation { print("  \(figure.line)") }
  }

  private static func printJSON(_ results: Results) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(results), as: UTF8.self))
  }

  /// Prints a line now, even to a pipe.
  private static func say(_ line: String) {
    print(line)
    fflush(nil)
  }

  private static var configuration: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }
}
