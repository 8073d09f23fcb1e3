/// All that a broker in memory knows. It has no clock: each step is told what time it is.
struct JobTable {
  typealias Moment = ContinuousClock.Instant

  private struct Entry {
    let job: Job
    let submitted: Moment
    var state: JobState
    /// Counts the deliveries, and names the latest.
    var lease = 0
    var failures = 0
    var worker: String?
    var value: String?
    var error: String?
    /// The one who had it has not been heard of.
    var isOrphan = false
    var isToBeAborted = false

    var status: JobStatus {
      JobStatus(
        id: job.id, name: job.name, state: state, attempts: lease, value: value, error: error,
        worker: worker)
    }
  }

  private let settings: BrokerSettings
  private var entries: [String: Entry] = [:]
  /// The ids in the order in which they were submitted. Some may have gone.
  private var order: [String] = []
  /// Those that are queued, by priority; ids of jobs that were stopped are skipped.
  private var queues = Dictionary(
    uniqueKeysWithValues: Job.Priority.allCases.map { ($0, FirstInFirstOut<String>()) })
  /// When those that wait may begin.
  private var later: [String: (due: Moment, number: Int)] = [:]
  /// When those that run are taken from their workers.
  private var leases: [String: Moment] = [:]
  /// What has ended, and until when it is remembered: in order, as all are kept for the same time.
  private var ended = FirstInFirstOut<(id: String, until: Moment)>()
  /// Those that failed for good, and are kept for somebody to look at.
  private var dead: [JobStatus] = []
  private var beats: [String: Moment] = [:]
  private var totals = BrokerCounts()
  private var next = 0

  init(_ settings: BrokerSettings) { self.settings = settings }

  // MARK: What producers ask for

  mutating func submit(_ job: Job, after delay: Duration, now: Moment) -> Bool {
    forgetOld(now)
    guard entries[job.id] == nil else { return false }
    entries[job.id] = Entry(job: job, submitted: now, state: .queued)
    order.append(job.id)
    totals.submitted += 1
    if delay > .zero { wait(job.id, for: delay, now: now) } else { enqueue(job.id) }
    return true
  }

  mutating func abort(_ id: String, now: Moment) -> Bool {
    forgetOld(now)
    guard let entry = entries[id], !entry.state.isFinal else { return false }
    if entry.state == .running {
      entries[id]?.isToBeAborted = true
    } else {
      end(id, .aborted, now: now)
    }
    return true
  }

  // MARK: What workers ask for

  /// Leases what is due, or says when to ask again if nobody submits anything until then.
  mutating func receive(
    upTo limit: Int, for worker: String, now: Moment
  ) -> (deliveries: [Delivery], nextDue: Moment?) {
    sweep(now)
    var deliveries: [Delivery] = []
    for priority in Job.Priority.allCases {
      while deliveries.count < limit, let id = queues[priority]?.popFirst() {
        guard let entry = entries[id], entry.state == .queued else { continue }
        if let limit = entry.job.expiresAfter, now - entry.submitted >= limit {
          entries[id]?.error = "expired before a worker could begin"
          end(id, .failed, now: now)
          continue
        }
        deliveries.append(lease(entry, to: worker, now: now))
      }
    }
    guard deliveries.isEmpty else { return (deliveries, nil) }
    return ([], (later.values.map(\.due) + leases.values).min())
  }

  private mutating func lease(_ entry: Entry, to worker: String, now: Moment) -> Delivery {
    var entry = entry
    entry.state = .running
    entry.lease += 1
    entry.worker = worker
    let delivery = Delivery(
      job: entry.job, worker: worker, lease: entry.lease, failures: entry.failures,
      isRedelivered: entry.isOrphan)
    if entry.isOrphan { totals.redelivered += 1 }
    entry.isOrphan = false
    entries[entry.job.id] = entry
    leases[entry.job.id] = moment(settings.visibility, after: now)
    return delivery
  }

  mutating func renew(_ delivery: Delivery, now: Moment) -> Lease {
    guard let entry = holds(delivery) else { return .lost }
    leases[delivery.job.id] = moment(settings.visibility, after: now)
    return entry.isToBeAborted ? .toBeAborted : .held
  }

  mutating func settle(_ delivery: Delivery, _ settlement: Settlement, now: Moment) -> Bool {
    guard let entry = holds(delivery) else { return false }
    let id = delivery.job.id
    leases[id] = nil
    switch settlement {
    case .succeeded(let value):
      entries[id]?.value = value
      entries[id]?.error = nil
      end(id, .succeeded, now: now)
    case .failed(let reason):
      entries[id]?.error = reason
      end(id, .failed, now: now)
    case .aborted:
      end(id, .aborted, now: now)
    // Who wants it stopped does not want it tried again.
    case .retry where entry.isToBeAborted, .handedBack where entry.isToBeAborted:
      end(id, .aborted, now: now)
    case .retry(let pause, let reason):
      entries[id]?.failures += 1
      entries[id]?.error = reason
      totals.retried += 1
      wait(id, for: pause, now: now)
    case .handedBack:
      enqueue(id, first: true)
    }
    return true
  }

