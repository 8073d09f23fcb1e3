/// What exercise 10 is about: an archive into which paper is scanned, page by page.
///
/// Each of its operations takes its time, and the task suspends meanwhile. Each of them listens:
/// in a task that is cancelled, it stops in the middle and throws `CancellationError`.
public protocol Archive: Sendable {
  /// Scans a page. Nothing is lost if that is broken off: the paper is still there.
  func scan(_ page: String) async throws -> String

  /// Begins to save: writes the image of a page to a file that is not sealed yet.
  func write(_ image: String, as page: String) async throws

  /// Completes what `write` has begun. Only a file that is sealed can be read.
  func seal(_ page: String) async throws

  /// Removes what a save that failed has left of a page.
  func remove(_ page: String) async throws
}

/// What exercise 10 is about: scans pages and saves them, and can be cancelled.
public typealias Archiving =
  @Sendable (_ pages: [String], _ archive: any Archive) async throws -> Void
