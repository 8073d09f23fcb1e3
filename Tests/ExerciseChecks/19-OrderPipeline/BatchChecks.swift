import CheckKit
import ExerciseKit
import Testing

/// What happens to several orders.
let batchChecks: [Check<MakePipeline>] = [
  Check(
    "as many orders at a time as the limit says, no more and no fewer", hint: 2,
    cause: "Begin one more when one has ended, whichever it is; an order that undoes has not ended."
  ) { make, world in
    let shop = Workshop(
      world, ["pen payment": StepPlan(seconds: 6), "mug stock": StepPlan(error: .noStock)])
    let short = [["payment"]]
    let orders = [
      Order("pen", stages: short), Order("card", stages: short),
      Order("mug", stages: [["payment"], ["stock"]]), Order("ring", stages: short),
      Order("bag", stages: short), Order("cup", stages: short),
    ]
    let outcomes = await make(shop, 2, .seconds(60)).process(orders)
    try await shop.rest()
    let most = shop.mostOrders(orders)
    #expect(most.count <= 2, "\(most.count) orders at a time, at \(most.at), and the limit is 2")
    for (name, due) in [("mug", 1), ("ring", 4), ("bag", 5), ("cup", 6)] {
      let began = shop.began("\(name) payment")
      #expect(
        began == .seconds(due), "the \(name) began at \(text(began)), and had room from \(due) s on"
      )
    }
    shop.audit(orders, outcomes, after: "six orders, two at a time")
  },
  Check(
    "every order has its own outcome, in the order of the orders", hint: 2,
    cause: "Keep each outcome with the index of its order, and let no error out of an order's task."
  ) { make, world in
    let shop = Workshop(
      world, ["ring payment": StepPlan(seconds: 3), "mug payment": StepPlan(error: .noAnswer)])
    let orders = ["ring", "mug", "card"].map { Order($0, stages: [["payment"]]) }
    let pipeline = make(shop, 3, .seconds(60))
    let outcomes = await pipeline.process(orders)
    try await shop.rest()
    let seen = outcomes.map { "\($0)" }
    let expected = ["completed", "undone: no answer", "completed"]
    #expect(seen == expected, "the outcomes are \(seen) instead of \(expected)")
    let none = await pipeline.process([])
    #expect(none.isEmpty, "no orders, and \(none.count) outcomes")
  },
  Check(
    "a cancelled batch leaves no order half done, and begins none", hint: 3,
    cause: "Undoing awaits, in a task that is cancelled: it needs a shield. And a cancelled group "
      + "still takes children, unless they are added with addTaskUnlessCancelled."
  ) { make, world in
    // Each schedule is cancelled at one of four moments.
    let moment = [500, 1500, 3500, 4500][Int(world.seed / 2 % 4)]
    let shop = Workshop(
      world,
      [
        "pin payment": StepPlan(seconds: 0), "ring engraving": StepPlan(seconds: 9),
        "mug stock": StepPlan(seconds: 2),
        "mug engraving": StepPlan(seconds: 9), "pen stock": StepPlan(seconds: 3, error: .noStock),
      ])
    let orders = [
      Order("pin", stages: [["payment"]]), Order("ring", stages: [["payment"], ["engraving"]]),
      Order("mug", stages: [["payment", "stock"], ["engraving"]]),
      Order("pen", stages: [["payment", "stock"]]), Order("card", stages: [["payment"]]),
      Order("bag", stages: [["payment"]]),
    ]
    let pipeline = make(shop, 3, .seconds(60))
    let batch = Task(name: "batch") { await pipeline.process(orders) }
    try await Task.sleep(for: .milliseconds(moment))
    world.note("is cancelled")
    batch.cancel()
    let outcomes = await batch.value
    try await shop.rest()
    let what = "a cancellation at \(text(.milliseconds(moment)))"
    for name in ["card", "bag"] {
      guard let began = shop.began("\(name) payment") else { continue }
      #expect(
        began < .milliseconds(moment), "after \(what), the \(name) was begun, at \(text(began))")
    }
    shop.audit(orders, outcomes, after: what)
    let first = outcomes.first.map { "\($0)" } ?? "none"
    #expect(
      first == "completed", "the pin was done at 0 s; after \(what), its outcome is “\(first)”")
    let reasons = outcomes.dropFirst().prefix(2).map { "\($0)" }
    #expect(
      reasons == Array(repeating: "undone: \(CancellationError())", count: reasons.count),
      "after \(what), the outcomes of ring and mug are \(reasons)")
  },
]
