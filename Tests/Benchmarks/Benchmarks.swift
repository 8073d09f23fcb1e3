// Measures. Figures mean something as ratios within one run, on one machine.
//
// Run me:  swift run -c release Benchmarks

@main
struct Benchmarks {
  static func main() async {
    await SimulationBenchmarks.run()
  }
}

/// The median of several rounds, in seconds of real time.
func median(of rounds: Int = 5, _ work: () async -> Void) async -> Double {
  var seconds: [Double] = []
  for _ in 0..<rounds {
    let start = SuspendingClock.now
    await work()
    seconds.append(start.duration(to: .now) / .seconds(1))
  }
  return seconds.sorted()[rounds / 2]
}
