import CheckKit
import Exercise01
import ExerciseKit
import Solution01
import Testing

/// What exercise 01 asks for.
typealias Cook = @Sendable (any Kitchen) async throws -> Void

@Suite("01 Breakfast")
struct BreakfastTests {
  @Test("your answer", arguments: breakfastChecks)
  func learner(_ check: Check<Cook>) async {
    await judge(Exercise01.makeBreakfast, by: check, of: "01-Breakfast")
  }

  @Test("our solution", arguments: breakfastChecks)
  func solution(_ check: Check<Cook>) async {
    await judge(Solution01.makeBreakfast, by: check, of: "01-Breakfast")
  }

  @Test("a right answer of another build", arguments: breakfastChecks)
  func alternative(_ check: Check<Cook>) async {
    await judge(breakfastByTheTable, by: check, of: "01-Breakfast")
  }

  @Test("a wrong answer", arguments: wrongBreakfasts)
  func wrong(_ answer: WrongAnswer<Cook>) async {
    await expectRejection(of: answer, by: breakfastChecks)
  }
}

let breakfastChecks: [Check<Cook>] = [
  Check(
    "every step is done once", hint: 1,
    cause: "A step was left out, was not awaited, or is in two chains of which each does it."
  ) { cook, world in
    let kitchen = PlayedKitchen(world)
    try await cook(kitchen)
    kitchen.expectEveryStepOnce()
    try await kitchen.rest()
  },
  Check(
    "no step begins before what it needs is done", hint: 2,
    cause: "It goes on beside what it needs, and belongs behind it: await first, then begin."
  ) { cook, world in
    // From zero: even a step that is done at once lets others go first.
    let kitchen = PlayedKitchen(world, secondsFrom: 0...3)
    try await cook(kitchen)
    kitchen.expectNoHaste()
    try await kitchen.rest()
  },
  Check(
    "what needs nothing begins at once", hint: 1,
    cause: "Something is awaited before it is begun. Begin all three, and await them after that."
  ) { cook, world in
    let kitchen = PlayedKitchen(world, seconds: [.boilWater: 3, .heatPan: 2, .toastBread: 4])
    try await cook(kitchen)
    kitchen.expectBeginnings()
    try await kitchen.rest()
  },
  Check(
    "a step begins as soon as what it needs is done", hint: 2,
    cause: "It waits for something that it does not need. Which chains meet before it?"
  ) { cook, world in
    let kitchen = PlayedKitchen(world, secondsFrom: 1...9)
    try await cook(kitchen)
    kitchen.expectNoDelay()
    try await kitchen.rest()
  },
  Check(
    "breakfast takes as long as its longest chain of steps", hint: 2,
    cause: "Steps that do not need each other wait for each other."
  ) { cook, world in
    let days: [[BreakfastStep: Int]] = [
      [.boilWater: 6, .brewCoffee: 4],
      [.toastBread: 7, .butterToast: 2],
      [.heatPan: 2, .fryEggs: 3, .fryBacon: 6],
    ]
    let kitchen = PlayedKitchen(world, seconds: days[Int(world.seed % 3)])
    try await cook(kitchen)
    let chain = kitchen.longestChain()
    let names = chain.map(\.description).joined(separator: ", ")
    #expect(
      world.now == .seconds(kitchen.length(of: chain)),
      """
      breakfast took \(world.now), and its longest chain takes \
      \(Duration.seconds(kitchen.length(of: chain))): \(names)
      """)
    try await kitchen.rest()
  },
  Check(
    "a step that fails ends breakfast with its error", hint: 2,
    cause: "The error is caught, or thrown into a task whose value nobody asks for."
  ) { cook, world in
    let failing = anyStep(world)
    let kitchen = PlayedKitchen(world, secondsFrom: 1...9, failing: failing)
    kitchen.expectMishap(await errorThrown { try await cook(kitchen) })
    try await kitchen.rest()
  },
  Check(
    "nothing is begun that needs what failed", hint: 2,
    cause: "An error is caught before it can end the chain. Let it through."
  ) { cook, world in
    let failing = anyStep(world)
    let kitchen = PlayedKitchen(world, secondsFrom: 1...9, failing: failing)
    _ = await errorThrown { try await cook(kitchen) }
    try await kitchen.rest()
    kitchen.expectNothingThatNeeds(failing)
  },
  Check(
    "when breakfast has ended, nothing goes on in the kitchen", hint: 2,
    cause: "A task was started that nobody awaits on this way out. A group awaits its child tasks."
  ) { cook, world in
    // Every other day, all goes well.
    let failing = world.seed % 2 == 0 ? nil : anyStep(world)
    let kitchen = PlayedKitchen(world, secondsFrom: 1...9, failing: failing)
    _ = await errorThrown { try await cook(kitchen) }
    await kitchen.expectRest()
  },
]

/// The step that fails under this seed.
private func anyStep(_ world: World) -> BreakfastStep {
  var numbers = world.randomNumbers
  return BreakfastStep.allCases.randomElement(using: &numbers) ?? .serve
}

/// What `body` throws, or nil.
private func errorThrown(by body: () async throws -> Void) async -> (any Error)? {
  do { try await body() } catch { return error }
  return nil
}
