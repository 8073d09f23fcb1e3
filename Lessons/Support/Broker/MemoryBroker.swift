import AsyncPrimitives
import Synchronization

/// A broker in this process: for tests, for lessons, and for a program that needs no other.
///
/// It keeps all that ``Broker`` promises, as long as the process lives. All times are those of
/// `ContinuousClock`, so that in a simulation they are virtual.
///
/// - **What suspends**: ``receive(upTo:for:patience:)``, and nothing else. Nothing polls: it wakes
///   when a job is submitted, when one is due, and when a lease is over.
/// - **Cost**: one lock. Waiters are woken together, and the first one takes.
public final class MemoryBroker: Broker {
  /// Its time limits.
  public let settings: BrokerSettings

  private struct State {
    var table: JobTable
    /// Those who wait for jobs, each with an event of its own.
    var waiters: [Int: AsyncEvent] = [:]
    var next = 0
  }

  private let state: Mutex<State>

  /// An empty broker.
  public init(_ settings: BrokerSettings = BrokerSettings()) {
    self.settings = settings
    state = Mutex(State(table: JobTable(settings)))
  }

  private func change<Value: Sendable>(
    _ step: (inout JobTable, ContinuousClock.Instant) -> Value
  ) -> Value {
    state.withLock { step(&$0.table, .now) }
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
      let (deliveries, due, number) = state.withLock { state in
        let (deliveries, due) = state.table.receive(upTo: limit, for: worker, now: .now)
        state.next += 1
        if deliveries.isEmpty { state.waiters[state.next] = event }
        return (deliveries, due, state.next)
      }
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
