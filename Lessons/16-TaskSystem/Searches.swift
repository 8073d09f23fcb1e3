// What lesson 16 searches through schedules for.

import AsyncPrimitives
import Narration
import Simulation
import Synchronization

/// A batch hands two results to a printer in the background, under one schedule after the other,
/// until one of them is not printed.
///
/// - Parameter end: What happens to the queue and the printer when the batch is over.
func searchForLostResults(
  _ end: @escaping @Sendable (AsyncQueue<String>, _ printer: Task<Void, Never>) -> Void
) async -> Simulation.Exploration {
  await Simulation.explore { _ in
    let results = AsyncQueue<String>(name: "results")
    let printed = Mutex(0)
    let printer = Task(name: "printer") {
      do {
        for try await result in results.items {
          Simulation.note("prints \(result)")
          printed.withLock { $0 += 1 }
        }
      } catch {
        Simulation.note("stops")
      }
    }
    let batch = Task(name: "batch") {
      for job in ["job 1", "job 2"] {
        Simulation.note(job)
        try await results.put(job)
        await Task.yield()
      }
      Simulation.note("over")
      end(results, printer)
    }
    try await batch.value
    await printer.value
    let lost = 2 - printed.withLock { $0 }
    if lost > 0 { throw ResultsLost(count: lost) }
  }
}

/// Results that nobody has printed.
struct ResultsLost: Error, CustomStringConvertible {
  let count: Int
  var description: String {
    count == 1 ? "a result was not printed" : "\(count) results were not printed"
  }
}

/// Says what a search came to, and draws the schedule that failed.
func show(_ search: Simulation.Exploration, _ narrator: Narrator, passed: String) {
  guard let failure = search.failure else {
    return narrator.say("\(search.schedules) schedules tried: \(passed)")
  }
  var problem = "\(failure.verdict)"
  if case .threw(let error) = failure.verdict { problem = "\(error)" }
  narrator.say("Schedules tried: \(search.schedules). Seed \(failure.seed): \(problem)")
  narrator.draw(
    Timeline(failure.trace, measure: .steps), caption: "The schedule of seed \(failure.seed)")
}

/// Says how a run ended, and draws it.
func show(_ report: Simulation.Report<Void>, _ narrator: Narrator) {
  narrator.say("\(report.verdict)")
  narrator.draw(Timeline(report.trace))
}
