// Lesson 10 · Cancellation
//
//   asyncio                                Swift
//   task.cancel()                          task.cancel()
//   (thrown at the next await)             try Task.checkCancellation(), or Task.isCancelled
//   except CancelledError: …; raise        catch { …; throw error }
//   (an exception is all there is)         withTaskCancellationHandler { … } onCancel: { … }
//   await asyncio.shield(save)             try await shield(save)
//   (clean-up may await)                   try await withCancellationShield { … }
//   async with TaskGroup() as group: …     group.cancelAll(), or cancel the task around it
//
// Run me:    swift run Lesson10
// Then try:  Exercises/10-SafeSave

import AsyncPrimitives
import Narration

@main
struct Lesson10 {
  static func main() async {
    await Lesson(10, "Cancellation") {
      Scene("Until it is cancelled", progressEndsAtTheNextAwait)
      Scene("Asking is not stopping", whoDoesNotLookIsNotStopped)
      Scene("It stays cancelled", aSwallowedCancellationComesBack)
      Scene("A handler", aHandlerHearsOfItAtOnce)
      Scene("Cancelled too early", aStopBeforeTheStartMustNotBeForgotten)
      Scene("Clean-up that awaits", cleanUpThatAwaitsNeedsAShield)
      Scene("Work that goes on", aShieldKeepsTheWorkAndNotTheCaller)
      Scene("Children", aCancelledTaskAsksAllItsChildren)
      Scene("Cancelled is not failed", cancelledIsNotFailed)
    }.main()
  }
}

/// One call asks the job to stop. It does so where it awaits something that listens: here, a sleep.
func progressEndsAtTheNextAwait(_ narrator: Narrator) async throws {
  narrator.lanes("caller", "job")
  let job = Task {
    try await narrator.span("job") {
      for page in 1...100 {
        try await Task.sleep(for: .seconds(0.3))
        narrator.tell("page \(page) of 100")
      }
    }
  }
  try await Task.sleep(for: .seconds(1))
  narrator.mark("caller", "cancels the job")
  job.cancel()
  _ = await job.result
}

/// Nothing stops a page that is in the press. So a job has to look, between one page and the next.
func whoDoesNotLookIsNotStopped(_ narrator: Narrator) async throws {
  narrator.lanes("caller", "deaf", "throws", "returns")
  await withTaskGroup { group in
    group.addTask {
      await narrator.span("deaf") { for _ in 1...5 { await printPage() } }
    }
    group.addTask {
      try? await narrator.span("throws") {
        for _ in 1...5 {
          try Task.checkCancellation()
          await printPage()
        }
      }
    }
    group.addTask {
      await narrator.span("returns") {
        for page in 1...5 {
          if Task.isCancelled { return narrator.tell("returns has \(page - 1) pages to show") }
          await printPage()
        }
      }
    }
    try? await Task.sleep(for: .seconds(0.5))
    narrator.mark("caller", "cancels all")
    group.cancelAll()
  }
}

/// Cancelled is cancelled for good: whoever swallows it finds that no sleep sleeps any more.
func aSwallowedCancellationComesBack(_ narrator: Narrator) async throws {
  await startAndCancel(narrator, after: .seconds(1)) {
    var unslept = 0
    for page in 1...100 {
      try? await Task.sleep(for: .seconds(0.3))  // “What could go wrong with a sleep?”
      if Task.isCancelled { unslept += 1 } else { narrator.tell("page \(page) of 100") }
    }
    narrator.tell("page 100 of 100; pages without a sleep: \(unslept)")
  }
}

/// The press knows nothing of tasks. A handler runs at the moment of cancelling, and stops it.
func aHandlerHearsOfItAtOnce(_ narrator: Narrator) async throws {
  let press = Press()
  await startAndCancel(narrator, after: .seconds(1)) {
    let pages = await withTaskCancellationHandler {
      await press.run(pages: 5)
    } onCancel: {
      narrator.tell("the handler stops the press")  // Inside `cancel()`: the job is suspended.
      press.stop()
    }
    narrator.tell("pages printed: \(pages)")
  }
}

/// If a task is cancelled before it runs, its handler comes first. The stop has to be remembered.
func aStopBeforeTheStartMustNotBeForgotten(_ narrator: Narrator) async throws {
  narrator.say("A job is started and cancelled at once. This press stops only what runs already:")
  show(await search { Press(forgetsEarlyStop: true) }, narrator)
  narrator.say("A press that remembers its stop:")
  show(await search { Press() }, narrator)
}

/// In a cancelled task, clean-up that sleeps is cut short as well, unless a shield is around it.
func cleanUpThatAwaitsNeedsAShield(_ narrator: Narrator) async throws {
  await startAndCancel(narrator, after: .seconds(0.5)) {
    do { try await work("printing", narrator) } catch {
      try await coolDown(narrator)
      throw error
    }
  }
  narrator.draw(caption: "The press stays hot:")
  await startAndCancel(narrator, after: .seconds(0.5)) {
    do { try await work("printing", narrator) } catch {
      try await withCancellationShield { try await coolDown(narrator) }
      throw error
    }
  }
  narrator.draw(caption: "With a shield, it cools down:")
}

/// `shield` protects the work, not the one who waits for it: that one may leave at once.
func aShieldKeepsTheWorkAndNotTheCaller(_ narrator: Narrator) async throws {
  let save = TaskHandle(name: "save") { try await work("save", narrator) }
  await startAndCancel(narrator, after: .seconds(0.5)) { try await shield(save) }
  try await save.value  // Somebody should keep the handle, and await it before the program ends.
}

/// Cancelling a task cancels its children, and theirs. A `Task` that is started there is no child.
func aCancelledTaskAsksAllItsChildren(_ narrator: Narrator) async throws {
  narrator.lanes("caller", "job", "news", "sports", "archive")
  let archive = try await startAndCancel(narrator, after: .seconds(0.5)) {
    let archive = Task { try await work("archive", narrator) }
    try? await withThrowingTaskGroup { group in
      for page in ["news", "sports"] { group.addTask { try await work(page, narrator) } }
      try await group.waitForAll()
    }
    return archive
  }.get()
  try await archive.value
}

/// Three ways to end. Only one of them is somebody's fault, and worth another attempt.
func cancelledIsNotFailed(_ narrator: Narrator) async throws {
  let jobs = startFourJobs(narrator)
  try await Task.sleep(for: .seconds(0.35))
  let asked = jobs.map { $0.cancel() ? "yes" : "too late" }
  _ = try await wait(for: jobs)
  tabulate(jobs, asked, narrator)
}
