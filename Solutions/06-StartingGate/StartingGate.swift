// Exercise 06 · StartingGate, as we would write it.
//
// A wait may be ended by two: by whoever opens the gate, and by whoever cancels the task. Both take
// the continuation out of one dictionary, and taking it out is one step under a Mutex. So whoever
// has it in hand is the only one, and resumes it: never twice.
//
// Never forgotten is the other half. Under the same Mutex, a waiter looks whether the gate is open
// and whether its task is cancelled before it joins. If one of them happens later, it happens to a
// dictionary in which the waiter can be found.
//
// The road not taken: an actor. It reads well, but a cancellation handler cannot await it, so that
// it takes a Task { } to tell the actor, and the wait ends a little after the cancellation. Nor one
// continuation for each gate with the others waiting for the first: that is a queue of relays, and
// whoever is cancelled in the middle breaks it.

public import ExerciseKit
import Synchronization

/// Holds tasks up until it is opened, once for all.
public final class StartingGate: Gating {
  private struct State {
    var isOpen = false
    var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
    var lastNumber = 0
  }
  private let state = Mutex(State())

  /// Builds a gate that is closed.
  public init() {}

  /// Returns when the gate is open, at once if it is.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before that.
  public func wait() async throws {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiter in
        let outcome: Result<Void, any Error>? = state.withLock { state in
          // The handler may have run already, and has found nobody.
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.isOpen { return .success(()) }
          state.waiters[number] = waiter
          return nil
        }
        if let outcome { waiter.resume(with: outcome) }
      }
    } onCancel: {
      let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
      waiter?.resume(throwing: CancellationError())
    }
  }

  /// Opens the gate, for everybody who waits and for everybody who comes later.
  public func open() {
    let waiters = state.withLock { state in
      defer { state.waiters = [:] }  // Each has one shot. Nobody may find them here again.
      state.isOpen = true
      return state.waiters
    }
    // Not under the Mutex: resuming a task takes a lock of that task, and whoever cancels it holds
    // that lock while our handler asks for the Mutex.
    for waiter in waiters.values { waiter.resume() }
  }
}
