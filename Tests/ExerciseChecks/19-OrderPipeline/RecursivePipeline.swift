import AsyncPrimitives
import ExerciseKit
import Synchronization

/// A semaphore and a turn for each order; each stage is a call inside of the one before, so that the
/// way back is the way out of the calls. Steps are collected by the group's parent.
final class RecursivePipeline: OrderProcessing {
  private let services: any OrderServices
  private let limit: Int
  private let patience: Duration

  init(services: any OrderServices, limit: Int, patience: Duration) {
    self.services = services
    self.limit = limit
    self.patience = patience
  }

  func process(_ orders: [Order]) async -> [OrderOutcome] {
    let room = AsyncSemaphore(limit: limit)
    let running = Running()
    var tasks: [Task<OrderOutcome, Never>] = []
    return await withTaskCancellationHandler {
      for order in orders {
        // The permit is taken here, so that the orders begin in their order.
        do { try await room.acquire() } catch { break }
        let task = Task {
          defer { _ = try? room.release() }
          return await self.process(order)
        }
        tasks.append(task)
        running.add(task)
      }
      var outcomes: [OrderOutcome] = []
      for task in tasks { outcomes.append(await task.value) }
      while outcomes.count < orders.count { outcomes.append(.undone(CancellationError())) }
      return outcomes
    } onCancel: {
      running.cancel()
    }
  }

  private func process(_ order: Order) async -> OrderOutcome {
    var stuck: [String] = []
    do {
      let deadline = ContinuousClock.now + patience
      try await run(order.stages[...], of: order, until: deadline, &stuck)
      return .completed
    } catch {
      return stuck.isEmpty ? .undone(error) : .stuck(error, steps: stuck)
    }
  }

  private func run(
    _ stages: ArraySlice<[String]>, of order: Order, until deadline: ContinuousClock.Instant,
    _ stuck: inout [String]
  ) async throws {
    guard let stage = stages.first else { return }
    try Task.checkCancellation()
    if ContinuousClock.now >= deadline { throw TimeoutError(limit: patience) }
    var done: [String] = []
    do {
      var results: [Result<String, any Error>] = []
      try await withTimeout(until: deadline) {
        results = await withThrowingTaskGroup(of: String.self) { group in
          for step in stage {
            group.addTask { [services] in
              try await services.perform(step, of: order.name)
              return step
            }
          }
          var results: [Result<String, any Error>] = []
          while let result = await group.nextResult() {
            results.append(result)
            if case .failure = result { group.cancelAll() }
          }
          return results
        }
        done = results.compactMap { try? $0.get() }
        for result in results { _ = try result.get() }
      }
      try await run(stages.dropFirst(), of: order, until: deadline, &stuck)
    } catch {
      for step in done.reversed() {
        do {
          try await withCancellationShield { try await services.undo(step, of: order.name) }
        } catch { stuck.append(step) }
      }
      throw error
    }
  }
}

/// The tasks that are cancelled with the caller.
private final class Running: Sendable {
  private let state = Mutex((isCancelled: false, tasks: [Task<OrderOutcome, Never>]()))

  func add(_ task: Task<OrderOutcome, Never>) {
    let isCancelled = state.withLock { state in
      state.tasks.append(task)
      return state.isCancelled
    }
    if isCancelled { task.cancel() }
  }

  func cancel() {
    let tasks = state.withLock { state in
      state.isCancelled = true
      return state.tasks
    }
    for task in tasks { task.cancel() }
  }
}
