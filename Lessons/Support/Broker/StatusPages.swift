import AsyncPrimitives
import Foundation

/// What a broker knows, as pages for a web server: JSON for programs, text for Prometheus.
///
/// | path | what it is |
/// |---|---|
/// | `/task/<id>` | one job: `ready`, `successful`, `value`, `attempts`, `state` …; 404 if unknown |
/// | `/tasks` | the latest hundred jobs |
/// | `/metrics` | counters and gauges in Prometheus's text format |
/// | `/healthz` | 200 if the broker answers within two seconds, else 503 |
///
/// It knows nothing of sockets: whatever server there is asks it for a page.
public struct StatusPages: Sendable {
  /// What to answer.
  public struct Page: Sendable, Hashable {
    /// 200, 404, 405 or 503.
    public var status: Int
    /// What the body is, for the header `Content-Type`.
    public var contentType: String
    /// The body.
    public var body: String
  }

  private let broker: any Broker

  /// Pages about a broker.
  public init(of broker: any Broker) { self.broker = broker }

  /// The page at a path, as a client wrote it: "/task/a%201".
  public func page(_ path: String, method: String = "GET") async -> Page {
    guard method == "GET" || method == "HEAD" else {
      return json(405, [("error", quoted("only GET and HEAD"))])
    }
    do {
      return try await withTimeout(.seconds(2)) { try await answer(path) }
    } catch {
      let reason = error is TimeoutError ? "the broker takes too long" : "\(error)"
      return json(503, [("error", quoted(reason))])
    }
  }

  private func answer(_ path: String) async throws -> Page {
    switch path {
    case "/tasks":
      let jobs = try await broker.jobs(limit: 100)
      let list = jobs.map { "  " + object(of: $0) }.joined(separator: ",\n")
      return Page(
        status: 200, contentType: jsonType, body: jobs.isEmpty ? "[]\n" : "[\n\(list)\n]\n")
    case "/metrics":
      let counts = try await broker.counts()
      let workers = try await broker.workers()
      return Page(
        status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8",
        body: metrics(counts, workers: workers.count))
    case "/healthz":
      let workers = try await broker.workers()
      return json(
        200, [("ok", "true"), ("workers", "[\(workers.map(quoted).joined(separator: ", "))]")])
    default:
      guard path.hasPrefix("/task/"), let id = path.dropFirst(6).removingPercentEncoding,
        !id.isEmpty
      else { return json(404, [("error", quoted("no such page"))]) }
      guard let job = try await broker.status(of: id) else {
        return json(404, [("error", quoted("no job is called that")), ("id", quoted(id))])
      }
      return Page(status: 200, contentType: jsonType, body: object(of: job) + "\n")
    }
  }

  private let jsonType = "application/json"

  private func json(_ status: Int, _ members: [(String, String)]) -> Page {
    Page(status: status, contentType: jsonType, body: text(of: members) + "\n")
  }

  private func object(of job: JobStatus) -> String {
    text(of: [
      ("id", quoted(job.id)), ("name", quoted(job.name)), ("state", quoted(job.state.rawValue)),
      ("ready", "\(job.ready)"), ("successful", "\(job.successful)"),
      ("value", job.value.map(embedded) ?? "null"), ("attempts", "\(job.attempts)"),
      ("error", job.error.map(quoted) ?? "null"), ("worker", job.worker.map(quoted) ?? "null"),
    ])
  }

  private func text(of members: [(String, String)]) -> String {
    "{" + members.map { "\(quoted($0)): \($1)" }.joined(separator: ", ") + "}"
  }

  /// A value is JSON already, if it came from one of our workers.
  private func embedded(_ value: String) -> String {
    let isJSON =
      (try? JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)) != nil
    return isJSON ? value : quoted(value)
  }

  private func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\n": quoted += "\\n"
      case ..<" ":
        let code = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - code.count) + code
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  private func metrics(_ counts: BrokerCounts, workers: Int) -> String {
    let totals: [(String, String, Int)] = [
      ("submitted", "Jobs accepted.", counts.submitted),
      ("succeeded", "Jobs that were done.", counts.succeeded),
      ("failed", "Jobs that failed for good.", counts.failed),
      ("aborted", "Jobs that were stopped.", counts.aborted),
      ("retried", "Attempts that failed and were tried again.", counts.retried),
      ("redelivered", "Deliveries of what another worker had before.", counts.redelivered),
    ]
    var lines = totals.flatMap { name, help, value in
      [
        "# HELP jobs_\(name)_total \(help)", "# TYPE jobs_\(name)_total counter",
        "jobs_\(name)_total \(value)",
      ]
    }
    lines += ["# HELP jobs Jobs that have not ended, by state.", "# TYPE jobs gauge"]
    for (state, count) in [
      (JobState.queued, counts.queued), (.waiting, counts.waiting), (.running, counts.running),
    ] {
      lines.append("jobs{state=\"\(state.rawValue)\"} \(count)")
    }
    lines += [
      "# HELP workers Workers that were heard of in time.", "# TYPE workers gauge",
      "workers \(workers)",
    ]
    return lines.joined(separator: "\n") + "\n"
  }
}
