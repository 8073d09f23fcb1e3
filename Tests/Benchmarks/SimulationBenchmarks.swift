import Foundation
import Simulation

/// How fast the simulation runs: its steps, its schedules, its timers.
enum SimulationBenchmarks {
  /// What `--only` calls it.
  static let name = "simulation"

  /// One figure, in a unit of its own.
  struct Figure: Encodable {
    let name: String
    /// "steps/s", where more is better, or "ms", where less is.
    let unit: String
    let value: Double

    var line: String {
      name.padding(toLength: 46, withPad: " ", startingAt: 0)
        + String(format: unit == "ms" ? "%12.1f" : "%12.0f", value) + " \(unit)"
    }
  }

  static func run() async -> [Figure] {
    var figures: [Figure] = []
    for (name, strategy) in [
      ("first in, first out", .firstInFirstOut), ("random", .random),
      ("random priorities", .probabilistic(depth: 3)),
    ] as [(String, Simulation.Strategy)] {
      let (steps, seconds) = await turns(strategy)
      let rate = Double(steps) / seconds
      figures.append(Figure(name: "turns, \(name)", unit: "steps/s", value: rate))
    }
    figures.append(
      Figure(name: "200 schedules of five tasks", unit: "ms", value: await schedules() * 1_000))
    figures.append(Figure(name: "10,000 sleepers", unit: "ms", value: await sleepers() * 1_000))
    return figures
  }

  /// The median of several rounds, in seconds.
  private static func median(of rounds: Int = 5, _ work: () async -> Void) async -> Double {
    var seconds: [Double] = []
    for _ in 0..<rounds { seconds.append(await stopwatch(work) / 1e9) }
    return seconds.sorted()[rounds / 2]
  }

  /// Ten tasks that yield in turn.
  private static func turns(_ strategy: Simulation.Strategy) async -> (steps: Int, Double) {
    var options = Simulation.Options(strategy: strategy)
    options.maximumSteps = .max
    var steps = 0
    let seconds = await median {
      let report = await Simulation.run(seed: 1, options: options) { _ in
        await withTaskGroup(of: Void.self) { group in
          for _ in 0..<10 {
            group.addTask { for _ in 0..<50_000 { await Task.yield() } }
          }
        }
      }
      steps = report.steps
    }
    return (steps, seconds)
  }

  /// Five tasks that sleep twice and meet once, under the default number of schedules.
  private static func schedules() async -> Double {
    await median {
      let exploration = await Simulation.explore { _ in
        await withTaskGroup(of: Void.self) { group in
          for number in 0..<5 {
            group.addTask {
              try? await Task.sleep(for: .milliseconds(10 * number))
              await Task.yield()
              try? await Task.sleep(for: .milliseconds(10))
            }
          }
        }
      }
      precondition(exploration.isPassed)
    }
  }

  private static func sleepers() async -> Double {
    await median(of: 3) {
      let report = await Simulation.run { _ in
        await withTaskGroup(of: Void.self) { group in
          for number in 0..<10_000 {
            group.addTask { try? await Task.sleep(for: .milliseconds(number * 7919 % 10_000)) }
          }
        }
      }
      precondition(report.verdict.isPassed)
    }
  }
}
