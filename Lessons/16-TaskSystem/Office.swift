// The jobs of lesson 16, and the office that does them.

import Narration
import Simulation
import Synchronization

/// Something that takes its time, and may turn out to have been in vain.
struct Job: Sendable {
  let number: Int
  let duration: Duration
  let isInVain: Bool

  /// "job 7".
  var name: String { "job \(number)" }

  /// Takes its time, and throws at the end if it was in vain.
  func run() async throws {
    try await Task.sleep(for: duration)
    if isInVain { throw NoAnswer() }
  }

  /// Jobs of 0.5 to 2 seconds; of every five, one is in vain. The seed says how long, and which.
  static func batch(of count: Int, seed: UInt64 = 0) -> [Job] {
    var random = SeededGenerator(seed: seed)
    var inVain = 0
    return (0..<count).map { index in
      if index % 5 == 0 { inVain = index + Int.random(in: 0..<5, using: &random) }
      return Job(
        number: index + 1,
        duration: .milliseconds(10 * Int.random(in: 50...200, using: &random)),
        isInVain: index == inVain)
    }
  }
}

/// Whoever was asked says nothing.
struct NoAnswer: Error, CustomStringConvertible {
  var description: String { "no answer" }
}

/// How a job has ended.
enum Outcome: Sendable {
  case done
  case failed(any Error)
  case cancelled
}

/// Works on a batch of jobs, draws each of them, and keeps count.
final class Office: Sendable {
  /// What is to be done.
  let batch: [Job]

  private struct Counts {
    var begun = 0
    var done = 0
    var failed = 0
    var cancelled = 0
    var mostAtOnce = 0
    var over: Int { done + failed + cancelled }
  }

  private let narrator: Narrator
  private let counts = Mutex(Counts())

  /// Draws up a batch by the narrator's seed.
  init(_ narrator: Narrator, batchOf count: Int) {
    self.narrator = narrator
    batch = Job.batch(of: count, seed: narrator.seed)
    for job in batch { narrator.lanes(job.name) }
  }

  /// Does a job.
  func work(on job: Job) async throws {
    counts.withLock { counts in
      counts.begun += 1
      counts.mostAtOnce = max(counts.mostAtOnce, counts.begun - counts.over)
    }
    do {
      try await narrator.span(job.name, announces: false) { try await job.run() }
      counts.withLock { $0.done += 1 }
    } catch {
      counts.withLock { counts in
        if error is CancellationError { counts.cancelled += 1 } else { counts.failed += 1 }
      }
      throw error
    }
  }

  /// Prints what came of a job.
  func tell(of job: Job, _ outcome: Outcome) {
    switch outcome {
    case .done: narrator.tell("\(job.name) is done, \(seconds(job.duration)) s")
    case .failed(let error): narrator.tell("\(job.name) failed: \(error)")
    case .cancelled: narrator.tell("\(job.name) was cancelled")
    }
  }

  /// Prints how many jobs run, and how many are over.
  func tellHowFarItIs() {
    let counts = counts.withLock { $0 }
    narrator.mark("heartbeat", "\(counts.begun - counts.over) run, \(counts.over) are over")
  }

  /// Prints what became of all jobs. They add up.
  func showTotals() {
    narrator.draw()
    let counts = counts.withLock { $0 }
    narrator.table(
      header: ["outcome", "jobs"],
      rows: [
        ["done", "\(counts.done)"],
        ["failed", "\(counts.failed)"],
        ["cancelled", "\(counts.cancelled)"],
        ["never begun", "\(batch.count - counts.begun)"],
        ["in all", "\(counts.over + batch.count - counts.begun)"],
      ])
    narrator.say("At most \(counts.mostAtOnce) at a time.")
  }
}

/// "1.25".
func seconds(_ duration: Duration) -> String {
  let hundredths = Int((duration / .milliseconds(10)).rounded())
  let rest = hundredths % 100
  return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
}
