import CheckKit
import Exercise02
import ExerciseKit
import Solution02
import Testing

/// What exercise 02 asks for.
typealias MakeBook = @Sendable ([Int], any Press) async throws -> String

@Suite("02 Stages")
struct StagesTests {
  @Test("your answer", arguments: stagesChecks)
  func learner(_ check: Check<MakeBook>) async {
    await judge(Exercise02.makeBook, by: check, of: "02-Stages")
  }

  @Test("our solution", arguments: stagesChecks)
  func solution(_ check: Check<MakeBook>) async {
    await judge(Solution02.makeBook, by: check, of: "02-Stages")
  }

  @Test("a right answer of another build", arguments: stagesChecks)
  func alternative(_ check: Check<MakeBook>) async {
    await judge(bookOfPageAndRest, by: check, of: "02-Stages")
  }

  @Test("a wrong answer", arguments: wrongBooks)
  func wrong(_ answer: WrongAnswer<MakeBook>) async {
    await expectRejection(of: answer, by: stagesChecks)
  }
}

let stagesChecks: [Check<MakeBook>] = [
  Check(
    "every page is downloaded, processed and bound", hint: 1,
    cause: "Something was left out, or nobody awaited it and the end of its scope cancelled it."
  ) { make, world in
    let press = PlayedPress(world, [.init(number: 7, download: 2), .init(number: 8, process: 2)])
    press.expectBook(try await make([7, 8], press))
    try await press.rest()
  },
  Check(
    "each page is processed with its own text", hint: 2,
    cause: "Texts are taken in the order in which they come. Keep both stages of a page together."
  ) { make, world in
    let press = PlayedPress(randomIn: world)
    _ = try await make([1, 2, 3], press)
    press.expectNoMixUp()
    try await press.rest()
  },
  Check(
    "a book without pages is bound in its cover", hint: 3,
    cause: "Something is taken from a list that may be empty."
  ) { make, world in
    let press = PlayedPress(world, [])
    press.expectBook(try await make([], press))
    try await press.rest()
  },
  Check(
    "all downloads begin at once, and so does the cover", hint: 1,
    cause: "Something is awaited before all of them have begun, or a limit lets some of them wait."
  ) { make, world in
    let press = PlayedPress(thickIn: world)
    _ = try await make(press.pages.map(\.number), press)
    press.expectBeginnings()
    try await press.rest()
  },
  Check(
    "a page is processed as soon as its own download is done", hint: 2,
    cause: "It waits for the downloads of other pages. Keep both stages of a page together."
  ) { make, world in
    let press = PlayedPress(
      world,
      [
        .init(number: 1, download: 5), .init(number: 2, download: 1),
        .init(number: 3, download: 3),
      ])
    _ = try await make([1, 2, 3], press)
    press.expectNoPageWaits()
    try await press.rest()
  },
  Check(
    "pages that are here together are processed together", hint: 2,
    cause: "A loop awaits one page before it goes on to the next, or a limit lets some pages wait."
  ) { make, world in
    let press = PlayedPress(thickIn: world, process: 2)
    _ = try await make(press.pages.map(\.number), press)
    press.expectNoPageWaits()
    try await press.rest()
  },
  Check(
    "the book is bound when the last page and the cover are there", hint: 3,
    cause: "Binding waits for something else, or does not wait for all that it needs."
  ) { make, world in
    let press = PlayedPress(randomIn: world)
    _ = try await make([1, 2, 3], press)
    press.expectBindingInTime()
    try await press.rest()
  },
  Check(
    "if something fails, its error is thrown and nothing is bound", hint: 2,
    cause: "The error is caught, or thrown into a task whose value nobody asks for."
  ) { make, world in
    let press = PlayedPress(randomIn: world, failing: true)
    press.expectMishap(await press.book(by: make))
    try await press.rest()
  },
  Check(
    "when makeBook has ended, nothing is under way", hint: 2,
    cause: "A task was started that nobody awaits on this way out. A child task has a scope."
  ) { make, world in
    // Every other time, all goes well.
    let press = PlayedPress(randomIn: world, failing: world.seed % 2 == 1)
    _ = await press.book(by: make)
    await press.expectRest()
  },
]
