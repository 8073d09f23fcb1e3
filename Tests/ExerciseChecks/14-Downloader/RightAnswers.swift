import AsyncPrimitives
import ExerciseKit
import Foundation
import Synchronization

/// A group that has `limit` children at most, a race for the time, and a lock for the progress.
final class WindowDownloader: Downloading {
  private let limit: Int
  private let transport: any Transport

  init(limit: Int, transport: any Transport) {
    self.limit = limit
    self.transport = transport
  }

  func download(
    _ urls: [URL], into folder: URL, timeout: Duration,
    progress: @escaping @Sendable (DownloadProgress) -> Void
  ) async throws -> [DownloadOutcome] {
    let tally = Tally(urls.count, progress)
    var names: Set<URL> = []
    var outcomes = [DownloadOutcome](repeating: .failure(.badName), count: urls.count)
    let jobs = urls.enumerated().compactMap { index, url -> (Int, URL, URL)? in
      if let place = place(of: url, in: folder), names.insert(place).inserted {
        return (index, url, place)
      }
      tally.end(index)
      return nil
    }
    try await withThrowingTaskGroup(of: (Int, DownloadOutcome).self) { group in
      for (started, (index, url, place)) in jobs.enumerated() {
        if started >= limit, let (index, outcome) = try await group.next() {
          outcomes[index] = outcome
        }
        try Task.checkCancellation()
        group.addTask { [transport] in
          let outcome = await race(timeout) {
            try await bring(url, by: transport, to: place) { tally.add($0, of: $1, at: index) }
          }
          try Task.checkCancellation()
          tally.end(index)
          return (index, outcome.map { place })
        }
      }
      for try await (index, outcome) in group { outcomes[index] = outcome }
    }
    return outcomes
  }
}

/// Gives up after a time, and says why it failed if it did.
private func race(
  _ timeout: Duration, _ operation: @escaping @Sendable () async throws -> Void
) async -> Result<Void, DownloadFailure> {
  await withTaskGroup(of: Result<Void, DownloadFailure>.self) { group in
    group.addTask {
      do {
        try await operation()
        return .success(())
      } catch {
        return .failure(error as? DownloadFailure ?? .tooSlow)
      }
    }
    group.addTask {
      try? await Task.sleep(for: timeout)
      return .failure(.tooSlow)
    }
    defer { group.cancelAll() }
    return await group.next() ?? .failure(.tooSlow)
  }
}

/// Tells under its lock: nobody can come between counting and telling.
private final class Tally: Sendable {
  private let state: Mutex<(news: DownloadProgress, files: [Int: (Int, Int?)])>
  private let report: @Sendable (DownloadProgress) -> Void

  init(_ count: Int, _ report: @escaping @Sendable (DownloadProgress) -> Void) {
    let news = DownloadProgress(
      index: 0, received: 0, expected: nil, totalReceived: 0, ended: 0, count: count)
    state = Mutex((news, [:]))
    self.report = report
  }

  func add(_ bytes: Int, of expected: Int?, at index: Int) {
    state.withLock { state in
      state.files[index] = (bytes + (state.files[index]?.0 ?? 0), expected)
      state.news.totalReceived += bytes
      tell(index, &state)
    }
  }

  func end(_ index: Int) {
    state.withLock { state in
      state.news.ended += 1
      tell(index, &state)
    }
  }

  private func tell(
    _ index: Int, _ state: inout (news: DownloadProgress, files: [Int: (Int, Int?)])
  ) {
    state.news.index = index
    (state.news.received, state.news.expected) = state.files[index] ?? (0, nil)
    report(state.news)
  }
}

/// As many workers as the limit, who take the next URL when they are done with one.
final actor WorkersDownloader: Downloading {
  private let limit: Int
  private let transport: any Transport

  init(limit: Int, transport: any Transport) {
    self.limit = limit
    self.transport = transport
  }

  func download(
    _ urls: [URL], into folder: URL, timeout: Duration,
    progress: @escaping @Sendable (DownloadProgress) -> Void
  ) async throws -> [DownloadOutcome] {
    let tally = Tally(urls.count, progress)
    let outcomes = Mutex([Int: DownloadOutcome]())
    let places = urls.map { place(of: $0, in: folder) }
    let next = Mutex(urls.indices.makeIterator())
    try await withThrowingDiscardingTaskGroup { group in
      for _ in 0..<min(limit, urls.count) {
        group.addTask { @Sendable [transport] in
          while let index = next.withLock({ $0.next() }) {
            try Task.checkCancellation()
            let outcome: DownloadOutcome
            if let place = places[index], !places[..<index].contains(place) {
              do {
                try await withTimeout(timeout) {
                  try await bring(urls[index], by: transport, to: place) {
                    tally.add($0, of: $1, at: index)
                  }
                }
                outcome = .success(place)
              } catch {
                outcome = .failure(error as? DownloadFailure ?? .tooSlow)
              }
            } else {
              outcome = .failure(.badName)
            }
            try Task.checkCancellation()
            outcomes.withLock { $0[index] = outcome }
            tally.end(index)
          }
        }
      }
    }
    return urls.indices.compactMap { index in outcomes.withLock { $0[index] } }
  }
}

// MARK: - What they share

/// Brings one file. Throws a `DownloadFailure`, or that the task was cancelled.
private func bring(
  _ url: URL, by transport: any Transport, to place: URL,
  didWrite: @escaping @Sendable (_ bytes: Int, _ expected: Int?) -> Void
) async throws {
  let response: TransportResponse
  do { response = try await transport.open(url) } catch {
    throw Task.isCancelled ? CancellationError() as any Error : DownloadFailure.refused
  }
  guard (200..<300).contains(response.status) else { throw DownloadFailure.status(response.status) }
  let file = try PartFile(for: place)
  defer { file.remove() }
  var received = 0
  var pieces = response.body.makeAsyncIterator()
  while true {
    let piece: Data?
    do { piece = try await pieces.next() } catch {
      throw Task.isCancelled ? CancellationError() as any Error : DownloadFailure.cutOff
    }
    try Task.checkCancellation()
    guard let piece else { break }
    try file.write(piece)
    received += piece.count
    didWrite(piece.count, response.expectedLength)
  }
  if received < response.expectedLength ?? 0 { throw DownloadFailure.cutOff }
  try file.rename()
}

/// Where a URL's file goes; nil if its path names none, or leads elsewhere.
func place(of url: URL, in folder: URL) -> URL? {
  let path = url.path(percentEncoded: false)
  var place = folder
  for part in path.split(separator: "/") {
    if part == ".." || part.contains("\0") { return nil }
    if part != "." { place.append(component: part) }
  }
  return place == folder || path.hasSuffix("/") ? nil : place
}

/// A file that gets its name at the end, by the system's own calls.
final class PartFile: Sendable {
  private let place: String
  private let path: String
  private let handle: FileHandle

  init(
    for place: URL, endingIn ending: String = ".\(UUID().uuidString).part", removesOld: Bool = false
  ) throws(DownloadFailure) {
    self.place = place.path
    path = place.path + ending
    try? FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    if removesOld { try? FileManager.default.removeItem(at: place) }
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let handle = FileHandle(forWritingAtPath: path)
    else { throw .cannotWrite }
    self.handle = handle
  }

  func write(_ piece: Data) throws(DownloadFailure) {
    do { try handle.write(contentsOf: piece) } catch { throw .cannotWrite }
  }

  func rename() throws(DownloadFailure) {
    try? handle.close()
    guard path == place || Foundation.rename(path, place) == 0 else { throw .cannotWrite }
  }

  func remove() {
    try? handle.close()
    unlink(path)
  }
}
