// Exercise 07 · BoundedBuffer                                      25 minutes
//
// Build what lies beneath a queue: a buffer with room for so many elements, which makes those wait
// who find it full or empty.
//
// Not from `AsyncQueue`: this is how it is made. What you need, you have: a `Mutex` from lesson 5,
// continuations from lesson 6, and `withTaskCancellationHandler` from exercise 06.
//
// Rules:
//  1. put waits while the buffer is full, and never otherwise. Elements that are in, and were
//     not taken yet, are never more than the capacity.
//  2. take waits while the buffer is empty, and never otherwise.
//  3. First in, first out: what was put first is taken first.
//  4. First come, first served: whoever has waited longest goes on next. Nobody who comes later
//     is faster, even if the first was woken and has not run yet. (Of two who can go on at the
//     same moment, either may be the first.)
//  5. Each element that was put is taken once, and goes to one task, whatever happens at once.
//  6. A task that is cancelled while it waits, or before it comes to wait, gets a
//     CancellationError at once. Then its put has put nothing, its take has taken nothing, and
//     nobody else waits for longer than necessary. (A cancelled task that need not wait may
//     put or take, or throw.)
//  7. If a task is cancelled while it gets what it waits for, put or take may return or throw. What
//     it does is true: a put that returns has put, and one that throws has not.
//
// For example:
//
//    let buffer = BoundedBuffer<String>(capacity: 1)
//    try await buffer.put("a")              // returns at once
//    async let b: Void = buffer.put("b")    // waits for room
//    try await buffer.take()                // "a", and now b is in
//    try await buffer.take()                // "b"
//    try await buffer.take()                // waits
//
// Check it:   swift test --filter BoundedBuffer
// Stuck?      Hints.md in this folder, a level at a time.

public import ExerciseKit

/// Keeps elements between those who put them and those who take them.
public final class BoundedBuffer<Element: Sendable>: Buffering {
  private let capacity: Int

  /// Builds an empty buffer with room for so many elements, at least one.
  public init(capacity: Int) {
    self.capacity = capacity
  }

  /// Puts an element into the buffer, as soon as there is room.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before; the element is not in then.
  public func put(_ element: Element) async throws {
    try todo("put the element in, hand it to a task that waits for one, or wait for room")
  }

  /// Takes the oldest element out of the buffer, as soon as there is one.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before; nothing is taken then.
  public func take() async throws -> Element {
    try todo("take the oldest element, let a task in that waits for room, or wait for an element")
  }
}
