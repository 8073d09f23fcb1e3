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
  }

  private let state = Mutex(State())

  /// Returns when all tasks with lower numbers have begun.
  nonisolated(nonsending) func start(_ number: Int) async {
    if state.withLock({ $0.next != number }) {
      await withCheckedContinuation { continuation in
        let isFirst = state.withLock { state in
          guard state.next != number else { return true }
          state.early[number] = continuation
          return false
        }
        if isFirst { continuation.resume() }
      }
    }
    let follower = state.withLock { state in
      state.next = number + 1
      return state.early.removeValue(forKey: number + 1)
    }
    follower?.resume()
  }
}
