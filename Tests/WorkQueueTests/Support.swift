import CheckKit
import Synchronization
import Testing
import WorkQueue

extension Trait where Self == ConditionTrait {
  /// Jobs are detached tasks: only the complete simulation holds them.
  static var holdsJobs: Self {
    .enabled(if: Simulation.Mode.current == .complete, "jobs are tasks that escape portable mode")
  }
}

struct Broken: Error, Hashable {}

extension EventLog {
  /// A job that says when it begins and ends, and stands in front of a gate in between.
  func job(_ name: String, until gate: Gate? = nil) -> @Sendable () async throws -> String {
    {
      self.add("\(name) begins")
      do {
        if let gate { try await gate.pass() } else { await Task.yield() }
      } catch {
        self.add("\(name) is cancelled")
        throw error
      }
      self.add("\(name) ends")
      return name
    }
  }

  /// A callback that says what it hears.
  func callback(_ name: String) -> TaskQueue.Callback<String> {
    { outcome in
      switch outcome {
      case .success(let value): self.add("\(name) heard \(value)")
      case .failure(is CancellationError): self.add("\(name) heard of a cancellation")
      case .failure(let error): self.add("\(name) heard of \(type(of: error))")
      }
    }
  }

  func texts(ending end: String) -> [String] {
    texts.filter { $0.hasSuffix(" " + end) }.map { String($0.dropLast(end.count + 1)) }
  }
}

/// Something that can be seen to go.
final class Ballast: Sendable {}
