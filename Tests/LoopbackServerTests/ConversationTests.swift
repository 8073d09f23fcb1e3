import LoopbackServer
import Testing

/// Requests and responses, byte by byte.
@Suite("A conversation", .timeLimit(.minutes(1)))
struct ConversationTests {
  @Test("requests of one connection share it, also if they come in one go, and keep their order")
  func pipelining() async throws {
    try await LoopbackServer.running {
      .text("<\($0.path)>")
    } while: { server in
      let client = try RawClient(port: server.port)
      client.send("GET /one HTTP/1.1\r\n\r\n")
      #expect(await client.received(until: "</one>").hasSuffix("\r\n\r\n</one>"))
      client.send("GET /two HTTP/1.1\r\n\r\nGET /three HTTP/1.1\r\nConnection: close\r\n\r\n")
      let rest = await client.everything()
      let two = try #require(rest.firstRange(of: "</two>"))
      let three = try #require(rest.firstRange(of: "</three>"))
      #expect(two.upperBound < three.lowerBound)
    }
  }

  @Test("a request may come a byte at a time")
  func slowRequest() async throws {
    try await LoopbackServer.running {
      .text("<\($0.body.count)>")
    } while: { server in
      let client = try RawClient(port: server.port)
      let text = "POST / HTTP/1.1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
      for byte in text.utf8 { client.send([byte]) }
      #expect(await client.everything().hasSuffix("<3>"))
    }
  }

  @Test("HEAD gets the head, however the body would be sent, and the connection goes on")
  func head() async throws {
    try await LoopbackServer.running { request in
      switch request.path {
      case "/chunked": LoopbackServer.Response(body: .chunked { try await $0.write("body") })
      case "/announced": LoopbackServer.Response(body: .announced(4) { try await $0.write("body") })
      case "/end": LoopbackServer.Response(body: .untilClose { try await $0.write("body") })
      default: .text("body")
      }
    } while: { server in
      let client = try RawClient(port: server.port)
      client.send(
        ["/", "/chunked", "/announced", "/end"].map { "HEAD \($0) HTTP/1.1\r\n\r\n" }.joined())
      let heads = await client.everything()
      #expect(!heads.contains("body"))
      #expect(heads.components("HTTP/1.1 200 OK") == 4)
      #expect(heads.components("Content-Length: 4") == 2)
    }
  }

  @Test("each kind of body, as it goes over the wire")
  func bodies() async throws {
    try await LoopbackServer.running { request in
      let write: LoopbackServer.Response.Writing = { writer in
        try await writer.write("one ")
        try await writer.write("")
        try await writer.write("two")
      }
      return switch request.path {
      case "/chunked": LoopbackServer.Response(body: .chunked(write))
      case "/announced": LoopbackServer.Response(body: .announced(7, write))
      case "/short": LoopbackServer.Response(body: .announced(9, write))
      case "/nothing": LoopbackServer.Response(204)
      default: LoopbackServer.Response(body: .untilClose(write))
      }
    } while: { server in
      func get(_ path: String) async throws -> String {
        let client = try RawClient(port: server.port)
        client.send("GET \(path) HTTP/1.1\r\n\r\n")
        client.finish()
        return await client.everything()
      }
      let chunked = try await get("/chunked")
      #expect(chunked.hasSuffix("\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n"))
      #expect(chunked.contains("Transfer-Encoding: chunked\r\n"))
      #expect(try await get("/announced").hasSuffix("Content-Length: 7\r\n".end("one two")))
      #expect(try await get("/short").contains("Content-Length: 9\r\n"))
      #expect(try await get("/short").hasSuffix("\r\n\r\none two"))
      let end = try await get("/end")
      #expect(end.hasSuffix("\r\n\r\none two") && end.contains("Connection: close\r\n"))
      #expect(!end.contains("Content-Length") && !end.contains("Transfer-Encoding"))
      #expect(!(try await get("/nothing").contains("Content-Length")))
    }
  }

  @Test("a body that throws, or writes too much, breaks the connection off")
  func brokenBodies() async throws {
    try await LoopbackServer.running { request in
      LoopbackServer.Response(
        body: .announced(5) { writer in
          try await writer.write("abc")
          guard request.path == "/long" else { throw Broken() }
          await #expect(throws: LoopbackServerError.bodyTooLong(announced: 5)) {
            try await writer.write("defghi")
          }
        })
    } while: { server in
      for path in ["/long", "/throws"] {
        let client = try RawClient(port: server.port)
        client.send("GET \(path) HTTP/1.1\r\n\r\n")
        // A client that meets a broken connection may lose what it has not read before.
        let text = await client.everything()
        #expect(!text.contains("d") || !text.contains("defghi"))
      }
    }
  }

  @Test("what is no request is told so, and ends the connection")
  func badRequests() async throws {
    try await LoopbackServer.running { _ in
      .text("fine")
    } while: { server in
      let wrong: [(text: String, status: String)] = [
        ("hello\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/3.0\r\n\r\n", "505 HTTP Version Not Supported"),
        (String(repeating: "A", count: 100_000), "431 Request Header Fields Too Large"),
        ("POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\nabc", "413 Content Too Large"),
      ]
      for (text, status) in wrong {
        let client = try RawClient(port: server.port)
        client.send(text)
        client.finish()
        let answer = await client.everything()
        #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n"), "\(text.prefix(40)): \(answer)")
        #expect(answer.contains("Connection: close\r\n"))
      }
      // It is as well as before.
      let client = try RawClient(port: server.port)
      client.send("GET / HTTP/1.0\r\n\r\n")
      #expect(await client.everything().hasSuffix("fine"))
    }
  }

  @Test("a header cannot smuggle another one in")
  func headerInjection() async throws {
    try await LoopbackServer.running { _ in
      LoopbackServer.Response(headers: [("X-Name", "a\r\nX-Evil: b\nX-Worse: c")])
    } while: { server in
      let client = try RawClient(port: server.port)
      client.send("GET / HTTP/1.0\r\n\r\n")
      #expect(await client.everything().contains("X-Name: a X-Evil: b X-Worse: c\r\n"))
    }
  }

  @Test("who expects 100 Continue gets it")
  func encouragement() async throws {
    try await LoopbackServer.running {
      .text("<\($0.body.count)>")
    } while: { server in
      let client = try RawClient(port: server.port)
      client.send(
        "PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n")
      #expect(await client.received(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
      client.send("ab")
      #expect(await client.everything().hasSuffix("<2>"))
    }
  }

  @Test("a body's writer hears that the client has gone")
  func clientGone() async throws {
    let (gone, tell) = AsyncStream.makeStream(of: (any Error).self)
    try await LoopbackServer.running { _ in
      LoopbackServer.Response(
        body: .chunked { writer in
          do {
            while true { try await writer.write([UInt8](repeating: 65, count: 64 * 1024)) }
          } catch {
            tell.yield(error)
            throw error
          }
        })
    } while: { server in
      let client = try RawClient(port: server.port)
      client.send("GET / HTTP/1.1\r\n\r\n")
      _ = await client.received(until: "AAAA")
      client.hangUp()
      let error = await gone.first { _ in true }
      #expect(error as? LoopbackServerError == .disconnected)
    }
  }
}

private struct Broken: Error {}

extension String {
  /// How often a text is in it.
  fileprivate func components(_ text: String) -> Int { ranges(of: text).count }

  /// The last header, and the body.
  fileprivate func end(_ body: String) -> String {
    self + "Connection: keep-alive\r\n\r\n" + body
  }
}
