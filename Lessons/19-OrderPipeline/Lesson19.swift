// Lesson 19 · Order pipeline
//
//   asyncio                                       Swift
//   await asyncio.gather(pay(o), take(o), …)      group.addTask { … } for each step
//   …, return_exceptions=True                     while let result = await group.nextResult()
//   for receipt in reversed(receipts): …          the same
//   await asyncio.shield(undo(receipt))           try await withCancellationShield { … }
//   (cancelled once, then it can await again)     (cancelled for good: shield what has to finish)
//
// Run me:    swift run Lesson19
// Then try:  Exercises/19-OrderPipeline

import AsyncPrimitives
import Narration
import Simulation

@main
struct Lesson19 {
  static func main() async {
    await Lesson(19, "Order pipeline") {
      Scene("Three steps at once", threeStepsTakeAsLongAsTheLongest)
      Scene("Somebody says no", whatWasDoneIsUndoneInReverse)
      Scene("A receipt that nobody keeps", whatNobodyKnowsOfNobodyUndoes)
      Scene("An undo that fails", anUndoThatFailsHidesNothing)
      Scene("Cancelled, and half done", anUndoWithoutAShieldIsCutShort)
      Scene("Cancelled, and all or nothing", aShieldMakesItAllOrNothing)
      Scene("Two hundred orders", theBooksBalance)
    }.main()
  }
}

/// Does everything that an order needs, or nothing of it.
func process(_ order: Order, at shop: Shop) async -> Outcome {
  let (receipts, problem) = await performSteps(of: order, at: shop)
  do {
    if let problem { throw problem }
    try Task.checkCancellation()  // The last moment to turn back: a parcel on its way is.
    try await withCancellationShield { try await shop.dispatch(order) }
    return .dispatched
  } catch {
    let left = await undo(receipts, at: shop)
    return left.isEmpty ? .undone(error) : .stuck(error, left)
  }
}

/// Starts all steps, and returns the receipts of those that were done, in that order, with the first
/// error if there was one.
func performSteps(
  of order: Order, at shop: Shop
) async -> (receipts: [Receipt], problem: (any Error)?) {
  await withThrowingTaskGroup(of: Receipt.self) { group in
    for step in Step.allCases {
      group.addTask(name: "\(step)") { try await shop.perform(step, for: order) }
    }
    var receipts: [Receipt] = []
    var problem: (any Error)?
    // To the last of them: after an error, a step may still turn out to have been done.
    while let result = await group.nextResult() {
      switch result {
      case .success(let receipt): receipts.append(receipt)
      case .failure(let error):
        problem = problem ?? error
        group.cancelAll()
      }
    }
    return (receipts, problem)
  }
}

/// Undoes, one after the other, what the receipts say was done. Returns those that it could not.
func undo(_ receipts: [Receipt], at shop: Shop) async -> [Step] {
  var left: [Step] = []
  for receipt in receipts.reversed() {
    // The order may have been cancelled. What undoes it must not be.
    do { try await withCancellationShield { try await shop.undo(receipt) } } catch {
      left.append(receipt.step)
    }
  }
  return left
}

/// Payment, stock and logistics know nothing of each other: none has to wait for another.
func threeStepsTakeAsLongAsTheLongest(_ narrator: Narrator) async throws {
  let order = Order(1)
  let shop = Shop(narrator, for: [order])
  narrator.tell("the order: \(await process(order, at: shop))")
  let inTurn = Step.allCases.map(order.time(of:)).reduce(order.dispatchTime, +)
  narrator.say("One step after the other, it would have taken \(seconds(inTurn)) s.")
}

/// The first no cancels what is under way. What has been done is undone, the last of it first.
func whatWasDoneIsUndoneInReverse(_ narrator: Narrator) async throws {
  for step in [Step.payment, .stock] {
    let order = Order(1, refusing: step)
    let shop = Shop(narrator, for: [order])
    narrator.tell("the order: \(await process(order, at: shop))")
    narrator.tell("half done: \(shop.halfDone)")
    narrator.draw(caption: "No from \(step):")
  }
}

/// One error comes out of a gather, and no receipt. What remains is to undo too little or too much.
func whatNobodyKnowsOfNobodyUndoes(_ narrator: Narrator) async throws {
  narrator.say("All three with gather. There is no stock, and no receipt to undo:")
  await search(narrator) { order, shop in
    try await gather(Step.allCases, name: \.description) { try await shop.perform($0, for: order) }
  }
  narrator.say("So all three are undone, done or not:")
  await search(narrator) { order, shop in
    do {
      try await gather(Step.allCases, name: \.description) {
        try await shop.perform($0, for: order)
      }
    } catch {
      for step in Step.allCases { try await shop.undo(Receipt(order, step)) }
    }
  }
  narrator.say("Every result is taken out, and what has a receipt is undone:")
  await search(narrator) { order, shop in _ = await process(order, at: shop) }
}

/// The others are undone all the same. The caller hears why it was undone, and what is left.
func anUndoThatFailsHidesNothing(_ narrator: Narrator) async throws {
  let order = Order(1, vanBreaksDown: true, cannotUndo: .logistics)
  let shop = Shop(narrator, for: [order])
  narrator.tell("the order: \(await process(order, at: shop))")
  narrator.tell("half done: \(shop.halfDone)")
}

/// In a cancelled task, what awaits throws at once, also what was meant to put things right.
func anUndoWithoutAShieldIsCutShort(_ narrator: Narrator) async throws {
  narrator.lanes("shop")
  let shop = Shop(narrator, for: [Order(1)])
  try await cancel(after: .seconds(0.55), narrator) {
    let (receipts, _) = await performSteps(of: Order(1), at: shop)
    for receipt in receipts.reversed() { try await shop.undo(receipt) }
  }
  narrator.tell("half done: \(shop.halfDone)")
}

/// One order is on its way and gets there, one is undone to the end, and one is never begun.
func aShieldMakesItAllOrNothing(_ narrator: Narrator) async throws {
  narrator.lanes("shop")
  let orders = [Order(1), Order(2, paymentTime: .seconds(1.5)), Order(3)]
  let shop = Shop(narrator, for: orders)
  try await cancel(after: .seconds(0.75), narrator) {
    let outcomes = await processBatch(orders, limit: 2, at: shop)
    for (order, outcome) in zip(orders, outcomes) { narrator.tell("order \(order): \(outcome)") }
  }
  narrator.tell("half done: \(shop.halfDone)")
}

/// However a day ends, each order is all or nothing, or known to be stuck: the books agree.
func theBooksBalance(_ narrator: Narrator) async throws {
  let whole = await processDay(narrator)
  let cut = await processDay(narrator, closingAfter: .seconds(3))
  tabulate(whole, cut, narrator)
}
