import CheckKit
import Testing

extension Trait where Self == ConditionTrait {
  /// For tests that start tasks of their own with `Task { }`.
  static var startsTasks: Self {
    .enabled(if: Simulation.Mode.current == .complete, "portable mode does not hold Task { }")
  }
}
