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
    cause: "Keep the handle of the task that runs the work, a new one for each attempt, and cancel "
      + "that."
  ) { type, world in
    let office = try await Office(type, world)
    let chimes = try await office.add("chimes", after: 0, every: 1, lasting: 5)
    let fax = try await office.add(
      "fax", after: 0, retry: .upTo(3, backoff: .seconds(1)), lasting: 5, failing: 1)
    let quick = try await office.add(
      "quick", after: 6, every: 10, retry: .upTo(3, backoff: .seconds(1)), lasting: 5)
    let other = try await office.add("other", after: 6, lasting: 5)
    let cancelled = [
      (quick, "quick", "in its first run"), (chimes, "chimes", "in its second run"),
      (fax, "fax", "in its retry"),
    ]
    try await office.pass(7)
    for (id, _, _) in cancelled { await office.scheduler.cancel(id) }
    await world.settle()
    let heard = office.work.names(.cancelled)
    for (id, name, moment) in cancelled {
      #expect(
        heard.contains(name),
        "“\(name)” was cancelled \(moment), and its work has not heard of it")
      await office.expect(
        id, is: .cancelled, when: "after a task was cancelled \(moment) and ended")
    }
    #expect(!heard.contains("other"), "“other” was cancelled by nobody, and its work was cancelled")
    try await office.pass(20)
    office.expect("quick", begins: [6], because: "cancelled at 7 s, in its first run")
    office.expect("chimes", begins: [0, 5], because: "cancelled at 7 s, in its second run")
    office.expect("fax", begins: [0, 6], because: "cancelled at 7 s, in its retry")
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
        try await office.cleanUp(name, for: 3, throwing: error)
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
