// What the answers that we try the checks with are put together from.

import AsyncPrimitives
import ExerciseKit
import Synchronization

enum Closing { case always, ifAllIsWell, twice }

/// Counts the words of one file, right unless it is told otherwise.
func count(
  _ name: String, _ store: any FileStore, _ found: @Sendable (Int) -> Void,
  isText: ([UInt8]) -> Bool = isUTF8, closes: Closing = .always, separators: [UInt8] = separators,
  takesTheRest: Bool = true, words: ([UInt8]) -> Int = words(in:),
  looking: ([UInt8]) throws -> Void = { _ in }
) async throws -> Int {
  var rest: [UInt8] = []
  var total = 0
  func add(_ bytes: [UInt8]) throws {
    guard isText(bytes) else { throw FileStoreError.notText(name) }
    total += words(bytes)
    found(words(bytes))
  }
  _ = try await pieces(of: name, in: store, closes: closes) { piece in
    try looking(piece)
    rest += piece
    if let cut = rest.lastIndex(where: separators.contains) {
      try add(Array(rest[...cut]))
      rest.removeSubrange(...cut)
    }
    return 0
  }
  if takesTheRest { try add(rest) }
  return total
}

/// Hands the pieces of a file to `body`, and returns the sum of what it returns.
func pieces(
  of name: String, in store: any FileStore, closes: Closing = .always,
  _ body: ([UInt8]) throws -> Int
) async throws -> Int {
  let file = try await store.open(name)
  do {
    var sum = 0
    while case let piece = try await file.read(), !piece.isEmpty { sum += try body(piece) }
    await file.close()
    if closes == .twice { await file.close() }
    return sum
  } catch {
    if closes != .ifAllIsWell { await file.close() }
    throw error
  }
}

/// A store with one file, which is open already.
struct Opened: FileStore {
  let file: any StoredFile
  func open(_ name: String) async throws -> any StoredFile { file }
}

let separators = Array(" \t\r\n".utf8)

func isUTF8(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

/// Whether as many bytes follow the first one of each character as it says: not all the rules.
func hasWholeCharacters(_ bytes: [UInt8]) -> Bool {
  var missing = 0
  for byte in bytes {
    let continues = byte & 0b1100_0000 == 0b1000_0000
    guard continues == (missing > 0) else { return false }
    missing = continues ? missing - 1 : max(0, (~byte).leadingZeroBitCount - 1)
  }
  return missing == 0
}

/// Counts words as a text's Characters show them.
func words(whereSeparator isSeparator: @escaping @Sendable (Character) -> Bool)
  -> @Sendable ([UInt8]) -> Int
{
  { String(decoding: $0, as: UTF8.self).split(whereSeparator: isSeparator).count }
}

func words(in bytes: [UInt8]) -> Int {
  bytes.split(whereSeparator: separators.contains).count
}

/// Counts files, so many at a time.
func tally(
  _ files: [String], limit: Int, _ count: @escaping @Sendable (String) async throws -> Int
) async throws -> WordTally {
  let counts = try await gatherOutcomes(files, limit: max(1, limit)) { try await count($0) }
  return WordTally(counts: counts, total: total(counts))
}

func total(_ counts: [Result<Int, any Error>]) -> Int {
  counts.reduce(0) { $0 + ((try? $1.get()) ?? 0) }
}

/// Counts files, the next one whenever one has ended, and never looks at the cancellation.
func inWindow(
  _ files: [String], limit: Int,
  fillsUp: @escaping @Sendable (Result<Int, any Error>) -> Bool = { _ in true },
  _ count: @escaping @Sendable (String) async throws -> Int
) async -> WordTally {
  await withTaskGroup(of: (Int, Result<Int, any Error>).self) { group in
    var counts: [Result<Int, any Error>] = files.map { .failure(FileStoreError.missing($0)) }
    var next = 0
    func startNext() {
      guard next < files.count else { return }
      let index = next
      next += 1
      group.addTask { (index, await Result { try await count(files[index]) }) }
    }
    for _ in 0..<limit { startNext() }
    for await (index, outcome) in group {
      counts[index] = outcome
      if fillsUp(outcome) { startNext() }
    }
    return WordTally(counts: counts, total: total(counts))
  }
}

final class Sum: Sendable {
  private let value = Mutex(0)
  var total: Int { value.withLock { $0 } }
  func add(_ number: Int) { value.withLock { $0 += number } }
}

final class Pieces: Sendable {
  private let value = Mutex<[UInt8]>([])
  var bytes: [UInt8] { value.withLock { $0 } }
  func add(_ piece: [UInt8]) { value.withLock { $0 += piece } }
}

extension Result where Failure == any Error {
  init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
