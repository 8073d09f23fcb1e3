import AsyncPrimitives
import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// A broker that remembers what it was told about each job, and in which order.
final class PlayedBroker: JobBroker {
  let lease = Duration.seconds(10)

  fileprivate enum State: Equatable {
    case due(Duration)
    case leased(to: String, number: Int, until: Duration)
    case acknowledged
    case buried(String)
  }

  fileprivate struct Entry {
    var state: State
    var failures = 0
    /// What it was told: "acknowledge", "retry after 1 s" …
    var told: [String] = []
  }

  fileprivate struct Book {
    var entries: [String: Entry] = [:]
    var order: [String] = []
    var next = 0
    var waiters: [Int: AsyncEvent] = [:]
    /// How many of the next calls of each kind find nobody.
    var outages: [String: Int] = [:]
    /// When it was asked for what dead workers have left.
    var claims: [Duration] = []
    /// What it was told about a delivery that was not the worker's any more.
    var strays: [String] = []
  }

  private let world: World
  private let book = Mutex(Book())

  init(_ world: World) { self.world = world }

  // MARK: What a check does

  /// Adds a job, which may have failed before.
  func add(_ job: String, failures: Int = 0) {
    let waiters = book.withLock { book in
      book.entries[job] = Entry(state: .due(world.now), failures: failures)
      book.order.append(job)
      return book.takeWaiters()
    }
    for event in waiters { event.set() }
  }

  /// Adds a job that somebody has who was never heard of again.
  func add(_ job: String, leasedTo ghost: String) {
    book.withLock { book in
      book.entries[job] = Entry(state: .leased(to: ghost, number: 0, until: world.now + lease))
      book.order.append(job)
    }
  }

  /// Lets the next calls of a kind find nobody: "acknowledge", "take".
  func beUnreachable(for call: String, times: Int) { book.withLock { $0.outages[call] = times } }

  /// What it was told about a job, in order.
  func told(about job: String) -> [String] { book.withLock { $0.entries[job]?.told ?? [] } }

  /// What it was told about jobs that the worker did not have.
  var strays: [String] { book.withLock { $0.strays } }

  /// The longest time for which nobody has claimed, from the beginning to now.
  var longestWithoutClaim: Duration {
    let times = [.zero] + book.withLock { $0.claims } + [world.now]
    return zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? .zero
  }

  /// Where a job is, in words.
  func place(of job: String) -> String {
    book.withLock { book in
      switch book.entries[job]?.state {
      case .due(let time): time <= world.now ? "waiting for a worker" : "waiting for its retry"
      case .leased(let worker, _, _): "on lease to \(worker)"
      case .acknowledged: "acknowledged"
      case .buried: "buried"
      case nil: "unknown"
      }
    }
  }

  func isSettled(_ job: String) -> Bool { ["acknowledged", "buried"].contains(place(of: job)) }

  // MARK: What a worker asks for

  func take(for worker: String, waiting patience: Duration) async throws -> JobDelivery? {
    try await arrive("take")
    // To the millisecond: a third of a lease is no whole number of nanoseconds.
    let end = world.now + .milliseconds(Int((patience / .milliseconds(1)).rounded(.up)))
    while true {
      let event = AsyncEvent("a job")
      let (delivery, due, number) = look(for: worker, until: end, orSet: event)
      if let delivery {
        // The answer is on its way, whatever happens meanwhile.
        await Task.yield()
        return delivery
      }
      defer { _ = book.withLock { $0.waiters.removeValue(forKey: number) } }
      if world.now >= end { return nil }
      try await wait(for: event, until: due)
    }
  }

