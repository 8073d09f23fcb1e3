// Who waits at the doors of lesson 6, and what is said about a search.

import Narration
import Simulation

/// Lets visitors arrive, each after so many seconds: they wait until the doors are open, and then
/// look around.
func visit(
  _ arrivals: KeyValuePairs<String, Double>, _ narrator: Narrator,
  waitingBy wait: @escaping @Sendable () async throws -> Void
) async throws {
  // Several calls may be under way at once. Their lanes have one order.
  narrator.lanes("doorman", "ann", "bob", "cem")
  try await withThrowingDiscardingTaskGroup { group in
    for (name, delay) in arrivals {
      group.addTask(name: name) {
        try await Task.sleep(for: .seconds(delay))
        narrator.tell("\(name) arrives")
        // A lane waits until it runs.
        try await narrator.span(name, kind: .waiting, announces: false) {
          let arrival = narrator.elapsed
          do { try await wait() } catch {
            narrator.tell("\(name) gives up")
            throw error
          }
          narrator.tell("\(name) enters after \((narrator.elapsed - arrival).inSeconds)")
          try await narrator.span(name, announces: false) {
            try await Task.sleep(for: .seconds(0.7))
          }
        }
      }
    }
  }
}

/// Ann and Bob wait for an event that a third task sets.
func openForAnnAndBob(_ event: some Settable) async {
  await withDiscardingTaskGroup { group in
    for name in ["ann", "bob"] {
      group.addTask(name: name) {
        await event.wait()
        Simulation.note("enters")
      }
    }
    group.addTask(name: "doorman") { await event.set() }
  }
}

/// Counts the seeds under which nobody is left behind.
func count(_ seeds: Range<UInt64>, body: @escaping @Sendable () async -> Void) async -> Int {
  var options = Simulation.Options()
  options.patience = .zero  // Nobody outside of the simulation could wake whoever waits.
  var count = 0
  for seed in seeds {
    let run = await Simulation.run(seed: seed, options: options) { _ in await body() }
    if run.verdict.isPassed { count += 1 }
  }
  return count
}

/// Says what a search came to, and draws the schedule that failed.
func show(_ search: Simulation.Exploration, _ narrator: Narrator) {
  guard let failure = search.failure else {
    let tried = search.isExhaustive ? "All \(search.schedules)" : "\(search.schedules)"
    return narrator.say("\(tried) schedules tried: everybody got in.")
  }
  narrator.say("Schedules tried: \(search.schedules). Seed \(failure.seed): \(failure.verdict)")
  narrator.draw(
    Timeline(failure.trace, measure: .steps), caption: "The schedule of seed \(failure.seed)")
}
