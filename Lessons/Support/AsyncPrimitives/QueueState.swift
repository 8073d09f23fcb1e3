/// A queue at one moment: what it holds, who waits, and what happens next. It is a value, and the
/// queue keeps it under its one `Mutex`.
///
/// Three things are always so, because whoever brings an item or makes room hands it over in the
/// same step:
///
/// - a task waits for an item only while none is available;
/// - a task waits for room only while there is none;
/// - an item in the queue is either available or promised to a task that has been woken.
///
/// While nobody waits and the queue is open, it is *calm*: a put and a get are a matter of the
/// storage then, and inlinable. The rest is not.
///
/// Nothing that was waiting is resumed in here, and no item is let go: what is *returned* is for
/// the caller to resume and to drop after unlocking. An item's `deinit` may call the queue.
@usableFromInline struct QueueState<Storage: QueueStorage> {
  @usableFromInline typealias Element = Storage.Element

  /// What wakes a task that waits for an item.
  enum Delivery: Sendable {
    case item(Element)
    /// An item is kept for it: the one that is first when it comes.
    case promise
    case shutDown
  }

  /// What wakes a task that waits for room.
  enum Admission: Sendable {
    case admitted
    case shutDown
  }

  enum Put {
    case stored
    case handedOver(Resumption<Delivery>)
    case full
    case shutDown
  }

  enum Get {
    case taken(Element, admitting: Resumption<Admission>?)
    case empty
    case shutDown
  }

  @usableFromInline let capacity: Int
  @usableFromInline var highWaterMark = 0
  @usableFromInline var storage: Storage
  /// How many of the stored items are promised.
  @usableFromInline var promised = 0
  /// How many items were taken, or promised, and are not done.
  @usableFromInline var inFlight = 0
  /// Whether the queue is open and nobody waits for an item or for room.
  @usableFromInline var isCalm = true

  private(set) var isShutDown = false
  private var getters = WaiterQueue<Delivery>()
  private var putters = WaiterQueue<Admission>()
  private var joiners = WaiterQueue<Void>()
  /// What those bring who wait for room: the same line as `putters`, item by item.
  private var offers = SlotList<Element>()

  init(storage: Storage, capacity: Int) {
    self.storage = storage
    self.capacity = capacity
  }

  /// How many items can be taken.
  @inlinable var buffered: Int { storage.count &- promised }

  /// How many items were put and are not done.
  var unfinished: Int { buffered + inFlight }

  /// How many items there is memory for, for the tests.
  var allocated: Int { storage.allocated + offers.capacity }

  var statistics: QueueStatistics {
    QueueStatistics(
      buffered: buffered, waitingProducers: putters.count, waitingConsumers: getters.count,
      waitingJoiners: joiners.count, highWaterMark: highWaterMark, unfinished: unfinished)
  }

  // MARK: - Items

  /// Puts an item if the queue is calm and has room: nobody has to be told then.
  @inlinable mutating func putCalmly(_ element: Element) -> Bool {
    guard isCalm, buffered < capacity else { return false }
    store(element)
    return true
  }

  /// Takes an item if the queue is calm and has one.
  @inlinable mutating func getCalmly() -> Element? {
    guard isCalm, buffered > 0 else { return nil }
    inFlight &+= 1
    return storage.removeFirst()
  }

  mutating func put(_ element: Element) -> Put {
    defer { lookAround() }
    if isShutDown { return .shutDown }
    if let getter = deliver(element) { return .handedOver(getter) }
    if buffered >= capacity { return .full }
    store(element)
    return .stored
  }

  mutating func get() -> Get {
    defer { lookAround() }
    guard buffered > 0, let element = storage.removeFirst() else {
      return isShutDown ? .shutDown : .empty
    }
    inFlight += 1
    return .taken(element, admitting: admitNext())
  }

  private mutating func lookAround() {
    isCalm = !isShutDown && getters.isEmpty && putters.isEmpty
  }

  /// Takes the item that was promised to a task that has woken up.
  mutating func redeem() -> Element {
    guard promised > 0, let element = storage.removeFirst() else {
      // Every promise is made while an item is there to keep it, and only redeeming takes such an
      // item out: get() and a shutdown leave what is promised.
      fatalError("an item was promised, and is not there")
    }
    promised -= 1
    return element
  }

  /// Hands an item to the task that has waited longest for one; `nil` if nobody waits.
  private mutating func deliver(_ element: Element) -> Resumption<Delivery>? {
    guard !getters.isEmpty else { return nil }
    inFlight += 1
    guard Storage.choosesOnWaking else { return getters.grantFirst(.item(element)) }
    storage.insert(element)
    promised += 1
    return getters.grantFirst(.promise)
  }

