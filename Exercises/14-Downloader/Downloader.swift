// Exercise 14 · Downloader                                         75 minutes
//
// Build a downloader that brings many files at once into a folder, tells how far it is, and leaves
// nothing half done, whatever happens.
//
// The network is behind a protocol, Transport: open(url) gives a status, a length if it is known,
// and the body as a stream of pieces. URLSessionTransport.swift in this folder is a real one.
//
// Rules:
//  1. As many downloads are in flight as `limit` allows, and never more. A download is in flight
//     from asking the transport to the end of its body.
//  2. A file's place is the path of its URL, percent-decoded, below the folder: http://host/maps/
//     oslo%20a.png goes to maps/oslo a.png. Folders that are missing are made. No URL, however it
//     is written, leads out of the folder.
//  3. A file's pieces are written as they come, to a temporary file below the folder, whose name
//     nobody else uses. When it is whole, it is renamed, and replaces what was there before. So
//     nobody sees half a file under its name.
//  4. A failure is one outcome, and the others go on. It leaves no temporary file, and what had
//     the file's name before stays as it is.
//       .badName      the path names no file (it is empty, or ends in "/"), or has a ".." in it,
//                     or is the same as that of an earlier URL. It is not asked for.
//       .refused      the transport throws instead of answering
//       .status(404)  the status is not 200 to 299; the body is none of our business
//       .cutOff       the body throws, or ends with fewer bytes than were announced
//       .tooSlow      it takes longer than `timeout`, from asking to the end of the body. Waiting
//                     for its turn does not count.
//       .cannotWrite  a folder or the file cannot be made, written or renamed
//  5. Outcomes are in the order of the URLs, each with the place of its file.
//  6. `progress` is called after each piece that was written, and once for each URL when its
//     outcome is known. It says how much of that file there is, of how much if that is known, how
//     many bytes of all files (those that fail later included), and how many URLs have their
//     outcome. The numbers of all together never go back, and no two calls overlap.
//  7. Cancelling the caller asks for nothing more, closes every connection, removes all temporary
//     files, and then throws CancellationError. Files that are whole stay.
//
// For example, if there is no /rome.png, and 2 of the 4 bytes of /oslo.png have come:
//
//    let downloader = Downloader(limit: 4, transport: transport)
//    let outcomes = try await downloader.download([oslo, rome], into: folder) { news in … }
//    // news of oslo: received 2 of 4, totalReceived 2, ended 1 of 2
//    // at the end: .success(folder/oslo.png), .failure(.status(404))
//
// Check it:   swift test --filter Downloader
// Stuck?      Hints.md in this folder, a level at a time.

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
    try todo("download one file into its place, then all of them, a few at a time")
  }
}
