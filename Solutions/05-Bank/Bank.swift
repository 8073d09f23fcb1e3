// Exercise 05 · Bank, as we would write it.
//
// Reading, deciding and writing belong together, and each of them awaits: so each account has a
// lock that can be awaited, held from the first reading to the last writing. Every transfer takes
// its two locks in the order of the accounts' names. Then no two transfers can each hold what the
// other wants: the one that has the later name's lock has both.
//
// The road not taken: one lock for the whole bank. It is two lines, never deadlocks, and is right
// for a bank with one counter. Here it would let transfers wait that have nothing to do with each
// other. Nor an actor alone: it is reentrant, and lets the next transfer in at every await.

import AsyncPrimitives
public import ExerciseKit
import Synchronization

/// Moves money between accounts whose balances are kept in `books`.
public final class Bank: Banking {
  private let books: any Books
  private let locks = Mutex<[String: AsyncLock]>([:])

  /// Opens a bank on books that others have written.
  public init(books: any Books) {
    self.books = books
  }

  /// Moves `amount` from `source` to `target`.
  ///
  /// - Throws: `BankError.insufficientFunds` and changes nothing, if there is less in the source;
  ///   `CancellationError` and changes nothing, if the task is cancelled before the first write.
  public func transfer(_ amount: Int, from source: String, to target: String) async throws {
    // Taking one lock twice would be waiting for ourselves.
    guard source != target else { return }
    try await lock(of: min(source, target)).withLock {
      try await lock(of: max(source, target)).withLock {
        try await move(amount, from: source, to: target)
      }
    }
  }

  /// Both locks are held.
  private func move(_ amount: Int, from source: String, to target: String) async throws {
    let before = try await books.balance(of: source)
    guard before >= amount else { throw BankError.insufficientFunds }
    let there = try await books.balance(of: target)
    // From here on it is all or nothing.
    try Task.checkCancellation()
    try await books.setBalance(before - amount, of: source)
    try await books.setBalance(there + amount, of: target)
  }

  private func lock(of account: String) -> AsyncLock {
    locks.withLock { locks in
      if let lock = locks[account] { return lock }
      let lock = AsyncLock(account)
      locks[account] = lock
      return lock
    }
  }
}
