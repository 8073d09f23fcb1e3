/// What exercise 13 is about: counts the words of many files, some of which cannot be read.
public typealias WordCounting =
  @Sendable (
    _ files: [String], _ store: any FileStore, _ limit: Int,
    _ found: @escaping @Sendable (_ words: Int) -> Void
  ) async throws -> WordTally

/// A place that keeps files, and takes its time for everything. The task suspends meanwhile.
public protocol FileStore: Sendable {
  /// Opens a file, to be read from its beginning.
  ///
  /// It throws if there is no such file, or if the task is cancelled; then nothing is open.
  func open(_ name: String) async throws -> any StoredFile
}

/// A file that is open.
public protocol StoredFile: Sendable {
  /// The next bytes of the file, as many as happen to come. None at its end.
  ///
  /// It throws if the file is damaged there, or if the task is cancelled.
  func read() async throws -> [UInt8]

  /// Closes the file. It works in a task that is cancelled, too.
  func close() async
}

/// What came of counting.
public struct WordTally: Sendable {
  /// The number of words of each file, or why they could not be counted, in the order of the files.
  public var counts: [Result<Int, any Error>]
  /// The number of words of those files that were counted to their end.
  public var total: Int

  /// What came of each file, and the words of all.
  public init(counts: [Result<Int, any Error>], total: Int) {
    self.counts = counts
    self.total = total
  }
}

/// What keeps the words of a file from being counted.
public enum FileStoreError: Error, Hashable, CustomStringConvertible {
  /// There is no file of that name.
  case missing(String)
  /// A part of it cannot be read.
  case damaged(String)
  /// What is in it is not UTF-8.
  case notText(String)

  /// "a.txt is missing", "a.txt is damaged", "a.txt is not text".
  public var description: String {
    switch self {
    case .missing(let name): "\(name) is missing"
    case .damaged(let name): "\(name) is damaged"
    case .notText(let name): "\(name) is not text"
    }
  }
}
