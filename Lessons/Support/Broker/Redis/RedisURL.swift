import Foundation

/// Where a Redis is: "redis://user:password@127.0.0.1:6379/2".
public struct RedisURL: Sendable, Hashable, CustomStringConvertible {
  /// A name, or an address.
  public var host: String
  /// 6379, unless the URL says something else.
  public var port: UInt16
  /// Who to say that we are.
  public var user: String?
  /// And how to prove it.
  public var password: String?
  /// Which of its databases.
  public var database: Int

  /// Reads a URL.
  ///
  /// - Throws: ``RedisError/badURL(_:)``, which says what is wrong with it.
  public init(_ text: String) throws(RedisError) {
    guard let url = URLComponents(string: text), let scheme = url.scheme else {
      throw .badURL("“\(text)” is not a URL like redis://127.0.0.1:6379")
    }
    guard scheme == "redis" else {
      let reason = scheme == "rediss" ? "TLS is not supported" : "it begins with redis://"
      throw .badURL("“\(text)” does not name a Redis: \(reason)")
    }
    guard let host = url.host, !host.isEmpty else {
      throw .badURL("“\(text)” names no host")
    }
    // IPv6 addresses stand in brackets.
    self.host = host.trimmingCharacters(in: ["[", "]"])
    guard let port = UInt16(exactly: url.port ?? 6379), port > 0 else {
      throw .badURL("“\(text)” has a port that does not exist")
    }
    self.port = port
    user = url.user.flatMap { $0.isEmpty ? nil : $0 }
    password = url.password
    let path = url.path.drop { $0 == "/" }
    guard path.isEmpty || Int(path).map({ $0 >= 0 }) == true else {
      throw .badURL("“\(text)”: after the port stands the number of a database, not “\(path)”")
    }
    database = Int(path) ?? 0
  }

  /// Without the password.
  public var description: String {
    let address = host.contains(":") ? "[\(host)]" : host
    return "redis://\(address):\(port)" + (database == 0 ? "" : "/\(database)")
  }
}

/// What goes wrong with a Redis.
public enum RedisError: Error, Hashable, CustomStringConvertible {
  /// The address cannot be one.
  case badURL(String)
  /// Nobody answers there.
  case unreachable(String)
  /// The connection broke while a command was under way. It may have been carried out, or not.
  case disconnected(String)
  /// No answer in time. The command may have been carried out, or not.
  case timedOut(String)
  /// Redis refuses, in its own words: "OOM command not allowed when used memory > 'maxmemory'."
  case refused(String)
  /// What answers does not speak Redis's protocol.
  case malformed(String)
  /// The client was closed.
  case closed

  /// A line.
  public var description: String {
    switch self {
    case .badURL(let reason): reason
    case .unreachable(let reason): reason
    case .disconnected(let address): "the connection to \(address) broke"
    case .timedOut(let reason): reason
    case .refused(let words): "Redis says: \(words)"
    case .malformed(let reason): "what answers is not Redis: \(reason)"
    case .closed: "the connection to Redis is closed"
    }
  }
}
