/// What happens at one moment of virtual time.
struct Timer {
  enum Action {
    /// A job of the runtime's: the end of a plain `Task.sleep`.
    case run(UnownedJob)
    /// The end of a sleep on the world's clock.
    case wake(Sleeper)
  }

  /// Nanoseconds of virtual time.
  var at: Int64
  /// Timers of one moment go off in the order in which they were set.
  var order: Int
  /// The number of the task that sleeps, or -1 where nobody knows it.
  var task: Int
  var action: Action
}

/// The timers that have not gone off, earliest first: a binary heap.
///
/// A cancelled timer stays where it is until it comes to the top, but counts no longer.
struct TimerHeap {
  private var timers: [Timer] = []
  private var cancelled: Set<Int> = []
  private var nextOrder = 0
  private var sleepers: [ObjectIdentifier: Int] = [:]

  /// How many timers will go off.
  var count: Int { timers.count - cancelled.count }

  /// When the next one goes off.
  var next: Int64? { timers.first?.at }

  /// Sets a timer, and answers with its order.
  @discardableResult
  mutating func insert(at: Int64, task: Int, action: Timer.Action) -> Int {
    let order = nextOrder
    nextOrder += 1
    if case .wake(let sleeper) = action { sleepers[ObjectIdentifier(sleeper)] = order }
    insert(Timer(at: at, order: order, task: task, action: action))
    return order
  }

  private mutating func insert(_ timer: Timer) {
    timers.append(timer)
    var child = timers.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard precedes(child, parent) else { return }
      timers.swapAt(child, parent)
      child = parent
    }
  }

  /// Makes the timer of that order one that no longer counts.
  mutating func cancel(order: Int) {
    cancelled.insert(order)
  }

  /// Makes a sleeper's timer one that no longer counts, if it has not gone off.
  mutating func cancel(_ sleeper: Sleeper) {
    if let order = sleepers.removeValue(forKey: ObjectIdentifier(sleeper)) { cancel(order: order) }
  }

  /// Takes the earliest timer if it was cancelled.
  mutating func removeCancelledFirst() -> Timer? {
    guard let first = timers.first, cancelled.remove(first.order) != nil else { return nil }
    return removeFirst()
  }

  /// Takes the earliest timer. There must be one.
  mutating func removeFirst() -> Timer {
    timers.swapAt(0, timers.count - 1)
    let first = timers.removeLast()
    if case .wake(let sleeper) = first.action { sleepers[ObjectIdentifier(sleeper)] = nil }
    var parent = 0
    while true {
      var earliest = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < timers.count {
        if precedes(child, earliest) { earliest = child }
      }
      guard earliest != parent else { return first }
      timers.swapAt(earliest, parent)
      parent = earliest
    }
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    (timers[a].at, timers[a].order) < (timers[b].at, timers[b].order)
  }
}
