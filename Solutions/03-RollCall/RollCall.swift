// Exercise 03 · RollCall, as we would write it.
//
// Each child catches what its call throws, and returns a `Result` with the place that it belongs
// to. So no child fails, nobody is cancelled because of another, and the order of arrival does not
// matter. The calls are child tasks: cancelling the roll call cancels them all, and the group ends
// after the last of them, without a line of ours. What is left to do is to say so: the children
// have turned that cancellation into outcomes, which nobody asked for.
//
// The road not taken: looking for a CancellationError among the outcomes. A call may throw one of
// its own accord, and a cancelled call may fail with another error, or answer all the same. Only the
// task knows whether it was cancelled. Nor an array of `Task { }`, as one would write it in
// JavaScript: such tasks do not hear that the roll call is cancelled, and run on without it.

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
  let arrived = await withTaskGroup(of: (index: Int, outcome: Result<String, any Error>).self) {
    group in
    for (index, name) in names.enumerated() {
      group.addTask(name: name) {
        do {
          return (index, .success(try await call(name)))
        } catch {
          return (index, .failure(error))
        }
      }
    }
    return await group.reduce(into: []) { arrived, ended in arrived.append(ended) }
  }
  try Task.checkCancellation()
  return arrived.sorted { $0.index < $1.index }.map(\.outcome)
}
