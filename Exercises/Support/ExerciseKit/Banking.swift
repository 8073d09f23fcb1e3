/// What exercise 05 is about: a bank whose books are kept elsewhere.
public protocol Banking: Sendable {
  /// Opens a bank on books that others have written.
  init(books: any Books)

  /// Moves money from one account to another.
  func transfer(_ amount: Int, from source: String, to target: String) async throws
}

/// The balances of all accounts, kept where every access takes its time.
///
/// Each of the two operations is safe. What happens between two of them is not. Neither is cut short
/// by cancellation: each does all that it is to do, also in a task that is cancelled.
public protocol Books: Sendable {
  /// How much is in an account.
  func balance(of account: String) async throws -> Int

  /// Writes down how much is in an account.
  func setBalance(_ amount: Int, of account: String) async throws
}

/// What keeps a bank from making a transfer.
public enum BankError: Error, Hashable {
  /// There is less in the source account than was to be moved.
  case insufficientFunds
}
