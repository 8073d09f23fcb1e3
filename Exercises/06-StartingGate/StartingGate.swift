// Exercise 06 · StartingGate                                       25 minutes
//
// Build a gate. Tasks wait in front of it until somebody opens it; then it stays open.
//
// Build it from continuations, as `TinyEvent` of lesson 6 is built, and not from `AsyncEvent`: no
// check looks for that, but then there is nothing left to build. What `TinyEvent` lacks is an ear
// for cancellation. For that, there is one more tool:
//
//    try await withTaskCancellationHandler {
//      …   // what the task does
//    } onCancel: {
//      …   // runs at once when the task is cancelled, wherever that task is, in between of
//    }     // whatever else goes on; and right away if the task is cancelled already
//
// Rules:
//  1. wait() suspends until the gate is opened. Any number of tasks may wait.
//  2. open() lets everybody go on who waits. Whoever comes later does not wait at all.
//  3. Opening the gate twice is harmless.
//  4. A task that is cancelled while it waits stops waiting at once, with a CancellationError. All
//     the others wait on, and so does whoever comes later.
//  5. A task that is cancelled before it comes to a closed gate gets a CancellationError at once.
//     (If the gate is open, it may pass or throw.)
//  6. If a task is cancelled while the gate is being opened, it may pass or throw. But each wait
//     ends, and ends once.
//
// For example:
//
//    let gate = StartingGate()
//    let ann = Task { try await gate.wait() }
//    let bob = Task { try await gate.wait() }
//    bob.cancel()              // bob's wait throws, ann's goes on
//    gate.open()               // ann's wait returns
//    try await gate.wait()     // returns at once
//
// Check it:   swift test --filter StartingGate
// Stuck?      Hints.md in this folder, a level at a time.

public import ExerciseKit

/// Holds tasks up until it is opened, once for all.
public final class StartingGate: Gating {
  /// Builds a gate that is closed.
  public init() {}

  /// Returns when the gate is open, at once if it is.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before that.
  public func wait() async throws {
    try todo("keep a continuation until the gate is opened or the task is cancelled")
  }

  /// Opens the gate, for everybody who waits and for everybody who comes later.
  public func open() {
    todo("let everybody go on who waits, and remember that the gate is open", returning: ())
  }
}
