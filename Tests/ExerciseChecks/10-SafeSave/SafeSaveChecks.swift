import CheckKit
import Exercise10
import ExerciseKit
import Solution10
import Testing

@Suite("10 SafeSave")
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
    "pages are scanned, written and sealed in their order, one after the other", hint: 1,
    cause: "A loop over the pages, with three awaits in it, is all that this takes."
  ) { archiveAll, world in
    let cellar = Cellar(world)
    try await archiveAll(["B", "A"], cellar)
    let expected = ["scan B", "write B", "seal B", "scan A", "write A", "seal A"]
    let seen = cellar.work.names(.done)
    #expect(seen == expected, "what was done: \(list(seen)), instead of: \(list(expected))")
    let time = world.now  // A second each for scanning, writing and sealing.
    #expect(time == .seconds(6), "six steps of a second each took \(time)")
  },
  Check(
    "a save that has begun is finished", hint: 2,
    cause: "Writing or sealing is cut short by the cancellation. All of a save needs a shield."
  ) { archiveAll, world in
    let cellar = Cellar(world)
    // In the middle of writing, or of sealing.
    _ = await cellar.cancel(archiveAll, after: oneOf([1_500, 2_500], world))
    try await cellar.work.rest()
    #expect(
      cellar.isSealed("A"),
      "it was cancelled \(cellar.whenCancelled), and the page is half saved: \(cellar.story)")
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
    let cellar = Cellar(world)
    switch await cellar.cancel(archiveAll, after: oneOf([500, 1_500, 2_500], world)) {
    case .success:
      Issue.record("it was cancelled \(cellar.whenCancelled), and has not thrown")
    case .failure(is CancellationError): break
    case .failure(let error):
      Issue.record("it was cancelled \(cellar.whenCancelled), and threw “\(error)”")
    }
    try await cellar.work.rest()
  },
  Check(
    "a scan or a save that fails ends it with its own error", hint: 3,
    cause: "It is swallowed, or tried again, or hidden behind a CancellationError or by clean-up."
  ) { archiveAll, world in
    // Cancelled in the middle of writing, or never.
    let (step, others, moment): (String, [String], Int?) = oneOf(
      [
        ("write A", [], nil), ("seal A", [], nil), ("write A", [], 1_500), ("seal A", [], 1_500),
        ("scan A", [], nil), ("seal A", ["remove A"], nil), ("write A", ["remove A"], 1_500),
      ], world)
    let cellar = Cellar(world, failing: [step] + others)
    let result =
      if let moment {
        await cellar.cancel(archiveAll, after: moment)
      } else {
        await cellar.archive(archiveAll)
      }
    let cancelled = moment == nil ? "" : "it was cancelled at 1.5 s, "
    let what = "\(cancelled)“\(step)” was to fail" + others.map { ", “\($0)” as well" }.joined()
    cellar.expect(Fault(of: step), of: result, when: what)
    try await cellar.work.rest()
    let next = cellar.begun(after: step)
    #expect(next.isEmpty, "\(what), and this was begun after that: \(list(next))")
  },
  Check(
    "what a failed save has left is removed, cancelled or not", hint: 2,
    cause: "Removing is cut short outside of the shield, or only one of the two steps has a catch."
  ) { archiveAll, world in
    let (step, isCancelled) = oneOf(
      [("seal A", true), ("seal A", false), ("write A", true), ("write A", false)], world)
    let cellar = Cellar(world, failing: [step])
    if isCancelled {
      _ = await cellar.cancel(archiveAll, after: 1_500)
    } else {
      _ = await cellar.archive(archiveAll)
    }
    let left = cellar.work.underWay
    try await cellar.work.rest()
    let when = isCancelled ? "it was cancelled \(cellar.whenCancelled), " : ""
    #expect(
      cellar.work.names(.done).contains("remove A") && left.isEmpty,
      "\(when)“\(step)” was to fail, and what is left of the page is not removed: \(cellar.story)")
  },
  Check(
    "whatever the moment, a page is saved wholly or not at all", hint: 3,
    cause: "There is a moment between two steps at which the cancellation finds a way in."
  ) { archiveAll, world in
    let cellar = Cellar(world)
    // Just when one step ends and the next begins, or before all of them.
    let result = await cellar.cancel(archiveAll, after: oneOf([0, 1_000, 2_000, 3_000], world))
    try await cellar.work.rest()
    let half = ["A", "B"].filter { cellar.isBegun($0) && !cellar.isSealed($0) }
    #expect(
      half.isEmpty,
      "it was cancelled \(cellar.whenCancelled), and this is half saved: \(list(half))")
    if case .success = result {
      Issue.record("it was cancelled \(cellar.whenCancelled), and has not thrown")
    }
  },
]

/// One of several cases, which the schedule's seed chooses: the first of them first.
private func oneOf<Case>(_ cases: [Case], _ world: World) -> Case {
  // Six seeds in a row share a case, since the strategies take turns from one seed to the next.
  cases[Int(world.seed / 6 % UInt64(cases.count))]
}
