// Exercise 19 · Order pipeline, as we would write it.
//
// Each step writes itself down when it is done, in a list that belongs to the order and outlives the
// group, the stage and the time limit. So it does not matter why an order is given up: when its
// scopes have ended, and with them every child task, the list says what to undo, and in which order.
// An error is only the reason. Undoing stands outside of the time limit, and under a shield.
//
// The road not taken: children that return their step, and a parent that collects them with
// `nextResult()`, as the lesson does. Without the list nothing is shared. But then the time limit,
// which ends the collecting, has to be told apart from the errors inside of it, and the results of
// one stage have to be carried out of it by hand. Nor one task for each order and a semaphore: that
// is as many tasks as there are orders, which do not come to the semaphore in their order.

import AsyncPrimitives
public import ExerciseKit
import Synchronization

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
    await withTaskGroup(of: (Int, OrderOutcome).self) { group in
      // What remains of an order that is never begun.
      var outcomes = [OrderOutcome](repeating: .undone(CancellationError()), count: orders.count)
      for (index, order) in orders.enumerated() {
        if index >= limit, let (ended, outcome) = await group.next() { outcomes[ended] = outcome }
        let isBegun = group.addTaskUnlessCancelled(name: order.name) {
          (index, await self.process(order))
        }
        guard isBegun else { break }
      }
      for await (ended, outcome) in group { outcomes[ended] = outcome }
      return outcomes
    }
  }

  private func process(_ order: Order) async -> OrderOutcome {
    let done = Done()
    do {
      try await withTimeout(patience) { try await perform(order, done) }
      return .completed
    } catch {
      let stuck = await undo(done.steps, of: order)
      return stuck.isEmpty ? .undone(error) : .stuck(error, steps: stuck)
    }
  }

  private func perform(_ order: Order, _ done: Done) async throws {
    for stage in order.stages {
      // Before each stage and not after the last one: what is complete stays complete.
      try Task.checkCancellation()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for step in stage {
          group.addTask(name: "\(order.name) \(step)") { [services] in
            try await services.perform(step, of: order.name)
            done.add(step)
          }
        }
        // The first error leaves this loop, which cancels the other children, and leaves the scope
        // when they have ended. (`waitForAll` would keep the error until then, and cancel nobody.)
        for try await _ in group {}
      }
    }
  }

  /// Returns what could not be undone.
  private func undo(_ steps: [String], of order: Order) async -> [String] {
    var stuck: [String] = []
    for step in steps.reversed() {
      do {
        try await withCancellationShield { try await services.undo(step, of: order.name) }
      } catch {
        stuck.append(step)
      }
    }
    return stuck
  }
}

/// The steps of an order that were done, in that order.
private final class Done: Sendable {
  private let list = Mutex<[String]>([])

  var steps: [String] { list.withLock { $0 } }

  func add(_ step: String) { list.withLock { $0.append(step) } }
}
