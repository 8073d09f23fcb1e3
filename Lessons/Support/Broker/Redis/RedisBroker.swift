import AsyncPrimitives
import Synchronization

/// A broker in Redis, version 7 or later: jobs survive this process, and others may do them.
///
/// ```swift
/// let broker = try RedisBroker("redis://127.0.0.1:6379", queue: "mails")
/// try await broker.submit(Job("a-1", "send", payload: "\"ann@example.org\""))
/// ```
///
/// It keeps all that ``Broker`` promises, as long as Redis keeps its data: switch its append-only
/// file on. Streams with a consumer group hold the jobs; see ``RedisFunctions`` for the rest.
///
/// - **A restart of Redis**: calls throw ``BrokerError/unavailable(_:)`` meanwhile, and work again
///   afterwards. A ``Worker`` waits for that.
/// - **A full Redis** (`maxmemory`): ``submit(_:after:)`` throws ``BrokerError/full(_:)``. What was
///   accepted is done all the same. Set `maxmemory-policy noeviction`, which is Redis's default: with
///   another one it throws away what it has accepted.
/// - **Waiting**: `XREAD` with `BLOCK`, on a connection of its own for each that waits; at least
///   every second, it looks for what is due and for what dead workers have left.
/// - **Asking again** after an answer got lost is safe. ``submit(_:after:)`` and ``settle(_:_:)``
///   then may return false although it was this caller's first attempt that took effect.
public final class RedisBroker: Broker {
  /// Its time limits. All processes that share a queue use the same.
  public let settings: BrokerSettings
  private let queue: String
  private let redis: RedisClient
  /// Connections for waiting, as many as were needed at a time so far.
  private let idle = Mutex<[RedisClient]>([])

  /// Makes a broker, which connects when it is first used.
  ///
  /// - Parameters:
  ///   - url: Where Redis is.
  ///   - queue: What all keys of this queue begin with.
  ///   - settings: The same in all processes.
  /// - Throws: ``RedisError/badURL(_:)``.
  public init(
    _ url: String, queue: String = "jobs", settings: BrokerSettings = BrokerSettings(),
    options: RedisClient.Options = RedisClient.Options()
  ) throws(RedisError) {
    self.settings = settings
    self.queue = queue
    redis = try RedisClient(url, options: options)
  }

  /// Ends its connections.
  public func close() async {
    await redis.close()
    let clients = idle.withLock { clients in
      defer { clients = [] }
      return clients
    }
    for client in clients { await client.close() }
  }

  /// Sees whether Redis is there.
  ///
  /// - Throws: ``BrokerError``, whose description is a line for the user.
  public func check(within time: Duration = .seconds(1)) async throws {
    _ = try await passingErrors { try await redis.send("PING", timeout: time) }
  }

  /// Removes the queue and all that belongs to it.
  public func removeAll() async throws {
    let keys = try await passingErrors { try await redis.send("KEYS", "\(queue):*") }
    for key in keys.elements ?? [] {
      _ = try await passingErrors { try await redis.send("DEL", key.text ?? "") }
    }
  }

  // MARK: What producers ask for

  /// Accepts a job, which is kept from here on.
  @discardableResult
  public func submit(_ job: Job, after delay: Duration) async throws -> Bool {
    try await call(
      "submit", job.id, job.name, job.payload, "\(job.priority.rawValue)", "\(job.retries)",
      job.expiresAfter.map { "\(max(1, milliseconds($0)))" } ?? "0", "\(milliseconds(delay))"
    ).number == 1
  }

  /// Asks that a job be stopped.
  @discardableResult
  public func abort(_ id: String) async throws -> Bool {
    try await call("abort", id, "\(milliseconds(settings.resultLifetime))").number == 1
  }

  // MARK: What workers ask for

