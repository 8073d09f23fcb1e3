/// All that was measured: what `--json` prints. Fields keep their names; new ones may come.
struct Results: Encodable {
  /// "release" or "debug". Figures of a debug build say nothing.
  let configuration: String
  /// The version of Python; left out if asyncio took no part.
  let python: String?
  /// How many rounds each figure is a median of.
  let rounds: Int
  var benchmarks: [Result] = []
  var simulation: [SimulationBenchmarks.Figure] = []

  struct Result: Encodable {
    /// Names stay as they are.
    let name: String
    let title: String
    /// What the figures of the contestants mean: "ns/op" or "bytes/task". Less is better.
    let unit: Work.Unit
    /// How many operations, or tasks, make a round.
    let operations: Int
    let ours: Sample
    let native: Sample
    /// How one does it with what Swift brings.
    let nativeWay: String
    /// Left out if asyncio took no part.
    let asyncio: Sample?
    /// How many times ours fits into asyncio's median.
    let asyncioToOurs: Double?
    /// How many times ours fits into the native median.
    let nativeToOurs: Double
    /// What `asyncioToOurs` is to reach; left out where no number is set.
    let goal: Double?
    /// Whether `asyncioToOurs` reaches the goal, if there is one, and asyncio took part.
    let reachesGoal: Bool?
    /// Whether ours costs no more than the native way.
    let reachesNative: Bool

    init(_ work: Work, operations: Int, ours: Sample, native: Sample, asyncio: Sample?) {
      name = work.name
      title = work.title
      unit = work.unit
      self.operations = operations
      self.ours = ours
      self.native = native
      nativeWay = work.nativeWay
      self.asyncio = asyncio
      let asyncioToOurs = asyncio.map { $0.median / ours.median }
      self.asyncioToOurs = asyncioToOurs
      nativeToOurs = native.median / ours.median
      goal = work.goal
      reachesGoal = work.goal.flatMap { goal in asyncioToOurs.map { $0 >= goal } }
      reachesNative = ours.median <= native.median
    }
  }

  /// One contestant's figures, per operation.
  struct Sample: Encodable {
    let median: Double
    /// Each round's, in the order in which they were run.
    let rounds: [Double]

    init(_ rounds: [Double]) {
      self.rounds = rounds
      median = rounds.sorted()[rounds.count / 2]
    }
  }
}
