// Exercise 10 · SafeSave, as we would write it.
//
// There are two kinds of work here. A scan can be thrown away, so it hears of the cancellation and
// stops. A save must not be left half done, so all of it is behind one shield, with the clean-up
// after a failure: that awaits, too, and would be cut short in a cancelled task. Between the two
// is the safe point, where we look. Whatever the save throws goes straight to the caller; the
// cancellation is only looked at before the next piece of work, and so hides nothing.
//
// The road not taken: `Task { try await save() }.value`, which is what a shield is made of. It is
// right if it is awaited, needs no library, and loses the caller's actor. Nor `shield { … }`: its
// caller leaves at once, while the save goes on behind its back. Nor a shield around the whole
// loop: it would scan the whole cellar before it stops.

import AsyncPrimitives
public import ExerciseKit

/// Scans pages, and saves each of them wholly or not at all.
///
/// - Parameters:
///   - pages: What to scan, in order.
///   - archive: Where to scan it, and where to save it.
/// - Throws: What a scan or a save throws; `CancellationError` if the task is cancelled before
///   every page is saved.
public func archiveAll(_ pages: [String], in archive: any Archive) async throws {
  for page in pages {
    try Task.checkCancellation()
    let image = try await archive.scan(page)
    // The safe point: a scanner that does not listen has no reason to throw.
    try Task.checkCancellation()
    try await withCancellationShield {
      do {
        try await archive.write(image, as: page)
        try await archive.seal(page)
      } catch {
        // If this fails as well, the first error says more.
        try? await archive.remove(page)
        throw error
      }
    }
  }
}
