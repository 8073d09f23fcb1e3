// A network that is played: connecting and answering take virtual time, the same on every run.

import Simulation
import Synchronization

/// Connections to a site that has no server.
struct PlayedNetwork: Network {
  static let port: UInt16 = 80
  let site: Site
  /// False in a search through schedules, where only the order counts.
  var takesTime = true

  func connect(to port: UInt16) async throws -> any Connection {
    if takesTime { try await Task.sleep(for: .milliseconds(1)) }
    guard port == Self.port else { throw WebError.refused }
    return PlayedConnection(site: site, takesTime: takesTime)
  }
}

/// Answers in the order in which it was asked, as HTTP does.
private final class PlayedConnection: Connection {
  private let site: Site
  private let takesTime: Bool
  private let asked = Mutex<[(page: WebPage, at: ContinuousClock.Instant)]>([])

  init(site: @escaping Site, takesTime: Bool) {
    self.site = site
    self.takesTime = takesTime
  }

  func send(_ bytes: [UInt8]) async throws {
    let path = String(decoding: bytes, as: UTF8.self).split(separator: " ")[1]
    await Task.yield()
    asked.withLock { $0.append((site(String(path)), .now)) }
  }

  func receive() async throws -> [UInt8] {
    await Task.yield()
    let first = asked.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    guard let (page, time) = first else { return [] }
    if takesTime { try await Task.sleep(until: time + page.delay, clock: .continuous) }
    return page.answerText
  }

  func close() {}
}
