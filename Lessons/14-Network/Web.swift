// HTTP as far as this lesson needs it: a request is a text, and so is its answer.

import AsyncPrimitives

/// Where a page is.
struct Address: Sendable, Hashable, CustomStringConvertible {
  /// What we call the server. All of them are on this machine, each at a port of its own.
  let server: String
  let port: UInt16
  let path: String

  var description: String { server + path }
}

/// What connects to servers. `RealNetwork` is this machine's, `PlayedNetwork` plays on virtual time.
protocol Network: Sendable {
  func connect(to port: UInt16) async throws -> any Connection
}

/// A connection to a server. Whoever has it closes it, once.
protocol Connection: Sendable {
  func send(_ bytes: [UInt8]) async throws
  /// The next bytes, as many as have come; none at the end.
  func receive() async throws -> [UInt8]
  func close()
}

extension Network {
  /// The page at an address, by a connection of its own.
  ///
  /// - Throws: ``WebError``; or `CancellationError`.
  func get(_ address: Address) async throws -> String {
    let connection = try await connect(to: address.port)
    defer { connection.close() }
    try await connection.send(requestText(for: address.path))
    return try await connection.answer()
  }
}

extension Connection {
  /// Reads one answer.
  func answer() async throws -> String {
    var answer = AnswerParser()
    while true {
      if let text = try answer.add(try await receive()) { return text }
    }
  }
}

/// What a client sends to ask for a page.
func requestText(for path: String) -> [UInt8] {
  Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
}

/// Puts an answer together from the pieces that it comes in.
struct AnswerParser {
  private var bytes: [UInt8] = []

  /// Adds what has come, nothing at the end. Returns the page's text when it is whole.
  mutating func add(_ piece: [UInt8]) throws -> String? {
    bytes += piece
    let end = Array("\r\n\r\n".utf8)
    let start = bytes.indices.first { bytes[$0] == end[0] && bytes[$0...].starts(with: end) }
    guard let start else { return try incomplete(piece) }
    let head = String(decoding: bytes[..<start], as: UTF8.self).split(separator: "\r\n")
    let words = head.first?.split(separator: " ") ?? []
    guard words.count > 1, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
      throw WebError.notUnderstood
    }
    let length = head.lazy.map { $0.lowercased().split(separator: ":", maxSplits: 1) }
      .first { $0.first == "content-length" }?.dropFirst().first
    guard let length = length.flatMap({ Int($0.drop { $0 == " " }) }), length >= 0 else {
      throw WebError.notUnderstood
    }
    // A failure's page is for people; that it is one is known from its first line.
    guard status == 200 else { throw WebError.status(status) }
    let body = bytes[(start + end.count)...]
    guard body.count >= length else { return try incomplete(piece) }
    return String(decoding: body.prefix(length), as: UTF8.self)
  }

  private func incomplete(_ piece: [UInt8]) throws -> String? {
    if piece.isEmpty { throw WebError.cutOff }
    return nil
  }
}

/// Why there is no page.
enum WebError: Error, Hashable, CustomStringConvertible {
  case refused, cutOff, notUnderstood, tooManyOpen
  case status(Int)
  case system(String)

  var description: String {
    switch self {
    case .refused: "refused: nobody listens there"
    case .cutOff: "cut off before it was whole"
    case .notUnderstood: "not understood: is that HTTP?"
    case .tooManyOpen: "not asked: too many connections are open"
    case .status(404): "404: there is no such page"
    case .status(let status): "\(status): the server has failed"
    case .system(let words): words
    }
  }
}
