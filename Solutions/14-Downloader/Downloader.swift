// Exercise 14 · Downloader, as we would write it.
//
// From the inside out. One download is a straight line: open, look at the status, write piece after
// piece, rename. It throws a DownloadFailure, and whatever it throws, `defer` removes the temporary
// file. Around it, `withTimeout`: inside of the semaphore, since waiting for one's turn does not
// count. Around that, a task group of all files, whose children return their outcome as a value, so
// that none of them ends the others.
//
// Two places want care. A stream ends without an error when the task that reads it is cancelled, by
// the caller or by the timeout: so the task is asked after the last piece, before anybody takes half
// a file for a whole one. And an error says by *where* it is caught what it means: thrown by open it
// is .refused, by the body .cutOff, by a file .cannotWrite; but if the task has been cancelled, it
// means that and nothing else.
//
// The progress is an actor's business: it counts and reports in one turn, with no await between
// the two, so that the numbers go forward and calls do not overlap.
//
// The road not taken: a group that never has more than `limit` children, which adds the next when
// one ends. It is as good, and makes fewer tasks for a list of a million. A semaphore says the limit
// in one line. Nor `Data.write(options: .atomic)`, which does write elsewhere and rename, but wants
// the whole file in memory.

import AsyncPrimitives
public import ExerciseKit
public import Foundation

/// Downloads many files at once into a folder.
public final class Downloader: Downloading {
  private let limit: Int
  private let transport: any Transport

  /// Makes a downloader.
  ///
  /// - Parameters:
  ///   - limit: How many downloads may be in flight, at least 1.
  ///   - transport: What brings the bytes.
  public init(limit: Int, transport: any Transport) {
    self.limit = limit
    self.transport = transport
  }

  /// Downloads files, and returns what came of each.
  ///
  /// - Parameters:
  ///   - urls: Where they are.
  ///   - folder: What to put them into.
  ///   - timeout: How long each may take.
  ///   - progress: Hears how far it is.
  /// - Returns: One outcome for each URL, in their order.
  /// - Throws: `CancellationError` if the caller is cancelled, and nothing else.
  public func download(
    _ urls: [URL], into folder: URL, timeout: Duration = .seconds(60),
    progress: @escaping @Sendable (DownloadProgress) -> Void
  ) async throws -> [DownloadOutcome] {
    let board = ProgressBoard(count: urls.count, report: progress)
    let permits = AsyncSemaphore(limit: limit, "downloads")
    let places = places(of: urls, in: folder)
    return try await withThrowingTaskGroup(of: (Int, DownloadOutcome).self) { group in
      for (index, url) in urls.enumerated() {
        group.addTask(name: url.lastPathComponent) {
          let outcome: DownloadOutcome
          do throws(DownloadFailure) {
            guard let place = places[index] else { throw .badName }
            try await self.bring(url, to: place, permits, timeout) { received, expected in
              await board.add(received, of: expected, at: index)
            }
            outcome = .success(place)
          } catch {
            outcome = .failure(error)
          }
          // If we have been cancelled, this is no outcome.
          try Task.checkCancellation()
          await board.end(index)
          return (index, outcome)
        }
      }
      var outcomes = [DownloadOutcome](repeating: .failure(.refused), count: urls.count)
      for try await (index, outcome) in group { outcomes[index] = outcome }
      return outcomes
    }
  }

  // MARK: - One file

  private typealias DidWrite = @Sendable (_ bytes: Int, _ expected: Int?) async -> Void

  /// Waits for its turn, and brings one file within its time.
  private func bring(
    _ url: URL, to place: URL, _ permits: AsyncSemaphore, _ timeout: Duration,
    _ didWrite: @escaping DidWrite
  ) async throws(DownloadFailure) {
    do {
      try await permits.withPermit {
        try await withTimeout(timeout) { try await bring(url, to: place, didWrite) }
      }
    } catch let failure as DownloadFailure {
      throw failure
    } catch {
      // Nothing else is thrown but a TimeoutError; or the caller is cancelled, who will not look.
      throw .tooSlow
    }
  }

