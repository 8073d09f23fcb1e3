extension LoopbackServer {
  /// What a client asks for.
  public struct Request: Sendable, Equatable {
    /// "GET", "HEAD", "POST" …
    public let method: String
    /// What comes after the host, without the query, as the client wrote it: "/maps/oslo%20a.png".
    public let path: String
    /// What comes after the question mark; nil if there is none.
    public let query: String?
    /// By names in lower case. Several of the same name are joined by ", ".
    public let headers: [String: String]
    /// The body, whole.
    public let body: [UInt8]
  }

  /// What a client gets.
  public struct Response: Sendable {
    /// 200, 404 …
    public var status: Int
    /// Names and values, besides those that say how the body is sent.
    public var headers: [(name: String, value: String)]
    /// What is in it.
    public var body: Body

    /// A response.
    public init(
      _ status: Int = 200, headers: [(name: String, value: String)] = [], body: Body = .bytes([])
    ) {
      self.status = status
      self.headers = headers
      self.body = body
    }

    /// 200, and a text.
    public static func text(_ text: String) -> Response {
      Response(
        headers: [("Content-Type", "text/plain; charset=utf-8")], body: .bytes(Array(text.utf8)))
    }

    /// A status, and its name as the text: "404 Not Found".
    public static func status(_ status: Int) -> Response {
      Response(status, body: .bytes(Array("\(status) \(Response.reason(status))\n".utf8)))
    }

    /// The client is to look elsewhere.
    public static func redirect(to location: String) -> Response {
      Response(302, headers: [("Location", location)])
    }

    /// Writes a body, bit by bit, in its own time. What it throws breaks the connection off.
    public typealias Writing = @Sendable (BodyWriter) async throws -> Void

    /// How a body is sent.
    public enum Body: Sendable {
      /// All at once, and the client knows how much it is.
      case bytes([UInt8])
      /// In chunks: the client does not know how much it will be, and knows when it was all.
      case chunked(Writing)
      /// Until the connection is closed: the client cannot know whether it was all.
      case untilClose(Writing)
      /// So many bytes are announced. If fewer are written, the body is cut off in the middle.
      case announced(Int, Writing)
    }

    static func reason(_ status: Int) -> String {
      switch status {
      case 200: "OK"
      case 204: "No Content"
      case 302: "Found"
      case 400: "Bad Request"
      case 404: "Not Found"
      case 413: "Content Too Large"
      case 431: "Request Header Fields Too Large"
      case 500: "Internal Server Error"
      case 501: "Not Implemented"
      case 503: "Service Unavailable"
      case 505: "HTTP Version Not Supported"
      default: "Status"
      }
    }
  }

  /// Takes a body bit by bit.
  public struct BodyWriter: Sendable {
    let send: @Sendable ([UInt8]) async throws -> Void

    /// Sends bytes, as fast as the client takes them.
    ///
    /// - Throws: ``LoopbackServerError/disconnected``; `CancellationError` when the server stops.
    public func write(_ bytes: [UInt8]) async throws { try await send(bytes) }

    /// Sends a text.
    ///
    /// - Throws: As for bytes.
    public func write(_ text: String) async throws { try await send(Array(text.utf8)) }
  }
}
