import Testing

@testable import Simulation

@Suite("Parts")
struct PartsTests {
  @Test("the heap gives timers back by time, then by order")
  func heap() {
    var heap = TimerHeap()
    var random = SeededGenerator(seed: 1)
    let times = (0..<500).map { _ in Int64.random(in: 0..<100, using: &random) }
    for at in times { heap.insert(at: at, task: 0, action: .wake(Sleeper())) }
    for order in stride(from: 0, to: 500, by: 5) { heap.cancel(order: order) }
    #expect(heap.count == 400)
    var taken: [[Int64]] = []
    while heap.next != nil {
      if heap.removeCancelledFirst() != nil { continue }
      let timer = heap.removeFirst()
      taken.append([timer.at, Int64(timer.order)])
    }
    let expected = times.enumerated().filter { $0.offset % 5 != 0 }
      .map { [$0.element, Int64($0.offset)] }
      .sorted { $0.lexicographicallyPrecedes($1) }
    #expect(taken == expected)
    #expect(heap.count == 0)
  }

  @Test(
    "the roundest number of an interval",
    arguments: [
      (249_998_788, 250_020_000, 250_000_000), (14_990_000, 15_001_000, 15_000_000),
      (1, 5, 5), (999_000_000, 1_003_000_000, 1_000_000_000), (7, 7, 7), (-5, 0, 0), (-5, 3, 2),
      (59_990_000_000, 60_010_000_000, 60_000_000_000),
    ] as [(Int64, Int64, Int64)])
  func round(low: Int64, high: Int64, expected: Int64) {
    #expect(roundest(from: low, to: high) == expected)
  }

  @Test("seeded numbers are the published ones")
  func splitMix() {
    var generator = SeededGenerator(seed: 1_234_567)
    // The first outputs of the reference implementation for this seed.
    #expect(generator.next() == 6_457_827_717_110_365_317)
    #expect(generator.next() == 3_203_168_211_198_807_973)
    var counts = [0, 0, 0]
    for _ in 0..<3_000 { counts[generator.below(3)] += 1 }
    #expect(counts.allSatisfy { (900...1_100).contains($0) })
  }

  @Test("depth first: the next script, until there is none")
  func scripts() {
    #expect(ScriptedChoice.next(after: []) == nil)
    #expect(ScriptedChoice.next(after: [(0, 2), (1, 2)]) == [1])
    #expect(ScriptedChoice.next(after: [(0, 2), (0, 3)]) == [0, 1])
    #expect(ScriptedChoice.next(after: [(1, 2), (2, 3)]) == nil)
  }

  @Test(
    "times as a sentence says them",
    arguments: [
      (.zero, "0 s"), (.seconds(1.5), "1.5 s"), (.milliseconds(250), "250 ms"),
      (.microseconds(2), "2 µs"), (.nanoseconds(30), "30 ns"), (.seconds(3600), "3600 s"),
      (.milliseconds(-2), "-2 ms"),
    ] as [(Duration, String)])
  func times(time: Duration, text: String) {
    #expect(Simulation.format(time) == text)
  }

  @Test("durations beyond a century are never, not a trap")
  func never() async {
    #expect(Duration.seconds(Int64.max).nanoseconds == 3_155_760_000_000_000_000)
    #expect(Duration.seconds(Int64.min).nanoseconds == -3_155_760_000_000_000_000)
    #expect(Duration.seconds(-1.5).nanoseconds == -1_500_000_000)
    let report = await Simulation.run { world in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await world.clock.sleep(for: .seconds(Int64.max / 2)) }
        group.addTask { try await world.clock.sleep(for: .seconds(1)) }
        try await group.next()
        group.cancelAll()
      }
    }
    #expect(report.elapsed == .seconds(1))
  }

  @Test("on this toolchain, the inspector knows the runtime", .needsCompleteMode)
  func inspector() {
    #if os(Linux) && compiler(>=6.3) && compiler(<6.4)
      #expect(TaskInspector.shared != nil)
    #endif
  }
}
