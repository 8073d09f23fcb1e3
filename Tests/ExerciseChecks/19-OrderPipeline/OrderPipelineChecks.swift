import AsyncPrimitives
import CheckKit
import Exercise19
import ExerciseKit
import Solution19
import Testing

/// Makes a pipeline from services, a limit and a patience.
typealias MakePipeline = @Sendable (any OrderServices, Int, Duration) -> any OrderProcessing

@Suite("19 OrderPipeline")
struct OrderPipelineTests {
  @Test("your answer", arguments: pipelineChecks)
  func learner(_ check: Check<MakePipeline>) async {
    await judge(
      { Exercise19.OrderPipeline(services: $0, limit: $1, patience: $2) }, by: check,
      of: "19-OrderPipeline")
  }

  @Test("our solution", arguments: pipelineChecks)
  func solution(_ check: Check<MakePipeline>) async {
    await judge(
      { Solution19.OrderPipeline(services: $0, limit: $1, patience: $2) }, by: check,
      of: "19-OrderPipeline")
  }

  @Test("a right answer of workers, with a timer of its own", arguments: pipelineChecks)
  func workers(_ check: Check<MakePipeline>) async {
    await judge(
      { WorkersPipeline(services: $0, limit: $1, patience: $2) }, by: check,
      of: "19-OrderPipeline")
  }

  @Test("a right answer that calls itself for each stage", arguments: pipelineChecks)
  func recursive(_ check: Check<MakePipeline>) async {
    await judge(
      { RecursivePipeline(services: $0, limit: $1, patience: $2) }, by: check,
      of: "19-OrderPipeline")
  }

  @Test("a wrong answer", arguments: wrongPipelines)
  func wrong(_ answer: WrongAnswer<MakePipeline>) async {
    await expectRejection(of: answer, by: pipelineChecks)
  }
}

let pipelineChecks = wayThereChecks + wayBackChecks + batchChecks

/// What happens while all goes well, and at the moment when it does not.
let wayThereChecks: [Check<MakePipeline>] = [
  Check(
    "the steps of a stage run at once, and the stages in turn", hint: 1,
    cause: "Start all steps of a stage before you await one, and all of them before the next stage."
  ) { make, world in
    let shop = Workshop(
      world, ["payment": StepPlan(seconds: 2), "engraving": StepPlan(seconds: 3)])
    let ring = Order("ring", stages: [["payment", "stock"], ["engraving"], ["courier"]])
    let outcomes = await make(shop, 1, .seconds(60)).process([ring])
    let ended = shop.now
    for (step, expected) in [("payment", 0), ("stock", 0), ("engraving", 2), ("courier", 5)] {
      let began = shop.began("ring \(step)")
      #expect(
        began == .seconds(expected), "\(step) began at \(text(began)) instead of \(expected) s")
    }
    #expect(ended == "6 s", "the order was over at \(ended) instead of 6 s")
    shop.audit([ring], outcomes, after: "an order in which all goes well")
  },
  Check(
    "a step that fails ends the others of its order, and begins none", hint: 1,
    cause: "The first error has to leave the task group, at once: that cancels the other children. "
      + "waitForAll() throws only when all have ended."
  ) { make, world in
    let shop = Workshop(
      world, ["payment": StepPlan(seconds: 9), "stock": StepPlan(error: .noStock)])
    let ring = Order("ring", stages: [["payment", "stock"], ["courier"]])
    let outcomes = await make(shop, 1, .seconds(60)).process([ring])
    let ended = shop.now
    try await shop.rest()
    #expect(
      shop.fate(of: "ring payment") == "was cancelled at 1 s",
      "stock failed at 1 s, and payment \(shop.fate(of: "ring payment")), not cancelled then")
    #expect(
      shop.began("ring courier") == nil, "the courier came, and there had been nothing in stock")
    #expect(ended == "1 s", "nothing was to be undone, and the order was over at \(ended), not 1 s")
    expectUndone(outcomes.first, because: .noStock)
  },
]

