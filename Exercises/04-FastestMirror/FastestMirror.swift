// Exercise 04 · FastestMirror                                      20 minutes
//
// The same file is on several mirrors. Build a download that asks all of them, and takes the file
// from the first that delivers it.
//
// Rules:
//  1. All mirrors are asked at once.
//  2. The first to succeed wins. A mirror that fails is out, and ends nothing, however early it
//     fails and whatever it throws, be it CancellationError.
//  3. When there is a winner, the others are cancelled. It returns as soon as they have ended,
//     and not before. A loser that delivers after all changes nothing.
//  4. If every mirror fails, it throws AllMirrorsFailed: what each mirror threw, in the order in
//     which the mirrors were given. If there are no mirrors, there are no failures in it.
//  5. Cancelling the caller cancels every mirror, and awaits them. If none has won, that is a
//     CancellationError and not AllMirrorsFailed. If one has, the caller gets the file, even if
//     it is cancelled while the losers are stopping.
//
// When the caller is cancelled, two things are up to you: whether a mirror that delivers after
// that still wins, and which of the two errors it is if there are no mirrors.
//
// For example, if oslo refuses at once, rome delivers after 1 s, and lima would after 2 s:
//
//    try await fastestMirror(["oslo", "lima", "rome"], fetching: fetch)   // the file from rome
//    try await fastestMirror(["oslo"], fetching: fetch)
//    // throws AllMirrorsFailed: oslo, refused
//
// Check it:   swift test --filter FastestMirror
// Stuck?      Hints.md in this folder, a level at a time.

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
  try todo("ask all mirrors at once, and listen until one of them delivers")
}
