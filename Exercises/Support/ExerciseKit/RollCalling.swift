/// Calls somebody on the telephone, and returns what they say.
///
/// It throws if nobody is reached, and hangs up if it is cancelled.
public typealias PhoneCall = @Sendable (_ name: String) async throws -> String

/// What exercise 03 is about: calls everybody on a list, and keeps what came of each call.
public typealias RollCalling =
  @Sendable (_ names: [String], _ call: @escaping PhoneCall) async throws
  -> [Result<String, any Error>]

/// Why somebody was not reached.
public enum CallError: Error, Hashable, CustomStringConvertible {
  /// It rang, and nobody picked up.
  case noAnswer(String)
  /// Somebody else picked up.
  case wrongNumber(String)

  /// "no answer from bob", "wrong number for bob".
  public var description: String {
    switch self {
    case .noAnswer(let name): "no answer from \(name)"
    case .wrongNumber(let name): "wrong number for \(name)"
    }
  }
}
