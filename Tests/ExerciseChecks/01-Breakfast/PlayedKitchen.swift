import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// A kitchen whose steps take as long as a check wants them to.
final class PlayedKitchen: Kitchen {
  /// What a step throws that fails.
  struct Mishap: Error, Equatable {
    var step: BreakfastStep
  }

  private let world: World
  private let work: PlayedWork
  private let seconds: [BreakfastStep: Int]
  private let failing: BreakfastStep?
  private let hasty = Mutex<[String]>([])

  /// A kitchen in which each step takes a second if nothing else is said.
  init(_ world: World, seconds: [BreakfastStep: Int] = [:], failing: BreakfastStep? = nil) {
    self.world = world
    self.seconds = seconds
    self.failing = failing
    work = PlayedWork(world)
  }

  /// A kitchen in which each step takes as long as the seed says.
  convenience init(
    _ world: World, secondsFrom range: ClosedRange<Int>, failing: BreakfastStep? = nil
  ) {
    var numbers = world.randomNumbers
    var seconds: [BreakfastStep: Int] = [:]
    for step in BreakfastStep.allCases { seconds[step] = .random(in: range, using: &numbers) }
    self.init(world, seconds: seconds, failing: failing)
  }

  func perform(_ step: BreakfastStep) async throws {
    let missing = BreakfastStep.allCases.first {
      step.needs.contains($0) && work.done($0.description) == nil
    }
    if let missing {
      hasty.withLock { $0.append("“\(step)” began at \(world.now), before “\(missing)” was done") }
    }
    try await work.perform(
      step.description, for: .seconds(length(of: step)),
      throwing: step == failing ? Mishap(step: step) : nil)
  }

  private func length(of step: BreakfastStep) -> Int { seconds[step, default: 1] }

  /// The steps that take the longest, of those that need each other, up to and with `step`.
  func longestChain(to step: BreakfastStep = .serve) -> [BreakfastStep] {
    let chains = step.needs.map { longestChain(to: $0) }
    return (chains.max { length(of: $0) < length(of: $1) } ?? []) + [step]
  }

  func length(of chain: [BreakfastStep]) -> Int { chain.map(length).reduce(0, +) }

  // MARK: - What was seen

  /// Lets whatever was left behind come to its end: that is for another check to see.
  func rest() async throws { try await work.rest() }

  func expectEveryStepOnce() {
    for step in BreakfastStep.allCases {
      switch work.names(.done).count(where: { $0 == step.description }) {
      case 0: Issue.record("breakfast ended, and “\(step)” was not done")
      case 1: break
      case let count: Issue.record("“\(step)” was done \(count) times")
      }
    }
  }

  func expectNoHaste() {
    if let first = hasty.withLock({ $0.first }) { Issue.record("\(first)") }
  }

  /// Whatever needs nothing begins at zero.
  func expectBeginnings() {
    for step in BreakfastStep.allCases where step.needs.isEmpty {
      guard let first = work.steps.first(where: { $0.name == step.description }) else { continue }
      #expect(
        first.began == .zero,
        "“\(step)” needs nothing, and began at \(first.began) instead of at once")
    }
  }

  /// Each step begins at the moment at which the last of what it needs is done. Of those that do
  /// not, the first is told: the others may be late because it is.
  func expectNoDelay() {
    for step in work.steps {
      guard let needs = BreakfastStep(rawValue: step.name)?.needs else { continue }
      let needed = needs.compactMap { work.done($0.description) }
      let last = needed.max { ($0.ended ?? .zero, $0.name) < ($1.ended ?? .zero, $1.name) }
      guard let last, let ready = last.ended, ready < step.began else { continue }
      Issue.record(
        """
        “\(step.name)” could begin at \(ready), when “\(last.name)” was done, and began at \
        \(step.began)
        """)
      return
    }
  }

  func expectMishap(_ error: (any Error)?) {
    guard let failing else { return }
    switch error {
    case nil: Issue.record("“\(failing)” failed, and breakfast ended as if all were well")
    case let error? where error as? Mishap == Mishap(step: failing): break
    case let error?:
      Issue.record("“\(failing)” failed, and breakfast threw \(error) and not the step's error")
    }
  }

  func expectNothingThatNeeds(_ failed: BreakfastStep) {
    for name in work.steps.map(\.name) {
      guard let step = BreakfastStep(rawValue: name), step != failed else { continue }
      guard isNeeded(failed, by: step) else { continue }
      Issue.record("“\(failed)” failed, and “\(step)” was begun all the same")
      return
    }
  }

  private func isNeeded(_ step: BreakfastStep, by other: BreakfastStep) -> Bool {
    other.needs.contains(step) || other.needs.contains { isNeeded(step, by: $0) }
  }

  /// Breakfast has ended: nothing goes on, and nothing is begun when the others have had a turn.
  func expectRest() async {
    let end = world.now
    let begun = work.steps.count
    let why = work.names(.failed).first.map { "“\($0)” failed, " } ?? ""
    // What ends at this very moment may end.
    await world.settle()
    for (number, step) in work.steps.enumerated() {
      if number >= begun {
        Issue.record("\(why)breakfast ended at \(end), and “\(step.name)” began after that")
      } else if step.state == .underWay {
        Issue.record("\(why)breakfast ended at \(end), and “\(step.name)” still went on")
      }
    }
  }
}
