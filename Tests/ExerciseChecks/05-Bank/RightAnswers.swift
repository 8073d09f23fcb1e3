import ExerciseKit

/// An actor that keeps track of the accounts in use, and a condition in place of locks: whoever
/// wants an account that is taken waits for any transfer to end, and looks again.
final actor CountersBank: Banking {
  private let books: any Books
  private var busy: Set<String> = []
  private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
  private var next = 0

  init(books: any Books) { self.books = books }

  func transfer(_ amount: Int, from source: String, to target: String) async throws {
    let accounts: Set = [source, target]
    while !busy.isDisjoint(with: accounts) {
      try Task.checkCancellation()
      await anotherEnd()
    }
    busy.formUnion(accounts)
    defer {
      busy.subtract(accounts)
      for continuation in waiting.values { continuation.resume() }
      waiting = [:]
    }
    let before = try await books.balance(of: source)
    guard before >= amount else { throw BankError.insufficientFunds }
    let there = try await books.balance(of: target)
    try Task.checkCancellation()
    guard source != target else { return }
    try await books.setBalance(before - amount, of: source)
    try await books.setBalance(there + amount, of: target)
  }

  private func anotherEnd() async {
    next += 1
    let number = next
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if Task.isCancelled { continuation.resume() } else { waiting[number] = continuation }
      }
    } onCancel: {
      Task { await self.wake(number) }
    }
  }

  private func wake(_ number: Int) {
    waiting.removeValue(forKey: number)?.resume()
  }
}
