// Exercise 19 · Order pipeline                                     45 minutes
//
// Build a pipeline that takes orders through their stages, several orders at a time, and leaves
// no order half done.
//
// In the lesson, three steps were followed by a parcel. Here an order says itself what it needs: a
// list of stages, each of them a list of steps. `OrderServices` does a step, and undoes it; the
// types are in ExerciseKit/OrderProcessing.swift.
//
// Rules:
//  1. The steps of a stage begin at once. The next stage begins when all of them are done. When the
//     last stage is done, the order is completed.
//  2. An order is given up when one of its steps throws. Then the steps that are under way are
//     cancelled and awaited, and no other begins.
//  3. When none of its steps is under way any more, those that were done are undone: one after the
//     other, in the reverse of the order in which they were done, whatever their stage.
//  4. What was not done is not undone: neither the step that threw, nor one that was cancelled or
//     never begun. A step that is done in spite of being cancelled was done.
//  5. An undo that throws keeps no other from being undone. An order ends as `.undone` if nothing is
//     left, or as `.stuck` with the steps that could not be undone. Both name the error for which
//     the order was given up: the first, and not that of an undo.
//  6. An order that is not completed when `patience` has passed since its own beginning is given up,
//     with a TimeoutError. Undoing it may take as long as it takes. If its last step goes on until
//     it is done all the same, the order may be completed instead.
//  7. At most `limit` orders are under way. They begin in their order, each as soon as there is room;
//     an order takes its room until all is undone. No order disturbs another.
//  8. If the caller is cancelled, the orders under way are given up with a CancellationError, and
//     undone to the end. None begins any more. `process` still returns an outcome for each order:
//     for one that was never begun, `.undone(CancellationError())`.
//  9. When `process` returns, nothing of it runs any more.
//
// For example, with a limit of 2 and a patience of 60 s:
//
//    let ring = Order("ring", stages: [["payment", "stock"], ["engraving"], ["courier"]])
//    let card = Order("card", stages: [["payment", "stock"], ["courier"]])
//    let outcomes = await pipeline.process([ring, card])
//    // If there is no courier for the ring: engraving is undone, then payment and stock, the one
//    // that was done later first; outcomes are [.undone(NoCourier()), .completed].
//
// Check it:   swift test --filter OrderPipeline
// Stuck?      Hints.md in this folder, a level at a time.

import AsyncPrimitives
public import ExerciseKit

/// Takes orders through their stages, and undoes what it cannot complete.
public final class OrderPipeline: OrderProcessing {
  private let services: any OrderServices
  private let limit: Int
  private let patience: Duration

  /// Makes a pipeline.
  ///
  /// - Parameters:
  ///   - services: Who does the steps, and undoes them.
  ///   - limit: How many orders may be under way, at least 1.
  ///   - patience: How long after its beginning an order is given up.
  public init(services: any OrderServices, limit: Int, patience: Duration) {
    self.services = services
    self.limit = limit
    self.patience = patience
  }

  /// Processes orders, and says how each has ended, in their order.
  public func process(_ orders: [Order]) async -> [OrderOutcome] {
    todo("take one order through its stages, and back; then several at a time", returning: [])
  }
}
