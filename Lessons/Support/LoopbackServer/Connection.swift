import Sockets
import Synchronization

/// One client: request, handler, response, and again, until one of the two has had enough.
struct Connection: Sendable {
  let id: Int
  let socket: StreamSocket
  let limits: LoopbackServer.Limits
  let connections: Connections
  let handler: LoopbackServer.Handler

  /// Returns when the socket is closed.
  func serve() async {
    var parser = RequestParser(limits: limits)
    do {
      serving: while true {
        switch parser.next() {
        case .incomplete:
          let bytes = await socket.receive()
          if bytes.isEmpty { break serving }
          parser.append(bytes)
        case .encourage:
          try await socket.sendOrThrow(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
        case .refuse(let status):
          try await send(.status(status), to: nil, keepsAlive: false)
          await socket.linger()
          break serving
        case .request(let request, let keepsAlive):
          guard connections.begin(id) else { break serving }
          guard try await answer(request, keepsAlive: keepsAlive) else { break serving }
          guard connections.end(id) else { break serving }
        }
      }
    } catch LoopbackServerError.disconnected {
      // The client has gone, and will not miss us.
    } catch {
      socket.resetWhenClosed()
    }
    socket.close()
  }

  /// Returns whether another request may follow.
  private func answer(
    _ request: LoopbackServer.Request, keepsAlive: Bool
  ) async throws -> Bool {
    let response: LoopbackServer.Response
    do { response = try await handler(request) } catch {
      // The server stops: nobody is to take that for an answer.
      try Task.checkCancellation()
      response = .status(500)
    }
    return try await send(
      response, to: request, keepsAlive: keepsAlive && !connections.isStopping)
  }

  // MARK: - Responses

  /// Returns whether the client can know where the response ended, and wants to go on.
  @discardableResult
  private func send(
    _ response: LoopbackServer.Response, to request: LoopbackServer.Request?, keepsAlive: Bool
  ) async throws -> Bool {
    let hasBody =
      request?.method != "HEAD" && response.status != 204 && response.status != 304
      && response.status >= 200
    switch response.body {
    case .bytes(let bytes):
      let length = response.status == 204 ? [] : ["Content-Length: \(bytes.count)"]
      let head = head(of: response, adding: length, keepsAlive: keepsAlive)
      // In one piece: two small ones would be two packets.
      try await socket.sendOrThrow(hasBody ? head + bytes : head)
      return keepsAlive

    case .chunked(let write):
      try await socket.sendOrThrow(
        head(of: response, adding: ["Transfer-Encoding: chunked"], keepsAlive: keepsAlive))
      guard hasBody else { return keepsAlive }
      try await write(
        LoopbackServer.BodyWriter { bytes in
          // An empty chunk would be the end.
          if bytes.isEmpty { return }
          let size = String(bytes.count, radix: 16)
          try await socket.sendOrThrow(Array("\(size)\r\n".utf8) + bytes + [13, 10])
        })
      try await socket.sendOrThrow(Array("0\r\n\r\n".utf8))
      return keepsAlive

    case .untilClose(let write):
      try await socket.sendOrThrow(head(of: response, adding: [], keepsAlive: false))
      if hasBody { try await write(LoopbackServer.BodyWriter(send: socket.sendOrThrow)) }
      return false

    case .announced(let length, let write):
      try await socket.sendOrThrow(
        head(of: response, adding: ["Content-Length: \(length)"], keepsAlive: keepsAlive))
      guard hasBody else { return keepsAlive }
      let left = Countdown(length)
      try await write(
        LoopbackServer.BodyWriter { bytes in
          guard left.take(bytes.count) else {
            throw LoopbackServerError.bodyTooLong(announced: length)
          }
          try await socket.sendOrThrow(bytes)
        })
      return keepsAlive && left.isDone
    }
  }

  private func head(
    of response: LoopbackServer.Response, adding headers: [String], keepsAlive: Bool
  ) -> [UInt8] {
    var lines = [
      "HTTP/1.1 \(response.status) \(LoopbackServer.Response.reason(response.status))"
    ]
    for (name, value) in response.headers {
      // A line's end in a value would begin a header of its own.
      lines.append("\(name): \(value)".map { $0.isNewline ? " " : "\($0)" }.joined())
    }
    lines += headers
    lines.append("Connection: \(keepsAlive ? "keep-alive" : "close")")
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }
}

/// Counts the bytes that are still to be written.
private final class Countdown: Sendable {
  private let left: Mutex<Int>

  init(_ count: Int) { left = Mutex(count) }

  var isDone: Bool { left.withLock { $0 == 0 } }

  func take(_ count: Int) -> Bool {
    left.withLock { left in
      guard count <= left else { return false }
      left -= count
      return true
    }
  }
}
