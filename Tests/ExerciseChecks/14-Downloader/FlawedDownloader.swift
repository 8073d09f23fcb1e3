import AsyncPrimitives
import ExerciseKit
import Foundation
import Synchronization

/// A downloader with one flaw, which each `if F.self` is about.
final class FlawedDownloader<F: Flaw>: Downloading {
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
    let places = places(of: urls, in: folder)
    let permits =
      if F.self == NoLimit.self { urls.count + 1 } else {
        F.self == OneTooMany.self ? limit + 1 : limit
      }
    let work = Work(
      urls: urls, places: places, timeout: timeout, permits: AsyncSemaphore(limit: permits),
      board: Board(count: urls.count, report: progress))
    var outcomes: [(Int, DownloadOutcome)] = []
    if F.self == InTurn.self {
      for index in urls.indices { outcomes.append(try await outcome(index, of: work)) }
    } else if F.self == InBatches.self {
      for start in stride(from: 0, to: urls.count, by: limit) {
        let batch = start..<min(start + limit, urls.count)
        outcomes += try await gather(batch) { try await self.outcome($0, of: work) }
      }
    } else if F.self == StopsQuietly.self {
      let next = Mutex(urls.indices.makeIterator())
      try await withThrowingTaskGroup(of: [(Int, DownloadOutcome)].self) { group in
        for _ in 0..<limit {
          group.addTask { @Sendable in
            var mine: [(Int, DownloadOutcome)] = []
            while !Task.isCancelled, let index = next.withLock({ $0.next() }) {
              mine.append(try await self.outcome(index, of: work))
            }
            return mine
          }
        }
        for try await some in group { outcomes += some }
      }
    } else if F.self == OfItsOwn.self {
      let tasks = urls.indices.map { index in Task { try await outcome(index, of: work) } }
      for task in tasks { outcomes.append(try await task.value) }
    } else {
      try await withThrowingTaskGroup(of: (Int, DownloadOutcome).self) { group in
        for index in urls.indices { group.addTask { try await self.outcome(index, of: work) } }
        for try await outcome in group { outcomes.append(outcome) }
      }
    }
    if F.self != AsTheyArrive.self { outcomes.sort { $0.0 < $1.0 } }
    return outcomes.map(\.1)
  }

  private struct Work: Sendable {
    let urls: [URL]
    let places: [URL?]
    let timeout: Duration
    let permits: AsyncSemaphore
    let board: Board
  }

  private func outcome(_ index: Int, of work: Work) async throws -> (Int, DownloadOutcome) {
    let result: DownloadOutcome
    do {
      guard let place = work.places[index] else {
        if F.self == KeepsPlace.self { try await work.permits.acquire() }
        throw DownloadFailure.badName
      }
      if F.self == TimedQueue.self {
        try await withTimeout(work.timeout) {
          try await work.permits.withPermit { try await bring(index, to: place, of: work) }
        }
      } else if F.self == HeadOnly.self {
        try await withTimeout(work.timeout) { try await bring(index, to: place, of: work) }
      } else {
        try await work.permits.withPermit {
          try await withTimeout(work.timeout) { try await bring(index, to: place, of: work) }
        }
      }
      result = .success(place)
    } catch let failure as DownloadFailure {
      if F.self == FirstFailure.self { throw failure }
      result = .failure(failure)
    } catch is TimeoutError {
      result = .failure(.tooSlow)
    } catch {
      guard F.self == Swallows.self else { throw error }
      result = .failure(.cutOff)
    }
    await work.board.end(index)
    return (index, result)
  }

  private func bring(_ index: Int, to place: URL, of work: Work) async throws {
    let response: TransportResponse
    do {
      if F.self == HeadOnly.self {
        response = try await work.permits.withPermit { try await transport.open(work.urls[index]) }
      } else {
        response = try await transport.open(work.urls[index])
      }
    } catch {
      try Task.checkCancellation()
      throw DownloadFailure.refused
    }
    let successes = F.self == Only200.self ? 200..<201 : 200..<(F.self == Below400.self ? 400 : 300)
    guard successes.contains(response.status) || F.self == AnyStatus.self else {
      if F.self == ReadsAnyBody.self { for try await _ in response.body {} }
      throw DownloadFailure.status(response.status)
    }
    let file = try PartFile(
      for: place, endingIn: ending, removesOld: F.self == RemovesOld.self)
    var isDone = false
    defer { if !isDone, F.self != LeavesParts.self { file.remove() } }
    var memory = Data()
    do {
      for try await piece in response.body {
        if F.self == TellsFirst.self {
          await work.board.add(piece.count, of: response.expectedLength, at: index)
        }
        if F.self == InMemory.self { memory += piece } else { try file.write(piece) }
        if F.self == TellsLater.self {
          await work.board.tellLater(piece.count, of: response.expectedLength, at: index)
        } else if F.self != TellsFirst.self {
          await work.board.add(piece.count, of: response.expectedLength, at: index)
        }
      }
    } catch let failure as DownloadFailure {
      throw F.self == BlamesTheBody.self ? .cutOff : failure
    } catch {
      try Task.checkCancellation()
      throw DownloadFailure.cutOff
    }
    if F.self != NoQuestion.self { try Task.checkCancellation() }
    let received = await work.board.received(index)
    if let expected = response.expectedLength, received < expected, F.self != NoCount.self {
      throw DownloadFailure.cutOff
    }
    if F.self == InMemory.self { try file.write(memory) }
    try file.rename()
    isDone = true
  }

  /// What a temporary file's name ends in.
  private var ending: String {
    if F.self == FinalName.self { return "" }
    return F.self == PartOfName.self ? ".part" : ".\(UUID().uuidString).part"
  }

  private func places(of urls: [URL], in folder: URL) -> [URL?] {
    var taken: Set<String> = []
    return urls.map { url in
      if F.self == BelievesNames.self {
        return URL(filePath: folder.path + url.path(percentEncoded: false))
      }
      if F.self == LooksEarly.self {
        let parts = url.path(percentEncoded: true).split(separator: "/")
        if parts.isEmpty || parts.contains("..") { return nil }
        return URL(filePath: folder.path + url.path(percentEncoded: false))
      }
      guard let place = place(of: url, in: folder) else { return nil }
      guard taken.insert(place.path).inserted || F.self == NameTwice.self else { return nil }
      return place
    }
  }
}

/// Counts and tells, all in one turn, or later if asked to.
private actor Board {
  private let report: @Sendable (DownloadProgress) -> Void
  private var files: [Int: (received: Int, expected: Int?)] = [:]
  private var news: DownloadProgress

  init(count: Int, report: @escaping @Sendable (DownloadProgress) -> Void) {
    self.report = report
    news = DownloadProgress(
      index: 0, received: 0, expected: nil, totalReceived: 0, ended: 0, count: count)
  }

  func received(_ index: Int) -> Int { files[index]?.received ?? 0 }

  func add(_ bytes: Int, of expected: Int?, at index: Int) {
    report(count(bytes, of: expected, at: index))
  }

  func tellLater(_ bytes: Int, of expected: Int?, at index: Int) {
    let news = count(bytes, of: expected, at: index)
    Task { [report] in report(news) }
  }

  func end(_ index: Int) {
    news.ended += 1
    report(count(0, of: files[index]?.expected, at: index))
  }

  private func count(_ bytes: Int, of expected: Int?, at index: Int) -> DownloadProgress {
    files[index] = (received(index) + bytes, expected)
    news.index = index
    news.received = received(index)
    news.expected = expected
    news.totalReceived += bytes
    return news
  }
}
