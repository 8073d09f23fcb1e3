import CheckKit
import Dispatch
import Foundation
import Synchronization
import Testing

@testable import AsyncPrimitives

/// What happened, in order.
final class Journal: Sendable {
  private let lines = Mutex<[String]>([])

  var entries: [String] { lines.withLock { $0 } }

  func add(_ line: String) { lines.withLock { $0.append(line) } }
}

/// Holds tasks up until it is opened.
final class Gate: Sendable {
  private let inbox = Inbox<Never>(expecting: 1) {
    Observation.Resource(id: ObjectIdentifier(Gate.self), kind: "gate", event: "to open")
  }

  /// Returns when the gate is open; throws when the task is cancelled.
  func wait() async throws { _ = try await inbox.next() }

  /// Returns when the gate is open, cancelled or not.
  func waitStubbornly() async { _ = await inbox.nextIgnoringCancellation() }

  func open() { inbox.close() }
}

/// Something that can go wrong, told from others by its number.
struct Mishap: Error, Equatable {
  let number: Int
  init(_ number: Int) { self.number = number }
}

/// A room whose waiters can be disturbed at the two moments that matter.
final class DisturbedLock: WaitingRoom {
  let lock = AsyncLock("disturbed")
  let beforeParking: @Sendable () -> Void
  let beforeWithdrawing: @Sendable () -> Void

  init(
    beforeParking: @escaping @Sendable () -> Void = {},
    beforeWithdrawing: @escaping @Sendable () -> Void = {}
  ) {
    self.beforeParking = beforeParking
    self.beforeWithdrawing = beforeWithdrawing
  }

  var resource: Observation.Resource { lock.resource }

  func park(
    _ continuation: WaitContinuation<Void>, with ticket: WaiterQueue<Void>.Ticket
  ) -> Wakeup<Void>? {
    beforeParking()
    return lock.park(continuation, with: ticket)
  }

  func withdraw(_ ticket: WaiterQueue<Void>.Ticket) -> Resumption<Void>? {
    beforeWithdrawing()
    return lock.withdraw(ticket)
  }

  func waitForLock() async throws {
    if let ticket = lock.takeOrJoin() { try await wait(with: ticket) }
  }
}

/// Waits, on another thread than the caller's, for something that should be over in no time.
func finishes(
  within limit: DispatchTimeInterval = .seconds(5), _ body: @escaping @Sendable () -> Void
)
  -> Bool
{
  let done = DispatchSemaphore(value: 0)
  Thread.detachNewThread {
    body()
    done.signal()
  }
  return done.wait(timeout: .now() + limit) == .success
}

/// Cancels the task that calls it.
func cancelCurrentTask() {
  withUnsafeCurrentTask { $0?.cancel() }
}

/// What comes of `body`, and nothing thrown.
func outcome<Success: Sendable>(
  of body: () async throws -> Success
) async -> Result<Success, any Error> {
  do { return .success(try await body()) } catch { return .failure(error) }
}

extension Task where Failure == any Error {
  /// Whether the task ended by being cancelled. Waits for it.
  var endsCancelled: Bool {
    get async {
      if case .failure(let error) = await result { error is CancellationError } else { false }
    }
  }
}

extension Trait where Self == ConditionTrait {
  /// The test starts unstructured tasks, which only the complete simulation holds.
  static var startsTasks: Self {
    .enabled(if: Simulation.Mode.current == .complete, "portable mode does not hold Task { }")
  }
}

extension Simulation.Options {
  /// Turns end only where a task suspends, for tests of what must not suspend.
  static var uninterrupted: Self {
    var options = Self()
    options.interleavesPrimitives = false
    return options
  }
}

/// Explores with fewer schedules than usual: there are hundreds of rows, and each runs every time.
func explore(
  schedules: Int = 100, options: Simulation.Options = Simulation.Options(),
  sourceLocation: SourceLocation = #_sourceLocation,
  _ body: @escaping @Sendable (World) async throws -> Void
) async throws {
  try await CheckKit.explore(
    schedules: schedules, options: options, sourceLocation: sourceLocation, body)
}
