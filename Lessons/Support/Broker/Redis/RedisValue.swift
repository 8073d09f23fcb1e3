/// What Redis answers, in either version of its protocol.
public enum RedisValue: Sendable, Hashable {
  /// "OK", "PONG".
  case status(String)
  /// Bytes; most of them are text.
  case bytes([UInt8])
  /// A whole number.
  case integer(Int)
  /// A number that may not be whole (RESP3).
  case double(Double)
  /// True or false (RESP3).
  case boolean(Bool)
  /// Nothing.
  case null
  /// Several, in order. Sets and pushed messages too.
  case array([RedisValue])
  /// Pairs, in the order in which they came (RESP3).
  case map([Pair])
  /// Redis refuses: "ERR unknown command".
  case failure(String)

  /// A key and what belongs to it.
  public struct Pair: Sendable, Hashable {
    /// The key.
    public var key: RedisValue
    /// The value.
    public var value: RedisValue
  }

  /// As text, if it is bytes, a status or a number.
  public var text: String? {
    switch self {
    case .status(let text): text
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .integer(let number): "\(number)"
    case .double(let number): "\(number)"
    case .boolean, .null, .array, .map, .failure: nil
    }
  }

  /// As a whole number, if it is one or the text of one.
  public var number: Int? {
    if case .integer(let number) = self { return number }
    return text.flatMap { Int($0) }
  }

  /// The elements, if it has some; a map's are its keys and values in turn.
  public var elements: [RedisValue]? {
    switch self {
    case .array(let elements): elements
    case .map(let pairs): pairs.flatMap { [$0.key, $0.value] }
    default: nil
    }
  }
}

/// Turns the bytes of a connection into values, however they are cut into pieces.
///
/// It understands RESP2 and RESP3. What pushes and attributes say is skipped.
struct RESPParser {
  /// What is no answer of Redis's, or more than we are ready to keep.
  struct Malformed: Error, Hashable, CustomStringConvertible {
    let description: String
  }

  struct Limits {
    /// Redis's own limit for a string.
    var bytes = 512 * 1024 * 1024
    var elements = 4 * 1024 * 1024
    var depth = 32
    /// Of a line: a number, a status, an error.
    var line = 64 * 1024
  }

  private var buffer: [UInt8] = []
  private var position = 0
  private let limits: Limits

  init(limits: Limits = Limits()) { self.limits = limits }

  mutating func append(_ bytes: [UInt8]) {
    // What has been read is thrown away in large pieces: once for each would be quadratic.
    if position > 64 * 1024 || position == buffer.count {
      buffer.removeFirst(position)
      position = 0
    }
    buffer += bytes
  }

  /// The next answer, once all of it is there.
  mutating func next() throws(Malformed) -> RedisValue? {
    while true {
      var reader = Reader(buffer: buffer, position: position, limits: limits)
      guard let (value, isAnswer) = try reader.value(depth: 0) else { return nil }
      position = reader.position
      if isAnswer { return value }
    }
  }

  /// Reads from a position on, and forgets it if a part is missing.
  private struct Reader {
    let buffer: [UInt8]
    var position: Int
    let limits: Limits

