// Exercise 13 · WordCount, as we would write it.
//
// Two questions, two answers. Many files: `gatherOutcomes` with a limit keeps so many child tasks
// alive, each of which has at most one file open, and puts every outcome in its place. One file:
// what has been read is counted up to the last separator and forgotten; what stands behind it is a
// part of one word and waits for the next piece. Separators are ASCII, and their bytes never occur
// inside of another character of UTF-8: so whatever ends in one is made of whole characters.
//
// The road not taken: a small machine that looks at each byte, and remembers only whether it is
// inside of a word. It needs no memory for long words, and counts just as well; but then whether the
// bytes are UTF-8 has to be found out by another one. Nor lines: a file may have only one.

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
  let counts = try await gatherOutcomes(files, limit: limit) { name in
    try await countWords(in: name, of: store, found: found)
  }
  return WordTally(counts: counts, total: counts.reduce(0) { $0 + ((try? $1.get()) ?? 0) })
}

/// Counts the words of one file.
private func countWords(
  in name: String, of store: any FileStore, found: @Sendable (_ words: Int) -> Void
) async throws -> Int {
  try await withResource {
    try await store.open(name)
  } release: { file in
    await file.close()
  } body: { file in
    var counter = WordCounter()
    var total = 0
    func add(_ words: Int?) throws {
      guard let words else { throw FileStoreError.notText(name) }
      total += words
      found(words)
    }
    while case let piece = try await file.read(), !piece.isEmpty {
      try add(counter.count(piece))
    }
    try add(counter.finish())
    return total
  }
}

/// Counts words that come in pieces, and remembers no more than the one that is not complete.
private struct WordCounter {
  private var rest: [UInt8] = []

  /// How many words have become complete; nil if they are not UTF-8.
  mutating func count(_ piece: [UInt8]) -> Int? {
    rest += piece
    guard let cut = rest.lastIndex(where: Self.isSeparator) else { return 0 }
    defer { rest.removeSubrange(...cut) }
    return Self.words(in: rest[...cut])
  }

  /// How many words are left at the end; nil if they are not UTF-8.
  func finish() -> Int? { Self.words(in: rest[...]) }

  private static func words(in bytes: ArraySlice<UInt8>) -> Int? {
    guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
    return bytes.split(whereSeparator: isSeparator).count
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains(byte)
  }
}
