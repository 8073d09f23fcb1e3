import CheckKit
import Exercise10
import ExerciseKit
import Solution10
import Testing

// A shield is an unstructured task, which runs beside the simulation in portable mode.
@Suite("10 SafeSave", .enabled(if: Simulation.Mode.current == .complete, "it needs virtual time"))
struct SafeSaveTests {
  @Test("your answer", arguments: safeSaveChecks)
  func learner(_ check: Check<Archiving>) async {
    await judge(Exercise10.archiveAll, by: check, of: "10-SafeSave")
  }

  @Test("our solution", arguments: safeSaveChecks)
  func solution(_ check: Check<Archiving>) async {
    await judge(Solution10.archiveAll, by: check, of: "10-SafeSave")
  }

  @Test("a right answer with a task for each save", arguments: safeSaveChecks)
  func alternative(_ check: Check<Archiving>) async {
    await judge(archiveWithATaskForEachSave, by: check, of: "10-SafeSave")
  }

  @Test("a right answer with a handler", arguments: safeSaveChecks)
  func handler(_ check: Check<Archiving>) async {
    await judge(archiveWithAHandler, by: check, of: "10-SafeSave")
  }

  @Test("a wrong answer", arguments: wrongSafeSaves)
  func wrong(_ answer: WrongAnswer<Archiving>) async {
    await expectRejection(of: answer, by: safeSaveChecks)
  }
}

