import CheckKit
import Exercise05
import ExerciseKit
import Solution05
import Testing

@Suite("05 Bank")
struct BankTests {
  @Test("your answer", arguments: bankChecks)
  func learner(_ check: Check<any Banking.Type>) async {
    await judge(Exercise05.Bank.self, by: check, of: "05-Bank")
  }

  @Test("our solution", arguments: bankChecks)
  func solution(_ check: Check<any Banking.Type>) async {
    await judge(Solution05.Bank.self, by: check, of: "05-Bank")
  }

  @Test("a right answer of another build", arguments: bankChecks)
  func alternative(_ check: Check<any Banking.Type>) async {
    await judge(CountersBank.self, by: check, of: "05-Bank")
  }

  @Test("a wrong answer", arguments: wrongBanks)
  func wrong(_ answer: WrongAnswer<any Banking.Type>) async {
    await expectRejection(of: answer, by: bankChecks)
  }
}

let bankChecks: [Check<any Banking.Type>] = [
  Check(
    "a transfer moves money", hint: 1,
    cause: "Reading both balances and writing both is all that a single transfer needs."
  ) { type, _ in
    let books = Paper(["ann": 100, "bob": 100])
    let bank = type.init(books: books)
    try await bank.transfer(30, from: "ann", to: "bob")
    await books.expect(["ann": 70, "bob": 130], after: "one transfer of 30 from ann to bob")
    try await bank.transfer(130, from: "bob", to: "ann")
    await books.expect(["ann": 200, "bob": 0], after: "all of bob's money went to ann")
  },
  Check(
    "money is neither made nor lost", hint: 1,
    cause: "Something is awaited between reading a balance and writing it, and others come in."
  ) { type, _ in
    let books = Paper(["ann": 100, "bob": 100, "cem": 100])
    let bank = type.init(books: books)
    try await transfers(bank, [(10, "ann", "bob"), (20, "ann", "cem"), (30, "cem", "bob")])
    await books.expect(
      ["ann": 70, "bob": 140, "cem": 90], after: "10, 20 and 30 were moved at once")
  },
  Check(
    "opposite transfers never wait for each other for ever", hint: 2,
    cause: "Each holds one lock and wants the other's. Take them in an order that all agree on."
  ) { type, _ in
    let books = Paper(["ann": 100, "bob": 100, "cem": 100])
    let bank = type.init(books: books)
    try await transfers(bank, [(10, "ann", "bob"), (20, "bob", "ann")])
    await books.expect(
      ["ann": 110, "bob": 90, "cem": 100], after: "10 went one way and 20 the other")
    try await transfers(bank, [(1, "ann", "bob"), (1, "bob", "cem"), (1, "cem", "ann")])
    await books.expect(["ann": 110, "bob": 90, "cem": 100], after: "1 went round in a circle")
  },
  Check(
    "transfers that share no account do not wait for each other", hint: 1,
    cause: "One lock guards all accounts. Guard each of them with its own."
  ) { type, world in
    let books = Paper(["ann": 100, "bob": 100, "cem": 100, "dan": 100], seconds: 1)
    let bank = type.init(books: books)
    try await bank.transfer(1, from: "ann", to: "bob")
    let alone = world.now
    try await transfers(bank, [(1, "ann", "bob"), (1, "cem", "dan")])
    let together = world.now - alone
    #expect(
      together <= alone,
      "a transfer takes \(alone), and two that share no account take \(together) together")
  },
  Check(
    "a transfer of more than there is throws and changes nothing", hint: 3,
    cause: "Compare the balance with the amount before you write anything."
  ) { type, _ in
    let books = Paper(["ann": 100, "bob": 100])
    let bank = type.init(books: books)
    await #expect(throws: BankError.insufficientFunds, "moving 200 out of 100 has to throw") {
      try await bank.transfer(200, from: "ann", to: "bob")
    }
    await books.expect(["ann": 100, "bob": 100], after: "a transfer of 200 was refused")
    try await bank.transfer(100, from: "ann", to: "bob")
    await books.expect(["ann": 0, "bob": 200], after: "exactly what was there was moved")
  },
  Check(
    "a transfer from an account to itself changes nothing and ends", hint: 2,
    cause: "The same lock is taken twice, or one of the two writes overwrites the other."
  ) { type, _ in
    let books = Paper(["ann": 100])
    let bank = type.init(books: books)
    try await bank.transfer(30, from: "ann", to: "ann")
    await books.expect(["ann": 100], after: "30 went from ann to ann")
  },
  Check(
    "a cancelled transfer changes nothing, and keeps nobody waiting", hint: 3,
    cause: "It is not noticed before the first write, or a lock is not given back when it throws."
  ) { type, world in
    let books = Paper(["ann": 100, "bob": 100], seconds: 1)
    let bank = type.init(books: books)
    for moment in [Duration.zero, .milliseconds(500)] {
      let first = Task(name: "first") { try await bank.transfer(10, from: "ann", to: "bob") }
      try await Task.sleep(for: moment)
      let second = Task(name: "second") { try await bank.transfer(10, from: "bob", to: "ann") }
      await world.settle()
      second.cancel()
      first.cancel()
      for task in [first, second] {
        if case .success = await task.result {
          Issue.record("a transfer that was cancelled before it wrote has not thrown")
        }
      }
      await books.expect(["ann": 100, "bob": 100], after: "two transfers were cancelled at once")
    }
    try await bank.transfer(10, from: "ann", to: "bob")
    await books.expect(["ann": 90, "bob": 110], after: "another transfer was made after that")
  },
]

/// Makes transfers at once, each in a task that says what it moves.
func transfers(_ bank: any Banking, _ list: [(Int, String, String)]) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for (amount, source, target) in list {
      group.addTask(name: "\(source) → \(target)") {
        try await bank.transfer(amount, from: source, to: target)
      }
    }
    try await group.waitForAll()
  }
}

/// Books that let others come in at every access, or take their time.
actor Paper: Books {
  private var balances: [String: Int]
  private let pause: Duration

  init(_ balances: [String: Int], seconds: Int = 0) {
    self.balances = balances
    pause = .seconds(seconds)
  }

  func balance(of account: String) async throws -> Int {
    try await rest()
    let balance = balances[account, default: 0]
    Simulation.note("reads \(account) \(balance)")
    return balance
  }

  func setBalance(_ amount: Int, of account: String) async throws {
    try await rest()
    Simulation.note("writes \(account) \(amount)")
    balances[account] = amount
  }

  func expect(
    _ expected: [String: Int], after what: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    guard balances != expected else { return }
    let seen = text(balances)
    let made = balances.values.reduce(0, +) - expected.values.reduce(0, +)
    let difference = made == 0 ? "" : made > 0 ? ": \(made) too much" : ": \(-made) lost"
    Issue.record(
      "after \(what): \(seen) instead of \(text(expected))\(difference)",
      sourceLocation: sourceLocation)
  }

  private func text(_ balances: [String: Int]) -> String {
    balances.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }

  /// Not cut short by cancellation: a book does not stop in the middle of a line.
  private func rest() async throws {
    if pause == .zero {
      await Task.yield()
    } else {
      let pause = pause
      await Task { try? await Task.sleep(for: pause) }.value
    }
  }
}