  /// Gives the room that has just been made to the task that has waited longest for it.
  private mutating func admitNext() -> Resumption<Admission>? {
    guard let element = offers.popFirst() else { return nil }
    store(element)
    return putters.grantFirst(.admitted)
  }

  @inlinable mutating func store(_ element: Element) {
    storage.insert(element)
    if buffered > highWaterMark { highWaterMark = buffered }
  }

  // MARK: - Waiting for an item

  mutating func joinGetters() -> WaiterQueue<Delivery>.Ticket {
    defer { lookAround() }
    return getters.join()
  }

  mutating func park(
    _ continuation: WaitContinuation<Delivery>, with ticket: WaiterQueue<Delivery>.Ticket
  ) -> Wakeup<Delivery>? {
    getters.park(continuation, with: ticket)
  }

  mutating func withdraw(_ ticket: WaiterQueue<Delivery>.Ticket) -> Resumption<Delivery>? {
    defer { lookAround() }
    return getters.cancel(ticket)
  }

  // MARK: - Waiting for room

  /// Names one task that waits for room, and what it brings.
  struct Offer: Sendable {
    let ticket: WaiterQueue<Admission>.Ticket
    fileprivate let item: SlotList<Element>.Key
  }

  mutating func offer(_ element: Element) -> Offer {
    defer { lookAround() }
    return Offer(ticket: putters.join(), item: offers.append(element))
  }

  mutating func park(
    _ continuation: WaitContinuation<Admission>, with ticket: WaiterQueue<Admission>.Ticket
  ) -> Wakeup<Admission>? {
    putters.park(continuation, with: ticket)
  }

  /// Takes back an offer whose task was cancelled, unless it has been decided already.
  mutating func withdraw(_ offer: Offer) -> (Resumption<Admission>, Element?)? {
    defer { lookAround() }
    return putters.cancel(offer.ticket).map { ($0, offers.remove(offer.item)) }
  }

  // MARK: - Work that is done

  /// Notes that one item is done. Returns those whom that was the last for; `nil` if there is
  /// nothing in flight.
  mutating func finishOne() -> [Resumption<Void>]? {
    guard inFlight > 0 else { return nil }
    inFlight -= 1
    return joinersToWake()
  }

  /// Puts the current task in line if there is something to wait for.
  mutating func joinUnlessFinished() -> WaiterQueue<Void>.Ticket? {
    unfinished == 0 ? nil : joiners.join()
  }

  mutating func park(
    _ continuation: WaitContinuation<Void>, with ticket: WaiterQueue<Void>.Ticket
  ) -> Wakeup<Void>? {
    joiners.park(continuation, with: ticket)
  }

  mutating func withdraw(_ ticket: WaiterQueue<Void>.Ticket) -> Resumption<Void>? {
    joiners.cancel(ticket)
  }

  private mutating func joinersToWake() -> [Resumption<Void>] {
    guard unfinished == 0 else { return [] }
    var woken: [Resumption<Void>] = []
    while let joiner = joiners.grantFirst(()) { woken.append(joiner) }
    return woken
  }

  // MARK: - The end

  /// Everybody whom a shutdown concerns, and the items that it drops.
  struct Shutdown {
    var getters: [Resumption<Delivery>] = []
    var putters: [Resumption<Admission>] = []
    var joiners: [Resumption<Void>] = []
    var refused: [Element] = []
    var dropped: [Element] = []
  }

  mutating func shutDown(immediately: Bool) -> Shutdown {
    isShutDown = true
    defer { lookAround() }
    var shutdown = Shutdown()
    while let getter = getters.grantFirst(.shutDown) { shutdown.getters.append(getter) }
    while let putter = putters.grantFirst(.shutDown) { shutdown.putters.append(putter) }
    shutdown.refused = offers.removeAll()
    if immediately {
      shutdown.dropped = removeAvailable()
      shutdown.joiners = joinersToWake()
    }
    return shutdown
  }

  /// Takes out everything that is not promised, in order.
  private mutating func removeAvailable() -> [Element] {
    let kept = (0..<promised).compactMap { _ in storage.removeFirst() }
    var removed: [Element] = []
    removed.reserveCapacity(storage.count)
    while let element = storage.removeFirst() { removed.append(element) }
    for element in kept { storage.insert(element) }
    return removed
  }
}
