// Exercise 10 · SafeSave                                           20 minutes
//
// A cellar full of paper is scanned into an archive, page by page, and may be interrupted at any
// moment. A page that is not scanned can be scanned tomorrow; a file that is half saved is lost.
//
// Rules:
//  1. Pages are taken in order, one after the other: scan it, write it, seal it. Writing and
//     sealing together are the save.
//  2. A save that has begun is finished, also if the task is cancelled meanwhile. It is awaited:
//     when archiveAll returns or throws, nothing goes on any more.
//  3. After the task is cancelled, nothing else is begun: no scan, and no save. A scan that goes
//     on is cancelled as well: it is not waited for longer than it needs to stop.
//  4. Some scanners do not listen, and hand over their page after all. It is not saved then.
//  5. A task that was cancelled gets a CancellationError, once the save in progress is done. (If
//     every page is saved by then, it may as well return.)
//  6. If writing or sealing fails, what is left of the page is removed, the error is thrown, and
//     nothing more is begun, nor is anything tried again. That is so in a cancelled task, too: a
//     save that failed is not hidden behind a CancellationError. Nor does it matter if removing
//     fails as well: the save's error is the one to throw.
//  7. If a scan fails, its error is thrown, and nothing more is begun. (In a cancelled task, it may
//     as well be a CancellationError.)
//
// For example, if the task is cancelled while page 2 of 9 is written, then page 2 is written and
// sealed, CancellationError is thrown, and page 3 is not touched:
//
//    try await archiveAll(pages, in: archive)
//
// Check it:   swift test --filter SafeSave
// Stuck?      Hints.md in this folder, a level at a time.

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
  try todo("scan and save page by page, finish a save that has begun, and stop between two pages")
}
