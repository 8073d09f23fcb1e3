// The site that lesson 17 crawls: served for real on loopback, or played on virtual time.

import AsyncPrimitives
import Foundation
import LoopbackServer
import Narration

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// What a page says, and where it leads.
struct Page: Sendable {
  let html: String
  var links: [String] { html.matches(of: /href="([^"]*)"/).map { String($0.output.1) } }
}

/// A page, by its path, and how long the server takes for it. "/old" is linked to, and is gone.
let pages: [(path: String, milliseconds: Int, links: [String])] = [
  ("/", 200, ["/news", "/team", "/shop"]),
  ("/news", 330, ["/", "/news/1", "/news/2"]),
  ("/team", 720, ["/", "/team/ann"]),
  ("/shop", 410, ["/", "/shop/cups", "/old"]),
  ("/news/1", 570, ["/news", "/news/2"]),
  ("/news/2", 260, ["/news", "/news/1"]),
  ("/team/ann", 340, ["/team", "/news/2"]),
  ("/shop/cups", 250, ["/shop", "/"]),
]

/// Every address on the site, the missing one included.
let paths = pages.map(\.path) + ["/old"]

/// A site whose pages take their time.
struct Site: Sendable {
  let narrator: Narrator
  private let get: @Sendable (_ path: String) async throws -> (status: Int, html: String)

  /// Gets a page, on a lane of its own.
  ///
  /// - Throws: ``PageError`` for everything but status 200; `CancellationError`.
  func fetch(_ path: String) async throws -> Page {
    try await narrator.span(path, announces: false) {
      let (status, html) = try await get(path)
      guard status == 200 else { throw PageError(status: status) }
      return Page(html: html)
    }
  }

  /// Has the site served while `body` runs; with `--virtual`, played.
  static func open(
    _ narrator: Narrator, while body: (Site) async throws -> Void
  ) async throws {
    // Jobs may begin in any order. Their lanes shall not.
    for path in paths { narrator.lanes(path) }
    if narrator.isVirtual {
      return try await body(Site(narrator: narrator, get: answer))
    }
    do {
      try await LoopbackServer.running { request in
        let (status, html) = try await answer(request.path)
        return status == 200 ? .text(html) : .status(status)
      } while: { server in
        let browser = Browser(address: server.url)
        defer { browser.close() }
        try await body(Site(narrator: narrator) { try await browser.get($0) })
      }
    } catch let error as LoopbackServerError {
      narrator.say("No server, so this scene is left out: \(error)")
    }
  }

  /// What the server says, whether it is real or played.
  private static func answer(_ path: String) async throws -> (status: Int, html: String) {
    let page = pages.first { $0.path == path }
    try await Task.sleep(for: .milliseconds(page?.milliseconds ?? 110))
    guard let page else { return (404, "") }
    return (200, page.links.map { "<a href=\"\($0)\">\($0)</a>" }.joined(separator: "\n"))
  }
}

/// An answer that is no page.
struct PageError: Error, CustomStringConvertible {
  let status: Int
  var description: String { "status \(status)" }
}

/// The client of the real server.
private struct Browser: Sendable {
  private let address: String
  private let session: URLSession

  init(address: String) {
    self.address = address
    let configuration = URLSessionConfiguration.ephemeral
    // The limit is the queue's business.
    configuration.httpMaximumConnectionsPerHost = 100
    session = URLSession(configuration: configuration)
  }

  func get(_ path: String) async throws -> (status: Int, html: String) {
    guard let url = URL(string: address + path) else { throw PageError(status: 400) }
    do {
      let (data, response) = try await data(from: url)
      let status = (response as? HTTPURLResponse)?.statusCode ?? 0
      return (status, String(decoding: data, as: UTF8.self))
    } catch let error as URLError where error.code == .cancelled {
      // URLSession has a word of its own for it. To everybody else here, it is a cancellation.
      throw CancellationError()
    }
  }

  /// Like the session's own function of that name, which on Linux can end the program when it is
  /// cancelled just as the answer comes. This one cancels between two callbacks, and waits until that
  /// has been taken note of.
  private func data(from url: URL) async throws -> (Data, URLResponse) {
    let answer = Future<(Data, URLResponse)>("an answer")
    let task = session.dataTask(with: url) { data, response, error in
      if let data, let response {
        try? answer.succeed((data, response))
      } else {
        try? answer.fail(error ?? URLError(.unknown))
      }
    }
    task.resume()
    return try await withTaskCancellationHandler {
      try await answer.valueIgnoringCancellation
    } onCancel: {
      session.delegateQueue.addOperation {
        task.cancel()
        // It is asked on the queue on which cancelling goes on.
        _ = task.priority
      }
    }
  }

  func close() { session.finishTasksAndInvalidate() }
}
