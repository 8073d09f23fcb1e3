// Exercise 02 · Stages                                             15 minutes
//
// Make a book. Its pages are downloaded, each of them is processed, and when all
// are, the book is bound in a cover that is drawn meanwhile.
//
// Scene 8 of lesson 2 downloads two pages together, and processes them when both
// are here. You can do better.
//
// Rules:
//  1. All downloads begin at once, however many there are, and so does the cover.
//  2. A page is processed, with the text that was downloaded for it, as soon as its
//     own download is done, whatever the other pages are at.
//  3. The book is bound, once, as soon as all its pages are processed and the cover
//     is drawn. What `bind` returns, `makeBook` returns.
//  4. If something throws, makeBook throws its error, and nothing is bound.
//  5. When makeBook has returned or thrown, nothing of it is under way any more.
//
// For example, where page 1 is downloaded in 1 s and page 2 in 3 s, the cover is
// drawn in 2 s, processing a page takes 1 s, and so does binding:
//
//    let title = try await makeBook(of: [1, 2], at: press)   // 5 s, page 1 is
//                                                            // processed from 1 s on
//
// Check it:   swift test --filter Stages
// Stuck?      Hints.md in this folder, a level at a time.

public import ExerciseKit

/// Downloads and processes pages, all at the same time, and binds them.
///
/// - Returns: The title, as the press gives it.
/// - Throws: The error of what failed, when nothing is under way any more.
public func makeBook(of pages: [Int], at press: any Press) async throws -> String {
  try todo("let each page go through its two stages at its own pace, and draw the cover meanwhile")
}
