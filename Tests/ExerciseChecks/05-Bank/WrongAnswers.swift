import AsyncPrimitives
import CheckKit
import ExerciseKit
import Synchronization

let wrongBanks: [WrongAnswer<any Banking.Type>] = [
  WrongAnswer(
    "refuses to move all there is", rejectedBy: "a transfer moves money",
    naming: ["moving 130 out of 130 from bob to ann threw insufficientFunds"],
    FaultyBank<RefusesAll>.self),
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
    "compares before it has the locks",
    rejectedBy: "a transfer of more than there is throws and changes nothing",
    naming: ["of two transfers of 80 out of 100, made at once, 0 threw"],
    FaultyBank<ComparesEarly>.self),
  WrongAnswer(
    "forgets that source and target may be the same",
    rejectedBy: "a transfer to the same account changes nothing, ends, and keeps nobody waiting",
    naming: ["deadlock"], ForgetfulBank.self),
  WrongAnswer(
    "keeps the lock of an account that pays itself",
    rejectedBy: "a transfer to the same account changes nothing, ends, and keeps nobody waiting",
    naming: ["waits for lock “ann”, which"], FaultyBank<KeepsItsOwn>.self),
  WrongAnswer(
    "needs no lock for an account that pays itself",
    rejectedBy: "a transfer to the same account changes nothing, ends, and keeps nobody waiting",
    naming: ["at once 10 from ann to bob"], FaultyBank<NeedsNoLock>.self),
  WrongAnswer(
    "gives its locks back only when all went well",
    rejectedBy: "a cancelled transfer changes nothing, and keeps nobody waiting",
    naming: ["deadlock"], KeepingBank.self),
  WrongAnswer(
    "does not look at its cancellation",
    rejectedBy: "a cancelled transfer changes nothing, and keeps nobody waiting",
    naming: ["has not thrown"], DeafBank.self),
  WrongAnswer(
    "keeps the first lock when it is cancelled while it waits for the second",
    rejectedBy: "a transfer that is cancelled while it waits keeps nobody waiting",
    naming: ["waits for lock “ann”, which"], FaultyBank<KeepsFirst>.self),
  WrongAnswer(
    "takes the later name's lock first, and keeps it when it is cancelled",
    rejectedBy: "a transfer that is cancelled while it waits keeps nobody waiting",
    naming: ["waits for lock “eve”, which"], FaultyBank<KeepsLater>.self),
  WrongAnswer(
    "waits on for the second lock when it is cancelled",
    rejectedBy: "a transfer that is cancelled while it waits keeps nobody waiting",
    naming: ["ann → dan need not wait, and was done at 37.0 seconds"], FaultyBank<WaitsOn>.self),
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
