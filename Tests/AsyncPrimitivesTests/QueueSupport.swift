import CheckKit
import Synchronization

@testable import AsyncPrimitives

/// A queue of numbers of any kind, so that one suite tests all three.
protocol NumberQueue: AnyObject, Sendable {
  var count: Int { get }
  var isEmpty: Bool { get }
  var isFull: Bool { get }
  var isShutDown: Bool { get }
  var statistics: QueueStatistics { get }
  nonisolated(nonsending) func put(_ element: Int) async throws
  nonisolated(nonsending) func putIgnoringCancellation(_ element: Int) async throws(QueueError)
  func tryPut(_ element: Int) throws(QueueError)
  nonisolated(nonsending) func get() async throws -> Int
  nonisolated(nonsending) func getIgnoringCancellation() async throws(QueueError) -> Int
  func tryGet() throws(QueueError) -> Int
  func taskDone() throws(QueueError)
  nonisolated(nonsending) func join() async throws(CancellationError)
  nonisolated(nonsending) func joinIgnoringCancellation() async
  @discardableResult func shutdown(immediate: Bool) -> [Int]

  /// How many items there is memory for.
  var allocated: Int { get }
  /// Goes through ``items``.
  nonisolated(nonsending) func forEach(_ body: @Sendable (Int) async throws -> Void) async throws
}

extension NumberQueue {
  func shutdown() { shutdown(immediate: false) }

  /// Takes everything that is there.
  func takeAll() -> [Int] {
    var taken: [Int] = []
    while let item = try? tryGet() { taken.append(item) }
    return taken
  }

  /// A task that takes one item.
  func getter(_ name: String = "getter") -> Task<Int, any Error> {
    Task(name: name) { try await self.get() }
  }

  /// A task that puts one item.
  func putter(_ item: Int) -> Task<Void, any Error> {
    Task(name: "putter \(item)") { try await self.put(item) }
  }
}

extension AsyncQueue: NumberQueue where Element == Int {
  var allocated: Int { core.state.withLock { $0.allocated } }

  nonisolated(nonsending) func forEach(
    _ body: @Sendable (Int) async throws -> Void
  ) async throws {
    for try await item in items { try await body(item) }
  }
}

extension AsyncPriorityQueue: NumberQueue where Element == Int {
  var allocated: Int { core.state.withLock { $0.allocated } }

  nonisolated(nonsending) func forEach(
    _ body: @Sendable (Int) async throws -> Void
  ) async throws {
    for try await item in items { try await body(item) }
  }
}

extension AsyncStack: NumberQueue where Element == Int {
  var allocated: Int { core.state.withLock { $0.allocated } }

  nonisolated(nonsending) func forEach(
    _ body: @Sendable (Int) async throws -> Void
  ) async throws {
    for try await item in items { try await body(item) }
  }
}

/// How many schedules a test explores for each of the three kinds, so that their common machinery
/// sees more than 200.
///
/// The suites are serialized: a hundred simulations at a time, on a busy machine, keep some thread
/// waiting for its processor for so long that the watchdog takes it for blocked.
let perKind = 70

/// The three kinds.
enum QueueKind: CaseIterable, Sendable {
  case queue
  case priorityQueue
  case stack

  func make(capacity: Int? = nil, name: String? = nil) -> any NumberQueue {
    switch self {
    case .queue: AsyncQueue<Int>(capacity: capacity, name: name)
    case .priorityQueue: AsyncPriorityQueue<Int>(capacity: capacity, name: name)
    case .stack: AsyncStack<Int>(capacity: capacity, name: name)
    }
  }

  /// The order in which these come out that were put one after the other.
  func outgoing(_ items: [Int]) -> [Int] {
    switch self {
    case .queue: items
    case .priorityQueue: items.sorted()
    case .stack: items.reversed()
    }
  }
}

/// What came of a call, in a word.
func verdict<Success: Sendable>(
  _ result: Result<Success, any Error>
) -> String {
  switch result {
  case .success(let value): value is Void ? "ok" : "\(value)"
  case .failure(is CancellationError): "cancelled"
  case .failure(QueueError.shutDown): "shut down"
  case .failure(let error): "\(error)"
  }
}

/// Waits in a queue's lines, and can be disturbed at the two moments that matter.
struct DisturbedQueue: Sendable {
  let core: QueueCore<Ring<Int>>
  var beforeWithdrawing: @Sendable () -> Void = {}
  var beforeParking: @Sendable () -> Void = {}

  func waitForItem() async throws {
    let ticket = core.state.withLock { $0.joinGetters() }
    let room = Disturbed(room: WaitForItem(core: core), by: self)
    _ = try await room.wait(with: ticket)
  }

  func waitForRoom(with item: Int) async throws {
    let offer = core.state.withLock { $0.offer(item) }
    let room = Disturbed(room: WaitForRoom(core: core, offer: offer), by: self)
    _ = try await room.wait(with: offer.ticket)
  }

  private struct Disturbed<Room: WaitingRoom>: WaitingRoom {
    let room: Room
    let by: DisturbedQueue

    var resource: Observation.Resource { room.resource }

    func park(
      _ continuation: WaitContinuation<Room.Grant>, with ticket: WaiterQueue<Room.Grant>.Ticket
    ) -> Wakeup<Room.Grant>? {
      by.beforeParking()
      return room.park(continuation, with: ticket)
    }

    func withdraw(_ ticket: WaiterQueue<Room.Grant>.Ticket) -> Resumption<Room.Grant>? {
      by.beforeWithdrawing()
      return room.withdraw(ticket)
    }
  }
}
