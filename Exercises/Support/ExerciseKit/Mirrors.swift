/// Downloads a file from a mirror, and returns what is in it.
///
/// It throws if the mirror does not deliver, and stops when it is cancelled.
public typealias MirrorFetch = @Sendable (_ mirror: String) async throws -> String

/// What exercise 04 is about: downloads a file from whichever mirror is the first to deliver it.
public typealias MirrorSearch =
  @Sendable (_ mirrors: [String], _ fetch: @escaping MirrorFetch) async throws -> String

/// Why one mirror did not deliver.
public struct MirrorFailure: Error {
  /// The mirror.
  public let mirror: String
  /// What it threw.
  public let error: any Error

  /// A mirror, and what it threw.
  public init(mirror: String, error: any Error) {
    self.mirror = mirror
    self.error = error
  }
}

/// No mirror has delivered.
public struct AllMirrorsFailed: Error {
  /// Why, for each mirror, in the order in which the mirrors were given.
  public let failures: [MirrorFailure]

  /// Each mirror's reason.
  public init(failures: [MirrorFailure]) {
    self.failures = failures
  }
}

/// What keeps a mirror from delivering.
public enum MirrorError: String, Error, CustomStringConvertible {
  /// It does not want to talk to us.
  case refused
  /// It does not have the file.
  case notFound = "not found"
  /// It broke off in the middle.
  case cutOff = "cut off"

  /// "refused", "not found", "cut off".
  public var description: String { rawValue }
}