  /// Without names, so that drawings show the worker's tasks and not the broker's.
  private func wait(for event: AsyncEvent, until time: Duration) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await event.wait() }
      group.addTask { [world] in try await world.clock.sleep(for: time - world.now) }
      try await group.next()
      group.cancelAll()
    }
  }

  /// A job that is due, or when to look again. Looking and lining up are one step.
  private func look(
    for worker: String, until end: Duration, orSet event: AsyncEvent
  ) -> (JobDelivery?, due: Duration, number: Int) {
    book.withLock { book in
      let now = world.now
      if let job = book.due(at: now).first {
        return (book.lease(job, to: worker, until: now + lease), end, 0)
      }
      book.next += 1
      book.waiters[book.next] = event
      return (nil, min(end, book.nextDue ?? end), book.next)
    }
  }

  func claim(for worker: String) async throws -> JobDelivery? {
    book.withLock { $0.claims.append(world.now) }
    try await arrive("claim")
    let delivery = book.withLock { book in
      let now = world.now
      let job = book.abandoned(at: now).first
      return job.map { book.lease($0, to: worker, until: now + lease) }
    }
    await Task.yield()
    return delivery
  }

  func acknowledge(_ delivery: JobDelivery) async throws {
    try await arrive("acknowledge")
    settle(delivery, "acknowledge", .acknowledged)
  }

  func retry(_ delivery: JobDelivery, after pause: Duration) async throws {
    try await arrive("retry")
    settle(delivery, "retry after \(text(pause))", .due(world.now + pause), fails: true)
  }

  func bury(_ delivery: JobDelivery, because reason: String) async throws {
    try await arrive("bury")
    settle(delivery, "bury because of \(reason)", .buried(reason), fails: true)
  }

  func giveBack(_ delivery: JobDelivery) async throws {
    try await arrive("give back")
    settle(delivery, "give back", .due(world.now))
  }

  /// On the way, others may have their turn. Then the call takes effect, or nothing changes.
  private func arrive(_ call: String) async throws {
    await Task.yield()
    try Task.checkCancellation()
    let isOut = book.withLock { book in
      guard let times = book.outages[call], times > 0 else { return false }
      book.outages[call] = times - 1
      return true
    }
    if isOut {
      world.note("cannot \(call)")
      throw BrokerUnreachable()
    }
  }

  private func settle(
    _ delivery: JobDelivery, _ what: String, _ state: State, fails: Bool = false
  ) {
    let waiters = book.withLock { book in
      book.entries[delivery.job]?.told.append(what)
      guard case .leased(_, delivery.number, _)? = book.entries[delivery.job]?.state else {
        book.strays.append("“\(what)” about \(delivery.job)")
        return [AsyncEvent]()
      }
      book.entries[delivery.job]?.state = state
      if fails { book.entries[delivery.job]?.failures += 1 }
      return book.takeWaiters()
    }
    world.note("\(delivery.job): \(what)")
    for event in waiters { event.set() }
  }
}

extension PlayedBroker.Book {
  fileprivate func due(at now: Duration) -> [String] {
    order.filter { job in
      guard case .due(let time)? = entries[job]?.state else { return false }
      return time <= now
    }
  }

  fileprivate func abandoned(at now: Duration) -> [String] {
    order.filter { job in
      guard case .leased(_, _, let end)? = entries[job]?.state else { return false }
      return end <= now
    }
  }

  fileprivate var nextDue: Duration? {
    entries.values.compactMap { entry -> Duration? in
      guard case .due(let time) = entry.state else { return nil }
      return time
    }.min()
  }

  fileprivate mutating func takeWaiters() -> [AsyncEvent] {
    defer { waiters = [:] }
    return waiters.sorted { $0.key < $1.key }.map(\.value)
  }

  fileprivate mutating func lease(
    _ job: String, to worker: String, until end: Duration
  ) -> JobDelivery {
    next += 1
    entries[job]?.state = .leased(to: worker, number: next, until: end)
    return JobDelivery(job: job, failures: entries[job]?.failures ?? 0, number: next)
  }
}

/// "2 s", "0.5 s".
func text(_ time: Duration) -> String {
  let seconds = time / .seconds(1)
  return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
}