let safeSaveChecks: [Check<Archiving>] = [
  Check(
    "pages are scanned, written and sealed, one after the other", hint: 1,
    cause: "A loop over the pages, with three awaits in it, is all that this takes."
  ) { archiveAll, world in
    let cellar = Cellar(world)
    try await archiveAll(["A", "B"], cellar)
    let expected = ["scan", "write", "seal"].map { "\($0) A" } + ["scan B", "write B", "seal B"]
    let seen = cellar.work.names(.done)
    #expect(seen == expected, "what was done: \(list(seen)), instead of: \(list(expected))")
    // One second each for scanning, writing and sealing.
    #expect(world.now == .seconds(6), "six steps of a second each took \(world.now)")
  },
  Check(
    "a save that has begun is finished", hint: 2,
    cause: "Writing or sealing is cut short by the cancellation. All of a save needs a shield."
  ) { archiveAll, world in
    // In the middle of writing, and of sealing.
    for moment in [1_500, 2_500] {
      let cellar = Cellar(world)
      _ = await cellar.cancel(archiveAll, after: moment)
      try await cellar.work.rest()
      #expect(
        cellar.isSealed("A"),
        "it was cancelled \(cellar.whenCancelled), and the page is half saved: \(cellar.story)")
    }
  },
  Check(
    "it does not throw before the save has ended", hint: 2,
    cause: "The save goes on in a task that nobody awaits. Being shielded is not being awaited."
  ) { archiveAll, world in
    let cellar = Cellar(world)
    _ = await cellar.cancel(archiveAll, after: 1_500)
    let (over, left) = (world.now, cellar.work.underWay)
    try await cellar.work.rest()
    #expect(
      left.isEmpty,
      "it was cancelled \(cellar.whenCancelled), and left at \(over), when this went on: \(list(left))"
    )
  },
  Check(
    "nothing is begun after the cancellation", hint: 1,
    cause:
      "Nobody looks between a save and the next scan, or a swallowed error keeps the loop going."
  ) { archiveAll, world in
    // A scanner that listens would notice in place of the answer.
    let cellar = Cellar(world, hasDeafScanner: true)
    _ = await cellar.cancel(archiveAll, after: 2_500)
    try await cellar.work.rest()
    let begun = cellar.begun(after: .milliseconds(2_500))
    #expect(
      begun.isEmpty,
      "it was cancelled \(cellar.whenCancelled), and this was begun after that: \(list(begun))")
  },
  Check(
    "a scan stops at once", hint: 2,
    cause: "The shield is around the scan as well. It belongs around the save, and nothing else."
  ) { archiveAll, world in
    let cellar = Cellar(world)
    _ = await cellar.cancel(archiveAll, after: 500)
    let over = world.now
    try await cellar.work.rest()
    #expect(
      over == .milliseconds(500), "it was cancelled \(cellar.whenCancelled), and left at \(over)")
    let done = cellar.work.names(.done)
    #expect(
      done.isEmpty, "it was cancelled \(cellar.whenCancelled), and this was done: \(list(done))")
  },
  Check(
    "a page that comes from a deaf scanner after the cancellation is not saved", hint: 3,
    cause: "Nobody looks between the scan and the save. A shield does not look, either."
  ) { archiveAll, world in
    let cellar = Cellar(world, hasDeafScanner: true)
    let result = await cellar.cancel(archiveAll, after: 500)
    try await cellar.work.rest()
    let begun = cellar.begun(after: .milliseconds(500))
    #expect(
      begun.isEmpty,
      "it was cancelled \(cellar.whenCancelled), and this was begun after that: \(list(begun))")
    if case .success = result {
      Issue.record("it was cancelled \(cellar.whenCancelled), saved nothing, and has not thrown")
    }
  },
  Check(
    "a task that was cancelled gets a CancellationError", hint: 3,
    cause: "It leaves the loop with break or return, or an error is swallowed on the way out."
  ) { archiveAll, world in
    for moment in [500, 1_500, 2_500] {
      let cellar = Cellar(world)
      switch await cellar.cancel(archiveAll, after: moment) {
      case .success:
        Issue.record("it was cancelled \(cellar.whenCancelled), and has not thrown")
      case .failure(is CancellationError): break
      case .failure(let error):
        Issue.record("it was cancelled \(cellar.whenCancelled), and threw “\(error)”")
      }
      try await cellar.work.rest()
    }
  },
  Check(
    "a failed save ends it with its own error", hint: 1,
    cause: "An error is swallowed, by try? or a catch that goes on, or by a task nobody asks."
  ) { archiveAll, world in
    for step in ["write A", "seal A"] {
      let cellar = Cellar(world, failing: step)
      let began = world.now
      await cellar.expectDiskFull(of: await cellar.archive(archiveAll), when: "“\(step)” failed")
      try await cellar.work.rest()
      let next = cellar.work.steps.filter { $0.began >= began && $0.name.hasSuffix("B") }
      #expect(next.isEmpty, "“\(step)” failed, and this was begun: \(list(next.map(\.name)))")
    }
  },
  Check(
    "a save that fails after the cancellation throws its own error, too", hint: 3,
    cause: "The cancellation is looked at before the save's result, and hides what went wrong."
  ) { archiveAll, world in
    let cellar = Cellar(world, failing: "seal A")
    let result = await cellar.cancel(archiveAll, after: 1_500)
    await cellar.expectDiskFull(
      of: result, when: "it was cancelled \(cellar.whenCancelled), and then “seal A” failed")
    try await cellar.work.rest()
  },
  Check(
    "what a failed save has left is removed, cancelled or not", hint: 2,
    cause: "Removing awaits. In a cancelled task, that is cut short outside of the shield."
  ) { archiveAll, world in
    for moment in [nil, 1_500] {
      let cellar = Cellar(world, failing: "seal A")
      if let moment {
        _ = await cellar.cancel(archiveAll, after: moment)
      } else {
        _ = await cellar.archive(archiveAll)
      }
      let left = cellar.work.underWay
      try await cellar.work.rest()
      let when = moment == nil ? "" : "it was cancelled \(cellar.whenCancelled), and then "
      #expect(
        cellar.work.names(.done).contains("remove A") && left.isEmpty,
        "\(when)“seal A” failed, and what was left of the page was not removed: \(cellar.story)")
    }
  },
  Check(
    "whatever the moment, a page is saved wholly or not at all", hint: 3,
    cause: "There is a moment between two steps at which the cancellation finds a way in."
  ) { archiveAll, world in
    // Just when one step ends and the next begins, and before all of them.
    for moment in [0, 1_000, 2_000, 3_000] {
      let cellar = Cellar(world)
      let result = await cellar.cancel(archiveAll, after: moment)
      try await cellar.work.rest()
      let half = ["A", "B"].filter { cellar.isBegun($0) && !cellar.isSealed($0) }
      #expect(
        half.isEmpty,
        "it was cancelled \(cellar.whenCancelled), and this is half saved: \(list(half))")
      if case .success = result {
        Issue.record("it was cancelled \(cellar.whenCancelled), and has not thrown")
      }
    }
  },
]
