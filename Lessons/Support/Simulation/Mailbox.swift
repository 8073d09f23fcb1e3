import Dispatch
import Synchronization

/// What other threads bring to a run, and the bell that they ring.
final class Mailbox: Sendable {
  enum Delivery {
    case job(UnownedJob, by: Engine.Way)
    case timer(Sleeper, at: Int64)
    case cancelledTimer(Sleeper)
    case settle(UnsafeContinuation<Void, Never>)
    case end
  }

  private let deliveries = Mutex<[Delivery]>([])
  /// Looked at in every step: cheaper than the lock.
  private let hasMail = Atomic(false)
  private let bell = DispatchSemaphore(value: 0)

  /// True until something is delivered.
  var isEmpty: Bool { !hasMail.load(ordering: .acquiring) }

  func deliver(_ delivery: Delivery) {
    deliveries.withLock { $0.append(delivery) }
    hasMail.store(true, ordering: .releasing)
    bell.signal()
  }

  /// Takes all that was delivered, in the order of its arrival.
  func collect() -> [Delivery] {
    guard hasMail.load(ordering: .relaxed) else { return [] }
    hasMail.store(false, ordering: .sequentiallyConsistent)
    return deliveries.withLock { deliveries in
      defer { deliveries = [] }
      return deliveries
    }
  }

  /// Blocks the thread until there is mail. False if there was none for so long.
  func wait(for patience: Duration) -> Bool {
    let deadline = DispatchTime.now() + .nanoseconds(Int(max(0, patience.nanoseconds)))
    while isEmpty {
      // The bell may ring for mail that has been collected already.
      if bell.wait(timeout: deadline) == .timedOut { break }
    }
    return !isEmpty
  }
}
