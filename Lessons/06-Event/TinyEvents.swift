// An event from scratch: first one that loses a wake-up, then one that does not.

import Simulation
import Synchronization

/// What both have in common: whoever waits goes on when somebody has set it.
protocol Settable: Sendable {
  func wait() async
  func set() async
}

/// Looks at the flag, and joins the list a moment later. That is a moment too late.
actor HastyEvent: Settable {
  private var isSet = false
  private var waiters: [CheckedContinuation<Void, Never>] = []

  func wait() async {
    if isSet { return }
    Simulation.note("looks")
    await Task.yield()  // To write to a log, say. Here others come in, and one of them may set.
    Simulation.note("joins")
    await withCheckedContinuation { waiters.append($0) }
  }

  func set() {
    isSet = true
    Simulation.note("wakes \(waiters.count)")
    for waiter in waiters { waiter.resume() }
    waiters = []
  }
}

/// Looks and joins in one step. A `Mutex` cannot be held across an `await`: it stays one step.
final class TinyEvent: Settable {
  private struct State {
    var isSet = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }
  private let state = Mutex(State())

  func wait() async {
    // Suspends the task, and hands us what makes it go on: for one task, once.
    await withCheckedContinuation { waiter in
      let isSet = state.withLock { state in
        if !state.isSet { state.waiters.append(waiter) }
        return state.isSet
      }
      if isSet { waiter.resume() }
    }
  }

  func set() {
    let waiters = state.withLock { state in
      defer { state.waiters = [] }  // Each has one shot. Nobody may find them here again.
      state.isSet = true
      return state.waiters
    }
    // Not under the lock: whoever goes on may come straight back to it.
    for waiter in waiters { waiter.resume() }
  }
}
