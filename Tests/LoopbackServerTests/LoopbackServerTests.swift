import Foundation
import LoopbackServer
import Synchronization
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

@Suite("The loopback server", .timeLimit(.minutes(1)))
struct LoopbackServerTests {
  @Test("URLSession gets what the handler says")
  func responses() async throws {
    try await LoopbackServer.running { request in
      switch request.path {
      case "/hello": return .text("Hello, \(request.query ?? "you")!")
      case "/elsewhere": return .redirect(to: "/hello?there")
      case "/chunked": return LoopbackServer.Response(body: .chunked(tenLines))
      case "/end": return LoopbackServer.Response(body: .untilClose(tenLines))
      case "/throws": throw Unexpected()
      default: return .status(404)
      }
    } while: { server in
      let lines = String(repeating: "line\n", count: 10)
      let expected = [
        "/hello": Answer(200, "Hello, you!"), "/elsewhere": Answer(200, "Hello, there!"),
        "/chunked": Answer(200, lines), "/end": Answer(200, lines),
        "/nothing": Answer(404, "404 Not Found\n"),
        "/throws": Answer(500, "500 Internal Server Error\n"),
      ]
      for (path, answer) in expected {
        let seen = try await get(server, path)
        #expect(seen == answer, "\(path)")
      }
    }
  }

  @Test("URLSession sees a body that is cut off", arguments: ["/short", "/broken", "/chunks"])
  func cutOff(_ path: String) async throws {
    try await LoopbackServer.running { request in
      switch request.path {
      case "/short": LoopbackServer.Response(body: .announced(100, tenLines))
      case "/broken":
        LoopbackServer.Response(
          body: .untilClose { writer in
            try await writer.write("line\n")
            throw Unexpected()
          })
      default:
        LoopbackServer.Response(
          body: .chunked { writer in
            try await writer.write("line\n")
            throw Unexpected()
          })
      }
    } while: { server in
      await #expect(throws: URLError.self) { try await get(server, path) }
    }
  }

