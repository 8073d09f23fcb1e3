import Testing

@testable import LoopbackServer

@Suite("What a request is")
struct RequestParserTests {
  @Test("a request's parts are found")
  func parts() {
    let steps = steps(
      "POST /a%20b?x=1&y=?2 HTTP/1.1\r\nHost: here\r\nX-One:  1 \r\nx-one: 2\r\n"
        + "Content-Length: 3\r\n\r\nabc")
    let request = LoopbackServer.Request(
      method: "POST", path: "/a%20b", query: "x=1&y=?2",
      headers: ["host": "here", "x-one": "1, 2", "content-length": "3"], body: Array("abc".utf8))
    #expect(steps == [.request(request, keepsAlive: true), .incomplete])
  }

  @Test(
    "who wants to keep the connection",
    arguments: [
      ("GET / HTTP/1.1\r\n\r\n", true), ("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n", false),
      ("GET / HTTP/1.0\r\n\r\n", false), ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true),
    ])
  func keepAlive(_ text: String, _ expected: Bool) {
    guard case .request(_, let keepsAlive) = steps(text).first else {
      Issue.record("that is a request")
      return
    }
    #expect(keepsAlive == expected)
  }

  @Test("requests come out the same, however their bytes are split", arguments: 1...40)
  func splits(_ size: Int) {
    let text =
      "GET /one HTTP/1.1\r\n\r\nPOST /two HTTP/1.1\r\nContent-Length: 5\r\n\r\n1\r\n\r\n"
      + "\r\nHEAD /three HTTP/1.1\r\nA: b\r\n\r\n"
    let whole = steps(text).filter { $0 != .incomplete }
    #expect(whole.count == 3)
    #expect(steps(text, in: size).filter { $0 != .incomplete } == whole)
  }

  @Test(
    "what is no request is refused",
    arguments: [
      ("\u{16}\u{3}\u{1}", 400), ("GET /\r\n\r\n", 400), ("GET / HTTP/1.1 x\r\n\r\n", 400),
      ("GET  / HTTP/1.1\r\n\r\n", 400), (" GET / HTTP/1.1\r\n\r\n", 400),
      ("G(T / HTTP/1.1\r\n\r\n", 400), ("GET x HTTP/1.1\r\n\r\n", 400),
      ("GET / HTTP/2.0\r\n\r\n", 505), ("GET / FTP/1.1\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400), ("GET / HTTP/1.1\r\n: empty\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nA : b\r\n\r\n", 400), ("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n", 400), ("GET / HTTP/1.1\r\nA: \0\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nContent-Length: \r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
      ("POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", 413),
      ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
    ])
  func refusals(_ text: String, _ status: Int) {
    #expect(steps(text) == [.refuse(status: status)])
  }

  @Test("a head that does not end is refused, and one that is as long as allowed is not")
  func longHead() {
    #expect(steps(String(repeating: "A", count: 999)) == [.incomplete])
    #expect(steps(String(repeating: "A", count: 1000)) == [.refuse(status: 431)])
    let before = "GET / HTTP/1.1\r\nA: "
    func request(of size: Int) -> String {
      before + String(repeating: "b", count: size - before.utf8.count - 4) + "\r\n\r\n"
    }
    #expect(steps(request(of: 1000)).count == 2)
    #expect(steps(request(of: 1001)) == [.refuse(status: 431)])
  }

  @Test("whoever expects 100 Continue is encouraged once")
  func encouragement() {
    let head = "PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    #expect(steps(head) == [.encourage, .incomplete])
    #expect(steps(head + "ab").count == 2, "who has sent the body already needs none")
  }

  @Test("no bytes whatever upset it", arguments: 0..<200)
  func garbage(_ seed: UInt64) {
    var numbers = Numbers(state: seed)
    let alphabet = Array("GET / HTTP/1.1\r\n\r\n: Content-Length 5\u{0}\u{7f}é".utf8)
    var parser = RequestParser(limits: .small)
    for _ in 0..<50 {
      let count = Int.random(in: 1...20, using: &numbers)
      let useful = Bool.random(using: &numbers)
      parser.append(
        (0..<count).map { _ in
          useful
            ? alphabet[Int.random(in: alphabet.indices, using: &numbers)]
            : UInt8.random(in: 0...255, using: &numbers)
        })
      while case .request = parser.next() {}
    }
  }

  /// All steps up to the one that wants more bytes, or refuses to go on.
  private func steps(_ text: String, in size: Int = .max) -> [RequestParser.Step] {
    var parser = RequestParser(limits: .small)
    var steps: [RequestParser.Step] = []
    var bytes = Array(text.utf8)[...]
    repeat {
      parser.append(Array(bytes.prefix(size)))
      bytes = bytes.dropFirst(size)
      reading: while true {
        let step = parser.next()
        steps.append(step)
        switch step {
        case .refuse: return steps
        case .incomplete: break reading
        case .request, .encourage: continue
        }
      }
    } while !bytes.isEmpty
    return steps
  }
}

extension LoopbackServer.Limits {
  static var small: LoopbackServer.Limits {
    var limits = LoopbackServer.Limits()
    limits.headBytes = 1000
    limits.bodyBytes = 1000
    return limits
  }
}

/// SplitMix64: the same numbers for the same seed.
private struct Numbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
