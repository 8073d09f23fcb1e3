import AsyncPrimitives
import ExerciseKit

/// A pipeline with one flaw. Each is a place where a learner's answer has gone another way.
final class FlawedPipeline: OrderProcessing {
  private let services: any OrderServices
  private let limit: Int
  private let patience: Duration
  private let flaw: Flaw

  init(services: any OrderServices, limit: Int, patience: Duration, flaw: Flaw) {
    self.services = services
    self.limit = flaw == .oneTooMany ? limit + 1 : limit
    self.patience = flaw == .endlessPatience ? .seconds(3600) : patience
    self.flaw = flaw
  }

  // MARK: - All orders

  func process(_ orders: [Order]) async -> [OrderOutcome] {
    if flaw == .failingTogether { return await failTogether(orders) }
    let start = ContinuousClock.now
    return await withTaskGroup(of: (Int, OrderOutcome).self) { group in
      var outcomes = [OrderOutcome](repeating: .undone(CancellationError()), count: orders.count)
      var arrivals: [OrderOutcome] = []
      func take(_ ended: Int, _ outcome: OrderOutcome) {
        outcomes[ended] = outcome
        arrivals.append(outcome)
      }
      for (index, order) in orders.enumerated() {
        if flaw == .rows, index % limit == 0 {
          for await (ended, outcome) in group { take(ended, outcome) }
        } else if flaw != .rows, index >= limit, let (ended, outcome) = await group.next() {
          take(ended, outcome)
        }
        let deadline = flaw == .onePatienceForAll ? start + patience : nil
        let work = { @Sendable in (index, await self.process(order, until: deadline)) }
        if flaw == .beginningAll {
          group.addTask { await work() }
        } else if !group.addTaskUnlessCancelled(operation: { await work() }) {
          break
        }
      }
      for await (ended, outcome) in group { take(ended, outcome) }
      if flaw == .cancellingWhatIsDone, Task.isCancelled {
        return outcomes.map { _ in .undone(CancellationError()) }
      }
      return flaw == .outcomesAsTheyCome ? arrivals : outcomes
    }
  }

  /// The first order that fails cancels the others.
  private func failTogether(_ orders: [Order]) async -> [OrderOutcome] {
    do {
      return try await gather(orders, limit: limit) { order in
        let outcome = await self.process(order, until: nil)
        if case .undone(let error) = outcome { throw error }
        return outcome
      }
    } catch {
      return orders.map { _ in .undone(error) }
    }
  }

  // MARK: - One order

  private func process(_ order: Order, until deadline: ContinuousClock.Instant?) async
    -> OrderOutcome
  {
    let notes = Notes()
    do {
      if flaw == .timingTheUndoing {
        try await withTimeout(patience) {
          do { try await self.perform(order, notes) } catch {
            for step in notes.steps.reversed() {
              try await self.services.undo(step, of: order.name)
            }
            throw error
          }
        }
      } else if flaw == .shieldingAll {
        try await withCancellationShield {
          try await withTimeout(patience) { try await self.perform(order, notes) }
        }
      } else if let deadline {
        try await withTimeout(until: deadline) { try await self.perform(order, notes) }
      } else {
        try await withTimeout(patience) { try await self.perform(order, notes) }
      }
      return .completed
    } catch {
      if flaw == .timingTheUndoing { return .undone(error) }
      if flaw == .undoingLater {
        Task { _ = await self.undo(notes.steps, of: order, because: error) }
        return .undone(error)
      }
      return await undo(notes.steps, of: order, because: error)
    }
  }

  private func perform(_ order: Order, _ notes: Notes) async throws {
    let stages = flaw == .stagesAtOnce ? [order.stages.flatMap(\.self)] : order.stages
    for stage in stages {
      if flaw != .beginningAll, flaw != .notLooking { try Task.checkCancellation() }
      if flaw == .forgettingStagesBefore { notes.clear() }
      switch flaw {
      case .stepsInTurn:
        for step in stage { try await perform(step, of: order, notes) }
      case .lettingOthersRun:
        let results = try await gatherOutcomes(stage) {
          try await self.perform($0, of: order, notes)
        }
        for result in results { try result.get() }
      case .swallowingErrors:
        await withTaskGroup { group in
          for step in stage {
            group.addTask { try? await self.perform(step, of: order, notes) }
          }
        }
      case .notingWholeStages:
        try await gather(stage) { try await self.services.perform($0, of: order.name) }
        for step in stage { notes.add(step) }
      case .beginningAll, .notLooking:
        try await withThrowingTaskGroup { group in
          for step in stage { group.addTask { try await self.perform(step, of: order, notes) } }
          for try await _ in group {}
        }
      case .awaitingAll:
        try await withThrowingTaskGroup { group in
          for step in stage { group.addTask { try await self.perform(step, of: order, notes) } }
          try await group.waitForAll()
        }
      case .leavingAtFirstError:
        try await collect(stage, of: order, notes)
      default:
        try await gather(stage) { try await self.perform($0, of: order, notes) }
      }
    }
  }

  private func perform(_ step: String, of order: Order, _ notes: Notes) async throws {
    if flaw == .notingTooEarly { notes.add(step) }
    try await services.perform(step, of: order.name)
    if flaw != .notingTooEarly { notes.add(step) }
  }

  /// The steps that return before the first error. What comes after it is not looked at.
  private func collect(_ stage: [String], of order: Order, _ notes: Notes) async throws {
    try await withThrowingTaskGroup(of: String.self) { group in
      for step in stage {
        group.addTask {
          try await self.services.perform(step, of: order.name)
          return step
        }
      }
      for try await step in group { notes.add(step) }
    }
  }

  private func undo(
    _ done: [String], of order: Order, because reason: any Error
  ) async -> OrderOutcome {
    let listed = order.stages.flatMap(\.self)
    let steps =
      switch flaw {
      case .undoingForwards: done
      case .undoingByList: listed.reversed().filter(done.contains)
      case .undoingAll: Array(listed.reversed())
      default: Array(done.reversed())
      }
    if flaw == .undoingAtOnce {
      await withTaskGroup { group in
        for step in steps { group.addTask { try? await self.undo(step, of: order) } }
      }
      return .undone(reason)
    }
    var stuck: [String] = []
    var reason = reason
    for step in steps {
      do { try await undo(step, of: order) } catch {
        stuck.append(step)
        if flaw == .hidingReason { reason = error }
        if flaw == .stoppingAtFailedUndo { break }
      }
    }
    if stuck.isEmpty || flaw == .hidingWhatIsStuck || flaw == .noShield { return .undone(reason) }
    return .stuck(reason, steps: stuck)
  }

  private func undo(_ step: String, of order: Order) async throws {
    if flaw == .noShield { return try await services.undo(step, of: order.name) }
    if flaw == .impatientUndoing {
      return try await withCancellationShield {
        try await withTimeout(self.patience) { try await self.services.undo(step, of: order.name) }
      }
    }
    try await withCancellationShield { try await services.undo(step, of: order.name) }
  }
}
