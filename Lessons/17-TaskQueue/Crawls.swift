// What the scenes of lesson 17 have in common: a crawl, its totals, and a search through schedules.

import Narration
import Simulation
import Synchronization
import WorkQueue

/// What the callback of one scene throws.
struct OutOfPaper: Error {}

/// Crawls the site, three pages at a time, until `end` returns.
func crawl(
  _ narrator: Narrator, until end: (TaskQueue) async throws -> Void
) async throws {
  try await Site.open(narrator) { site in
    try await withTaskQueue(concurrency: 3) { queue in
      let crawler = Crawler(queue, fetch: site.fetch)
      crawler.visit("/")
      try await end(queue)
      let book = crawler.book.withLock(\.self)
      narrator.tell("links: \(book.links), leading to \(book.seen.count) pages")
      narrator.draw()
      show(queue.statistics, narrator)
      for (path, error) in book.failures.sorted(by: { $0.key < $1.key }) {
        narrator.say("\(path): \(error is CancellationError ? "cancelled" : "\(error)")")
      }
      for path in book.tooLate.sorted() { narrator.say("\(path): found too late") }
    }
  }
}

/// What a crawler has come across.
struct Book: Sendable {
  /// Every address that was ever to be visited.
  var seen: Set<String> = []
  var links = 0
  var failures: [String: any Error] = [:]
  /// What was found when the queue took no more.
  var tooLate: [String] = []

  /// Notes a link. False if its address is known.
  mutating func note(_ path: String) -> Bool {
    links += 1
    return seen.insert(path).inserted
  }
}

/// What a queue has counted.
func show(_ statistics: TaskQueueStatistics, _ narrator: Narrator) {
  let counts = [
    statistics.submitted, statistics.succeeded, statistics.failed, statistics.cancelled,
    statistics.failedCallbacks,
  ]
  narrator.table(
    header: ["submitted", "succeeded", "failed", "cancelled", "callbacks failed"],
    rows: [counts.map { "\($0)" }])
}

/// Crawls two pages under one schedule after the other, until `wait` returns before both are there.
func search(
  _ narrator: Narrator, _ wait: @escaping @Sendable (TaskQueue) async throws -> Void
) async {
  let search = await Simulation.explore { _ in
    try await withTaskQueue(concurrency: 1) { queue in
      let crawler = Crawler(queue) { path in
        await Task.yield()
        Simulation.note("fetched")
        return Page(html: path == "/" ? "<a href=\"/news\">" : "")
      }
      crawler.visit("/")
      // A task with a name has a lane.
      try await Task(name: "who waits") {
        try await wait(queue)
        Simulation.note("goes on")
      }.value
      let pages = queue.statistics.succeeded
      if pages < 2 { throw TooEarly(pages: pages) }
    }
  }
  guard let failure = search.failure else {
    return narrator.say("\(search.schedules) schedules tried: both pages are there.")
  }
  let what =
    if case .threw(let error) = failure.verdict { "\(error)" } else { "\(failure.verdict)" }
  narrator.say("Schedules tried: \(search.schedules). Seed \(failure.seed): \(what)")
  narrator.draw(
    Timeline(failure.trace, measure: .steps), caption: "The schedule of seed \(failure.seed)")
}

/// Somebody thought that all was done.
struct TooEarly: Error, CustomStringConvertible {
  let pages: Int
  var description: String { "thought that all was done, with \(pages) of 2 pages" }
}
