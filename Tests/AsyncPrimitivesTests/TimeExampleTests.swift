import AsyncPrimitives
import Testing

/// The examples in the documentation of timeouts, shields, futures and resources, compiled and run.
@Suite("Examples in the documentation of time and resources")
struct TimeExampleTests {
  private func fetch(_ name: String) async throws -> String { name.uppercased() }
  private func fetchStubbornly(_ name: String) async throws -> String { name.uppercased() }
  private func save(_ document: String) async throws { #expect(document == "draft") }
  private let document = "draft"

  private struct EndOfFile: Error {}
  private struct Overslept: Error {}

  private struct Connection {
    var number: Int?
    static func open(_ host: String = "") async throws -> Connection {
      Connection(number: host.count)
    }
    func close() async throws {}
    func read() async throws -> String { "text" }
    func readNumber() async throws -> Int {
      guard let number, number > 0 else { throw EndOfFile() }
      return number
    }
  }

  @Test func timeouts() async throws {
    let page = try await withTimeout(.seconds(2)) { try await fetch("a") }
    #expect(page == "A")
    let deadline = ContinuousClock.now + .seconds(10)
    let user = try await withTimeout(until: deadline) { try await fetch("user") }
    let home = try await withTimeout(until: deadline) { try await fetch(user) }
    #expect(home == "USER")
    let abandoned = try await withAbandoningTimeout(.seconds(2)) { try await fetchStubbornly("a") }
    #expect(abandoned == "A")
  }

  @Test func movingTimeouts() async throws {
    let (messages, continuation) = AsyncStream.makeStream(of: String.self)
    for message in ["a", "b"] { continuation.yield(message) }
    continuation.finish()
    var read: [String] = []
    try await withTimeout(.seconds(30)) { scope in
      for try await message in messages {
        try scope.reschedule(after: .seconds(30))
        read.append(message)
      }
    }
    #expect(read == ["a", "b"])
    let scope = TimeoutScope(.seconds(10))
    let page = try? await scope.run { try await fetch("a") }
    #expect((scope.isExpired ? "too slow" : "\(page ?? "failed")") == "A")
  }

  @Test func shields() async throws {
    try await shield { try await save(document) }
    let saving = TaskHandle(name: "save") { try await save(document) }
    try await shield(saving)
    let connection = Connection()
    try await withCancellationShield { try await connection.close() }
    try Task.checkCancellation()
  }

  @Test func futures() async throws {
    func startCalculation(_ callBack: @escaping @Sendable (Int) -> Void) { Task { callBack(42) } }
    let answer = Future<Int>("answer")
    startCalculation { number in try? answer.succeed(number) }
    #expect(try await answer.value == 42)
  }

  @Test func unretrievedErrors() {
    UnretrievedError.$handler.withValue({ error in
      let line = "future “answer” failed, and nobody asked for its outcome: Overslept()"
      #expect("\(error)" == line)
    }) {
      let future = Future<Int>("answer")
      try? future.fail(Overslept())
    }
  }

  @Test func resources() async throws {
    let text = try await withResource {
      try await Connection.open()
    } release: { connection in
      try await connection.close()
    } body: { connection in
      try await connection.read()
    }
    #expect(text == "text")

    let total = try await withResource {
      try await Connection.open()
    } exit: { connection, outcome in
      try await connection.close()
      if case .failure(is EndOfFile) = outcome { return 0 }
      return try outcome.get()
    } body: { connection in
      try await connection.readNumber()
    }
    #expect(total == 0)

    let hosts = ["a", "bb"]
    let sum = try await withResourceStack { stack in
      var sum = 0
      for host in hosts {
        let connection = try await stack.enter {
          try await Connection.open(host)
        } release: { connection in
          try await connection.close()
        }
        sum += try await connection.readNumber()
      }
      return sum
    }
    #expect(sum == 3)
  }
}
