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

/// Where in a word and in a character one is, by the rules of UTF-8.
private struct Machine {
  var complete = 0
  var isInWord = false
  private var continuations = 0
  private var next: ClosedRange<UInt8> = 0x80...0xBF

  var isBetweenCharacters: Bool { continuations == 0 }

  /// Takes a byte; false if it cannot stand here.
  mutating func take(_ byte: UInt8) -> Bool {
    if separators.contains(byte) {
      if isInWord { complete += 1 }
      isInWord = false
    } else {
      isInWord = true
    }
    if continuations > 0 {
      defer { (continuations, next) = (continuations - 1, 0x80...0xBF) }
      return next.contains(byte)
    }
    switch byte {
    case ..<0x80: break
    case 0xC2...0xDF: continuations = 1
    case 0xE0...0xEF: continuations = 2
    case 0xF0...0xF4: continuations = 3
    default: return false
    }
    // Not every second byte makes a character that has none shorter, and that there is.
    switch byte {
    case 0xE0: next = 0xA0...0xBF
    case 0xED: next = 0x80...0x9F
    case 0xF0: next = 0x90...0xBF
    case 0xF4: next = 0x80...0x8F
    default: break
    }
    return true
  }
}
