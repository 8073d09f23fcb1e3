import Foundation
import Simulation

/// How fast the simulation runs: its steps, its schedules, its timers.
enum SimulationBenchmarks {
  static func run() async {
    #if DEBUG
      print("Simulation (debug build)")
    #else
      print("Simulation (release build)")
    #endif
    for (name, strategy) in [
      ("first in, first out", .firstInFirstOut), ("random", .random),
      ("random priorities", .probabilistic(depth: 3)),
    ] as [(String, Simulation.Strategy)] {
      let (steps, seconds) = await turns(strategy)
      report("steps per second, \(name)", Double(steps) / seconds, "%12.0f")
    }
    report("200 schedules of five tasks, milliseconds", await schedules() * 1_000, "%12.1f")
    report("10,000 sleepers, milliseconds", await sleepers() * 1_000, "%12.1f")
  }

  private static func report(_ title: String, _ value: Double, _ format: String) {
    print("  " + title.padding(toLength: 46, withPad: " ", startingAt: 0), terminator: "")
    print(String(format: format, value))
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
