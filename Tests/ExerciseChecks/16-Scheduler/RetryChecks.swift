import CheckKit
import ExerciseKit
import Testing

/// Trying again, and giving up.
let retryChecks: [Check<any Scheduling.Type>] = [
  Check(
    "a failing task is tried again up to its limit", hint: 2,
    cause: "The limit counts the attempts after the first, whatever they throw, for each run anew."
  ) { type, world in
    let office = try await Office(type, world)
    let lost = try await office.add(
      "lost", after: 1, retry: .upTo(2, backoff: .seconds(1)), failing: 99)
    let gone = try await office.add("gone", after: 1, every: 1, failing: 99)
    let quitter = try await office.scheduler.add(
      "quitter", after: .seconds(1), retry: .upTo(1, backoff: .seconds(1))
    ) {
      try await office.work.perform("quitter", for: .zero, throwing: CancellationError())
    }
    // A failure and a success, again and again.
    let feed = try await office.scheduler.add(
      "feed", after: .seconds(1), every: .seconds(10), retry: .upTo(1, backoff: .seconds(1))
    ) {
      let fails = office.begins("feed").count.isMultiple(of: 2)
      try await office.work.perform(
        "feed", for: .zero, throwing: fails ? Mishap(what: "feed") : nil)
    }
    try await office.pass(14)
    await office.expect(feed, is: .pending, when: "after two runs that succeeded at last")
    await office.scheduler.cancel(feed)
    for (name, count, what) in [
      ("lost", 3, "a task that always fails, with up to 2 retries"),
      ("gone", 1, "a task that fails, with an interval and without retries"),
      ("quitter", 2, "a task that throws CancellationError, cancelled by nobody, with 1 retry"),
    ] {
      let seen = office.begins(name).count
      let attempts = seen == 1 ? "1 attempt" : "\(seen) attempts"
      #expect(seen == count, "\(what), had \(attempts) instead of \(count)")
    }
    office.expect(
      "feed", begins: [1, 2, 11, 12],
      because: "due at 1 s, every 10 s, with 1 retry; each of its runs fails once")
    await office.expect(lost, is: .failed, when: "after the last attempt of a task has failed")
    await office.expect(gone, is: .failed, when: "after a repeated task has failed")
    await office.expect(
      quitter, is: .failed, when: "after a task threw CancellationError that nobody had cancelled")
    await office.scheduler.stop()
  },
  Check(
    "the pause before each retry is twice the one before", hint: 2,
    cause: "Count the attempts of a run, and double the backoff for each that has failed."
  ) { type, world in
    let office = try await Office(type, world)
    try await office.add(
      "mail", after: 1, retry: .upTo(3, backoff: .seconds(2)), lasting: 0.5, failing: 99)
    try await office.pass(30)
    office.expect(
      "mail", begins: [1, 3.5, 8, 16.5],
      because: "due at 1 s, fails after 0.5 s each time, and is retried with a backoff of 2 s")
    await office.scheduler.stop()
  },
]
