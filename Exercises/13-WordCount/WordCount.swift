// Exercise 13 · WordCount                                          25 minutes
//
// Count the words of very many, very long files. Neither may all of them be open at once, nor is
// there memory for a whole one.
//
// The files are in a FileStore. Opening one gives a StoredFile, whose bytes come in pieces: read()
// returns the next one, as long as it happens to be, and an empty one at the end. A piece may end
// in the middle of a word, and in the middle of a character.
//
// Rules:
//  1. A word is what stands between separators: spaces, tabs, line feeds and carriage returns, the
//     bytes 0x20, 0x09, 0x0A and 0x0D. Nothing else separates, not even a no-break space. Several
//     in a row are one separation, and the last word of a file need not be followed by any. Words
//     are short. A line need not be: a file may have only one.
//  2. A file must be UTF-8, by all its rules; a zero byte breaks none. One that is not fails with
//     FileStoreError.notText, with its name.
//  3. A file that cannot be opened, read or understood is one outcome, with what was thrown, and the
//     others go on. There is one outcome for each file, in the order of the files. The total is
//     that of the files that were counted to their end.
//  4. At most `limit` files are open at once, and as many as that while there are files left. A
//     file is open from the call of open() to that of close().
//  5. Each file that was opened is closed, once, whatever happens, before you return or throw.
//  6. What has been counted is forgotten: after each piece, `found` is told how many more words
//     are complete. What it was told of a file adds up to the file's number.
//  7. Cancelling the caller opens nothing more and stops all reading at once. When everything is
//     closed, CancellationError is thrown.
//
// For example, if a.txt comes in the pieces "two wo" and "rds", and there is no b.txt:
//
//    try await countWords(in: ["a.txt", "b.txt"], of: store, limit: 8) { … }
//    // counts: [.success(2), .failure(FileStoreError.missing("b.txt"))], total: 2
//    // found was told 1 after the first piece, and 1 at the end
//
// Check it:   swift test --filter WordCount
// Stuck?      Hints.md in this folder, a level at a time.

import AsyncPrimitives
public import ExerciseKit

/// Counts the words of files, a few files at a time, a piece of each in memory.
///
/// - Parameters:
///   - files: Their names.
///   - store: Where they are.
///   - limit: How many may be open at once, at least 1.
///   - found: Is told of each piece how many words have become complete.
/// - Returns: What came of each file, in their order, and the number of words of all.
/// - Throws: `CancellationError` if the caller is cancelled, and nothing else.
public func countWords(
  in files: [String], of store: any FileStore, limit: Int,
  found: @escaping @Sendable (_ words: Int) -> Void
) async throws -> WordTally {
  try todo("open a few files at a time, and count each piece as it comes")
}
