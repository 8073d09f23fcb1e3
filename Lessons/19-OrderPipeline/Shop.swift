// The shop of lesson 19: what its services do, and what is in its books.

import Narration
import Simulation
import Synchronization

/// What has to be done before a parcel can leave.
enum Step: String, CaseIterable, Sendable, CustomStringConvertible {
  case payment, stock, logistics
  var description: String { rawValue }
}

/// That a step was done. With it, the step can be undone.
struct Receipt: Sendable {
  let order: Order
  let step: Step

  init(_ order: Order, _ step: Step) {
    self.order = order
    self.step = step
  }
}

/// An order, how long things take for it, and what goes wrong.
struct Order: Sendable, CustomStringConvertible {
  let number: Int
  var refusing: Step?
  var vanBreaksDown = false
  var cannotUndo: Step?
  var paymentTime = Duration.seconds(0.6)
  /// 1 is unhurried, 0 takes no time at all.
  var pace = 1.0

  init(
    _ number: Int, refusing: Step? = nil, vanBreaksDown: Bool = false, cannotUndo: Step? = nil,
    paymentTime: Duration = .seconds(0.6), pace: Double = 1
  ) {
    self.number = number
    self.refusing = refusing
    self.vanBreaksDown = vanBreaksDown
    self.cannotUndo = cannotUndo
    self.paymentTime = paymentTime
    self.pace = pace
  }

  var description: String { "\(number)" }
  var dispatchTime: Duration { .seconds(0.4) * pace }
  var undoTime: Duration { .seconds(0.2) * pace }

  func time(of step: Step) -> Duration {
    switch step {
    case .payment: paymentTime * pace
    case .stock: .seconds(0.3) * pace
    case .logistics: .seconds(0.5) * pace
    }
  }
}

/// How an order has ended.
enum Outcome: Sendable, CustomStringConvertible {
  /// All is done, and the parcel is on its way.
  case dispatched
  /// Nothing is left of it, for this reason.
  case undone(any Error)
  /// It was to be undone for this reason, and these steps could not be: somebody has to look at it.
  case stuck(any Error, [Step])
  /// The shop had closed before it was its turn.
  case neverBegun

  var description: String {
    switch self {
    case .dispatched: "dispatched"
    case .undone(is CancellationError): "undone: cancelled"
    case .undone(let error): "undone: \(error)"
    case .stuck(let error, let steps): "stuck: \(error); cannot undo \(list(steps))"
    case .neverBegun: "never begun"
    }
  }
}

/// Why something is not done.
enum Refusal: Error, CustomStringConvertible {
  case cardDeclined, outOfStock, noVan, vanBrokeDown, cannotUndo, neverDone

  init(by step: Step) {
    self =
      switch step {
      case .payment: .cardDeclined
      case .stock: .outOfStock
      case .logistics: .noVan
      }
  }

  var description: String {
    switch self {
    case .cardDeclined: "card declined"
    case .outOfStock: "out of stock"
    case .noVan: "no van"
    case .vanBrokeDown: "the van broke down"
    case .cannotUndo: "cannot be undone"
    case .neverDone: "was never done"
    }
  }
}

/// Does each step, or says why not. What throws has done nothing, also where it was cancelled.
final class Shop: Sendable {
  private struct Books {
    var steps: [Int: Set<Step>] = [:]
    var dispatched: Set<Int> = []
    var undoneInVain: [Step] = []
  }

  private let narrator: Narrator?
  private let namesOrders: Bool
  private let books = Mutex(Books())

  /// Opens a shop that draws these orders, or, without a narrator, notes what it does for a search.
  init(_ narrator: Narrator? = nil, for orders: [Order] = []) {
    self.narrator = narrator
    namesOrders = orders.count > 1
    for order in orders {
      let steps = Step.allCases.map(\.description)
      for name in steps + ["dispatch"] + steps.map({ "undo \($0)" }) {
        narrator?.lanes(lane(name, of: order))
      }
    }
  }

  /// Does a step.
  func perform(_ step: Step, for order: Order) async throws -> Receipt {
    try await work(
      "\(step)", note: order.refusing == step ? "no" : "done", for: order.time(of: step), on: order
    ) {
      if order.refusing == step { throw Refusal(by: step) }
      books.withLock { _ = $0.steps[order.number, default: []].insert(step) }
    }
    return Receipt(order, step)
  }

  /// Undoes a step.
  func undo(_ receipt: Receipt) async throws {
    let (order, step) = (receipt.order, receipt.step)
    try await work("undo \(step)", note: "\(step)", for: order.undoTime, on: order) {
      if order.cannotUndo == step { throw Refusal.cannotUndo }
      books.withLock { books in
        if books.steps[order.number]?.remove(step) == nil { books.undoneInVain.append(step) }
      }
      if undoneInVain != nil { throw Refusal.neverDone }
    }
  }

  /// Sends the parcel.
  func dispatch(_ order: Order) async throws {
    try await work("dispatch", for: order.dispatchTime, on: order) {
      if order.vanBreaksDown { throw Refusal.vanBrokeDown }
      books.withLock { _ = $0.dispatched.insert(order.number) }
    }
  }

  private func work(
    _ what: String, note: String = "done", for time: Duration, on order: Order,
    then finish: () throws -> Void
  ) async throws {
    guard let narrator else {
      if time == .zero { await Task.yield() } else { try await Task.sleep(for: time) }
      try Task.checkCancellation()
      Simulation.note(note)
      return try finish()
    }
    try await narrator.span(lane(what, of: order), announces: false) {
      try await Task.sleep(for: time)
      try finish()
    }
  }

  private func lane(_ what: String, of order: Order) -> String {
    namesOrders ? "\(order) \(what)" : what
  }
}

// MARK: - What the books say

extension Shop {
  /// What was done for orders that were not dispatched.
  var halfDoneSteps: [(order: Int, step: Step)] {
    books.withLock { books in
      books.steps.filter { !books.dispatched.contains($0.key) }.sorted { $0.key < $1.key }
        .flatMap { order, steps in Step.allCases.filter(steps.contains).map { (order, $0) } }
    }
  }

  /// The same in words.
  var halfDone: String {
    let names = halfDoneSteps.map { namesOrders ? "\($0.step) of order \($0.order)" : "\($0.step)" }
    return names.isEmpty ? "nothing" : names.joined(separator: ", ")
  }

  /// What was undone that had not been done, in words; nil if nothing was.
  var undoneInVain: String? {
    let steps = books.withLock { $0.undoneInVain }
    return steps.isEmpty ? nil : list(steps)
  }

  /// How many orders have this step done, and how many are dispatched.
  var counts: (steps: [Step: Int], dispatched: Int) {
    books.withLock { books in
      let steps = Step.allCases.map { step in
        (step, books.steps.values.count { $0.contains(step) })
      }
      return (Dictionary(uniqueKeysWithValues: steps), books.dispatched.count)
    }
  }
}

/// "payment, stock".
func list(_ steps: [Step]) -> String { steps.map(\.description).joined(separator: ", ") }

/// "1.25".
func seconds(_ duration: Duration) -> String {
  let hundredths = Int((duration / .milliseconds(10)).rounded())
  let rest = hundredths % 100
  return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
}
