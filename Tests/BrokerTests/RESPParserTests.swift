import Testing

@testable import Broker

@Suite("Redis protocol")
struct RESPParserTests {
  static let answers: [(String, RedisValue)] = [
    ("+OK\r\n", .status("OK")),
    ("-ERR no\r\n", .failure("ERR no")),
    (":-42\r\n", .integer(-42)),
    ("$5\r\nhe\r\no\r\n", .bytes(Array("he\r\no".utf8))),
    ("$0\r\n\r\n", .bytes([])),
    ("$-1\r\n", .null),
    ("*-1\r\n", .null),
    ("_\r\n", .null),
    ("#t\r\n", .boolean(true)),
    (",1.5\r\n", .double(1.5)),
    ("(123456789012345678901234567890\r\n", .status("123456789012345678901234567890")),
    ("!5\r\nERR x\r\n", .failure("ERR x")),
    ("=6\r\ntxt:hi\r\n", .bytes(Array("hi".utf8))),
    ("*2\r\n:1\r\n*1\r\n+a\r\n", .array([.integer(1), .array([.status("a")])])),
    ("*0\r\n", .array([])),
    ("~1\r\n:7\r\n", .array([.integer(7)])),
    ("%1\r\n+k\r\n:1\r\n", .map([RedisValue.Pair(key: .status("k"), value: .integer(1))])),
    // What is pushed, and what is said about an answer, is no answer.
    (">2\r\n+message\r\n+hi\r\n:1\r\n", .integer(1)),
    ("|1\r\n+ttl\r\n:9\r\n:1\r\n", .integer(1)),
    ("*2\r\n|1\r\n+ttl\r\n:9\r\n:1\r\n:2\r\n", .array([.integer(1), .integer(2)])),
  ]

  @Test("every kind of answer, whole", arguments: answers)
  func whole(_ text: String, _ value: RedisValue) throws {
    var parser = RESPParser()
    parser.append(Array(text.utf8))
    #expect(try parser.next() == value)
    #expect(try parser.next() == nil)
  }

  @Test("the same, byte by byte, one behind the other")
  func pieces() throws {
    var parser = RESPParser()
    var values: [RedisValue] = []
    for byte in Self.answers.flatMap({ Array($0.0.utf8) }) {
      parser.append([byte])
      while let value = try parser.next() { values.append(value) }
    }
    #expect(values == Self.answers.map(\.1))
  }

  @Test(
    "what is no answer is an error, and no crash",
    arguments: [
      "HTTP/1.1 400 Bad Request\r\n", "\r\n", ":x\r\n", "$x\r\n", "$-2\r\n", "*99999999999\r\n",
      "$3\r\nabcdef", "$99999999999999999999\r\n", ",x\r\n", "*1\r\n%-1\r\n?\r\n", "+a\rb\r\n",
    ])
  func malformed(_ text: String) {
    var parser = RESPParser()
    parser.append(Array(text.utf8))
    #expect(throws: RESPParser.Malformed.self) { while try parser.next() != nil {} }
  }

  @Test("nesting and lines have their limits")
  func limits() {
    let deep = String(repeating: "*1\r\n", count: 50)
    let long = "+" + String(repeating: "a", count: 70_000)
    for text in [deep, long] {
      var parser = RESPParser()
      parser.append(Array(text.utf8))
      #expect(throws: RESPParser.Malformed.self) { try parser.next() }
    }
  }

  @Test("large answers in many pieces")
  func large() throws {
    var parser = RESPParser()
    let body = [UInt8](repeating: 65, count: 3_000_000)
    let bytes = Array("$\(body.count)\r\n".utf8) + body + [13, 10]
    for start in stride(from: 0, to: bytes.count, by: 65_536) {
      #expect(try parser.next() == nil)
      parser.append(Array(bytes[start..<min(start + 65_536, bytes.count)]))
    }
    #expect(try parser.next() == .bytes(body))
  }

  @Test("a command is lengths and bytes")
  func commands() {
    #expect(
      String(decoding: encodedCommand(["SET", "é", ""]), as: UTF8.self)
        == "*3\r\n$3\r\nSET\r\n$2\r\né\r\n$0\r\n\r\n")
  }

  @Test("addresses")
  func urls() throws {
    let url = try RedisURL("redis://ann:secret@example.org:7000/3")
    #expect(url.host == "example.org" && url.port == 7000 && url.database == 3)
    #expect(url.user == "ann" && url.password == "secret")
    #expect(url.description == "redis://example.org:7000/3", "the password is not shown")
    #expect(try RedisURL("redis://127.0.0.1").port == 6379)
    #expect(try RedisURL("redis://[::1]:6380").description == "redis://[::1]:6380")
  }

  @Test(
    "what is no address says so in one line",
    arguments: [
      "", "localhost", "http://localhost", "rediss://localhost", "redis://", "redis://:6379",
      "redis://localhost:99999", "redis://localhost/notes", "redis://localhost:0",
    ])
  func badURLs(_ text: String) {
    let error = #expect(throws: RedisError.self) { try RedisURL(text) }
    #expect(error?.description.contains("\n") == false)
  }
}
