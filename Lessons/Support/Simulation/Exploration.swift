extension Simulation {
  /// What came of running a body under many schedules.
  public struct Exploration: Sendable {
    /// How many schedules ran.
    public let schedules: Int

    /// True if these were all that there are.
    public let isExhaustive: Bool

    /// The first schedule under which something went wrong; nothing ran after it.
    public let failure: Report<Void>?

    /// The seed of a schedule that came out differently when it ran a second time.
    ///
    /// Then the order depends on more than the seed: on real randomness, real time, the order of a
    /// dictionary, or another thread. No schedule of such a body can be replayed.
    public let irreproducible: UInt64?

    /// True if every schedule passed, and the same way each time.
    public var isPassed: Bool { failure == nil && irreproducible == nil }

    /// What went wrong, the likely cause, and how to see it again.
    public var problem: String? {
      if let irreproducible {
        return """
          The seed does not determine what happens: seed \(irreproducible) ran twice, and the tasks \
          took their turns differently.
          The body depends on something else: random numbers, real time, the order of a dictionary \
          or a set, another thread. Take random numbers from the seed and time from the clock.
          """
      }
      guard let failure else { return nil }
      guard !isScripted else {
        return "Under schedule \(failure.seed) of the exhaustive search: \(failure.verdict)"
      }
      return "Under seed \(failure.seed) (\(failure.strategy)): \(failure.verdict)\n"
        + "Replay it with SIMULATION_SEED=\(failure.seed)."
    }

    let isScripted: Bool
  }

  /// Runs `body` under many schedules until one of them fails.
  ///
  /// Seed 0 comes first, the order in which a lesson runs; then random and probabilistic schedules
  /// alternate (see ``Strategy/bySeed``). A few schedules run twice, to see whether the seed
  /// determines what happens. With `SIMULATION_SEED=n` in the environment, only seed n runs. In
  /// portable mode, at most 25 run if something outside of the simulation takes part in them: that
  /// spends real time.
  ///
  /// - Parameters:
  ///   - schedules: How many, at least one.
  ///   - options: Strategy and limits of each run.
  ///   - body: What must hold under every schedule. It fails by throwing, and by each verdict other
  ///     than ``Verdict/passed``.
  public static func explore(
    schedules: Int = 200,
    options: Options = Options(),
    _ body: @escaping @Sendable (World) async throws -> Void
  ) async -> Exploration {
    precondition(schedules > 0, "an exploration has at least one schedule")
    var options = options
    let seeds = Environment.seed.map { $0...$0 } ?? 0...UInt64(schedules - 1)
    var ran = 0
    var wasVisited = false
    for seed in seeds {
      if options.mode == .portable, ran == 25 {
        if wasVisited { break }
        options.awaitsVisitors = false
      }
      ran += 1
      let (report, engine) = await run(Engine(seed: seed, options: options, queue: nil), body)
      wasVisited = wasVisited || engine?.hasHadVisitors != false
      guard report.verdict.isPassed else {
        return Exploration(
          schedules: ran, isExhaustive: false, failure: report, irreproducible: nil,
          isScripted: false)
      }
      // A schedule that nobody interrupted from outside comes out the same when it runs again.
      if options.verifiesReplay, seed % 50 == 1, options.mode == .complete || !wasVisited,
        !Task.isCancelled
      {
        let again = await run(seed: seed, options: options, body)
        if again.trace.fingerprint != report.trace.fingerprint || !again.verdict.isPassed {
          return Exploration(
            schedules: ran, isExhaustive: false, failure: nil, irreproducible: seed,
            isScripted: false)
        }
      }
    }
    return Exploration(
      schedules: ran, isExhaustive: false, failure: nil, irreproducible: nil, isScripted: false)
  }

  /// Runs `body` under every schedule that there is, depth first, until one of them fails.
  ///
  /// The number grows like a factorial: three tasks of three turns each have 1,680 orders. Keep the
  /// body small, and look at ``Exploration/isExhaustive``, which is false when the limit came first.
  ///
  /// - Parameters:
  ///   - limit: The most schedules to run.
  ///   - options: Limits of each run. The strategy is not used.
  ///   - body: What must hold under every schedule.
  public static func exploreAll(
    limit: Int = 10_000,
    options: Options = Options(),
    _ body: @escaping @Sendable (World) async throws -> Void
  ) async -> Exploration {
    precondition(limit > 0, "an exploration has at least one schedule")
    var script: [Int] = []
    for number in 1...limit {
      let engine = Engine(
        // One seed for all: what is random besides the order must not change with it.
        seed: 1, options: options, queue: ScriptedChoice(script: script))
      var (report, finished) = await run(engine, body)
      report.seed = UInt64(number)
      let choices = finished?.choices ?? []
      let followed = choices.prefix(script.count).map(\.taken) == script
      guard report.verdict.isPassed, followed else {
        return Exploration(
          schedules: number, isExhaustive: false,
          failure: report.verdict.isPassed ? nil : report,
          irreproducible: report.verdict.isPassed ? UInt64(number) : nil, isScripted: true)
      }
      guard let next = ScriptedChoice.next(after: choices) else {
        return Exploration(
          schedules: number, isExhaustive: true, failure: nil, irreproducible: nil,
          isScripted: true)
      }
      script = next
    }
    return Exploration(
      schedules: limit, isExhaustive: false, failure: nil, irreproducible: nil, isScripted: true)
  }
}
