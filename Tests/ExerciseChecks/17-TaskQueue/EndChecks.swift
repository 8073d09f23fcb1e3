import CheckKit
import ExerciseKit
import Synchronization
import Testing

let endChecks: [Check<TaskQueueMaker>] = [
  Check(
    "join returns when all is done, callbacks and what they submit, too", hint: 2,
    cause: "Between the end of a job and what its callback submits, nothing waits and nothing runs."
  ) { make, world in
    let shop = Shop(make, concurrency: 2, world)
    try await shop.queue.join()
    try await shop.submit("ann 1") {
      try await shop.rest(1, in: "callback of ann 1")
      try await shop.submit("bob 1") { try await shop.rest(1, in: "callback of bob 1") }
    }
    try await shop.submit("ann 2")
    let joiners = (1...2).map { number in
      Task(name: "join \(number)") {
        try await shop.queue.join()
        let through = shop.jobs("is through")
        for job in ["ann 1", "ann 2", "bob 1"] where !through.contains(job) {
          Issue.record(
            """
            join returned at \(world.now) and something was not done: \(job), which is submitted by a \
            callback or whose callback takes 1 s. What was done: \(list(through))
            """)
          return
        }
      }
    }
    for joiner in joiners { try await joiner.value }
    let advice = world.now > .seconds(4) ? ". Does it look every so often?" : ""
    #expect(
      world.now == .seconds(4), "all is done at 4 s, and join returned at \(world.now)\(advice)")
    try await shop.submit("cem 1")
    try await shop.queue.join()
    #expect(
      shop.jobs("is through").contains("cem 1"), "a second join did not wait for a job after it")
    await shop.close()
  },
  Check(
    "stop cancels what runs, and what waits never starts", hint: 3,
    cause: "Remember that it was stopped before anything is awaited, empty the line, cancel tasks."
  ) { make, world in
    let shop = Shop(make, concurrency: 2, world)
    let late = Mutex<[(when: String, thrown: String)]>([])
    let submitLate = { @Sendable (job: String, when: String) in
      do {
        try await shop.submit(job)
        late.withLock { $0.append((when, "nothing")) }
      } catch {
        late.withLock { $0.append((when, "\(type(of: error))")) }
      }
    }
    try await shop.submit("ann 1", seconds: 3) {
      await submitLate("eve 1", "in a callback, while stop waits")
    }
    for job in ["bob 1", "ann 2", "cem 1"] { try await shop.submit(job, seconds: 3) }
    await world.settle()
    let stopping = Task(name: "stop") { await shop.queue.stop() }
    await stopping.value
    let moment = world.now
    await submitLate("dan 1", "after the stop")
    await shop.close()
    for (when, thrown) in late.withLock(\.self) {
      #expect(
        thrown == "TaskQueueStopped", "submitting \(when), threw \(thrown), not TaskQueueStopped")
    }
    let began = shop.jobs("begins")
    let extra = began.filter { !["ann 1", "bob 1"].contains($0) }
    #expect(extra.isEmpty, "began after the stop: \(list(extra))")
    #expect(
      shop.jobs("is cancelled").count == 2 && moment < .seconds(1),
      """
      two jobs of 3 s ran when it was stopped at 0 s. Cancelled: \(list(shop.jobs("is cancelled"))); \
      stop returned at \(moment)
      """)
  },
  Check(
    "on a stop, every callback is called, none is cancelled, and all are waited for", hint: 3,
    cause:
      "A callback needs a task of its own, which nobody cancels. It hears what its job returned or "
      + "threw; if that never ran, a CancellationError. Until all have returned, stop and join wait."
  ) { make, world in
    let shop = Shop(make, concurrency: 2, world)
    for (job, seconds) in [("eve 1", 1), ("ann 1", 3), ("dan 1", 3), ("bob 1", 3), ("ann 2", 3)] {
      try await shop.submit(job, seconds: seconds, isStubborn: job == "dan 1") {
        try await shop.rest(1, in: "callback of \(job)")
      }
    }
    try await world.clock.sleep(for: .milliseconds(1500))
    let waiters = Waiters(shop)
    await waiters.add("stop") { await shop.queue.stop() }
    await waiters.add("a second stop") { await shop.queue.stop() }
    await waiters.add("a stop whose task was cancelled", isCancelled: true) {
      await shop.queue.stop()
    }
    await waiters.add("join") { try await shop.queue.join() }
    await shop.close()
    let fates = [
      ("eve 1", "had ended", "“eve 1, done”"),
      ("ann 1", "was cancelled while it ran", "of a cancellation"),
      ("dan 1", "was cancelled while it ran, and returned all the same", "“dan 1, done”"),
      ("bob 1", "was never started", "of a cancellation"),
      ("ann 2", "was never started", "of a cancellation"),
    ]
    for (job, fate, wanted) in fates {
      let heard = shop.heard(job)
      #expect(
        heard == [wanted],
        "\(job) \(fate). Its callback should hear \(wanted) once, and has heard \(list(heard))")
    }
    guard fates.allSatisfy({ shop.heard($0.0) == [$0.2] }) else { return }
    let all = ["ann 1", "ann 2", "bob 1", "dan 1", "eve 1"]
    let through = shop.jobs("is through").sorted()
    #expect(
      through == all,
      """
      each callback awaits for 1 s, and none may be cancelled. Those that came to their end: \
      \(list(through))
      """)
    guard through == all else { return }
    waiters.expectAll(through)
  },
]

/// Those who wait for a queue that is stopped, and what had been done when each of them came back.
private final class Waiters: Sendable {
  private let shop: Shop
  private let names = Mutex<[String]>([])
  private let ends = Mutex<[String: (text: String, through: [String])]>([:])

  init(_ shop: Shop) { self.shop = shop }

  /// Has somebody wait, and cancels that one, if so wished, when it does.
  func add(
    _ name: String, isCancelled: Bool = false, _ wait: @escaping @Sendable () async throws -> Void
  ) async {
    names.withLock { $0.append(name) }
    let task = Task(name: name) { [self] in
      var end = "returned"
      do { try await wait() } catch { end = "threw “\(error)”" }
      let through = shop.jobs("is through").sorted()
      let text = "\(end) at \(shop.world.now)"
      ends.withLock { $0[name] = (text, through) }
    }
    await shop.world.settle()
    if isCancelled { task.cancel() }
    await shop.world.settle()
  }

  /// Says of each whether it has returned, and not before these were through.
  func expectAll(_ through: [String]) {
    let ends = ends.withLock(\.self)
    for name in names.withLock(\.self) {
      guard let end = ends[name] else {
        Issue.record("all callbacks have returned, and \(name) still waits")
        continue
      }
      #expect(
        end.text.hasPrefix("returned") && end.through == through,
        "\(name) \(end.text), and these callbacks had returned by then: \(list(end.through))")
    }
  }
}
