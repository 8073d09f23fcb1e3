// The shop of lesson 18: a call with all that protects it, and the numbers that it keeps.

import AsyncPrimitives
import Foundation
import LoopbackServer
import Narration
import Resilience
import Simulation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Sells tea if the stock says that there is some, tries again if that is busy, and counts it all.
struct Shop: Sendable {
  let metrics = Metrics()
  private let narrator: Narrator
  private let stock: Stock
  private let breaker: CircuitBreaker
  private let policy: RetryPolicy
  private let retries: Counter
  private let times: Histogram

  /// Opens a shop whose stock is down for a while.
  init(_ narrator: Narrator) throws {
    self.narrator = narrator
    stock = Stock(narrator, down: .seconds(0.15) ..< .seconds(1))
    let isOpen = try metrics.gauge("shop_breaker_open", "1 while the breaker is not closed.")
    breaker = CircuitBreaker(
      "stock", failures: 3, resetAfter: .milliseconds(500),
      onChange: { isOpen.set($0.to == .closed ? 0 : 1) })
    let seeded = Jitter.full(using: SeededGenerator(seed: narrator.seed))
    policy = RetryPolicy(
      attempts: 4, backoff: .exponential(from: .milliseconds(400)), jitter: seeded)
    retries = try metrics.counter("shop_retries_total", "Attempts after the first.")
    times = try metrics.histogram(
      "shop_sale_seconds", "How long customers waited.", bounds: [0.25, 1, 1.5, 2])
  }

  /// Sells, or does not: the numbers know.
  func sell(to customer: String) async throws {
    let start = narrator.elapsed
    var outcome = "sold"
    do { try await serve(customer) } catch { outcome = "failed" }
    times.observe(narrator.elapsed - start)
    try metrics.counter("shop_sales_total", "Sales.", labels: ["outcome": outcome]).increment()
  }

  /// The retry is outside, the breaker inside: each attempt asks the breaker anew.
  private func serve(_ customer: String) async throws {
    try await narrator.span(customer, kind: .waiting, announces: false) {
      try await retry(policy, willRetry: { _ in retries.increment() }) { _ in
        try await breaker.call { _ = try await stock.count(of: "tea", lane: customer) }
      }
    }
  }
}

/// Serves the numbers of a program on `/metrics` of this machine while a body runs, which can read
/// that page. In a simulation, a stand-in takes the place of server and client.
nonisolated(nonsending) func withPage(
  of metrics: Metrics, _ narrator: Narrator,
  _ body: nonisolated(nonsending) (_ read: @Sendable () async throws -> String) async throws -> Void
) async throws {
  let standIn = { @Sendable () async throws -> String in
    try await Task.sleep(for: .milliseconds(5))
    return metrics.text
  }
  guard !narrator.isVirtual else { return try await body(standIn) }
  let server: LoopbackServer
  do {
    server = try LoopbackServer { request in
      guard request.path == "/metrics" else { return .status(404) }
      return LoopbackServer.Response(
        headers: [("Content-Type", Metrics.contentType)], body: .bytes(Array(metrics.text.utf8)))
    }
  } catch {
    narrator.say("No server, so nobody else can read the numbers: \(error)")
    return try await body(standIn)
  }
  narrator.say("Anybody on this machine may read \(server.url)/metrics meanwhile.")
  do {
    let url = server.url + "/metrics"
    try await body { try await download(url) }
  } catch {
    await server.stop()
    throw error
  }
  await server.stop()
}

/// Reads a page.
private func download(_ address: String) async throws -> String {
  guard let url = URL(string: address) else { throw URLError(.badURL) }
  let session = URLSession(configuration: .ephemeral)
  defer { session.finishTasksAndInvalidate() }
  let (data, _) = try await session.data(from: url)
  return String(decoding: data, as: UTF8.self)
}
