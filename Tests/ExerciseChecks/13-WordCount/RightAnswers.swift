import AsyncPrimitives
import ExerciseKit

/// As many workers as files may be open, each of which takes the next name from a pile; and a small
/// machine that looks at every byte, and remembers neither words nor pieces.
@Sendable func countWordsByWorkers(
  _ files: [String], _ store: any FileStore, _ limit: Int,
  _ found: @escaping @Sendable (_ words: Int) -> Void
) async throws -> WordTally {
  let pile = Pile(files)
  try await withThrowingTaskGroup(of: Void.self) { group in
    for number in 1...limit {
      group.addTask(name: "worker \(number)") {
        while !Task.isCancelled, let (index, name) = await pile.next() {
          do {
            await pile.put(.success(try await byteByByte(name, store, found)), at: index)
          } catch {
            try Task.checkCancellation()
            await pile.put(.failure(error), at: index)
          }
        }
      }
    }
    try await group.waitForAll()
  }
  try Task.checkCancellation()
  return await pile.tally
}

private actor Pile {
  private let files: [String]
  private var taken = 0
  private var counts: [Int: Result<Int, any Error>] = [:]

  init(_ files: [String]) { self.files = files }

  func next() -> (Int, String)? {
    guard taken < files.count else { return nil }
    defer { taken += 1 }
    return (taken, files[taken])
  }

  func put(_ count: Result<Int, any Error>, at index: Int) { counts[index] = count }

  var tally: WordTally {
    let list = files.indices.compactMap { counts[$0] }
    return WordTally(counts: list, total: total(list))
  }
}

private func byteByByte(
  _ name: String, _ store: any FileStore, _ found: @Sendable (Int) -> Void
) async throws -> Int {
  let file = try await store.open(name)
  var machine = Machine()
  var told = 0
  do {
    while case let piece = try await file.read(), !piece.isEmpty {
      guard piece.allSatisfy({ machine.take($0) }) else { throw FileStoreError.notText(name) }
      found(machine.complete - told)
      told = machine.complete
    }
    guard machine.isBetweenCharacters else { throw FileStoreError.notText(name) }
  } catch {
    await file.close()
    throw error
  }
  await file.close()
  found(machine.complete + (machine.isInWord ? 1 : 0) - told)
  return machine.complete + (machine.isInWord ? 1 : 0)
}

/// Where in a word and in a character one is. It knows the lengths of characters, not all the rules
/// of UTF-8.
private struct Machine {
  var complete = 0
  var isInWord = false
  private var continuations = 0

  var isBetweenCharacters: Bool { continuations == 0 }

  /// Takes a byte; false if it cannot stand here.
  mutating func take(_ byte: UInt8) -> Bool {
    if separators.contains(byte) {
      if isInWord { complete += 1 }
      isInWord = false
    } else {
      isInWord = true
    }
    let isContinuation = byte & 0b1100_0000 == 0b1000_0000
    if isContinuation != (continuations > 0) { return false }
    switch byte {
    case ..<0xC0: continuations = max(0, continuations - 1)
    case ..<0xE0: continuations = 1
    case ..<0xF0: continuations = 2
    case ..<0xF8: continuations = 3
    default: return false
    }
    return true
  }
}
