import CheckKit
import ExerciseKit
import Testing

/// How long a step takes, and what goes wrong with it.
struct StepPlan: Sendable {
  var seconds = 1
  var error: Trouble?
  /// Whether it goes on to its end when it is cancelled.
  var isDeaf = false
  var undoError: Trouble?
  var undoSeconds = 1
}

/// What can go wrong.
enum Trouble: String, Error, CustomStringConvertible {
  case noCourier = "no courier"
  case noStock = "no stock"
  case noAnswer = "no answer"
  var description: String { rawValue }
}

/// Services that do everything in virtual time, and remember it. A step takes 1 s where there is no
/// plan for it, and so does each undo.
final class Workshop: OrderServices {
  private let world: World
  private let work: PlayedWork
  private let plans: [String: StepPlan]
  private let start: Duration

  /// Opens a workshop with plans for "ring payment", a step of an order, or for "payment" of any.
  init(_ world: World, _ plans: [String: StepPlan] = [:]) {
    self.world = world
    self.plans = plans
    work = PlayedWork(world)
    start = world.now
  }

  func perform(_ step: String, of order: String) async throws {
    let plan = plan(step, order)
    let play = { @Sendable [work] in
      try await work.perform(
        "\(order) \(step)", for: .seconds(plan.seconds), throwing: plan.error)
    }
    // A task of its own does not hear of a cancellation, and awaiting its value is not cut short.
    if plan.isDeaf { try await Task { try await play() }.value } else { try await play() }
  }

  func undo(_ step: String, of order: String) async throws {
    let plan = plan(step, order)
    try await work.perform(
      "undo \(order) \(step)", for: .seconds(plan.undoSeconds), throwing: plan.undoError)
  }

  private func plan(_ step: String, _ order: String) -> StepPlan {
    plans["\(order) \(step)"] ?? plans[step] ?? StepPlan()
  }

  // MARK: - What was seen

  /// The time since it opened, in words.
  var now: String { seconds(world.now) }

  /// Returns when nothing goes on any more, so that a check fails for one reason only.
  func rest() async throws { try await work.rest() }

  /// When a step began.
  func began(_ name: String) -> Duration? {
    work.steps.first { $0.name == name }.map { $0.began - start }
  }

  /// What became of a step, in words.
  func fate(of name: String) -> String {
    guard let step = work.steps.first(where: { $0.name == name }) else { return "was never begun" }
    guard let ended = step.ended else { return "is still under way" }
    switch step.state {
    case .underWay: return "is still under way"
    case .done: return "was done at \(seconds(ended))"
    case .failed: return "failed at \(seconds(ended))"
    case .cancelled: return "was cancelled at \(seconds(ended))"
    }
  }

  /// Which undos of an order began, in that order: the names of their steps.
  func undos(of order: String) -> [String] {
    work.steps.map(\.name).filter { $0.hasPrefix("undo \(order) ") }
      .map { String($0.dropFirst("undo \(order) ".count)) }
  }

  /// A pair of undos that went on at the same time, in words.
  var overlappingUndos: String? {
    let undos = work.steps.filter { $0.name.hasPrefix("undo ") }
    for (first, second) in zip(undos, undos.dropFirst()) {
      if second.began < first.ended ?? .seconds(1_000_000) {
        return
          "“\(second.name)” began at \(seconds(second.began)), before “\(first.name)” had ended"
      }
    }
    return nil
  }

  /// The most orders that were under way at the same time, and when that was.
  func mostOrders(_ orders: [Order]) -> (count: Int, at: String) {
    let spans = orders.compactMap { order -> (Duration, Duration)? in
      let steps = work.steps.filter {
        $0.name.hasPrefix("\(order.name) ") || $0.name.hasPrefix("undo \(order.name) ")
      }
      guard let first = steps.map(\.began).min() else { return nil }
      return (first, steps.compactMap(\.ended).max() ?? first)
    }
    let counts = spans.map { span in
      (count: spans.count { $0.0 <= span.0 && span.0 < $0.1 }, at: seconds(span.0))
    }
    return counts.max { $0.count < $1.count } ?? (0, seconds(start))
  }

  /// Compares what each outcome says with what is really left of its order.
  func audit(_ orders: [Order], _ outcomes: [OrderOutcome], after what: String) {
    guard outcomes.count == orders.count else {
      Issue.record("after \(what): \(outcomes.count) outcomes for \(orders.count) orders")
      return
    }
    for (order, outcome) in zip(orders, outcomes) {
      let steps = order.stages.flatMap(\.self)
      let left = steps.filter { step in
        work.done("\(order.name) \(step)") != nil && work.done("undo \(order.name) \(step)") == nil
      }
      let says = "after \(what): the \(order.name) is “\(outcome)”"
      switch outcome {
      case .completed:
        #expect(left == steps, "\(says), and of its steps only these are done: \(left)")
      case .undone:
        #expect(left.isEmpty, "\(says), and yet it is half done: \(left) not undone")
      case .stuck(_, let stuck):
        #expect(Set(left) == Set(stuck), "\(says), and what is left of it is \(left)")
      }
    }
  }

  private func seconds(_ time: Duration) -> String { text(time - start) }
}

/// "1 s", "3.5 s".
func text(_ time: Duration?) -> String {
  guard let time else { return "never" }
  let seconds = time / .seconds(1)
  return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
}

/// Checks that an order has ended as `.undone` for this reason.
func expectUndone(
  _ outcome: OrderOutcome?, because trouble: Trouble,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  if case .undone(let error)? = outcome, error as? Trouble == trouble { return }
  Issue.record(
    "the outcome is “\(outcome.map(String.init(describing:)) ?? "none")” instead of “undone: \(trouble)”",
    sourceLocation: sourceLocation)
}
