import Foundation

/// What a worker can do, by name.
///
/// ```swift
/// var handlers = JobHandlers()
/// handlers.on("square") { (number: Int) in number * number }
/// ```
public struct JobHandlers: Sendable {
  private var handlers: [String: @Sendable (String) async throws -> String] = [:]

  /// Nothing so far.
  public init() {}

  /// The names of the jobs that can be done.
  public var names: [String] { handlers.keys.sorted() }

  /// Does jobs of that name by `body`, which takes their payload and returns their value.
  ///
  /// A payload that cannot be decoded fails the job for good. So does a ``JobRejected``; any other
  /// error has the job tried again, a ``RetryLater`` at the time that it says. A body that is
  /// cancelled should throw, and its job goes back to the broker.
  public mutating func on<
    Input: Decodable & SendableMetatype, Output: Encodable & SendableMetatype
  >(
    _ name: String, _ body: @escaping @Sendable (Input) async throws -> Output
  ) {
    handlers[name] = { payload in
      let input: Input
      do { input = try JSONDecoder().decode(Input.self, from: Data(payload.utf8)) } catch {
        throw JobRejected("the payload is not what “\(name)” takes: \(shortened(payload))")
      }
      let output = try await body(input)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      do { return String(decoding: try encoder.encode(output), as: UTF8.self) } catch {
        throw JobRejected("the value of “\(name)” cannot be written as JSON: \(error)")
      }
    }
  }

  /// Does a job, and returns its value as JSON.
  func perform(_ job: Job) async throws -> String {
    guard let handler = handlers[job.name] else {
      throw JobRejected("no worker knows how to do “\(job.name)”")
    }
    return try await handler(job.payload)
  }
}

/// Thrown by a handler for a job that would fail as often as it is tried.
public struct JobRejected: Error, Hashable, CustomStringConvertible {
  /// Why.
  public let description: String

  /// Says why it is no use.
  public init(_ reason: String) { description = reason }
}

/// Thrown by a handler that knows when to try again.
public struct RetryLater: Error, Hashable, CustomStringConvertible {
  /// When, from now.
  public let pause: Duration
  /// Why not now.
  public let description: String

  /// Says when to try again.
  public init(after pause: Duration, _ reason: String) {
    self.pause = pause
    description = reason
  }
}

private func shortened(_ text: String) -> String {
  text.count > 60 ? "\(text.prefix(59))…" : text
}
