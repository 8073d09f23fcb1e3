// Lesson 16 · Task system
//
//   asyncio                                    Swift
//   asyncio.create_task(job(i)) for i in …     group.addTask { … }, one more when one has ended
//   async with asyncio.Semaphore(5): …         the number of child tasks is the limit
//   except Exception as error: …               catch inside of the child task
//   asyncio.as_completed(tasks)                for await … in group
//   asyncio.create_task(heartbeat())           async let _ = heartbeat()
//   (cancelled by asyncio.run, at the end)     (cancelled and awaited where its scope ends)
//
// Run me:    swift run Lesson16
// Then try:  Exercises/16-Scheduler

import AsyncPrimitives
import Narration
import Simulation

@main
struct Lesson16 {
  static func main() async {
    await Lesson(16, "Task system") {
      Scene("One error ends the batch", oneErrorEndsTheBatch)
      Scene("An outcome ends nothing", anOutcomeEndsNothing)
      Scene("A heartbeat that nobody ends", aHeartbeatOutlivesTheProgram)
      Scene("A printer is no heartbeat", aPrinterHasToFinish)
      Scene("Cancelled in the middle", everyJobIsAccountedFor)
      Scene("What a limit costs", aLimitIsPaidForInTime)
    }.main()
  }
}

/// Runs a batch, so many jobs at a time, and reports each outcome as soon as it is known.
///
/// Returns when the last job that was begun has ended. Cancelling it begins no further one.
func runBatch(
  _ batch: [Job], limit: Int, work: @escaping @Sendable (Job) async throws -> Void,
  report: (Job, Outcome) -> Void = { _, _ in }
) async {
  await withTaskGroup(of: (Job, Outcome).self) { group in
    for (index, job) in batch.enumerated() {
      // All places are taken: the next job begins when one has ended, whichever that is.
      if index >= limit, let (ended, outcome) = await group.next() { report(ended, outcome) }
      let isBegun = group.addTaskUnlessCancelled(name: job.name) {
        (job, await outcome { try await work(job) })
      }
      guard isBegun else { break }
    }
    for await (ended, outcome) in group { report(ended, outcome) }
  }
}

/// An error stays inside of the child task: what comes out is a value like any other.
func outcome(of work: () async throws -> Void) async -> Outcome {
  do {
    try await work()
    return .done
  } catch is CancellationError {
    return .cancelled
  } catch {
    return .failed(error)
  }
}

/// Where errors are thrown on, the first one cancels the others, and the rest is never begun.
func oneErrorEndsTheBatch(_ narrator: Narrator) async throws {
  let office = Office(narrator, batchOf: 20)
  do {
    try await gather(office.batch, limit: 5) { job in try await office.work(on: job) }
  } catch {
    narrator.tell("the batch ends: \(error)")
  }
  office.showTotals()
}

/// The whole system: five at a time, results as they come, and a heartbeat beside them.
func anOutcomeEndsNothing(_ narrator: Narrator) async throws {
  let office = Office(narrator, batchOf: 20)
  await runWithHeartbeat(office, limit: 5)
  office.showTotals()
}

/// The heartbeat is a child task of this scope, which cancels and awaits it on its way out.
func runWithHeartbeat(_ office: Office, limit: Int) async {
  async let _ = beat(every: .seconds(3)) { office.tellHowFarItIs() }
  await runBatch(office.batch, limit: limit) { job in
    try await office.work(on: job)
  } report: { job, outcome in
    office.tell(of: job, outcome)
  }
}

/// Beats until it is cancelled. It holds nothing that could get lost when that happens.
func beat(every interval: Duration, _ body: @Sendable () -> Void) async throws {
  while true {
    try await Task.sleep(for: interval)
    body()
  }
}

/// A `Task` is nobody's child. The batch is over, the function has returned, and it beats on.
func aHeartbeatOutlivesTheProgram(_ narrator: Narrator) async throws {
  narrator.say("Four jobs, two at a time, and a heartbeat that is started with Task { }:")
  let batch = Job.batch(of: 4, seed: narrator.seed)
  let report = await Simulation.run { _ in
    Task(name: "heartbeat") { try await beat(every: .seconds(1)) { Simulation.note("beat") } }
    await runBatch(batch, limit: 2) { try await $0.run() }
  }
  show(report, narrator)
  narrator.say("The same with async let:")
  let search = await Simulation.explore { _ in
    async let _ = beat(every: .seconds(1)) {}
    await runBatch(batch, limit: 2) { try await $0.run() }
  }
  show(search, narrator, passed: "nothing goes on after the end.")
}

/// A printer holds results that nobody else has. Who cancels it loses those; so let it finish.
func aPrinterHasToFinish(_ narrator: Narrator) async throws {
  narrator.say("Each result goes into a queue, and a task in the background prints it.")
  narrator.say("When the batch is over, the printer is cancelled:")
  let cancelled = await searchForLostResults { results, printer in printer.cancel() }
  show(cancelled, narrator, passed: "all is printed.")
  narrator.say("When the batch is over, the queue is shut down, and the printer awaited:")
  let awaited = await searchForLostResults { results, printer in results.shutdown() }
  show(awaited, narrator, passed: "all is printed.")
}

/// Who holds every task can say what became of each, also of those that were stopped or not begun.
func everyJobIsAccountedFor(_ narrator: Narrator) async throws {
  narrator.lanes("caller")
  let office = Office(narrator, batchOf: 20)
  let system = Task { await runWithHeartbeat(office, limit: 5) }
  try await Task.sleep(for: .seconds(2))
  narrator.mark("caller", "cancels the batch")
  system.cancel()
  await system.value  // Held to the end: what follows is true of all twenty.
  office.showTotals()
}

/// A lower limit takes longer. With a place for every job, the longest one sets the pace.
func aLimitIsPaidForInTime(_ narrator: Narrator) async throws {
  narrator.say("The same twenty jobs on virtual time, with one limit after another:")
  let batch = Job.batch(of: 20, seed: narrator.seed)
  var rows: [[String]] = []
  for limit in [1, 2, 5, 10, 20, 40] {
    let report = await Simulation.run { _ in
      await runBatch(batch, limit: limit) { try await $0.run() }
    }
    rows.append(["\(limit)", seconds(report.elapsed)])
  }
  narrator.table(header: ["at a time", "seconds"], rows: rows)
  let longest = batch.map(\.duration).max() ?? .zero
  narrator.say("The longest job alone takes \(seconds(longest)) s.")
}
