// Exercise 04 · FastestMirror, as we would write it.
//
// A group is a sequence of what is done, in order of arrival. The loop over it keeps failures and
// leaves at the first success; each child catches what its mirror throws, so that an early failure
// is an element like another. Leaving the group awaits the losers, and `cancelAll()` lets that be
// soon. When the loop runs out, either all mirrors have failed or all were cancelled with the
// caller, which the errors cannot tell apart, and the task can.
//
// The road not taken: `group.next()` alone, which is Promise.race: the mirror that refuses at once
// wins. Nor handles with a loop over `asCompleted`: they are right, but whoever starts them has to
// cancel and await them on three ways out (a winner, no winner, the caller's cancellation), where
// the group's scope does it on every one.

public import ExerciseKit

/// Downloads a file from whichever mirror is the first to deliver it.
///
/// - Parameters:
///   - mirrors: Where the file is.
///   - fetch: Downloads it from one mirror.
/// - Returns: What the first to succeed has delivered.
/// - Throws: `AllMirrorsFailed` if all fail; `CancellationError` if the caller is cancelled and no
///   mirror has won.
public func fastestMirror(
  _ mirrors: [String], fetching fetch: @escaping MirrorFetch
) async throws -> String {
  try await withThrowingTaskGroup(of: (Int, Result<String, any Error>).self) { group in
    for (index, mirror) in mirrors.enumerated() {
      group.addTask(name: mirror) {
        do {
          return (index, .success(try await fetch(mirror)))
        } catch {
          return (index, .failure(error))
        }
      }
    }
    var failures: [(index: Int, error: any Error)] = []
    for try await (index, outcome) in group {
      switch outcome {
      case .success(let file):
        group.cancelAll()
        return file
      case .failure(let error):
        failures.append((index, error))
      }
    }
    try Task.checkCancellation()
    failures.sort { $0.index < $1.index }
    throw AllMirrorsFailed(
      failures: failures.map { MirrorFailure(mirror: mirrors[$0.index], error: $0.error) })
  }
}