  @Test("large bodies go both ways")
  func largeBodies() async throws {
    let body = Data((0..<8_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    try await LoopbackServer.running {
      LoopbackServer.Response(body: .bytes($0.body))
    } while: {
      server in
      var request = URLRequest(url: try #require(URL(string: server.url)))
      request.httpMethod = "POST"
      let (data, _) = try await URLSession.shared.upload(for: request, from: body)
      #expect(data == body)
    }
  }

  @Test("two hundred clients are served at once")
  func manyConnections() async throws {
    let arrived = Mutex(0)
    let everybody = AsyncStream.makeStream(of: Void.self)
    let door = Door()
    try await LoopbackServer.running { _ in
      let count = arrived.withLock { count in
        count += 1
        return count
      }
      if count == 200 { everybody.continuation.finish() }
      await door.pass()
      return .text("served")
    } while: { server in
      let clients = try (0..<200).map { _ in try RawClient(port: server.port) }
      for client in clients { client.send("GET / HTTP/1.1\r\n\r\n") }
      for await _ in everybody.stream {}
      #expect(server.connectionCount == 200)
      await door.open()
      for client in clients {
        #expect(await client.received(until: "served").hasSuffix("served"))
      }
    }
  }

  // MARK: - The end

  @Test("stopping cancels handlers and closes everything")
  func stop() async throws {
    let (begun, begin) = AsyncStream.makeStream(of: Void.self)
    let wasCancelled = Mutex(false)
    let server = try LoopbackServer { _ in
      begin.yield()
      do { try await Task.sleep(for: .seconds(3600)) } catch {
        wasCancelled.withLock { $0 = true }
        throw error
      }
      return .text("never")
    }
    let idle = try RawClient(port: server.port)
    let busy = try RawClient(port: server.port)
    busy.send("GET / HTTP/1.1\r\n\r\n")
    _ = await begun.first { _ in true }
    await server.stop()
    #expect(wasCancelled.withLock { $0 })
    #expect(server.connectionCount == 0)
    #expect(await idle.everything() == "")
    #expect(await busy.everything() == "")
    #expect(throws: POSIXError.self) { try RawClient(port: server.port) }
    await server.stop()
  }

  @Test("within its grace, a handler that runs finishes, and an idle connection is closed at once")
  func grace() async throws {
    let (begun, begin) = AsyncStream.makeStream(of: Void.self)
    let door = Door()
    let server = try LoopbackServer { _ in
      begin.yield()
      await door.pass()
      return .text("finished")
    }
    let idle = try RawClient(port: server.port)
    let busy = try RawClient(port: server.port)
    busy.send("GET / HTTP/1.1\r\n\r\nGET /another HTTP/1.1\r\n\r\n")
    _ = await begun.first { _ in true }
    async let stopped: Void = server.stop(grace: .seconds(3600))
    #expect(await idle.everything() == "")
    await door.open()
    let answer = await busy.everything()
    #expect(answer.hasSuffix("Connection: close\r\n\r\nfinished"))
    await stopped
    #expect(server.connectionCount == 0)
  }

  @Test("a handler that is still there after its grace is cancelled")
  func endOfGrace() async throws {
    let (begun, begin) = AsyncStream.makeStream(of: Void.self)
    let server = try LoopbackServer { _ in
      begin.yield()
      try await Task.sleep(for: .seconds(3600))
      return .text("never")
    }
    let client = try RawClient(port: server.port)
    client.send("GET / HTTP/1.1\r\n\r\n")
    _ = await begun.first { _ in true }
    await server.stop(grace: .milliseconds(1))
    #expect(await client.everything() == "")
  }

  @Test("a server that is dropped closes its connections")
  func dropped() async throws {
    var server: LoopbackServer? = try LoopbackServer { _ in .text("here") }
    let client = try RawClient(port: try #require(server?.port))
    client.send("GET / HTTP/1.1\r\n\r\n")
    #expect(await client.received(until: "here").hasSuffix("here"))
    server = nil
    #expect(await client.everything() == "")
  }

  @Test("a port that is in use is refused with a sentence, and one that is free again is not")
  func ports() async throws {
    let first = try LoopbackServer { _ in .text("first") }
    let error = #expect(throws: LoopbackServerError.portInUse(first.port)) {
      try LoopbackServer(port: first.port) { _ in .text("second") }
    }
    #expect(error?.description.contains("Port \(first.port) of 127.0.0.1 is in use.") == true)
    #expect(try await get(first, "/") == Answer(200, "first"))
    await first.stop()
    let second = try LoopbackServer(port: first.port) { _ in .text("second") }
    #expect(try await get(second, "/") == Answer(200, "second"))
    await second.stop()
  }

  @Test("out of file descriptors, it lets clients wait")
  func descriptors() async {
    // In a process of its own: the limit is the process's.
    await #expect(processExitsWith: .success) {
      let server = try LoopbackServer { _ in .text("served") }
      let clients = try (0..<20).map { _ in try RawClient() }
      #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
      #else
        let resource = RLIMIT_NOFILE
      #endif
      var limit = rlimit()
      try #require(getrlimit(resource, &limit) == 0)
      // What is in use, the sources of Dispatch among it, and five more.
      let next = dup(0)
      _ = close(next)
      limit.rlim_cur = rlim_t(next + 5)
      try #require(setrlimit(resource, &limit) == 0)
      for client in clients {
        try client.connect(to: server.port)
        client.send("GET / HTTP/1.0\r\n\r\n")
      }
      for client in clients {
        try #require(await client.everything().hasSuffix("served"))
      }
      await server.stop()
    }
  }
}

// MARK: - Helpers

private let tenLines: LoopbackServer.Response.Writing = { writer in
  for _ in 1...10 { try await writer.write("line\n") }
}

private struct Unexpected: Error {}

private struct Answer: Equatable {
  var status: Int
  var text: String

  init(_ status: Int, _ text: String) {
    self.status = status
    self.text = text
  }
}

@discardableResult
private func get(_ server: LoopbackServer, _ path: String) async throws -> Answer {
  let url = try #require(URL(string: server.url + path))
  let (data, response) = try await URLSession.shared.data(from: url)
  return Answer(
    (response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
}

/// Holds handlers up until it is opened.
private actor Door {
  private var isOpen = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func pass() async {
    if isOpen { return }
    await withCheckedContinuation { waiting.append($0) }
  }

  func open() {
    isOpen = true
    for continuation in waiting { continuation.resume() }
    waiting = []
  }
}