  /// Leases jobs that are due, and waits for the first one.
  public func receive(
    upTo limit: Int, for worker: String, patience: Duration
  ) async throws -> [Delivery] {
    let end = ContinuousClock.now + patience
    while true {
      try Task.checkCancellation()
      // Not cut short: what Redis has leased to us, we must know of.
      let answer = try await withCancellationShield {
        try await call(
          "receive", worker, "\(max(1, limit))", "\(milliseconds(settings.visibility))",
          "\(milliseconds(settings.resultLifetime))", "\(settings.deliveryLimit)")
      }
      guard let parts = answer.elements, parts.count == 3, let list = parts[0].elements,
        let streams = parts[1].elements, let next = parts[2].number
      else { throw BrokerError.confused("it answers \(answer)") }
      if !list.isEmpty { return try list.map { try delivery($0, worker: worker) } }
      let rest = end - ContinuousClock.now
      guard rest > .zero else { return [] }
      var pause = min(rest, .seconds(1), settings.visibility / 2)
      if next >= 0 { pause = min(pause, .milliseconds(next)) }
      try await waitForJobs(after: streams.map { $0.text ?? "0-0" }, for: pause)
    }
  }

  /// Suspends until a job is queued that was not there when these were the last.
  private func waitForJobs(after last: [String], for time: Duration) async throws {
    let client = idle.withLock { $0.popLast() } ?? RedisClient(redis.url)
    let names = Job.Priority.allCases.map { "\(queue):jobs:\($0.rawValue)" }
    let block = max(1, milliseconds(time))
    do {
      _ = try await passingErrors {
        try await client.send(
          ["XREAD", "COUNT", "1", "BLOCK", "\(block)", "STREAMS"] + names + last,
          timeout: time + .seconds(5))
      }
      idle.withLock { $0.append(client) }
    } catch {
      // It may be blocked: nobody else should wait behind that.
      await client.close()
      throw error
    }
  }

  private func delivery(_ value: RedisValue, worker: String) throws -> Delivery {
    let fields = value.elements ?? []
    guard fields.count == 8, let id = fields[0].text, let name = fields[1].text,
      let payload = fields[2].text, let priority = fields[3].number.flatMap(Job.Priority.init),
      let retries = fields[4].number, let failures = fields[5].number,
      let lease = fields[6].number
    else { throw BrokerError.confused("it delivers \(value)") }
    return Delivery(
      job: Job(id, name, payload: payload, priority: priority, retries: retries), worker: worker,
      lease: lease, failures: failures, isRedelivered: fields[7].number == 1)
  }

  /// Begins the lease of a delivery anew.
  public func renew(_ delivery: Delivery) async throws -> Lease {
    let answer = try await call("renew", delivery.job.id, "\(delivery.lease)", delivery.worker)
    guard let lease = answer.text.flatMap(Lease.init) else {
      throw BrokerError.confused("it answers \(answer)")
    }
    return lease
  }

  /// Ends a delivery.
  @discardableResult
  public func settle(_ delivery: Delivery, _ settlement: Settlement) async throws -> Bool {
    let (kind, text, pause): (String, String, Duration) =
      switch settlement {
      case .succeeded(let value): ("succeeded", value, .zero)
      case .failed(let reason): ("failed", reason, .zero)
      case .retry(let pause, let reason): ("retry", reason, pause)
      case .aborted: ("aborted", "", .zero)
      case .handedBack: ("handedBack", "", .zero)
      }
    return try await call(
      "settle", delivery.job.id, "\(delivery.lease)", kind, text, "\(milliseconds(pause))",
      "\(milliseconds(settings.resultLifetime))"
    ).number == 1
  }

  /// Says that a worker lives.
  public func beat(_ worker: String, for time: Duration) async throws {
    _ = try await call("beat", worker, "\(milliseconds(time))")
  }

  // MARK: What onlookers ask for

  /// Where a job is.
  public func status(of id: String) async throws -> JobStatus? {
    status(try await call("status", id).elements ?? [], id: id)
  }

  private func status(_ fields: [RedisValue], id: String) -> JobStatus? {
    guard fields.count == 6, let name = fields[0].text,
      let state = fields[1].text.flatMap(JobState.init)
    else { return nil }
    return JobStatus(
      id: id, name: name, state: state, attempts: fields[2].number ?? 0, value: fields[3].text,
      error: fields[4].text, worker: fields[5].text)
  }

