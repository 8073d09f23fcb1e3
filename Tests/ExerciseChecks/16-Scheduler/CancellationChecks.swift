import CheckKit
import ExerciseKit
import Testing

/// Cancelling what waits, and what runs.
let cancellationChecks: [Check<any Scheduling.Type>] = [
  Check(
    "a task that waits can be cancelled, and never begins", hint: 1,
    cause: "Whatever it waits for, forget when it was due, at once, and leave the others alone."
  ) { type, world in
    let office = try await Office(type, world)
    let tea = try await office.add("tea", after: 2)
    try await office.add("mail", after: 2)
    let gone = try await office.add("gone", after: 8)
    let fax = try await office.add(
      "fax", after: 0, retry: .upTo(5, backoff: .seconds(4)), failing: 99)
    let chimes = try await office.add("chimes", after: 0, every: 4)
    try await office.pass(1)
    for (id, what) in [
      (tea, "before its time"), (gone, "long before its time"), (fax, "between two attempts"),
      (chimes, "between two runs"),
    ] {
      await office.scheduler.cancel(id)
      await office.expect(id, is: .cancelled, when: "right after a task was cancelled \(what)")
    }
    try await office.add("new", after: 7)
    try await office.pass(9)
    office.expect("tea", begins: [], because: "due at 2 s, and cancelled at 1 s")
    office.expect("mail", begins: [2], because: "due at 2 s, and not the one that was cancelled")
    office.expect("new", begins: [8], because: "due at 8 s, like one cancelled just before")
    office.expect("fax", begins: [0], because: "cancelled at 1 s, when it waited for a retry")
    office.expect("chimes", begins: [0], because: "cancelled at 1 s, when it waited for a run")
    await office.expect(tea, is: .cancelled, when: "long after it was cancelled")
    await office.scheduler.stop()
  },
  Check(
    "a task that runs can be cancelled", hint: 2,
    cause: "Keep the handle of the task that runs the work, and cancel that."
  ) { type, world in
    let office = try await Office(type, world)
    let quick = try await office.add(
      "quick", after: 1, every: 10, retry: .upTo(3, backoff: .seconds(1)), lasting: 5)
    let other = try await office.add("other", after: 1, lasting: 5)
    try await office.pass(2)
    await office.scheduler.cancel(quick)
    await world.settle()
    let cancelled = office.work.names(.cancelled)
    #expect(
      cancelled == ["quick"],
      """
      of two tasks that ran, “quick” was cancelled, and \
      \(cancelled.isEmpty ? "no work has" : "the work of \(cancelled) has") heard of it
      """)
    await office.expect(
      quick, is: .cancelled, when: "after a task was cancelled and ended")
    try await office.pass(20)
    office.expect("quick", begins: [1], because: "cancelled at 2 s, when it ran")
    await office.expect(other, is: .completed, when: "after another task ran to its end")
    await office.scheduler.cancel(other)
    await office.expect(other, is: .completed, when: "after a task that had ended was cancelled")
    await office.scheduler.stop()
  },
  Check(
    "a task that is cancelled runs until its work has ended", hint: 2,
    cause: "Remember that it was cancelled, and say so when its work has ended, however it did."
  ) { type, world in
    let office = try await Office(type, world)
    for (name, error) in [("returns", nil), ("throws", Mishap(what: "clean-up"))] {
      let began = world.now
      let id = try await office.scheduler.add(
        name, after: .zero, every: .seconds(1), retry: .upTo(3, backoff: .seconds(1))
      ) {
        // Not cut short by cancellation: it cleans up.
        let cleanUp = Task(name: "cleans up") {
          try await office.work.perform(name, for: .seconds(3), throwing: error)
        }
        try await cleanUp.value
      }
      try await office.pass(1)
      await office.scheduler.cancel(id)
      let waited = world.now - began - .seconds(1)
      #expect(waited == .zero, "cancel took \(text(waited)), and has to return at once")
      await world.settle()
      await office.expect(id, is: .running, when: "while the work of a cancelled task cleans up")
      try await office.pass(5)
      await office.expect(
        id, is: .cancelled, when: "after the work of a cancelled task cleaned up, and \(name)")
      office.expect(
        name, begins: [began / .seconds(1)], because: "cancelled while it ran, and cleaned up")
    }
    await office.scheduler.stop()
  },
]
