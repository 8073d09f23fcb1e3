import AsyncPrimitives
import Synchronization

/// A broker in this process: for tests, for lessons, and for a program that needs no other.
///
/// It keeps all that ``Broker`` promises, as long as the process lives. All times are those of
/// `ContinuousClock`, so that in a simulation they are virtual.
///
/// - **What suspends**: ``receive(upTo:for:patience:)`` and ``outcome(of:within:)``, nothing else. Nothing polls: it wakes
///   when a job is submitted, when one is due, and when a lease is over.
/// - **Cost**: one lock. Waiters are woken together, and the first one takes.
public final class MemoryBroker: Broker {
  /// Its time limits.
  public let settings: BrokerSettings

  private struct State {
    var table: JobTable
    /// Those who wait for jobs, each with an event of its own.
    var waiters: [Int: AsyncEvent] = [:]
    /// Those who wait for the end of a job.
    var watchers: [Int: (id: String, event: AsyncEvent)] = [:]
    var next = 0

    /// Changes the table, and says who waits for what has happened.
    mutating func change<Value: Sendable>(
      _ step: @Sendable (inout JobTable, ContinuousClock.Instant) -> Value
    ) -> (Value, [AsyncEvent]) {
      let now = ContinuousClock.now
      let value = step(&table, now)
      guard !watchers.isEmpty else { return (value, []) }
      let ended = watchers.filter { table.status(of: $0.value.id, now: now)?.ready != false }
      for number in ended.keys { watchers[number] = nil }
      return (value, ended.sorted { $0.key < $1.key }.map(\.value.event))
    }
  }

  private let state: Mutex<State>

  /// An empty broker.
  public init(_ settings: BrokerSettings = BrokerSettings()) {
    self.settings = settings
    state = Mutex(State(table: JobTable(settings)))
  }

  private func change<Value: Sendable>(
    _ step: @Sendable (inout JobTable, ContinuousClock.Instant) -> Value
  ) -> Value {
    let (value, events) = state.withLock { $0.change(step) }
    for event in events { event.set() }
    return value
  }

  /// Wakes everybody who waits: there may be something for them.
  private func wake() {
    let waiters = state.withLock { state in
      defer { state.waiters = [:] }
      return state.waiters.sorted { $0.key < $1.key }
    }
    for (_, event) in waiters { event.set() }
  }

  /// Accepts a job, which is kept from here on.
  @discardableResult
  public func submit(_ job: Job, after delay: Duration) async throws -> Bool {
    let isNew = change { table, now in table.submit(job, after: delay, now: now) }
    if isNew { wake() }
    return isNew
  }

  /// Leases jobs that are due, and waits for the first one.
  public func receive(
    upTo limit: Int, for worker: String, patience: Duration
  ) async throws -> [Delivery] {
    let end = ContinuousClock.now + patience
    var isLastLook = patience <= .zero
    while true {
      try Task.checkCancellation()
      let event = AsyncEvent("a job for \(worker)")
      // Looking and lining up are one step: what is submitted after it, wakes us.
      let (deliveries, due, number, ended) = state.withLock { state in
        let ((deliveries, due), ended) = state.change { table, now in
          table.receive(upTo: limit, for: worker, now: now)
        }
        state.next += 1
        if deliveries.isEmpty { state.waiters[state.next] = event }
        return (deliveries, due, state.next, ended)
      }
      for event in ended { event.set() }
      if !deliveries.isEmpty { return deliveries }
      defer { _ = state.withLock { $0.waiters.removeValue(forKey: number) } }
      if isLastLook { return [] }
      let deadline = min(end, due ?? end)
      do {
        try await withTimeout(until: deadline) { try await event.wait() }
      } catch is TimeoutError {
        isLastLook = deadline == end
      }
    }
  }

  /// Begins the lease of a delivery anew.
  public func renew(_ delivery: Delivery) async throws -> Lease {
    change { table, now in table.renew(delivery, now: now) }
  }

  /// Ends a delivery.
  @discardableResult
  public func settle(_ delivery: Delivery, _ settlement: Settlement) async throws -> Bool {
    let counts = change { table, now in table.settle(delivery, settlement, now: now) }
    // Something may be due earlier than whoever waits knows.
    if counts { wake() }
    return counts
  }

  /// Asks that a job be stopped.
  @discardableResult
  public func abort(_ id: String) async throws -> Bool {
    change { table, now in table.abort(id, now: now) }
  }

  /// Where a job is.
  public func status(of id: String) async throws -> JobStatus? {
    change { table, now in table.status(of: id, now: now) }
  }

  /// Suspends until a job has ended, and no longer.
  public func outcome(of id: String, within time: Duration) async throws -> JobStatus? {
    let event = AsyncEvent("the end of “\(id)”")
    let (status, number) = state.withLock { state in
      let status = state.table.status(of: id, now: .now)
      state.next += 1
      if status?.ready == false { state.watchers[state.next] = (id, event) }
      return (status, state.next)
    }
    guard status?.ready == false else { return status }
    defer { _ = state.withLock { $0.watchers.removeValue(forKey: number) } }
    try await withTimeout(time) { try await event.wait() }
    return try await self.status(of: id)
  }

  /// The jobs that it knows, the latest first.
  public func jobs(limit: Int) async throws -> [JobStatus] {
    change { table, now in table.jobs(limit: limit, now: now) }
  }

  /// Those that failed for good, the latest first.
  public func deadLetters(limit: Int) async throws -> [JobStatus] {
    change { table, _ in table.deadLetters(limit: limit) }
  }

  /// How many there are of everything.
  public func counts() async throws -> BrokerCounts {
    change { table, now in table.counts(now: now) }
  }

  /// Says that a worker lives.
  public func beat(_ worker: String, for time: Duration) async throws {
    change { table, now in table.beat(worker, until: now + time) }
  }

  /// Who has been heard of in time.
  public func workers() async throws -> [String] {
    change { table, now in table.workers(now: now) }
  }
}