    /// A value, and whether it is an answer to a command. Nil if it is not all there yet.
    mutating func value(depth: Int) throws(Malformed) -> (RedisValue, isAnswer: Bool)? {
      guard depth <= limits.depth else { throw Malformed(description: "nested too deeply") }
      guard let line = try line() else { return nil }
      guard let type = line.first else { throw Malformed(description: "an empty line") }
      let rest = line.dropFirst()
      switch type {
      case UInt8(ascii: "+"): return (.status(text(rest)), true)
      case UInt8(ascii: "-"): return (.failure(text(rest)), true)
      case UInt8(ascii: ":"): return (.integer(try number(rest)), true)
      case UInt8(ascii: "("): return (.status(text(rest)), true)
      case UInt8(ascii: "_"): return (.null, true)
      case UInt8(ascii: "#"): return (.boolean(rest.first == UInt8(ascii: "t")), true)
      case UInt8(ascii: ","):
        guard let number = Double(text(rest)) else {
          throw Malformed(description: "“\(text(rest))” is not a number")
        }
        return (.double(number), true)
      case UInt8(ascii: "$"), UInt8(ascii: "="):
        let count = try size(rest, limit: limits.bytes)
        guard count >= 0 else { return (.null, true) }
        guard let bytes = try bytes(count) else { return nil }
        // RESP3's verbatim strings say first what they are: "txt:".
        return (.bytes(Array(type == UInt8(ascii: "=") ? bytes.dropFirst(4) : bytes)), true)
      case UInt8(ascii: "!"):
        guard let bytes = try bytes(max(0, size(rest, limit: limits.bytes))) else { return nil }
        return (.failure(text(bytes)), true)
      case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"):
        let count = try size(rest, limit: limits.elements)
        guard count >= 0 else { return (.null, true) }
        guard let elements = try elements(count, depth: depth) else { return nil }
        return (.array(elements), type != UInt8(ascii: ">"))
      case UInt8(ascii: "%"), UInt8(ascii: "|"):
        let count = try size(rest, limit: limits.elements / 2)
        guard let elements = try elements(max(0, count) * 2, depth: depth) else { return nil }
        let pairs = stride(from: 0, to: elements.count, by: 2).map {
          RedisValue.Pair(key: elements[$0], value: elements[$0 + 1])
        }
        return (.map(pairs), type != UInt8(ascii: "|"))
      default:
        throw Malformed(description: "no answer of Redis begins with byte \(type)")
      }
    }

    private mutating func elements(
      _ count: Int, depth: Int
    ) throws(Malformed) -> [RedisValue]? {
      var elements: [RedisValue] = []
      while elements.count < count {
        guard let (element, isAnswer) = try value(depth: depth + 1) else { return nil }
        if isAnswer { elements.append(element) }
      }
      return elements
    }

    private mutating func line() throws(Malformed) -> ArraySlice<UInt8>? {
      let searched = buffer[position...].prefix(limits.line)
      guard let end = searched.firstIndex(of: UInt8(ascii: "\r")) else {
        guard searched.count < limits.line else { throw Malformed(description: "a line too long") }
        return nil
      }
      guard end + 1 < buffer.count else { return nil }
      guard buffer[end + 1] == UInt8(ascii: "\n") else {
        throw Malformed(description: "a line that does not end")
      }
      defer { position = end + 2 }
      return buffer[position..<end]
    }

    private mutating func bytes(_ count: Int) throws(Malformed) -> ArraySlice<UInt8>? {
      guard position + count + 2 <= buffer.count else { return nil }
      let bytes = buffer[position..<(position + count)]
      guard buffer[position + count] == UInt8(ascii: "\r") else {
        throw Malformed(description: "a string longer than it says")
      }
      position += count + 2
      return bytes
    }

    private func size(_ digits: ArraySlice<UInt8>, limit: Int) throws(Malformed) -> Int {
      let size = try number(digits)
      guard (-1...limit).contains(size) else {
        throw Malformed(description: "\(size) is more than we take")
      }
      return size
    }

    private func number(_ digits: ArraySlice<UInt8>) throws(Malformed) -> Int {
      guard let number = Int(text(digits)) else {
        throw Malformed(description: "“\(text(digits))” is not a whole number")
      }
      return number
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String {
      String(decoding: bytes, as: UTF8.self)
    }
  }
}

/// A command and its arguments, in the form in which Redis reads them.
func encodedCommand(_ words: [String]) -> [UInt8] {
  var bytes = Array("*\(words.count)\r\n".utf8)
  for word in words {
    bytes += Array("$\(word.utf8.count)\r\n".utf8)
    bytes += Array(word.utf8)
    bytes += [13, 10]
  }
  return bytes
}
