/// An event, as fields with names, to be written as one line that a program can read.
///
/// ```swift
/// let line = LogLine("retry", ["service": "warehouse", "attempt": 2, "wait": 0.4])
/// line.keyValue  // event=retry service=warehouse attempt=2 wait=0.4
/// line.json      // {"event":"retry","service":"warehouse","attempt":2,"wait":0.4}
/// ```
///
/// Whatever is in a field, the line stays one line, and the field stays one field: quotes, line
/// breaks and control characters are escaped.
public struct LogLine: Sendable, Hashable {
  /// A name and a value.
  public struct Field: Sendable, Hashable {
    /// What the value is.
    public let key: String
    /// The value.
    public let value: LogValue

    /// A name and a value.
    public init(_ key: String, _ value: LogValue) {
      self.key = key
      self.value = value
    }
  }

  /// Names and values, in the order in which they are written. Each name is there once.
  public private(set) var fields: [Field] = []

  /// An event and what is known about it.
  public init(_ event: String, _ fields: KeyValuePairs<String, LogValue> = [:]) {
    set("event", .string(event))
    for (key, value) in fields { set(key, value) }
  }

  /// Adds a field, or gives the one of that name another value.
  public mutating func set(_ key: String, _ value: LogValue) {
    // Two members of one name make a JSON object that each reader understands in its own way.
    if let index = fields.firstIndex(where: { $0.key == key }) {
      fields[index] = Field(key, value)
    } else {
      fields.append(Field(key, value))
    }
  }

  /// The fields as `key=value`, with quotes around values that need them (known as logfmt).
  ///
  /// What may not stand in a key (spaces, quotes, `=`) becomes `_`.
  public var keyValue: String {
    fields.map { field in
      let key = field.key.unicodeScalars.map { $0.isPlain ? Character($0) : "_" }
      return (key.isEmpty ? "_" : String(key)) + "=" + field.value.keyValue
    }.joined(separator: " ")
  }

  /// The fields as an object of JSON (RFC 8259).
  public var json: String {
    "{" + fields.map { $0.key.quoted + ":" + $0.value.json }.joined(separator: ",") + "}"
  }
}

/// What a field of a log line can hold.
public enum LogValue: Sendable, Hashable {
  /// A text.
  case string(String)
  /// A whole number.
  case integer(Int)
  /// A number. Where a format has no words for it (JSON for infinity), it is a text.
  case number(Double)
  /// Yes or no.
  case bool(Bool)

  /// A duration, in seconds.
  public static func seconds(_ time: Duration) -> LogValue { .number(time / .seconds(1)) }

  /// What a value describes itself as: an error, say.
  public static func describing(_ value: Any) -> LogValue { .string("\(value)") }

  var keyValue: String {
    guard case .string(let text) = self else { return plain }
    let isPlain = !text.isEmpty && text.unicodeScalars.allSatisfy(\.isPlain)
    return isPlain ? text : text.quoted
  }

  var json: String {
    switch self {
    case .string(let text): text.quoted
    case .number(let number) where !number.isFinite: plain.quoted
    case .integer, .number, .bool: plain
    }
  }

  private var plain: String {
    switch self {
    case .string(let text): text
    case .integer(let number): "\(number)"
    case .number(let number): number.plain
    case .bool(let value): "\(value)"
    }
  }
}

extension LogValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
  /// A text.
  public init(stringLiteral text: String) { self = .string(text) }
  /// A whole number.
  public init(integerLiteral number: Int) { self = .integer(number) }
  /// A number.
  public init(floatLiteral number: Double) { self = .number(number) }
  /// Yes or no.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension Unicode.Scalar {
  /// Whether it can stand in a key, and in a value that has no quotes.
  fileprivate var isPlain: Bool { !needsEscape && !properties.isWhitespace && self != "=" }

  /// Whether JSON wants it escaped, or something that reads lines may take it for the end of one.
  fileprivate var needsEscape: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
    default: self == "\"" || self == "\\"
    }
  }
}

extension String {
  /// With quotes around it, and escapes in it.
  fileprivate var quoted: String {
    var quoted = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where scalar.needsEscape:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension Double {
  /// "2" and not "2.0"; "+Inf", "-Inf" and "NaN" for what is no number.
  var plain: String {
    if isNaN { return "NaN" }
    if isInfinite { return self < 0 ? "-Inf" : "+Inf" }
    let text = "\(self)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
