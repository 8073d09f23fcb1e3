import Synchronization

/// Lets tasks begin in the order of their numbers, whatever the order in which they get to run.
///
/// The runtime may start the children of a group in any order. One that comes too early waits here
/// for those before it, which are sure to come: they have been added to the group already, and
/// even a cancelled child begins. Nobody waits when they come in order.
final class StartingLine: Sendable {
  private struct State {
    /// Whose turn it is.
    var next = 0
    /// Who came too early.
    var early: [Int: CheckedContinuation<Void, Never>] = [:]

    /// Whoever has waited for this task to begin, if anybody has; `nil` if it is too early itself.
    mutating func begin(_ number: Int) -> CheckedContinuation<Void, Never>?? {
      guard next == number else { return nil }
      next += 1
      return early.isEmpty ? .some(nil) : .some(early.removeValue(forKey: next))
    }
  }

  private let state = Mutex(State())

  /// Returns when all tasks with lower numbers have begun.
  nonisolated(nonsending) func start(_ number: Int) async {
    // Most come in order: for them, this is all.
    if let follower = state.withLock({ $0.begin(number) }) {
      follower?.resume()
      return
    }
    await withCheckedContinuation { continuation in
      let isFirst = state.withLock { state in
        guard state.next != number else { return true }
        state.early[number] = continuation
        return false
      }
      if isFirst { continuation.resume() }
    }
    if let follower = state.withLock({ $0.begin(number) }) { follower?.resume() }
  }
}
