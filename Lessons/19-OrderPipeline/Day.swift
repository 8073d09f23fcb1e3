// Whole days in the shop of lesson 19, and what it searches through schedules for.

import AsyncPrimitives
import Narration
import Simulation

/// Processes a batch, so many orders at a time, and returns what came of each, in their order.
///
/// Cancelling it begins no further order.
func processBatch(_ orders: [Order], limit: Int, at shop: Shop) async -> [Outcome] {
  await withTaskGroup(of: (Int, Outcome).self) { group in
    var outcomes = [Outcome](repeating: .neverBegun, count: orders.count)
    for (index, order) in orders.enumerated() {
      if index >= limit, let (ended, outcome) = await group.next() { outcomes[ended] = outcome }
      let isBegun = group.addTaskUnlessCancelled { (index, await process(order, at: shop)) }
      guard isBegun else { break }
    }
    for await (ended, outcome) in group { outcomes[ended] = outcome }
    return outcomes
  }
}

/// Runs a job, and cancels it after a while.
func cancel(
  after time: Duration, _ narrator: Narrator, _ job: @escaping @Sendable () async throws -> Void
) async throws {
  let task = Task { try await job() }
  try await Task.sleep(for: time)
  narrator.mark("shop", "closes")
  task.cancel()
  _ = await task.result
}

/// What came of a day's orders, and what the books say.
struct Day: Sendable {
  var outcomes: [Outcome]
  var shop: Shop

  func count(of kind: String) -> Int { outcomes.count { $0.kind == kind } }

  /// How many steps could not be undone, and were reported.
  var stuckSteps: Int {
    outcomes.reduce(0) { sum, outcome in
      if case .stuck(_, let steps) = outcome { sum + steps.count } else { sum }
    }
  }
}

/// Processes two hundred orders, eight at a time, and closes early if asked to.
func processDay(_ narrator: Narrator, closingAfter time: Duration? = nil) async -> Day {
  let orders = Order.many(200, seed: narrator.seed)
  let shop = Shop()
  async let _ = tellParcels(of: shop, every: .seconds(2), narrator)
  let day = Task { await processBatch(orders, limit: 8, at: shop) }
  if let time {
    try? await Task.sleep(for: time)
    narrator.tell("the shop closes")
    day.cancel()
  }
  let outcomes = await day.value
  narrator.tell("the day is over, \(shop.counts.dispatched) parcels")
  return Day(outcomes: outcomes, shop: shop)
}

/// Tells again and again how far it is, until it is cancelled.
private func tellParcels(
  of shop: Shop, every interval: Duration, _ narrator: Narrator
) async throws {
  while true {
    try await Task.sleep(for: interval)
    narrator.tell("\(shop.counts.dispatched) parcels")
  }
}

/// Compares two days.
func tabulate(_ whole: Day, _ cut: Day, _ narrator: Narrator) {
  let kinds = [
    "dispatched", "card declined", "out of stock", "no van", "the van broke down", "stuck",
    "cancelled", "never begun",
  ]
  let rows = kinds.map { kind in [kind] + [whole, cut].map { "\($0.count(of: kind))" } }
  let sums = ["in all"] + [whole, cut].map { "\($0.outcomes.count)" }
  narrator.table(header: ["outcome", "whole day", "closed early"], rows: rows + [sums])
  let books = Step.allCases.map { step in
    ["\(step) done"] + [whole, cut].map { "\($0.shop.counts.steps[step, default: 0])" }
  }
  let parcels = ["parcels"] + [whole, cut].map { "\($0.shop.counts.dispatched)" }
  narrator.table(header: ["the books", "whole day", "closed early"], rows: books + [parcels])
  for (day, name) in [(whole, "Whole day"), (cut, "Closed early")] {
    narrator.say(
      "\(name): steps half done: \(day.shop.halfDoneSteps.count), reported: \(day.stuckSteps).")
  }
}

extension Outcome {
  /// Which row of the table it is counted in.
  fileprivate var kind: String {
    switch self {
    case .dispatched: "dispatched"
    case .undone(is CancellationError): "cancelled"
    case .undone(let error): "\(error)"
    case .stuck: "stuck"
    case .neverBegun: "never begun"
    }
  }
}

extension Order {
  /// Orders with a mishap now and then. The seed says which, and how long each takes.
  fileprivate static func many(_ count: Int, seed: UInt64) -> [Order] {
    var random = SeededGenerator(seed: seed)
    return (1...count).map { number in
      var order = Order(number, pace: Double(Int.random(in: 15...35, using: &random)) / 100)
      switch Int.random(in: 0..<40, using: &random) {
      case 0...3: order.refusing = .payment
      case 4...7: order.refusing = .stock
      case 8, 9: order.refusing = .logistics
      case 10: order.vanBreaksDown = true
      case 11: (order.vanBreaksDown, order.cannotUndo) = (true, .logistics)
      default: break
      }
      return order
    }
  }
}

// MARK: - Searching for a schedule

/// Lets one way to process an order run under one schedule after the other, until it leaves an order
/// half done, or undoes what was not done.
func search(
  _ narrator: Narrator, _ process: @escaping @Sendable (Order, Shop) async throws -> Void
) async {
  let search = await Simulation.explore { _ in
    let shop = Shop()
    await Task(name: "undo") {
      try? await process(Order(1, refusing: .stock, pace: 0), shop)
    }.value
    if let steps = shop.undoneInVain { throw Mishap(what: "undone, and never done: \(steps)") }
    if shop.halfDone != "nothing" { throw Mishap(what: "half done: \(shop.halfDone)") }
  }
  guard let failure = search.failure, case .threw(let error) = failure.verdict else {
    return narrator.say("\(search.schedules) schedules tried: all or nothing.")
  }
  narrator.say("Schedules tried: \(search.schedules). Seed \(failure.seed): \(error)")
  narrator.draw(
    Timeline(failure.trace, measure: .steps), caption: "The schedule of seed \(failure.seed)")
}

private struct Mishap: Error, CustomStringConvertible {
  let what: String
  var description: String { what }
}
