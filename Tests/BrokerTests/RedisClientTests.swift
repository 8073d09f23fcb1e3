import AsyncPrimitives
import Foundation
import LoopbackServer
import Testing

@testable import Broker

@Suite("Redis client", .redis, .timeLimit(.minutes(2)))
struct RedisClientTests {
  @Test("commands, answers, refusals, and text of any kind")
  func commands() async throws {
    let server = try await RedisServer()
    let redis = try RedisClient(server.url)
    #expect(try await redis.send("PING") == .status("PONG"))
    let text = "spaces, \r\n lines, é, 🐑, \"quotes\""
    try await redis.send("SET", "key", text)
    #expect(try await redis.send("GET", "key").text == text)
    #expect(try await redis.send("GET", "nothing") == .null)
    #expect(try await redis.send("INCR", "count") == .integer(1))
    try await redis.send("HSET", "hash", "a", "1")
    #expect(
      try await redis.send("HGETALL", "hash").elements?.map(\.text) == ["a", "1"], "a map in RESP3")
    let error = await #expect(throws: RedisError.self) { try await redis.send("NONSENSE") }
    #expect("\(error.map { "\($0)" } ?? "")".contains("unknown command"))
    #expect(try await redis.send("PING") == .status("PONG"), "a refusal ends nothing")
    await redis.close()
    await #expect(throws: RedisError.closed) { try await redis.send("PING") }
  }

  @Test("a thousand tasks share one connection, and each gets its own answer")
  func pipelining() async throws {
    let server = try await RedisServer()
    var options = RedisClient.Options()
    options.commandLimit = 100
    options.timeout = .seconds(30)
    let redis = try RedisClient(server.url, options: options)
    let answers = try await gather(0..<1000) { number in
      try await redis.send("ECHO", "\(number)").text
    }
    #expect(answers == (0..<1000).map { "\($0)" })
    let clients = try await redis.send("CLIENT", "LIST").text ?? ""
    #expect(clients.split(separator: "\n").count == 1)
    await redis.close()
  }

  @Test("a password, a wrong one, and none")
  func passwords() async throws {
    let server = try await RedisServer(["--requirepass", "secret"])
    let right = try RedisClient(server.url(password: "secret"))
    #expect(try await right.send("PING") == .status("PONG"))
    await right.close()
    for password in [nil, "wrong"] {
      let redis = try RedisClient(server.url(password: password))
      let error = await #expect(throws: RedisError.self) { try await redis.send("PING") }
      let text = error.map { "\($0)" } ?? ""
      #expect(text.contains("NOAUTH") || text.contains("WRONGPASS"), "\(text)")
      await redis.close()
    }
  }

  @Test("databases are apart")
  func databases() async throws {
    let server = try await RedisServer()
    let (zero, three) = try (RedisClient(server.url), RedisClient(server.url + "/3"))
    try await three.send("SET", "key", "3")
    #expect(try await zero.send("GET", "key") == .null)
    #expect(try await three.send("GET", "key").text == "3")
    await zero.close()
    await three.close()
  }

  @Test("killed and started again: one command fails, the next are answered")
  func restart() async throws {
    let server = try await RedisServer()
    let redis = try RedisClient(server.url)
    try await redis.send("SET", "key", "kept")
    let blocked = Task { try await redis.send("BLPOP", "list", "20", timeout: .seconds(30)) }
    try await Task.sleep(for: .milliseconds(200))
    server.kill()
    await #expect(throws: RedisError.disconnected(server.url)) { try await blocked.value }
    async let waiting = redis.send("GET", "key", timeout: .seconds(20))
    try await server.start()
    #expect(try await waiting.text == "kept", "it waited for the new connection")
    await redis.close()
  }

  @Test("a cancelled command throws at once, and the others get their own answers")
  func cancellation() async throws {
    let server = try await RedisServer()
    let redis = try RedisClient(server.url)
    let other = try RedisClient(server.url)
    // Nobody answers it before it has thrown.
    let blocked = Task { try await redis.send("BLPOP", "list", "0", timeout: .seconds(300)) }
    while try await other.send("CLIENT", "LIST").text?.contains("cmd=blpop") != true {}
    async let behind = redis.send("ECHO", "behind", timeout: .seconds(300))
    blocked.cancel()
    await #expect(throws: CancellationError.self) { try await blocked.value }
    try await other.send("RPUSH", "list", "an element")
    #expect(try await behind.text == "behind")
    await redis.close()
    await other.close()
  }

  @Test("a server that says nothing is given up, and asked anew")
  func silence() async throws {
    let server = try await RedisServer()
    let redis = try RedisClient(server.url)
    try await redis.send("PING")
    let id = try await redis.send("CLIENT", "ID").number
    await #expect(throws: RedisError.self) {
      try await redis.send("BLPOP", "list", "20", timeout: .milliseconds(200))
    }
    #expect(try await redis.send("CLIENT", "ID").number != id, "it is another connection")
    await redis.close()
  }
}

@Suite("Redis client without Redis", .timeLimit(.minutes(1)))
struct RedisClientAloneTests {
  /// What a client says that cannot reach anybody.
  ///
  /// On a busy machine, the time may be over before it has tried: then it is asked again.
  private func complaint(of redis: RedisClient) async -> String {
    for _ in 0..<50 {
      do { try await redis.send("PING", timeout: .milliseconds(500)) } catch RedisError.timedOut {
        continue
      } catch {
        return "\(error)"
      }
    }
    return "nothing"
  }

  @Test("nobody there: a line that says so, within the time")
  func nobody() async throws {
    let server = try LoopbackServer { _ in .status(404) }
    await server.stop()
    let redis = try RedisClient("redis://127.0.0.1:\(server.port)")
    let line = await complaint(of: redis)
    #expect(line == "redis://127.0.0.1:\(server.port) cannot be reached: Connection refused")
    await redis.close()
  }

  @Test("what is there does not understand us: a line that says so")
  func another() async throws {
    let server = try LoopbackServer { _ in .text("hello") }
    var options = RedisClient.Options()
    options.timeout = .milliseconds(200)
    let redis = try RedisClient("redis://127.0.0.1:\(server.port)", options: options)
    let line = await complaint(of: redis)
    #expect(line.hasSuffix("cannot be reached: it does not answer"), "\(line)")
    await redis.close()
    await server.stop()
  }

  @Test("who waits for a client that is closed hears of it")
  func dropped() async throws {
    let redis = try RedisClient("redis://127.0.0.1:1")
    let waiting = Task { try await redis.send("PING", timeout: .seconds(20)) }
    try await Task.sleep(for: .milliseconds(100))
    await redis.close()
    await #expect(throws: RedisError.closed) { try await waiting.value }
  }
}
