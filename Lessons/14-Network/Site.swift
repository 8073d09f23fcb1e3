// What the servers of lesson 14 serve, and how a scene gets to have one.

import LoopbackServer
import Narration

/// A page, and how long the server takes for it.
struct WebPage: Sendable {
  var status = 200
  var text = ""
  var delay = Duration.zero
  /// The connection breaks before the last byte.
  var isCutOff = false

  /// What the played server sends. The real one sends the same.
  var answerText: [UInt8] {
    let status = self.status == 200 ? "200 OK" : "\(self.status) Failure"
    let text = isCutOff ? String(self.text.dropLast()) : self.text
    return Array(
      """
      HTTP/1.1 \(status)\r\nContent-Type: text/plain; charset=utf-8\r
      Content-Length: \(self.text.utf8.count)\r\nConnection: keep-alive\r\n\r\n\(text)
      """.utf8)
  }

  var response: LoopbackServer.Response {
    if isCutOff {
      let part = String(text.dropLast())
      return .init(body: .announced(text.utf8.count) { try await $0.write(part) })
    }
    return status == 200 ? .text(text) : .status(status)
  }
}

/// What a server has at each path.
typealias Site = @Sendable (_ path: String) -> WebPage

/// The weather, at a server that is not perfect.
let weather: Site = { path in
  switch path {
  case "/oslo": WebPage(text: "8 degrees, rain", delay: .milliseconds(450))
  case "/rome": WebPage(text: "21 degrees, sun", delay: .milliseconds(300))
  case "/lima": WebPage(text: "18 degrees, fog", delay: .milliseconds(200))
  case "/bern": WebPage(status: 500, delay: .milliseconds(100))
  case "/nome": WebPage(text: "snow", delay: .seconds(60))
  case "/cork": WebPage(text: "15 degrees, wind", delay: .milliseconds(250), isCutOff: true)
  default: WebPage(status: 404, delay: .milliseconds(50))
  }
}

/// A path of `/wait/450` takes 450 ms, whatever else happens.
let waiting: Site = { path in
  guard path.hasPrefix("/wait/"), let delay = Int(path.dropFirst(6)) else {
    return WebPage(status: 404)
  }
  return WebPage(text: "waited \(delay) ms", delay: .milliseconds(delay))
}

/// Answers real requests.
func serve(_ site: @escaping Site) -> LoopbackServer.Handler {
  { request in
    let page = site(request.path)
    if page.delay > .zero { try await Task.sleep(for: page.delay) }
    return page.response
  }
}

/// Runs `body` with a network, and with a server that serves a site at a port.
func withServer(
  _ narrator: Narrator, _ site: @escaping Site,
  _ body: @escaping @Sendable (_ network: any Network, _ port: UInt16) async throws -> Void
) async throws {
  if narrator.isVirtual { return try await body(PlayedNetwork(site: site), PlayedNetwork.port) }
  do {
    try await LoopbackServer.running(serve(site)) { server in
      try await withTaskExecutorPreference(EventLoop.shared) {
        try await body(RealNetwork(), server.port)
      }
    }
  } catch let error as LoopbackServerError {
    narrator.say("Skipped: \(error)")
  }
}

/// A port at which nobody listens: somebody did, and has stopped.
func deserted(_ narrator: Narrator) async throws -> UInt16 {
  if narrator.isVirtual { return PlayedNetwork.port + 1 }
  let server = try LoopbackServer { _ in .status(404) }
  await server.stop()
  return server.port
}
