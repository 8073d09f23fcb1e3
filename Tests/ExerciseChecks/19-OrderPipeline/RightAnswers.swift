import AsyncPrimitives
import ExerciseKit
import Synchronization

/// As many workers as the limit says, each of which takes one order after the other; a child task
/// that sleeps in place of `withTimeout`, and an unstructured task in place of a shield.
actor WorkersPipeline: OrderProcessing {
  private let services: any OrderServices
  private let limit: Int
  private let patience: Duration

  init(services: any OrderServices, limit: Int, patience: Duration) {
    self.services = services
    self.limit = limit
    self.patience = patience
  }

  func process(_ orders: [Order]) async -> [OrderOutcome] {
    let board = Board(orders)
    await withDiscardingTaskGroup { group in
      for _ in 0..<limit {
        group.addTask {
          while let (index, order) = board.next() {
            let outcome = await self.process(order)
            board.write(outcome, at: index)
          }
        }
      }
    }
    return board.outcomes
  }

  private func process(_ order: Order) async -> OrderOutcome {
    let deadline = ContinuousClock.now + patience
    var done: [String] = []
    var reason: (any Error)?
    for stage in order.stages where reason == nil {
      reason = Task.isCancelled ? CancellationError() : nil
      if reason == nil { reason = await run(stage, of: order, until: deadline, &done) }
    }
    guard let reason else { return .completed }
    return await Task { [done] in await self.undo(done, of: order, because: reason) }.value
  }

  private func run(
    _ stage: [String], of order: Order, until deadline: ContinuousClock.Instant,
    _ done: inout [String]
  ) async -> (any Error)? {
    return await withTaskGroup(of: Result<String?, any Error>.self) { group in
      for step in stage {
        group.addTask { [services] in
          do {
            try await services.perform(step, of: order.name)
            return .success(step)
          } catch { return .failure(error) }
        }
      }
      group.addTask {
        do { try await Task.sleep(until: deadline) } catch { return .success(nil) }
        return .failure(TimeoutError(limit: self.patience))
      }
      var reason: (any Error)?
      var running = stage.count
      for await result in group {
        switch result {
        case .success(let step?):
          done.append(step)
          running -= 1
        case .success(nil): break
        case .failure(let error):
          reason = reason ?? error
          if !(error is TimeoutError) { running -= 1 }
        }
        if reason != nil || running == 0 { group.cancelAll() }
      }
      return reason
    }
  }

  private func undo(
    _ done: [String], of order: Order, because reason: any Error
  ) async -> OrderOutcome {
    var stuck: [String] = []
    for step in done.reversed() {
      do { try await services.undo(step, of: order.name) } catch { stuck.append(step) }
    }
    return stuck.isEmpty ? .undone(reason) : .stuck(reason, steps: stuck)
  }
}

/// Which order is next, and what came of those before.
private final class Board: Sendable {
  private let state: Mutex<(next: Int, outcomes: [OrderOutcome])>
  private let orders: [Order]

  init(_ orders: [Order]) {
    self.orders = orders
    state = Mutex((0, orders.map { _ in .undone(CancellationError()) }))
  }

  var outcomes: [OrderOutcome] { state.withLock { $0.outcomes } }

  func next() -> (Int, Order)? {
    state.withLock { state in
      guard state.next < orders.count, !Task.isCancelled else { return nil }
      defer { state.next += 1 }
      return (state.next, orders[state.next])
    }
  }

  func write(_ outcome: OrderOutcome, at index: Int) {
    state.withLock { $0.outcomes[index] = outcome }
  }
}