  private func bring(
    _ url: URL, to place: URL, _ didWrite: DidWrite
  ) async throws {
    let response: TransportResponse
    do { response = try await transport.open(url) } catch { throw meaning(.refused) }
    guard 200..<300 ~= response.status else { throw DownloadFailure.status(response.status) }

    let file = try TemporaryFile(for: place)
    defer { file.remove() }
    var received = 0
    do {
      for try await piece in response.body {
        try file.write(piece)
        received += piece.count
        await didWrite(piece.count, response.expectedLength)
      }
    } catch let failure as DownloadFailure {
      throw failure
    } catch {
      throw meaning(.cutOff)
    }
    // For somebody who has been cancelled, every stream is at its end.
    try Task.checkCancellation()
    if let expected = response.expectedLength, received < expected { throw DownloadFailure.cutOff }
    try file.rename()
  }

  /// What an error of the transport means, unless it comes of our being cancelled.
  private func meaning(_ failure: DownloadFailure) -> any Error {
    Task.isCancelled ? CancellationError() : failure
  }

  // MARK: - Names

  /// Where each file goes; nil where its URL names none that it may have.
  private func places(of urls: [URL], in folder: URL) -> [URL?] {
    var taken: Set<String> = []
    return urls.map { url in
      // Decoded, and only then split: an encoded slash is a slash, too.
      let path = url.path(percentEncoded: false)
      let parts = path.split(separator: "/").filter { $0 != "." }
      guard !parts.isEmpty, !path.hasSuffix("/"), !parts.contains(".."), !path.contains("\0")
      else { return nil }
      let name = parts.joined(separator: "/")
      guard taken.insert(name).inserted else { return nil }
      return folder.appending(path: name, directoryHint: .notDirectory)
    }
  }
}

/// A file that has a name of its own until it is whole.
private struct TemporaryFile {
  private let place: URL
  private let url: URL
  private let handle: FileHandle

  init(for place: URL) throws(DownloadFailure) {
    let folder = place.deletingLastPathComponent()
    self.place = place
    // Beside its place: a file can be renamed in one step within one disk.
    url = folder.appending(path: ".\(UUID().uuidString).part", directoryHint: .notDirectory)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data().write(to: url, options: .withoutOverwriting)
      handle = try FileHandle(forWritingTo: url)
    } catch { throw .cannotWrite }
  }

  func write(_ piece: Data) throws(DownloadFailure) {
    do { try handle.write(contentsOf: piece) } catch { throw .cannotWrite }
  }

  /// Gives it its name, in one step. What had that name is gone.
  func rename() throws(DownloadFailure) {
    do { try handle.close() } catch { throw .cannotWrite }
    guard Foundation.rename(url.path, place.path) == 0 else { throw .cannotWrite }
  }

  /// Does nothing if it has its name.
  func remove() {
    try? handle.close()
    try? FileManager.default.removeItem(at: url)
  }
}

/// Counts, and tells. All in one turn of the actor, so that what it tells never goes back.
private actor ProgressBoard {
  private let report: @Sendable (DownloadProgress) -> Void
  private let count: Int
  private var files: [Int: (received: Int, expected: Int?)] = [:]
  private var totalReceived = 0
  private var ended = 0

  init(count: Int, report: @escaping @Sendable (DownloadProgress) -> Void) {
    self.count = count
    self.report = report
  }

  func add(_ bytes: Int, of expected: Int?, at index: Int) {
    files[index] = (files[index, default: (0, nil)].received + bytes, expected)
    totalReceived += bytes
    tell(index)
  }

  func end(_ index: Int) {
    ended += 1
    tell(index)
  }

  private func tell(_ index: Int) {
    let file = files[index, default: (0, nil)]
    report(
      DownloadProgress(
        index: index, received: file.received, expected: file.expected,
        totalReceived: totalReceived, ended: ended, count: count))
  }
}
