import AsyncPrimitives
import ExerciseKit

/// What is wrong with a ``FaultyBank``.
protocol BankFault: Sendable {
  static var refusesAll: Bool { get }
  static var comparesEarly: Bool { get }
  static var keepsItsOwn: Bool { get }
  static var needsNoLock: Bool { get }
  static var keepsFirst: Bool { get }
  static var takesLaterFirst: Bool { get }
  static var waitsOn: Bool { get }
}

extension BankFault {
  static var refusesAll: Bool { false }
  static var comparesEarly: Bool { false }
  static var keepsItsOwn: Bool { false }
  static var needsNoLock: Bool { false }
  static var keepsFirst: Bool { false }
  static var takesLaterFirst: Bool { false }
  static var waitsOn: Bool { false }
}

enum RefusesAll: BankFault { static var refusesAll: Bool { true } }
enum ComparesEarly: BankFault { static var comparesEarly: Bool { true } }
enum KeepsItsOwn: BankFault { static var keepsItsOwn: Bool { true } }
enum NeedsNoLock: BankFault { static var needsNoLock: Bool { true } }
enum KeepsFirst: BankFault { static var keepsFirst: Bool { true } }
enum KeepsLater: BankFault {
  static var keepsFirst: Bool { true }
  static var takesLaterFirst: Bool { true }
}
enum WaitsOn: BankFault { static var waitsOn: Bool { true } }

/// Two locks in the order of the names, as our solution, but each step by hand.
final class FaultyBank<Fault: BankFault>: Banking {
  private let books: any Books
  private let locks = Locks()
  init(books: any Books) { self.books = books }

  func transfer(_ amount: Int, from source: String, to target: String) async throws {
    if source == target { return try await transferToItself(source) }
    if Fault.comparesEarly, try await books.balance(of: source) < amount {
      throw BankError.insufficientFunds
    }
    let names = [source, target].sorted(by: Fault.takesLaterFirst ? (>) : (<))
    let (first, second) = (locks[names[0]], locks[names[1]])
    try await take(first)
    do { try await take(second) } catch {
      if !Fault.keepsFirst { try first.unlock() }
      throw error
    }
    defer {
      try? second.unlock()
      try? first.unlock()
    }
    let before = try await books.balance(of: source)
    if Fault.refusesAll ? before <= amount : before < amount && !Fault.comparesEarly {
      throw BankError.insufficientFunds
    }
    let there = try await books.balance(of: target)
    try Task.checkCancellation()
    try await books.setBalance(before - amount, of: source)
    try await books.setBalance(there + amount, of: target)
  }

  private func transferToItself(_ account: String) async throws {
    if Fault.keepsItsOwn { try await locks[account].lock() }
    if Fault.needsNoLock {
      try await books.setBalance(try await books.balance(of: account), of: account)
    }
  }

  private func take(_ lock: AsyncLock) async throws {
    if Fault.waitsOn { return await lock.lockIgnoringCancellation() }
    try await lock.lock()
  }
}
