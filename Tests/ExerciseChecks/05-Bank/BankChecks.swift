import CheckKit
import Exercise05
import ExerciseKit
import Simulation
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
    cause: "A transfer reads both balances, compares, and writes both. All there is may go."
  ) { type, _ in
    let books = Paper(["ann": 100, "bob": 100])
    let bank = type.init(books: books)
    try await transfer(30, of: 100, from: "ann", to: "bob", by: bank)
    await books.expect(["ann": 70, "bob": 130], after: "one transfer of 30 from ann to bob")
    try await transfer(130, of: 130, from: "bob", to: "ann", by: bank)
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
    cause: "Compare before you write, let nobody in between, give locks back when you throw."
  ) { type, _ in
    let books = Paper(["ann": 100, "bob": 100])
    let bank = type.init(books: books)
    await #expect(throws: BankError.insufficientFunds, "moving 200 out of 100 has to throw") {
      try await bank.transfer(200, from: "ann", to: "bob")
    }
    await books.expect(["ann": 100, "bob": 100], after: "a transfer of 200 was refused")
    try await transfer(100, of: 100, from: "ann", to: "bob", by: bank)
    await books.expect(["ann": 0, "bob": 200], after: "exactly what was there was moved")
    // Either of them could go alone.
    let shared = Paper(["ann": 100, "bob": 100])
    let busy = type.init(books: shared)
    let both = (1...2).map { number in
      Task(name: "80, number \(number)") { try await busy.transfer(80, from: "ann", to: "bob") }
    }
    var refused = 0
    for task in both {
      do { try await task.value } catch BankError.insufficientFunds { refused += 1 }
    }
    #expect(refused == 1, "of two transfers of 80 out of 100, made at once, \(refused) threw")
    await shared.expect(["ann": 20, "bob": 180], after: "80 out of 100 were to be moved twice")
  },
  Check(
    "a transfer to the same account changes nothing, ends, and keeps nobody waiting", hint: 2,
    cause: "A lock is taken twice, or not given back; or one of two writes overwrites the other."
  ) { type, _ in
    let books = Paper(["ann": 100])
    let bank = type.init(books: books)
    try await bank.transfer(30, from: "ann", to: "ann")
    await books.expect(["ann": 100], after: "30 went from ann to ann")
    let shared = Paper(["ann": 100, "bob": 100])
    try await transfers(type.init(books: shared), [(30, "ann", "ann"), (10, "ann", "bob")])
    await shared.expect(
      ["ann": 90, "bob": 110], after: "30 went from ann to ann, and at once 10 from ann to bob")
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
  Check(
    "a transfer that is cancelled while it waits keeps nobody waiting", hint: 2,
    cause: "It has one account, waits for the other, and does not give the one back at once."
  ) { type, world in
    // Whichever account is taken first: ann comes before bob, and eve after him.
    for name in ["ann", "eve"] {
      let books = Paper([name: 100, "bob": 100, "cem": 100, "dan": 100], seconds: 1, slow: "bob")
      let bank = type.init(books: books)
      let long = begin(bank, world, from: "bob", to: "cem")
      await world.settle()
      let waiting = begin(bank, world, from: name, to: "bob")
      await world.settle()
      waiting.cancel()
      let next = begin(bank, world, from: name, to: "dan")
      let (nextEnd, longEnd) = (try await next.value, try await long.value)
      _ = await waiting.result
      #expect(
        nextEnd < longEnd,
        """
        \(name) → bob was cancelled while it waited for bob → cem; \(name) → dan need not wait, and \
        was done at \(nextEnd), bob → cem at \(longEnd)
        """)
    }
  },
]

/// Makes a transfer that has to go through, since there is enough.
func transfer(
  _ amount: Int, of balance: Int, from source: String, to target: String, by bank: any Banking
) async throws {
  do { try await bank.transfer(amount, from: source, to: target) } catch {
    let name = String(describing: error)
    Issue.record("moving \(amount) out of \(balance) from \(source) to \(target) threw \(name)")
    throw error
  }
}

/// Begins a transfer of 10 in a task that tells when it was done.
func begin(
  _ bank: any Banking, _ world: World, from source: String, to target: String
) -> Task<Duration, any Error> {
  Task(name: "\(source) → \(target)") {
    try await bank.transfer(10, from: source, to: target)
    return world.now
  }
}

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
  /// Whose page takes ten times as long.
  private let slow: String?

  init(_ balances: [String: Int], seconds: Int = 0, slow: String? = nil) {
    self.balances = balances
    self.slow = slow
    pause = .seconds(seconds)
  }

  func balance(of account: String) async throws -> Int {
    try await rest(at: account)
    let balance = balances[account, default: 0]
    Simulation.note("reads \(account) \(balance)")
    return balance
  }

  func setBalance(_ amount: Int, of account: String) async throws {
    try await rest(at: account)
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
  private func rest(at account: String) async throws {
    if pause == .zero {
      await Task.yield()
    } else {
      let pause = account == slow ? pause * 10 : pause
      await Task { try? await Task.sleep(for: pause) }.value
    }
  }
}
