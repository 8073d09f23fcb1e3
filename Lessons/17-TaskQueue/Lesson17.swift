// Lesson 17 · TaskQueue
//
//   asyncio                                  Swift
//   queue = TaskQueue(concurrency=3)         let queue = TaskQueue(concurrency: 3)
//   queue.submit(fetch, "/news")             let job = try queue.submit(fetch, "/news")
//   queue.submit(…, on_done=hear)            try queue.submit(fetch, "/news") { outcome in … }
//   job.cancel(); await job                  job.cancel(); try await job.value
//   await queue.join()                       try await queue.join()
//   await queue.stop(immediate=True)         await queue.stop(immediate: true)
//   (in neither library: the page builds the left one, Support/WorkQueue is the right one)
//
// Run me:    swift run Lesson17
// Then try:  Exercises/17-TaskQueue

import AsyncPrimitives
import Narration
import Simulation
import Synchronization
import WorkQueue

@main
struct Lesson17 {
  static func main() async {
    await Lesson(17, "TaskQueue") {
      Scene("Three at a time", submittingDoesNotWait)
      Scene("Every job has one outcome", everyJobHasOneOutcome)
      Scene("Who waits can be overtaken", aPriorityConcernsOnlyThoseWhoWait)
      Scene("A crawler", aCrawlerFindsItsWorkWhileItWorks)
      Scene("Idle is not done", nothingToDoIsNotTheEnd)
      Scene("A graceful stop", aGracefulStopDoesWhatWasSubmitted)
      Scene("An immediate stop", anImmediateStopCancelsTheRest)
    }.main()
  }
}

/// Whoever submits goes on at once. The queue keeps the jobs, and does three at a time.
func submittingDoesNotWait(_ narrator: Narrator) async throws {
  try await Site.open(narrator) { site in
    try await withTaskQueue(concurrency: 3) { queue in
      for page in pages { try queue.submit(site.fetch, page.path, name: page.path) }
      let now = queue.statistics
      narrator.tell("submitted: \(now.submitted), running: \(now.running), waiting: \(now.queued)")
      try await queue.join()
      narrator.tell("all are done, at most \(queue.statistics.mostRunning) at a time")
    }
  }
}

/// A value, an error or a cancellation. A job or a callback that throws disturbs nobody.
func everyJobHasOneOutcome(_ narrator: Narrator) async throws {
  try await Site.open(narrator) { site in
    try await UnretrievedError.$handler.withValue({ narrator.tell("reported: \($0.source)") }) {
      try await withTaskQueue(concurrency: 2) { queue in
        let home = try queue.submit(site.fetch, "/", name: "/")
        try queue.submit(site.fetch, "/old", name: "/old") { outcome in
          if case .failure(let error) = outcome { narrator.tell("/old: \(error)") }
        }
        try queue.submit(site.fetch, "/shop", name: "/shop") { _ in throw OutOfPaper() }
        let team = try queue.submit(site.fetch, "/team", name: "/team") { outcome in
          if case .failure(is CancellationError) = outcome { narrator.tell("/team: cancelled") }
        }
        narrator.tell("/ has \(try await home.value.links.count) links")
        try await Task.sleep(for: .seconds(0.2))
        team.cancel()
        try await queue.join()
        narrator.draw()
        show(queue.statistics, narrator)
      }
    }
  }
}

/// What runs, runs. Among those who wait, the most urgent is next; equal ones keep their order.
func aPriorityConcernsOnlyThoseWhoWait(_ narrator: Narrator) async throws {
  try await Site.open(narrator) { site in
    try await withTaskQueue(concurrency: 1) { queue in
      for path in ["/", "/news", "/news/2"] { try queue.submit(site.fetch, path, name: path) }
      let dull = try queue.submit(site.fetch, "/team", name: "/team")
      try queue.submit(site.fetch, "/shop", name: "/shop", priority: 1)
      narrator.tell("/shop came last, and is urgent; /team is cancelled: \(dull.cancel())")
      queue.pause()
      narrator.tell("paused: what runs goes on, and nothing starts")
      try await Task.sleep(for: .seconds(0.5))
      queue.resume()
      narrator.tell("resumed")
    }
  }
}

/// Fetches a page, and every page that it links to, and so on. Each once.
final class Crawler: Sendable {
  private let queue: TaskQueue
  private let fetch: @Sendable (String) async throws -> Page
  let book = Mutex(Book())

  init(_ queue: TaskQueue, fetch: @escaping @Sendable (String) async throws -> Page) {
    (self.queue, self.fetch) = (queue, fetch)
  }

  func visit(_ path: String) {
    // Looking and noting are one step: two pages may link to this one at the same moment.
    guard book.withLock({ $0.note(path) }) else { return }
    do {
      try queue.submit(fetch, path, name: path) { outcome in
        switch outcome {
        case .success(let page): for link in page.links { self.visit(link) }
        case .failure(let error): self.book.withLock { $0.failures[path] = error }
        }
      }
      Simulation.note("submits")
    } catch {
      book.withLock { $0.tooLate.append(path) }
    }
  }
}

/// When it begins, nobody knows how much there is. `join` returns when no link is left to follow.
func aCrawlerFindsItsWorkWhileItWorks(_ narrator: Narrator) async throws {
  try await crawl(narrator) { queue in try await queue.join() }
}

/// No job waits, none runs; and a callback is about to submit the next one.
func nothingToDoIsNotTheEnd(_ narrator: Narrator) async throws {
  narrator.say("One page links to another. Somebody looks whether a job is left:")
  await search(narrator) { queue in
    while queue.statistics.queued + queue.statistics.running > 0 {
      Simulation.note("looks")
      await Task.yield()
    }
  }
  narrator.say("With join, which also counts the callbacks:")
  await search(narrator) { queue in try await queue.join() }
}

/// No new jobs: the links that are found now are not followed. What was submitted is done.
func aGracefulStopDoesWhatWasSubmitted(_ narrator: Narrator) async throws {
  try await crawl(narrator) { queue in
    try await Task.sleep(for: .seconds(0.7))
    narrator.tell("stop")
    await queue.stop()
  }
}

/// What runs is cancelled, and what waits never starts. All are told, and the stop awaits them.
func anImmediateStopCancelsTheRest(_ narrator: Narrator) async throws {
  try await crawl(narrator) { queue in
    try await Task.sleep(for: .seconds(0.7))
    narrator.tell("stop at once")
    await queue.stop(immediate: true)
  }
}