/// What happens to what was done.
let wayBackChecks: [Check<MakePipeline>] = [
  Check(
    "what was done is undone, one after the other, the last of it first", hint: 2,
    cause: "Note each step when it is done, over all stages. Then go through that list backwards."
  ) { make, world in
    let shop = Workshop(
      world,
      [
        "payment": StepPlan(seconds: 2), "engraving": StepPlan(seconds: 2),
        "courier": StepPlan(seconds: 3, error: .noCourier),
      ])
    let ring = Order(
      "ring", stages: [["payment", "stock"], ["wrapping", "engraving", "courier"]])
    let outcomes = await make(shop, 1, .seconds(60)).process([ring])
    try await shop.rest()
    let undos = shop.undos(of: "ring")
    let expected = ["engraving", "wrapping", "payment", "stock"]
    let missing = expected.filter { !undos.contains($0) }
    #expect(missing.isEmpty, "done, and never undone: \(missing.joined(separator: ", "))")
    #expect(
      !missing.isEmpty || undos.filter(expected.contains) == expected,
      "undone in the order \(undos); the last that was done comes first: \(expected)")
    if let overlap = shop.overlappingUndos { Issue.record(Comment(rawValue: overlap)) }
    expectUndone(outcomes.first, because: .noCourier)
  },
  Check(
    "what was not done is not undone", hint: 1,
    cause: "Only a step whose perform has returned was done: not one that threw, for any reason."
  ) { make, world in
    let shop = Workshop(
      world,
      ["stock": StepPlan(seconds: 2, error: .noStock), "wrapping": StepPlan(seconds: 9)])
    let ring = Order("ring", stages: [["payment", "stock", "wrapping"], ["courier"]])
    let outcomes = await make(shop, 1, .seconds(60)).process([ring])
    try await shop.rest()
    for step in shop.undos(of: "ring") {
      let fate = shop.fate(of: "ring \(step)")
      #expect(fate.hasPrefix("was done"), "\(step) was undone, and it \(fate)")
    }
    expectUndone(outcomes.first, because: .noStock)
  },
  Check(
    "a step that is done in spite of being cancelled is undone, too", hint: 2,
    cause: "After an error, children may still return. Undo when the last of them has ended."
  ) { make, world in
    let shop = Workshop(
      world,
      ["payment": StepPlan(seconds: 3, isDeaf: true), "stock": StepPlan(error: .noStock)])
    let ring = Order("ring", stages: [["payment", "stock"]])
    let outcomes = await make(shop, 1, .seconds(60)).process([ring])
    let fate = shop.fate(of: "ring payment")
    #expect(
      fate != "is still under way", "process returned at \(shop.now), and payment \(fate)")
    try await shop.rest()
    let what = "a payment that could not be stopped: it \(shop.fate(of: "ring payment"))"
    shop.audit([ring], outcomes, after: what)
  },
  Check(
    "an undo that fails stops nothing, and hides nothing", hint: 2,
    cause: "Catch the error of each undo inside of the loop, and keep the reason that you had."
  ) { make, world in
    let shop = Workshop(
      world,
      [
        "stock": StepPlan(seconds: 2, undoError: .noAnswer), "engraving": StepPlan(seconds: 3),
        "courier": StepPlan(error: .noCourier),
      ])
    let ring = Order("ring", stages: [["payment", "stock", "engraving"], ["courier"]])
    let outcomes = await make(shop, 1, .seconds(60)).process([ring])
    try await shop.rest()
    #expect(
      shop.undos(of: "ring").contains("payment"),
      "undoing stock failed, and then payment was not undone")
    guard case .stuck(let error, let steps)? = outcomes.first, error as? Trouble == .noCourier,
      steps == ["stock"]
    else {
      let seen = outcomes.first.map { "\($0)" } ?? "none"
      Issue.record(
        "the outcome is “\(seen)” instead of “stuck: no courier; not undone: stock”")
      return
    }
  },
  Check(
    "an order that takes too long is given up, and undone to the end", hint: 2,
    cause: "The time limit belongs around an order's stages, and not around its undoing. Look at "
      + "the clock, or at your cancellation, before you begin a stage."
  ) { make, world in
    let shop = Workshop(
      world,
      [
        "ring engraving": StepPlan(seconds: 9), "ring payment": StepPlan(undoSeconds: 6),
        "mug engraving": StepPlan(seconds: 3), "cup payment": StepPlan(seconds: 7, isDeaf: true),
      ])
    let stages = [["payment", "stock"], ["engraving"]]
    let orders = ["ring", "mug", "cup"].map { Order($0, stages: stages) }
    let outcomes = await make(shop, 1, .seconds(5)).process(orders)
    try await shop.rest()
    let fate = shop.fate(of: "ring engraving")
    #expect(
      fate == "was cancelled at 5 s", "patience ended at 5 s; the ring's engraving \(fate)")
    #expect(
      shop.began("cup engraving") == nil,
      "patience ended while the cup was paid for, and after that its engraving began")
    shop.audit(orders, outcomes, after: "a ring and a cup that took too long, and a mug")
    guard case .undone(let error)? = outcomes.first, error is TimeoutError else {
      let seen = outcomes.first.map { "\($0)" } ?? "none"
      Issue.record("the ring took too long; its outcome is “\(seen)”, without a TimeoutError")
      return
    }
    guard case .completed? = outcomes.dropFirst().first else {
      let began = text(shop.began("mug payment"))
      Issue.record(
        "the mug began at \(began) and needed 4 s of its 5; its outcome is “\(outcomes[1])”")
      return
    }
  },
]