  /// The entry of a delivery whose lease is not over.
  private func holds(_ delivery: Delivery) -> Entry? {
    guard let entry = entries[delivery.job.id], entry.state == .running,
      entry.lease == delivery.lease
    else { return nil }
    return entry
  }

  // MARK: What time does

  /// Queues what is due, and takes from their workers the jobs that nobody has heard of.
  private mutating func sweep(_ now: Moment) {
    forgetOld(now)
    // A dictionary has no order of its own, and first come is to be first served.
    let due = later.filter { $0.value.due <= now }
      .sorted { ($0.value.due, $0.value.number) < ($1.value.due, $1.value.number) }
    for (id, _) in due {
      later[id] = nil
      enqueue(id)
    }
    let orphans = leases.filter { $0.value <= now }
      .sorted { ($0.value, $0.key) > ($1.value, $1.key) }
    for (id, _) in orphans {
      leases[id] = nil
      guard let entry = entries[id] else { continue }
      if entry.isToBeAborted {
        end(id, .aborted, now: now)
      } else if entry.lease >= settings.deliveryLimit {
        entries[id]?.error = "given up: delivered \(entry.lease) times, and never settled"
        end(id, .failed, now: now)
      } else {
        entries[id]?.isOrphan = true
        enqueue(id, first: true)
      }
    }
  }

  private mutating func forgetOld(_ now: Moment) {
    while let (id, moment) = ended.first, moment <= now {
      ended.removeFirst()
      entries[id] = nil
    }
    // Now and then, so that it costs next to nothing for each.
    if order.count > 2 * entries.count + 64 { order = order.filter { entries[$0] != nil } }
  }

  private mutating func enqueue(_ id: String, first: Bool = false) {
    guard let priority = entries[id]?.job.priority else { return }
    entries[id]?.state = .queued
    if first { queues[priority]?.prepend(id) } else { queues[priority]?.append(id) }
  }

  private mutating func wait(_ id: String, for pause: Duration, now: Moment) {
    let due = moment(pause, after: now)
    next += 1
    entries[id]?.state = .waiting
    later[id] = (due, next)
  }

  /// Clocks tell whole nanoseconds. A third of a second is none: who slept until then would wake a
  /// little before it.
  private func moment(_ pause: Duration, after now: Moment) -> Moment {
    now + .nanoseconds(Int64((pause / .nanoseconds(1)).rounded(.up)))
  }

  private mutating func end(_ id: String, _ state: JobState, now: Moment) {
    entries[id]?.state = state
    later[id] = nil
    ended.append((id, now + settings.resultLifetime))
    switch state {
    case .succeeded: totals.succeeded += 1
    case .failed:
      totals.failed += 1
      if let status = entries[id]?.status { dead.append(status) }
      if dead.count > 20_000 { dead.removeFirst(10_000) }
    default: totals.aborted += 1
    }
  }

  // MARK: What onlookers ask for

  mutating func status(of id: String, now: Moment) -> JobStatus? {
    forgetOld(now)
    return entries[id]?.status
  }

  mutating func jobs(limit: Int, now: Moment) -> [JobStatus] {
    forgetOld(now)
    return Array(order.reversed().compactMap { entries[$0]?.status }.prefix(limit))
  }

  func deadLetters(limit: Int) -> [JobStatus] { dead.suffix(limit).reversed() }

  mutating func counts(now: Moment) -> BrokerCounts {
    forgetOld(now)
    var counts = totals
    counts.waiting = later.count
    counts.running = leases.count
    counts.queued = entries.values.count { $0.state == .queued }
    return counts
  }

  mutating func beat(_ worker: String, until moment: Moment) { beats[worker] = moment }

  mutating func workers(now: Moment) -> [String] {
    beats = beats.filter { $0.value > now }
    return beats.keys.sorted()
  }
}

/// First in, first out, at a constant cost for each.
private struct FirstInFirstOut<Element> {
  private var elements: [Element] = []
  private var head = 0

  var first: Element? { head < elements.count ? elements[head] : nil }

  mutating func append(_ element: Element) { elements.append(element) }

  mutating func prepend(_ element: Element) {
    if head > 0 {
      head -= 1
      elements[head] = element
    } else {
      elements.insert(element, at: 0)
    }
  }

  mutating func removeFirst() { _ = popFirst() }

  mutating func popFirst() -> Element? {
    guard let first else { return nil }
    head += 1
    if head > 64, head * 2 > elements.count {
      elements.removeFirst(head)
      head = 0
    }
    return first
  }
}
