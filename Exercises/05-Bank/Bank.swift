// Exercise 05 · Bank                                               20 minutes
//
// Build a bank that moves money between accounts, any number of transfers at once.
//
// The balances are in books that are kept elsewhere: reading one and writing one
// both await, and cancellation cuts neither short. You have `AsyncLock` from
// lesson 5.
//
// Rules:
//  1. Money is neither made nor lost, whichever transfers run at once.
//  2. No transfers wait for each other for ever.
//  3. Transfers that share no account do not wait for each other.
//  4. A transfer of more than there is throws BankError.insufficientFunds and
//     changes nothing.
//  5. A transfer from an account to itself changes nothing, ends, and keeps nobody
//     waiting. If it is of more than there is, it may throw or not.
//  6. A transfer that is cancelled before it has begun to write changes nothing,
//     and keeps nobody else waiting, even if it is itself waiting for another.
//
// For example, with 100 in each of "ann" and "bob":
//
//    try await bank.transfer(30, from: "ann", to: "bob")    // 70 and 130
//    try await bank.transfer(200, from: "ann", to: "bob")   // throws, still 70 and 130
//
// Check it:   swift test --filter Bank
// Stuck?      Hints.md in this folder, a level at a time.

import AsyncPrimitives
public import ExerciseKit

/// Moves money between accounts whose balances are kept in `books`.
public final class Bank: Banking {
  private let books: any Books

  /// Opens a bank on books that others have written.
  public init(books: any Books) {
    self.books = books
  }

  /// Moves `amount` from `source` to `target`.
  ///
  /// - Throws: `BankError.insufficientFunds` and changes nothing, if there is less in the source;
  ///   `CancellationError` and changes nothing, if the task is cancelled before the first write.
  public func transfer(_ amount: Int, from source: String, to target: String) async throws {
    try todo("keep others away from both accounts while you read, decide and write")
  }
}
