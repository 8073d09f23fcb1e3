#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An error that nobody will see: something failed, and whoever could have asked has gone.
///
/// A ``Future`` that failed and was never asked for its outcome reports one when it is dropped; so
/// does the operation of a ``shield(name:fileID:line:operation:)`` that fails after its caller was
/// cancelled.
///
/// ```swift
/// UnretrievedError.$handler.withValue({ print($0) }) {
///   let future = Future<Int>("answer")
///   try? future.fail(Overslept())
/// }
/// // Prints "future “answer” failed, and nobody asked for its outcome: Overslept()"
/// ```
///
/// The twin of asyncio's "exception was never retrieved".
public struct UnretrievedError: Error, CustomStringConvertible {
  /// What failed: "future “answer”".
  public let source: String
  /// How it failed.
  public let error: any Error

  /// What is told about errors that nobody will see: writes a line to standard error.
  ///
  /// A future and a shield keep the handler of the task that makes them.
  @TaskLocal public static var handler: @Sendable (UnretrievedError) -> Void = { error in
    let line = "\(error)\n"
    _ = line.withCString { write(STDERR_FILENO, $0, line.utf8.count) }
  }

  /// Describes an error for the ``handler``, which is not told by this.
  public init(source: String, error: any Error) {
    self.source = source
    self.error = error
  }

  /// What failed, and how.
  public var description: String {
    "\(source) failed, and nobody asked for its outcome: \(error)"
  }
}
