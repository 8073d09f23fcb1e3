// What is printed and cancelled in lesson 10.

import AsyncPrimitives
import Narration
import Simulation
import Synchronization

/// Prints one page. Once it is in the press, nothing stops it.
func printPage() async {
  // A task that is not our child does not hear of our cancellation, and awaiting its value cannot
  // be cut short.
  await Task { try? await Task.sleep(for: .seconds(0.4)) }.value
}

/// Lets the press cool down, which takes its time.
func coolDown(_ narrator: Narrator) async throws {
  try await narrator.span("cooling") { try await Task.sleep(for: .seconds(0.5)) }
}

/// Works on one thing.
func work(
  _ name: String, for duration: Duration = .seconds(1), _ narrator: Narrator
) async throws {
  try await narrator.span(name) { try await Task.sleep(for: duration) }
}

/// Works on one thing, in vain.
func jam(_ name: String, after duration: Duration, _ narrator: Narrator) async throws {
  try await narrator.span(name) {
    try await Task.sleep(for: duration)
    throw PaperJam()
  }
}

/// Starts a job in a task of its own, cancels it after a while, and returns what came of it.
@discardableResult
func startAndCancel<Success: Sendable>(
  _ narrator: Narrator, after duration: Duration,
  _ job: @escaping @Sendable () async throws -> Success
) async -> Result<Success, any Error> {
  narrator.lanes("caller", "job")
  let task = Task { try await narrator.span("job") { try await job() } }
  try? await Task.sleep(for: duration)
  narrator.mark("caller", "cancels the job")
  task.cancel()
  return await task.result
}

/// Starts a job that is done soon, one that fails, a long one, and one that cannot be stopped.
func startFourJobs(_ narrator: Narrator) -> [TaskHandle<Void>] {
  narrator.lanes("flyer", "poster", "book", "letter")
  return [
    TaskHandle(name: "flyer") { try await work("flyer", for: .seconds(0.2), narrator) },
    TaskHandle(name: "poster") { try await jam("poster", after: .seconds(0.3), narrator) },
    TaskHandle(name: "book") { try await work("book", narrator) },
    TaskHandle(name: "letter") { await narrator.span("letter") { await printPage() } },
  ]
}

/// Shows how some tasks have ended.
func tabulate(_ jobs: [TaskHandle<Void>], _ asked: [String], _ narrator: Narrator) {
  narrator.table(
    header: ["job", "asked to stop", "ended"],
    rows: zip(jobs, asked).map { job, asked in [job.name, asked, ending(of: job)] })
}

/// How a task has ended, in words.
func ending(of job: TaskHandle<Void>) -> String {
  switch job.outcome {
  case .success: "returned"
  case .failure(is CancellationError): "cancelled"
  case .failure(let error): "failed: \(error)"
  case nil: "still runs"
  }
}

struct PaperJam: Error, CustomStringConvertible {
  var description: String { "paper jam" }
}

/// A press with a red button. It has never heard of tasks that can be cancelled.
final class Press: Sendable {
  private enum State {
    case idle
    case running(motor: Task<Int, Never>)
    case stopped
  }

  private let state = Mutex(State.idle)
  private let forgetsEarlyStop: Bool

  /// Builds a press, perhaps one that takes no notice of a stop before the start.
  init(forgetsEarlyStop: Bool = false) {
    self.forgetsEarlyStop = forgetsEarlyStop
  }

  /// Prints until all is printed, or until the button is pressed. Returns how many pages are done.
  func run(pages: Int) async -> Int {
    let motor = state.withLock { state -> Task<Int, Never>? in
      if case .stopped = state { return nil }
      let motor = Task(name: "motor") { await Self.printPages(pages) }
      state = .running(motor: motor)
      return motor
    }
    Simulation.note("start")
    return await motor?.value ?? 0
  }

  /// The red button.
  func stop() {
    let motor = state.withLock { state -> Task<Int, Never>? in
      defer { if !forgetsEarlyStop { state = .stopped } }
      if case .running(let motor) = state { return motor }
      return nil
    }
    Simulation.note("stop")
    motor?.cancel()
  }

  private static func printPages(_ pages: Int) async -> Int {
    for page in 0..<pages {
      do { try await Task.sleep(for: .seconds(0.4)) } catch { return page }
    }
    Simulation.note("prints all")
    return pages
  }
}

// MARK: - Searching for a schedule

/// Starts a job and cancels it at once, under one schedule after the other, until a cancelled job
/// prints everything all the same.
func search(_ makePress: @escaping @Sendable () -> Press) async -> Simulation.Exploration {
  await Simulation.explore { _ in
    let press = makePress()
    let job = Task(name: "job") {
      await withTaskCancellationHandler {
        await press.run(pages: 3)
      } onCancel: {
        press.stop()
      }
    }
    await Task(name: "caller") {
      Simulation.note("cancel")
      job.cancel()
    }.value
    let printed = await job.value
    guard printed < 3 else { throw NotStopped(pages: printed) }
  }
}

struct NotStopped: Error, CustomStringConvertible {
  var pages: Int
  var description: String { "cancelled, and yet all \(pages) pages were printed" }
}

/// Says what a search came to, and draws the schedule that failed.
func show(_ search: Simulation.Exploration, _ narrator: Narrator) {
  guard let failure = search.failure else {
    return narrator.say("\(search.schedules) schedules tried: every cancelled job stopped.")
  }
  let what =
    if case .threw(let error) = failure.verdict { "\(error)" } else { "\(failure.verdict)" }
  narrator.say("Schedules tried: \(search.schedules). Seed \(failure.seed): \(what)")
  narrator.draw(
    Timeline(failure.trace, measure: .steps), caption: "The schedule of seed \(failure.seed)")
}
