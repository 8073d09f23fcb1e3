import AsyncPrimitives
import Testing

/// The examples of the documentation, compiled and run, so that they cannot drift.
@Suite("Examples in the documentation")
struct ExampleTests {
  private func fetch(_ name: String) async throws -> String { name.uppercased() }
  private let urls = ["a", "b"]

  private actor Store {
    private var amount = 5
    func balance() async throws -> Int { amount }
    func setBalance(_ amount: Int) async throws { self.amount = amount }
  }

  @Test func asyncLock() async throws {
    let store = Store()
    let lock = AsyncLock("balance")
    try await lock.withLock {
      let old = try await store.balance()
      try await store.setBalance(old + 10)
    }
    #expect(try await store.balance() == 15)
  }

  /// An actor's own state can be used in the body of a scope, and is not left.
  private actor Account {
    let lock = AsyncLock()
    var balance = 0

    func deposit(_ amount: Int) async throws -> Int {
      try await lock.withLock {
        balance += amount
        return balance
      }
    }

    func quickest(of offers: [Int]) async throws -> Int {
      try await asCompleted(offers) { offer in
        offer
      } body: { outcomes in
        for try await outcome in outcomes { balance += try outcome.result.get() }
        return balance
      }
    }
  }

  @Test func scopesInAnActor() async throws {
    let account = Account()
    #expect(try await account.deposit(1) == 1)
    #expect(try await account.quickest(of: [1, 2]) == 4)
  }

  @Test func gatherForms() async throws {
    let pages = try await gather({ try await fetch("a") }, { try await fetch("b") })
    #expect(pages == ["A", "B"])
    let limited = try await gather(urls, limit: 4) { url in try await fetch(url) }
    #expect(limited == ["A", "B"])
    let operations: [@Sendable () async throws -> String] = [{ "c" }, { try await fetch("d") }]
    #expect(try await gather(operations) == ["c", "D"])
    #expect(try await gather(urls, operation: fetch) == ["A", "B"])
  }

  @Test func gatherOutcomesForms() async throws {
    var lines: [String] = []
    for outcome in try await gatherOutcomes({ try await fetch("a") }, { throw Failure() }) {
      switch outcome {
      case .success(let page): lines.append(page)
      case .failure(let error): lines.append("failed: \(error)")
      }
    }
    #expect(lines == ["A", "failed: Failure()"])
    let outcomes = try await gatherOutcomes(urls, limit: 4) { url in try await fetch(url) }
    #expect(outcomes.compactMap { try? $0.get() } == ["A", "B"])
    let operations: [@Sendable () async throws -> String] = [{ "c" }, { try await fetch("d") }]
    #expect(try await gatherOutcomes(operations).count == 2)
  }

  private struct Failure: Error {}

  @Test func handles() async throws {
    let report = TaskHandle(name: "report") { try await fetch("a") }
    let pages = try await report.value
    #expect(report.isDone)
    #expect(pages == "A")

    let started = urls.map { url in TaskHandle(name: url) { try await fetch(url) } }
    #expect(try await gather(started, onFailure: .cancelSiblings) == ["A", "B"])
    #expect(try await gatherOutcomes(started).count == 2)
  }

  @Test func waiting() async throws {
    let mirrors = urls.map { host in TaskHandle(name: host) { try await fetch(host) } }
    let (done, pending) = try await wait(
      for: mirrors, until: .firstCompleted, timeout: .seconds(5))
    for mirror in pending { mirror.cancel() }
    #expect(!done.isEmpty)
  }

  @Test func completed() async throws {
    let downloads = urls.map { url in TaskHandle(name: url) { try await fetch(url) } }
    var seen: Set<String> = []
    for try await download in asCompleted(downloads) {
      seen.insert("\(download.name) \(try download.result())")
    }
    #expect(seen == ["a A", "b B"])

    let page = try await asCompleted(urls) { mirror in
      try await fetch(mirror)
    } body: { outcomes in
      for try await outcome in outcomes {
        if case .success(let page) = outcome.result { return page }
      }
      throw Failure()
    }
    #expect(["A", "B"].contains(page))

    let operations: [@Sendable () async throws -> String] = [{ "tea" }, { "toast" }]
    try await asCompleted(operations, names: ["ann", "bob"]) { outcomes in
      for try await outcome in outcomes { #expect(["ann", "bob"].contains(outcome.name)) }
    }
  }
}
