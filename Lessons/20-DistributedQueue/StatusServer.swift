// How lesson 20 asks for pages.

import Broker
import Foundation
import LoopbackServer
import Narration

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Gets a page: through a real server, or without one where time is simulated.
func withStatusServer(
  _ narrator: Narrator, of broker: any Broker,
  _ body: (_ get: @escaping (String) async throws -> String) async throws -> Void
) async throws {
  if narrator.isVirtual {
    let pages = StatusPages(of: broker)
    return try await body { path in String(await pages.page(path).body.dropLast()) }
  }
  try await LoopbackServer.running(handler(of: broker)) { server in
    narrator.say("A server listens at \(server.url)")
    try await body { path in
      guard let url = URL(string: server.url + path) else { return "" }
      let (data, _) = try await URLSession.shared.data(from: url)
      return String(decoding: data.dropLast(), as: UTF8.self)
    }
  }
}
