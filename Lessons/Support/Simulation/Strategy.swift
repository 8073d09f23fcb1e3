extension Simulation {
  /// Who goes first when several tasks are ready.
  public enum Strategy: Sendable, Hashable, CustomStringConvertible {
    /// In the order in which they became ready: how a lesson runs.
    case firstInFirstOut

    /// Any of them, each as likely as the others.
    case random

    /// The one with the highest priority, where priorities are random and change at
    /// `depth - 1` random steps.
    ///
    /// A bug that needs `depth` ordering constraints is found with a probability of at least
    /// 1/(n·kᵈ⁻¹) for n tasks and k steps, however long one task must run while another waits.
    /// From Burckhardt, Kothari, Musuvathi, Nagarakatte: *A Randomized Scheduler with
    /// Probabilistic Guarantees of Finding Bugs*, ASPLOS 2010.
    case probabilistic(depth: Int)

    /// Chosen by the seed: 0 is ``firstInFirstOut``, odd seeds are ``random``, even ones
    /// ``probabilistic(depth:)`` with a depth of 2, 3 or 4.
    case bySeed

    /// The strategy that runs under a seed.
    func resolved(for seed: UInt64) -> Strategy {
      guard self == .bySeed else { return self }
      if seed == 0 { return .firstInFirstOut }
      return seed % 2 == 1 ? .random : .probabilistic(depth: 2 + Int(seed / 2 % 3))
    }

    /// The strategy's name, as a report prints it.
    public var description: String {
      switch self {
      case .firstInFirstOut: "first in, first out"
      case .random: "random"
      case .probabilistic(let depth): "random priorities, depth \(depth)"
      case .bySeed: "chosen by the seed"
      }
    }
  }
}

/// A job that can run now.
struct ReadyJob {
  /// Whose turn it is.
  enum Turn {
    case task, mainActor, actor
  }

  var job: UnownedJob
  /// The task's number in this run, or that of the task on whose behalf an actor's turn runs.
  var task: Int
  var turn = Turn.task
}

/// The ready jobs of a run, and the order in which they leave.
protocol ReadyQueue {
  var count: Int { get }
  mutating func insert(_ job: ReadyJob)
  /// Takes the job that runs next. The queue must not be empty.
  mutating func next() -> ReadyJob
}

/// Oldest first.
struct FirstInFirstOut: ReadyQueue {
  private var jobs: [ReadyJob] = []
  private var head = 0

  var count: Int { jobs.count - head }

  mutating func insert(_ job: ReadyJob) { jobs.append(job) }

  mutating func next() -> ReadyJob {
    let job = jobs[head]
    head += 1
    if head == jobs.count {
      jobs.removeAll(keepingCapacity: true)
      head = 0
    } else if head > 1024, head * 2 > jobs.count {
      jobs.removeFirst(head)
      head = 0
    }
    return job
  }
}

/// Any, with equal chances.
struct UniformChoice: ReadyQueue {
  private var jobs: [ReadyJob] = []
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  var count: Int { jobs.count }

  mutating func insert(_ job: ReadyJob) { jobs.append(job) }

  mutating func next() -> ReadyJob {
    let last = jobs.count - 1
    if last > 0 { jobs.swapAt(generator.below(last + 1), last) }
    return jobs.removeLast()
  }
}

/// Probabilistic concurrency testing: the highest priority runs, and priorities rarely change.
struct PriorityChoice: ReadyQueue {
  private var jobs: [(priority: Int, order: Int, job: ReadyJob)] = []
  private var priorities: [Int] = []
  private var generator: SeededGenerator
  private var changes: [(step: Int, priority: Int)]
  private var step = 0
  private var order = 0
  private var lowest = 0
  private var lastTask = -1
  private var turnsInARow = 0

  /// A task that runs this many times in a row while others are ready is taken to spin
  /// (`while !done { await Task.yield() }`) and goes to the back, or it would spin for ever.
  private static let patience = 100

  init(seed: UInt64, depth: Int) {
    var generator = SeededGenerator(seed: seed)
    // How many steps a run takes is not known before it ran. A horizon of 16 to 2,048 steps, also
    // by seed, keeps the seed the only thing that a replay needs.
    let horizon = 16 << generator.below(8)
    changes = (1..<max(2, depth)).map { (1 + generator.below(horizon), $0) }
    changes.sort { $0.step > $1.step }
    self.generator = generator
  }

  var count: Int { jobs.count }

  mutating func insert(_ job: ReadyJob) {
    order += 1
    jobs.append((priority(of: job.task), order, job))
    siftUp(jobs.count - 1)
  }

  mutating func next() -> ReadyJob {
    step += 1
    while let change = changes.last, change.step <= step {
      changes.removeLast()
      demoteFirst(to: change.priority)
    }
    if jobs.count > 1, jobs[0].job.task == lastTask {
      turnsInARow += 1
      if turnsInARow > Self.patience {
        lowest -= 1
        demoteFirst(to: lowest)
      }
    }
    let job = jobs[0].job
    if job.task != lastTask {
      lastTask = job.task
      turnsInARow = 0
    }
    jobs.swapAt(0, jobs.count - 1)
    jobs.removeLast()
    siftDown(0)
    return job
  }

  /// Initial priorities are large, so that every change point lies below all of them.
  private mutating func priority(of task: Int) -> Int {
    while priorities.count <= task {
      priorities.append(1_000 + Int(truncatingIfNeeded: generator.next() >> 16))
    }
    return priorities[task]
  }

  private mutating func demoteFirst(to priority: Int) {
    let task = jobs[0].job.task
    priorities[task] = priority
    for index in jobs.indices where jobs[index].job.task == task {
      jobs[index].priority = priority
    }
    // Rare (a handful of times in a run), so rebuilding costs nothing that counts.
    for index in stride(from: jobs.count / 2, through: 0, by: -1) { siftDown(index) }
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    (jobs[b].priority, jobs[a].order) < (jobs[a].priority, jobs[b].order)
  }

  private mutating func siftUp(_ start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard precedes(child, parent) else { return }
      jobs.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var parent = start
    while true {
      var first = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < jobs.count {
        if precedes(child, first) { first = child }
      }
      guard first != parent else { return }
      jobs.swapAt(first, parent)
      parent = first
    }
  }
}

/// Follows a given list of choices, takes the first where the list ends, and notes what there was.
struct ScriptedChoice: ReadyQueue {
  private var jobs: [ReadyJob] = []
  private let script: [Int]
  /// At each step with more than one ready job: which one was taken, of how many.
  private(set) var choices: [(taken: Int, of: Int)] = []

  init(script: [Int]) { self.script = script }

  var count: Int { jobs.count }

  mutating func insert(_ job: ReadyJob) { jobs.append(job) }

  mutating func next() -> ReadyJob {
    guard jobs.count > 1 else { return jobs.removeLast() }
    let wanted = choices.count < script.count ? script[choices.count] : 0
    let taken = min(wanted, jobs.count - 1)
    choices.append((taken, jobs.count))
    return jobs.remove(at: taken)
  }

  /// The script of the next schedule in depth-first order, or nil after the last.
  static func next(after choices: [(taken: Int, of: Int)]) -> [Int]? {
    guard let turn = choices.lastIndex(where: { $0.taken + 1 < $0.of }) else { return nil }
    return choices[..<turn].map(\.taken) + [choices[turn].taken + 1]
  }
}
