/// Takes requests out of the bytes of a connection, in whatever pieces these come in.
///
/// It does no input or output: bytes in, the next step out.
struct RequestParser {
  enum Step: Equatable {
    /// More bytes are needed.
    case incomplete
    /// More bytes are needed, and the client waits for a word of encouragement: "100 Continue".
    case encourage
    /// The next request, and whether the client wants to send another one after it.
    case request(LoopbackServer.Request, keepsAlive: Bool)
    /// This is no request that we can answer. Nothing after it makes sense.
    case refuse(status: Int)
  }

  private struct Head {
    var method: String
    var target: String
    var headers: [String: String]
    var keepsAlive: Bool
    var length: Int
    var awaitsEncouragement: Bool
  }

  private struct Refusal: Error { var status: Int }

  private let limits: LoopbackServer.Limits
  private var buffer: [UInt8] = []
  /// The head whose body is still to come.
  private var head: Head?

  init(limits: LoopbackServer.Limits) { self.limits = limits }

  mutating func append(_ bytes: [UInt8]) { buffer += bytes }

  mutating func next() -> Step {
    do throws(Refusal) {
      if head == nil { head = try takeHead() }
      guard var head else { return .incomplete }
      guard buffer.count >= head.length else {
        defer { self.head = head }
        guard head.awaitsEncouragement else { return .incomplete }
        head.awaitsEncouragement = false
        return .encourage
      }
      self.head = nil
      let target = head.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
      let request = LoopbackServer.Request(
        method: head.method, path: String(target[0]),
        query: target.count > 1 ? String(target[1]) : nil, headers: head.headers,
        body: Array(buffer.prefix(head.length)))
      buffer.removeFirst(head.length)
      return .request(request, keepsAlive: head.keepsAlive)
    } catch {
      return .refuse(status: error.status)
    }
  }

  // MARK: - Heads

  /// Takes everything up to the empty line out of the buffer; nil if it has not come yet.
  private mutating func takeHead() throws(Refusal) -> Head? {
    // A client may send an empty line too many after a body.
    while buffer.starts(with: [13, 10]) { buffer.removeFirst(2) }
    let searched = buffer.prefix(limits.headBytes)
    let end = searched.indices.first { index in
      searched[index] == 13 && searched[index...].starts(with: [13, 10, 13, 10])
    }
    guard let end else {
      if buffer.count >= limits.headBytes { throw Refusal(status: 431) }
      // Whoever talks something else than HTTP may never send the empty line.
      if let first = buffer.first, !Self.isTokenByte(first), first != 13 {
        throw Refusal(status: 400)
      }
      return nil
    }
    let text = buffer[..<end]
    let lines = String(decoding: text, as: UTF8.self).split(
      separator: "\r\n", omittingEmptySubsequences: false)
    // A control character in a line, above all half a line's end, has been somebody's trap before.
    guard lines.allSatisfy({ $0.utf8.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 } }) else {
      throw Refusal(status: 400)
    }
    buffer.removeFirst(end + 4)
    return try parse(lines)
  }

  private func parse(_ lines: [Substring]) throws(Refusal) -> Head {
    let parts = lines[0].split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 3, isToken(parts[0]), parts[2].hasPrefix("HTTP/") else {
      throw Refusal(status: 400)
    }
    guard parts[2] == "HTTP/1.1" || parts[2] == "HTTP/1.0" else { throw Refusal(status: 505) }
    guard parts[1].hasPrefix("/") || parts[1] == "*" else { throw Refusal(status: 400) }

    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let field = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard field.count == 2, isToken(field[0]) else { throw Refusal(status: 400) }
      let (name, value) = (field[0].lowercased(), trimmed(field[1]))
      if let before = headers[name] {
        // Two lengths, and nobody knows where the next request begins.
        if name == "content-length", before != value { throw Refusal(status: 400) }
        if name != "content-length" { headers[name] = "\(before), \(value)" }
      } else {
        headers[name] = value
      }
    }
    if headers["transfer-encoding"] != nil { throw Refusal(status: 501) }
    let connection = headers["connection", default: ""].lowercased()
    return Head(
      method: String(parts[0]), target: String(parts[1]), headers: headers,
      keepsAlive: parts[2] == "HTTP/1.1"
        ? !connection.contains("close") : connection.contains("keep-alive"),
      length: try length(headers["content-length"]),
      awaitsEncouragement: headers["expect"]?.lowercased() == "100-continue")
  }

  private func length(_ text: String?) throws(Refusal) -> Int {
    guard let text else { return 0 }
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
      throw Refusal(status: 400)
    }
    guard let length = Int(text), length <= limits.bodyBytes else { throw Refusal(status: 413) }
    return length
  }

  private func isToken(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy(Self.isTokenByte)
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }

  private func trimmed(_ text: Substring) -> String {
    var text = text
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
  }
}
