public import Synchronization

/// What ``AsyncQueue``, ``AsyncPriorityQueue`` and ``AsyncStack`` have in common, which is
/// everything but the order of the items.
@usableFromInline final class QueueCore<Storage: QueueStorage>: Sendable {
  @usableFromInline typealias Element = Storage.Element
  @usableFromInline typealias State = QueueState<Storage>

  let kind: String
  @usableFromInline let name: String?
  let capacity: Int?
  @usableFromInline let state: Mutex<State>

  init(_ storage: Storage, capacity: Int?, kind: String, name: String?) {
    if let capacity, capacity < 1 {
      preconditionFailure(
        "A \(kind) of capacity \(capacity) could never take an item. For one without a limit, "
          + "leave the capacity out.")
    }
    self.kind = kind
    self.name = name
    self.capacity = capacity
    state = Mutex(State(storage: storage, capacity: capacity ?? .max))
  }

  deinit {
    // A task that waits keeps its queue alive, so that this is our bug, if ever it happens.
    let waiting = statistics
    if waiting.waitingProducers + waiting.waitingConsumers + waiting.waitingJoiners > 0 {
      fatalError("a \(kind) was dropped while tasks wait for it: \(waiting)")
    }
  }

  var statistics: QueueStatistics { state.withLock { $0.statistics } }

  var count: Int { state.withLock { $0.buffered } }

  var isFull: Bool { state.withLock { $0.buffered >= $0.capacity } }

  var isShutDown: Bool { state.withLock { $0.isShutDown } }

  // MARK: - Putting

  @inlinable nonisolated(nonsending) func put(_ element: Element) async throws {
    if Observation.isActive { await Observation.mayInterleave() }
    if Task.isCancelled { throw CancellationError() }
    if state.withLock({ $0.putCalmly(element) }) { return }
    try await putOrWait(element)
  }

  @usableFromInline nonisolated(nonsending) func putOrWait(_ element: Element) async throws {
    guard let offer = try putOrOffer(element) else { return }
    let room = WaitForRoom(core: self, offer: offer)
    try admit(try await room.wait(with: offer.ticket))
  }

  nonisolated(nonsending) func putIgnoringCancellation(
    _ element: Element
  ) async throws(QueueError) {
    if Observation.isActive { await Observation.mayInterleave() }
    guard let offer = try putOrOffer(element) else { return }
    let room = WaitForRoom(core: self, offer: offer)
    try admit(await room.waitIgnoringCancellation(with: offer.ticket))
  }

  @inlinable func tryPut(_ element: Element) throws(QueueError) {
    if state.withLock({ $0.putCalmly(element) }) { return }
    try putOrFail(element)
  }

  @usableFromInline func putOrFail(_ element: Element) throws(QueueError) {
    switch state.withLock({ $0.put(element) }) {
    case .stored: return
    case .handedOver(let getter): getter.resume()
    case .full: throw .full(name)
    case .shutDown: throw .shutDown(name)
    }
  }

  /// Puts an item; or puts the current task in line, with the item, if there is no room.
  private func putOrOffer(_ element: Element) throws(QueueError) -> State.Offer? {
    let (put, offer) = state.withLock { state -> (State.Put, State.Offer?) in
      let put = state.put(element)
      if case .full = put { return (put, state.offer(element)) }
      return (put, nil)
    }
    switch put {
    case .stored, .full: break
    // Resumed outside the lock: the task that wakes up may come straight back to it.
    case .handedOver(let getter): getter.resume()
    case .shutDown: throw .shutDown(name)
    }
    return offer
  }

  private func admit(_ admission: State.Admission) throws(QueueError) {
    if case .shutDown = admission { throw .shutDown(name) }
  }

  // MARK: - Getting

  /// The next item, waiting for it if need be; `nil` when there will be none.
  @inlinable nonisolated(nonsending) func next() async throws(CancellationError) -> Element? {
    if Observation.isActive { await Observation.mayInterleave() }
    if Task.isCancelled { throw CancellationError() }
    if let element = state.withLock({ $0.getCalmly() }) { return element }
    return try await getOrWait()
  }

  @inlinable nonisolated(nonsending) func get() async throws -> Element {
    guard let element = try await next() else { throw QueueError.shutDown(name) }
    return element
  }

  @usableFromInline nonisolated(nonsending) func getOrWait() async throws(CancellationError)
    -> Element?
  {
    switch getOrJoin() {
    case .taken(let element): return element
    case .joined(let ticket): return receive(try await WaitForItem(core: self).wait(with: ticket))
    case .shutDown: return nil
    }
  }

  nonisolated(nonsending) func getIgnoringCancellation() async throws(QueueError) -> Element {
    if Observation.isActive { await Observation.mayInterleave() }
    switch getOrJoin() {
    case .taken(let element): return element
    case .joined(let ticket):
      let delivery = await WaitForItem(core: self).waitIgnoringCancellation(with: ticket)
      guard let element = receive(delivery) else { throw .shutDown(name) }
      return element
    case .shutDown: throw .shutDown(name)
    }
  }

  @inlinable func tryGet() throws(QueueError) -> Element {
    if let element = state.withLock({ $0.getCalmly() }) { return element }
    return try getOrFail()
  }

  @usableFromInline func getOrFail() throws(QueueError) -> Element {
    switch state.withLock({ $0.get() }) {
    case .taken(let element, let putter):
      putter?.resume()
      return element
    case .empty: throw .empty(name)
    case .shutDown: throw .shutDown(name)
    }
  }

  private enum Attempt {
    case taken(Element)
    case joined(WaiterQueue<State.Delivery>.Ticket)
    case shutDown
  }

  /// Takes an item; or puts the current task in line, if there is none.
  private func getOrJoin() -> Attempt {
    let (get, ticket) = state.withLock {
      state -> (State.Get, WaiterQueue<State.Delivery>.Ticket?) in
      let get = state.get()
      if case .empty = get { return (get, state.joinGetters()) }
      return (get, nil)
    }
    if let ticket { return .joined(ticket) }
    guard case .taken(let element, let putter) = get else { return .shutDown }
    putter?.resume()
    return .taken(element)
  }

  private func receive(_ delivery: State.Delivery) -> Element? {
    switch delivery {
    case .item(let element): element
    case .promise: state.withLock { $0.redeem() }
    case .shutDown: nil
    }
  }

  // MARK: - Finishing

  func taskDone() throws(QueueError) {
    guard let joiners = state.withLock({ $0.finishOne() }) else { throw .nothingInFlight(name) }
    for joiner in joiners { joiner.resume() }
  }

  nonisolated(nonsending) func join() async throws(CancellationError) {
    if Observation.isActive { await Observation.mayInterleave() }
    if Task.isCancelled { throw CancellationError() }
    guard let ticket = state.withLock({ $0.joinUnlessFinished() }) else { return }
    try await WaitForEnd(core: self).wait(with: ticket)
  }

  nonisolated(nonsending) func joinIgnoringCancellation() async {
    if Observation.isActive { await Observation.mayInterleave() }
    guard let ticket = state.withLock({ $0.joinUnlessFinished() }) else { return }
    await WaitForEnd(core: self).waitIgnoringCancellation(with: ticket)
  }

  func shutDown(immediately: Bool) -> [Element] {
    let shutdown = state.withLock { $0.shutDown(immediately: immediately) }
    for putter in shutdown.putters { putter.resume() }
    for getter in shutdown.getters { getter.resume() }
    for joiner in shutdown.joiners { joiner.resume() }
    return shutdown.dropped
  }
}
