import CheckKit
import ExerciseKit
import Synchronization

let wrongBreakfasts: [WrongAnswer<Cook>] = [
  WrongAnswer(
    "awaits every step before it begins the next",
    rejectedBy: "what needs nothing begins at once", naming: ["needs nothing, and began at"],
    breakfastInTurn),
  WrongAnswer(
    "starts a task for each step, and awaits it in the same line",
    rejectedBy: "breakfast takes as long as its longest chain of steps",
    naming: ["its longest chain takes"], breakfastOfAwaitedTasks),
  WrongAnswer(
    "first all that needs nothing, then the rest",
    rejectedBy: "a step begins as soon as what it needs is done", naming: ["could begin at"],
    breakfastInWaves),
  WrongAnswer(
    "the plate waits for the coffee, too",
    rejectedBy: "a step begins as soon as what it needs is done",
    naming: ["“fill plate” could begin at"], breakfastWithOneGroup),
  WrongAnswer(
    "a chain for the eggs and one for the bacon, each with a hot pan",
    rejectedBy: "every step is done once", naming: ["“heat pan” was done 2 times"],
    breakfastWithTwoPans),
  WrongAnswer(
    "starts everything, whatever it needs",
    rejectedBy: "no step begins before what it needs is done", naming: ["before “"],
    breakfastAllAtOnce),
  WrongAnswer(
    "starts tasks and does not await them",
    rejectedBy: "every step is done once", naming: ["was not done"], breakfastUnattended),
  WrongAnswer(
    "swallows errors", rejectedBy: "a step that fails ends breakfast with its error",
    naming: ["as if all were well"], breakfastWithoutErrors),
  WrongAnswer(
    "notes an error and carries on", rejectedBy: "nothing is begun that needs what failed",
    naming: ["was begun all the same"], breakfastAgainstAllOdds),
  WrongAnswer(
    "leaves its other tasks alone when one fails",
    rejectedBy: "when breakfast has ended, nothing goes on in the kitchen",
    naming: ["still went on"], breakfastOfTasks),
]

@Sendable func breakfastInTurn(in kitchen: any Kitchen) async throws {
  for step in BreakfastStep.allCases { try await kitchen.perform(step) }
}

@Sendable func breakfastOfAwaitedTasks(in kitchen: any Kitchen) async throws {
  for step in BreakfastStep.allCases {
    try await Task { try await kitchen.perform(step) }.value
  }
}

@Sendable func breakfastInWaves(in kitchen: any Kitchen) async throws {
  let waves: [[BreakfastStep]] = [
    [.boilWater, .heatPan, .toastBread], [.brewCoffee, .fryEggs, .fryBacon, .butterToast],
    [.fillPlate], [.serve],
  ]
  for wave in waves { try await together(wave, in: kitchen) }
}

@Sendable func breakfastWithOneGroup(in kitchen: any Kitchen) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await inTurn([.boilWater, .brewCoffee], in: kitchen) }
    group.addTask { try await inTurn([.toastBread, .butterToast], in: kitchen) }
    group.addTask {
      try await kitchen.perform(.heatPan)
      try await together([.fryEggs, .fryBacon], in: kitchen)
    }
    try await group.waitForAll()
  }
  try await inTurn([.fillPlate, .serve], in: kitchen)
}

@Sendable func breakfastWithTwoPans(in kitchen: any Kitchen) async throws {
  async let coffee: Void = inTurn([.boilWater, .brewCoffee], in: kitchen)
  async let toast: Void = inTurn([.toastBread, .butterToast], in: kitchen)
  async let eggs: Void = inTurn([.heatPan, .fryEggs], in: kitchen)
  async let bacon: Void = inTurn([.heatPan, .fryBacon], in: kitchen)
  _ = try await (eggs, bacon, toast)
  try await kitchen.perform(.fillPlate)
  try await coffee
  try await kitchen.perform(.serve)
}

@Sendable func breakfastAllAtOnce(in kitchen: any Kitchen) async throws {
  try await together(BreakfastStep.allCases, in: kitchen)
}

@Sendable func breakfastUnattended(in kitchen: any Kitchen) async throws {
  Task { try await inTurn([.boilWater, .brewCoffee], in: kitchen) }
  Task { try await inTurn([.toastBread, .butterToast], in: kitchen) }
  Task { try await inTurn([.heatPan, .fryEggs, .fryBacon], in: kitchen) }
  try await inTurn([.fillPlate, .serve], in: kitchen)
}

@Sendable func breakfastWithoutErrors(in kitchen: any Kitchen) async throws {
  async let coffee: Void? = try? inTurn([.boilWater, .brewCoffee], in: kitchen)
  async let toast: Void? = try? inTurn([.toastBread, .butterToast], in: kitchen)
  try? await kitchen.perform(.heatPan)
  try? await together([.fryEggs, .fryBacon], in: kitchen)
  _ = await toast
  try? await kitchen.perform(.fillPlate)
  _ = await coffee
  try? await kitchen.perform(.serve)
}

@Sendable func breakfastAgainstAllOdds(in kitchen: any Kitchen) async throws {
  let failure = Mutex<(any Error)?>(nil)
  let attempt: @Sendable ([BreakfastStep]) async -> Void = { steps in
    for step in steps {
      do { try await kitchen.perform(step) } catch { failure.withLock { $0 = error } }
    }
  }
  async let coffee: Void = attempt([.boilWater, .brewCoffee])
  async let toast: Void = attempt([.toastBread, .butterToast])
  await attempt([.heatPan])
  async let eggs: Void = attempt([.fryEggs])
  await attempt([.fryBacon])
  _ = await (eggs, toast)
  await attempt([.fillPlate])
  await coffee
  await attempt([.serve])
  if let failure = failure.withLock({ $0 }) { throw failure }
}

/// Every step is a task that awaits the tasks of what it needs, as promises are often written.
@Sendable func breakfastOfTasks(in kitchen: any Kitchen) async throws {
  let coffee = Task { try await inTurn([.boilWater, .brewCoffee], in: kitchen) }
  let toast = Task { try await inTurn([.toastBread, .butterToast], in: kitchen) }
  let pan = Task { try await kitchen.perform(.heatPan) }
  let eggs = Task {
    try await pan.value
    try await kitchen.perform(.fryEggs)
  }
  let bacon = Task {
    try await pan.value
    try await kitchen.perform(.fryBacon)
  }
  for task in [eggs, bacon, toast] { try await task.value }
  try await kitchen.perform(.fillPlate)
  try await coffee.value
  try await kitchen.perform(.serve)
}

/// One step after another.
private func inTurn(_ steps: [BreakfastStep], in kitchen: any Kitchen) async throws {
  for step in steps { try await kitchen.perform(step) }
}

/// All of these steps at the same time.
private func together(_ steps: [BreakfastStep], in kitchen: any Kitchen) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for step in steps { group.addTask { try await kitchen.perform(step) } }
    try await group.waitForAll()
  }
}

// MARK: - Right, and not like ours

/// One flat group. Whenever a step is done, it looks up in the table what can begin now.
@Sendable func breakfastByTheTable(in kitchen: any Kitchen) async throws {
  try await withThrowingTaskGroup(of: BreakfastStep.self) { group in
    var open = BreakfastStep.allCases
    var done: Set<BreakfastStep> = []
    repeat {
      for step in open where step.needs.isSubset(of: done) {
        group.addTask {
          try await kitchen.perform(step)
          return step
        }
      }
      open.removeAll { $0.needs.isSubset(of: done) }
      if let step = try await group.next() { done.insert(step) }
    } while done.count < BreakfastStep.allCases.count
  }
}
