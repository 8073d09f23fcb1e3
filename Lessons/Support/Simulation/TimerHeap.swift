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

  /// How many timers will go off.
  var count: Int { timers.count - cancelled.count }

  /// When the next one goes off.
  var next: Int64? { timers.first?.at }

  mutating func insert(_ timer: Timer) {
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

  /// Takes the earliest timer if it was cancelled.
  mutating func removeCancelledFirst() -> Timer? {
    guard let first = timers.first, cancelled.remove(first.order) != nil else { return nil }
    return removeFirst()
  }

  /// Takes the earliest timer. There must be one.
  mutating func removeFirst() -> Timer {
    timers.swapAt(0, timers.count - 1)
    let first = timers.removeLast()
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
