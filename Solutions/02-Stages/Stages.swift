// Exercise 02 · Stages, as we would write it.
//
// One child task for each page, with both of its stages in it: what needs the page's text comes
// after it in the same task, and needs nobody else. The cover is an `async let`: it starts before
// the group does, and is awaited where it is needed. Group and `async let` belong to this scope,
// so nothing of it is left however it ends.
//
// The road not taken: one group for each stage. It reads like the description of the book, and
// makes every page wait for the slowest download. Nor a `Task` for each download, and a loop that
// awaits one after the other: that processes in the order of the pages, not of their arrival, and
// leaves the other tasks alone when one of them throws.

public import ExerciseKit

/// Downloads and processes pages, all at the same time, and binds them.
///
/// - Returns: The title, as the press gives it.
/// - Throws: The error of what failed, when nothing is under way any more.
public func makeBook(of pages: [Int], at press: any Press) async throws -> String {
  async let cover = press.drawCover()
  try await withThrowingTaskGroup(of: Void.self) { group in
    for page in pages {
      group.addTask {
        let text = try await press.download(page)
        try await press.process(page, text)
      }
    }
    try await group.waitForAll()
  }
  return try await press.bind(cover)
}