  /// The jobs that it knows, the latest first.
  public func jobs(limit: Int) async throws -> [JobStatus] {
    let list = try await call("jobs", "\(max(1, limit))").elements ?? []
    return list.compactMap { job in
      guard let parts = job.elements, parts.count == 2, let id = parts[0].text else { return nil }
      return status(parts[1].elements ?? [], id: id)
    }
  }

  /// Those that failed for good, the latest first.
  public func deadLetters(limit: Int) async throws -> [JobStatus] {
    let answer = try await passingErrors {
      try await redis.send("XREVRANGE", "\(queue):dead", "+", "-", "COUNT", "\(max(1, limit))")
    }
    return (answer.elements ?? []).compactMap { entry in
      guard let fields = entry.elements?.last?.elements, fields.count == 8, let id = fields[1].text
      else { return nil }
      return JobStatus(
        id: id, name: fields[3].text ?? "?", state: .failed, attempts: fields[7].number ?? 0,
        error: fields[5].text)
    }
  }

  /// How many there are of everything.
  public func counts() async throws -> BrokerCounts {
    let parts = try await call("counts").elements ?? []
    guard parts.count == 4 else { throw BrokerError.confused("it answers \(parts)") }
    let pairs = parts[0].elements ?? []
    var totals: [String: Int] = [:]
    for index in stride(from: 0, to: pairs.count - 1, by: 2) {
      totals[pairs[index].text ?? ""] = pairs[index + 1].number
    }
    var counts = BrokerCounts()
    counts.submitted = totals["submitted", default: 0]
    counts.succeeded = totals["succeeded", default: 0]
    counts.failed = totals["failed", default: 0]
    counts.aborted = totals["aborted", default: 0]
    counts.retried = totals["retried", default: 0]
    counts.redelivered = totals["redelivered", default: 0]
    counts.queued = parts[1].number ?? 0
    counts.waiting = parts[2].number ?? 0
    counts.running = parts[3].number ?? 0
    return counts
  }

  /// Who has been heard of in time.
  public func workers() async throws -> [String] {
    (try await call("workers").elements ?? []).compactMap(\.text).sorted()
  }

  // MARK: Redis

  /// Calls one of our functions, and loads them first if Redis does not know them.
  private func call(_ function: String, _ arguments: String...) async throws -> RedisValue {
    let words = ["FCALL", RedisFunctions.prefix + function, "1", queue] + arguments
    return try await passingErrors {
      do {
        return try await redis.send(words)
      } catch RedisError.refused(let reason) where reason.hasPrefix("ERR Function not found") {
        try await redis.send("FUNCTION", "LOAD", "REPLACE", RedisFunctions.library)
        return try await redis.send(words)
      }
    }
  }

  /// Says in a broker's words what Redis's mean.
  private func passingErrors(
    _ body: () async throws -> RedisValue
  ) async throws -> RedisValue {
    do { return try await body() } catch let error as RedisError {
      switch error {
      case .refused(let words) where words.hasPrefix("OOM"):
        throw BrokerError.full("\(redis.url) has no memory left (see maxmemory)")
      case .refused(let words) where Self.passing.contains(where: words.hasPrefix):
        throw BrokerError.unavailable("\(redis.url): \(words)")
      case .refused(let words) where words.hasPrefix("ERR unknown command"):
        throw BrokerError.confused("\(redis.url) is older than Redis 7: \(words)")
      case .unreachable, .disconnected, .timedOut, .malformed, .closed:
        throw BrokerError.unavailable("\(error)")
      default: throw BrokerError.confused("\(redis.url): \(error)")
      }
    }
  }

  /// What Redis says while it starts, changes its role, or cannot write to its disk.
  private static let passing = [
    "LOADING", "BUSY", "READONLY", "MASTERDOWN", "TRYAGAIN", "MISCONF", "NOREPLICAS", "CLUSTERDOWN",
  ]

  private func milliseconds(_ time: Duration) -> Int {
    let (seconds, attoseconds) = time.components
    // Rounded up: what is due a little later is not due yet.
    return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
