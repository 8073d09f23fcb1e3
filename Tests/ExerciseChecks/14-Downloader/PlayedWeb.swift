import CheckKit
import ExerciseKit
import Foundation
import Synchronization

/// What a URL of the played web does, on the run's clock.
struct Page: Sendable {
  enum End: Sendable { case whole, breaks, stalls }

  var status = 200
  var refuses = false
  /// How long it thinks before it answers.
  var thinks: Duration = .zero
  /// What comes, a second before each.
  var pieces: [String] = []
  var pause: Duration = .seconds(1)
  /// How many bytes it says there will be.
  var announced: Int?
  var end = End.whole

  /// A file in pieces, whose length is announced unless told otherwise.
  static func file(
    _ pieces: String..., announced: Bool = true, every pause: Duration = .seconds(1),
    end: End = .whole
  ) -> Page {
    Page(
      pieces: pieces, pause: pause,
      announced: announced ? pieces.reduce(0) { $0 + $1.utf8.count } : nil, end: end)
  }

  /// A file of one piece that takes so long.
  static func file(after seconds: Int) -> Page {
    Page(pieces: ["text"], pause: .seconds(seconds), announced: 4)
  }

  static let refused = Page(refuses: true)

  /// An answer whose body is none of anybody's business.
  static func status(_ status: Int, end: End = .whole) -> Page { Page(status: status, end: end) }
}

/// A web in memory: it sends what its pages say, each as a line in the drawing.
final class PlayedWeb: Transport {
  private struct State {
    var asked: [String] = []
    var inFlight: Set<Int> = []
    var peak = 0
  }

  private let world: World
  private let pages: [String: Page]
  private let state = Mutex(State())

  init(_ world: World, _ pages: [String: Page]) {
    self.world = world
    self.pages = pages
  }

  /// What was asked for, in that order.
  var asked: [String] { state.withLock { $0.asked } }

  /// How many downloads are in flight.
  var inFlight: Int { state.withLock { $0.inFlight.count } }

  /// The most that were in flight at the same time.
  var peak: Int { state.withLock { $0.peak } }

  func open(_ url: URL) async throws -> TransportResponse {
    let name = Self.name(of: url)
    let number = state.withLock { state in
      state.asked.append(name)
      state.inFlight.insert(state.asked.count)
      state.peak = max(state.peak, state.inFlight.count)
      return state.asked.count
    }
    do {
      return try await answer(name, number)
    } catch {
      leave(number)
      throw error
    }
  }

  private func answer(_ name: String, _ number: Int) async throws -> TransportResponse {
    let page = pages[name, default: .status(404)]
    await Task.yield()
    if page.thinks > .zero { try await world.clock.sleep(for: page.thinks) }
    if page.refuses { throw Refused() }
    let (body, pieces) = AsyncThrowingStream.makeStream(of: Data.self)
    guard 200..<300 ~= page.status else {
      // What is in it takes no time.
      leave(number)
      pieces.yield(Data("status \(page.status)".utf8))
      pieces.finish(throwing: page.end == .breaks ? Broken() : nil)
      return TransportResponse(status: page.status, expectedLength: nil, body: body)
    }
    let server = Task(name: name) { [world] in
      do {
        for piece in page.pieces {
          try await world.clock.sleep(for: page.pause)
          world.note("sends “\(piece)”")
          pieces.yield(Data(piece.utf8))
        }
        switch page.end {
        case .whole: break
        case .breaks: throw Broken()
        case .stalls: try await world.clock.sleep(for: .seconds(100_000))
        }
        leave(number)
        pieces.finish()
      } catch {
        leave(number)
        pieces.finish(throwing: error)
      }
    }
    pieces.onTermination = { [self] _ in
      leave(number)
      server.cancel()
    }
    return TransportResponse(
      status: page.status, expectedLength: page.announced, body: body)
  }

  private func leave(_ number: Int) {
    state.withLock { _ = $0.inFlight.remove(number) }
  }

  /// What stands in the URL behind the host, as it is written.
  static func name(of url: URL) -> String {
    String(url.absoluteString.dropFirst("http://host/".count))
  }

  private struct Refused: Error {}
  private struct Broken: Error {}
}

/// What a downloader has told, in order.
final class News: Sendable {
  private let list = Mutex<[DownloadProgress]>([])

  var all: [DownloadProgress] { list.withLock { $0 } }

  @Sendable func hear(_ news: DownloadProgress) { list.withLock { $0.append(news) } }
}
