// Exercise 03 · RollCall                                           15 minutes
//
// Before the coach leaves, everybody on the list is called. Build the roll call: it makes all
// calls at once, and returns what came of each.
//
// `gatherOutcomes` of lesson 3 does all of this. Here you build it, from the task group of
// scene 2: what does it do about the order, the failures, and its own cancellation?
//
// Rules:
//  1. There is one outcome for each entry of the list, in the order of the list, whoever
//     answers first. A name that is on the list twice is called twice, and has both outcomes.
//  2. All calls are made at once: the roll call takes as long as the longest.
//  3. A call that throws is an outcome like another: its error is kept in its place, and no
//     other call is disturbed. That includes a call that throws CancellationError although
//     nobody has cancelled the roll call.
//  4. Cancelling the roll call cancels every call. It then throws CancellationError and
//     returns no list, whatever comes of the calls.
//  5. When it returns or throws, no call is going on any more.
//
// For example, if bob does not pick up:
//
//    try await rollCall(["ann", "bob", "cem"], calling: call)
//    // [.success("ann is here"), .failure(CallError.noAnswer("bob")), .success("cem is here")]
//
// Check it:   swift test --filter RollCall
// Stuck?      Hints.md in this folder, a level at a time.

public import ExerciseKit

/// Calls everybody on a list at once, and returns what came of each call.
///
/// - Parameters:
///   - names: The list.
///   - call: Calls somebody, and returns what they say.
/// - Returns: The outcome of each call, in the order of the list.
/// - Throws: `CancellationError` if the roll call is cancelled, and nothing else.
public func rollCall(
  _ names: [String], calling call: @escaping PhoneCall
) async throws -> [Result<String, any Error>] {
  try todo("call everybody at once, and put what came of each call in its place")
}
