import AsyncPrimitives
import CheckKit
import ExerciseKit
import Synchronization

let wrongBanks: [WrongAnswer<any Banking.Type>] = [
  WrongAnswer(
    "no protection at all", rejectedBy: "money is neither made nor lost",
    naming: ["lost", "too much", "instead of"], UnprotectedBank.self),
  WrongAnswer(
    "an actor is taken for a lock", rejectedBy: "money is neither made nor lost",
    naming: ["lost", "too much", "instead of"], ActorBank.self),
  WrongAnswer(
    "the source's lock first", rejectedBy: "opposite transfers never wait for each other for ever",
    naming: ["deadlock"], SourceFirstBank.self),
  WrongAnswer(
    "one lock for all", rejectedBy: "transfers that share no account do not wait for each other",
    naming: ["share no account"], OneLockBank.self),
  WrongAnswer(
    "writes before it compares",
    rejectedBy: "a transfer of more than there is throws and changes nothing",
    naming: ["was refused"], HastyBank.self),
  WrongAnswer(
    "forgets that source and target may be the same",
    rejectedBy: "a transfer from an account to itself changes nothing and ends",
    naming: ["deadlock"], ForgetfulBank.self),
  WrongAnswer(
    "gives its locks back only when all went well",
    rejectedBy: "a cancelled transfer changes nothing, and keeps nobody waiting",
    naming: ["deadlock"], KeepingBank.self),
  WrongAnswer(
    "does not look at its cancellation",
    rejectedBy: "a cancelled transfer changes nothing, and keeps nobody waiting",
    naming: ["has not thrown"], DeafBank.self),
]

/// Locks by account, made when they are needed.
final class Locks: Sendable {
  private let locks = Mutex<[String: AsyncLock]>([:])

  subscript(account: String) -> AsyncLock {
    locks.withLock { locks in
      if let lock = locks[account] { return lock }
      let lock = AsyncLock(account)
      locks[account] = lock
      return lock
    }
  }
}

extension Books {
  /// The transfer itself, right if nobody else comes in.
  func move(
    _ amount: Int, from source: String, to target: String, noticingCancellation: Bool = true
  ) async throws {
    let before = try await balance(of: source)
    guard before >= amount else { throw BankError.insufficientFunds }
    let there = try await balance(of: target)
    if noticingCancellation { try Task.checkCancellation() }
    try await setBalance(before - amount, of: source)
    try await setBalance(there + amount, of: target)
  }
}

final class UnprotectedBank: Banking {
  private let books: any Books
  init(books: any Books) { self.books = books }

  func transfer(_ amount: Int, from source: String, to target: String) async throws {
    guard source != target else { return }
    try await books.move(amount, from: source, to: target)
  }
}

final actor ActorBank: Banking {
  private let books: any Books
  init(books: any Books) { self.books = books }

  func transfer(_ amount: Int, from source: String, to target: String) async throws {
    guard source != target else { return }
    try await books.move(amount, from: source, to: target)
  }
}

final class SourceFirstBank: Banking {
  private let books: any Books
  private let locks = Locks()
  init(books: any Books) { self.books = books }

  func transfer(_ amount: Int, from source: String, to target: String) async throws {
    guard source != target else { return }
    try await locks[source].withLock {
      try await locks[target].withLock {
        try await books.move(amount, from: source, to: target)
      }
    }
  }
}

final class OneLockBank: Banking {
  private let books: any Books
  private let lock = AsyncLock("the bank")
  init(books: any Books) { self.books = books }

  func transfer(_ amount: Int, from source: String, to target: String) async throws {
    guard source != target else { return }
    try await lock.withLock { try await books.move(amount, from: source, to: target) }
  }
}

final class HastyBank: Banking {
  private let books: any Books
  private let locks = Locks()
  init(books: any Books) { self.books = books }

  func transfer(_ amount: Int, from source: String, to target: String) async throws {
    guard source != target else { return }
    try await locks[min(source, target)].withLock {
      try await locks[max(source, target)].withLock {
        let before = try await books.balance(of: source)
        try await books.setBalance(before - amount, of: source)
        guard before >= amount else { throw BankError.insufficientFunds }
        try await books.setBalance(try await books.balance(of: target) + amount, of: target)
      }
    }
  }
}

final class ForgetfulBank: Banking {
  private let books: any Books
  private let locks = Locks()
  init(books: any Books) { self.books = books }

  func transfer(_ amount: Int, from source: String, to target: String) async throws {
    try await locks[min(source, target)].withLock {
      try await locks[max(source, target)].withLock {
        try await books.move(amount, from: source, to: target)
      }
    }
  }
}

final class KeepingBank: Banking {
  private let books: any Books
  private let locks = Locks()
  init(books: any Books) { self.books = books }

  func transfer(_ amount: Int, from source: String, to target: String) async throws {
    guard source != target else { return }
    try await locks[min(source, target)].lock()
    try await locks[max(source, target)].lock()
    try await books.move(amount, from: source, to: target)
    try locks[max(source, target)].unlock()
    try locks[min(source, target)].unlock()
  }
}

final class DeafBank: Banking {
  private let books: any Books
  private let locks = Locks()
  init(books: any Books) { self.books = books }

  func transfer(_ amount: Int, from source: String, to target: String) async throws {
    guard source != target else { return }
    try await locks[min(source, target)].withLockIgnoringCancellation {
      try await locks[max(source, target)].withLockIgnoringCancellation {
        try await books.move(amount, from: source, to: target, noticingCancellation: false)
      }
    }
  }
}

// MARK: - Right, and not like ours

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
