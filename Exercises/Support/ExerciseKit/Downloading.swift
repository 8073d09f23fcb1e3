public import Foundation

/// What exercise 14 is about: downloads many files at once into a folder.
public protocol Downloading: Sendable {
  /// Makes a downloader that has at most `limit` downloads in flight, at least one.
  init(limit: Int, transport: any Transport)

  /// Downloads files, and returns what came of each, in the order of the URLs.
  func download(
    _ urls: [URL], into folder: URL, timeout: Duration,
    progress: @escaping @Sendable (DownloadProgress) -> Void
  ) async throws -> [DownloadOutcome]
}

/// What came of one URL: where its file is, or why there is none.
public typealias DownloadOutcome = Result<URL, DownloadFailure>

/// Why there is no file.
public enum DownloadFailure: Error, Hashable {
  /// The URL names no file in the folder, or one that an earlier URL names as well.
  case badName
  /// There was no answer.
  case refused
  /// The answer was not a success: 404, 500.
  case status(Int)
  /// The answer broke off before it was whole.
  case cutOff
  /// Its time was up.
  case tooSlow
  /// The file cannot be written there.
  case cannotWrite
}

/// How far the downloads have come.
public struct DownloadProgress: Sendable, Hashable {
  /// The file that there is news of: the index of its URL.
  public var index: Int
  /// How many bytes of it have been written.
  public var received: Int
  /// How many there will be, if the server has said so.
  public var expected: Int?
  /// How many bytes of all files have been written.
  public var totalReceived: Int
  /// How many of the URLs have their outcome.
  public var ended: Int
  /// How many URLs there are.
  public var count: Int

  /// News of one file, and of all of them.
  public init(
    index: Int, received: Int, expected: Int?, totalReceived: Int, ended: Int, count: Int
  ) {
    self.index = index
    self.received = received
    self.expected = expected
    self.totalReceived = totalReceived
    self.ended = ended
    self.count = count
  }
}

/// Brings what is at a URL.
public protocol Transport: Sendable {
  /// Asks for what is at a URL, and returns when the answer begins.
  ///
  /// - Throws: If there is no answer; or if the task is cancelled before it begins.
  func open(_ url: URL) async throws -> TransportResponse
}

/// An answer whose body is still on its way.
public struct TransportResponse: Sendable {
  /// 200 to 299 if all is well.
  public var status: Int
  /// How many bytes the body has, if the server says so.
  public var expectedLength: Int?
  /// The body, in pieces as they come. It throws when the connection breaks.
  ///
  /// When the task that reads it is cancelled, it *ends, and throws nothing*, as streams do. And a
  /// server that goes away may look like the end, too.
  ///
  /// Dropping it, or cancelling the task that reads it, closes the connection.
  public var body: AsyncThrowingStream<Data, any Error>

  /// An answer.
  public init(status: Int, expectedLength: Int?, body: AsyncThrowingStream<Data, any Error>) {
    self.status = status
    self.expectedLength = expectedLength
    self.body = body
  }
}
