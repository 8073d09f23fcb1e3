import CheckKit
import Testing

@testable import AsyncPrimitives

/// One of the primitives that tasks meet at, with nothing to be had, so that who comes waits.
///
/// The invariants of all primitives are tested with these.
struct Meeting: Sendable {
  /// Waits, and gives back what it got, unless that is all the same.
  var wait: @Sendable () async throws -> Void
  /// The same for clean-up code.
  var waitIgnoringCancellation: @Sendable () async throws -> Void
  /// Lets the first in line go, without suspending, and as one step.
  var grant: @Sendable () throws -> Void
  /// How many wait.
  var waiterCount: @Sendable () -> Int

  /// What kinds there are.
  enum Kind: String, CaseIterable, CustomTestStringConvertible {
    case event, semaphore, largeRequest, condition, barrier

    var testDescription: String { rawValue }

    /// Whether a grant stands against a later cancellation (D1). CO-09 says that a notification
    /// does not.
    var grantStands: Bool { self != .condition }

    /// - Parameters:
    ///   - beforeParking: Runs when a task has joined the line, and is about to park.
    ///   - beforeWithdrawing: Runs when a cancellation is about to take a task out of the line.
    func meeting(
      beforeParking: @escaping @Sendable () -> Void = {},
      beforeWithdrawing: @escaping @Sendable () -> Void = {}
    ) throws -> Meeting {
      switch self {
      case .event:
        let event = AsyncEvent("event")
        let room = DisturbedRoom(event, beforeParking, beforeWithdrawing)
        return Meeting {
          if let ticket = event.passOrJoin() { try await room.wait(with: ticket) }
        } waitIgnoringCancellation: {
          await event.waitIgnoringCancellation()
        } grant: {
          event.set()
          event.clear()
        } waiterCount: {
          event.waiterCount
        }
      case .semaphore: return semaphore(1, beforeParking, beforeWithdrawing)
      case .largeRequest: return semaphore(3, beforeParking, beforeWithdrawing)
      case .condition:
        let condition = AsyncCondition(AsyncLock("lock"), "condition")
        let room = DisturbedRoom(condition, beforeParking, beforeWithdrawing)
        return Meeting {
          try await condition.lock.lock()
          guard let (ticket, _) = condition.joinAndRelease() else { return }
          switch try await room.wait(with: ticket) {
          case .one(let place), .all(let place): await condition.relock(at: place)
          }
          try condition.lock.unlock()
        } waitIgnoringCancellation: {
        } grant: {
          #expect(condition.lock.tryLock())
          try condition.notify()
          try condition.lock.unlock()
        } waiterCount: {
          condition.waiterCount
        }
      case .barrier:
        let barrier = try AsyncBarrier(parties: 2, "barrier")
        let room = DisturbedRoom(barrier, beforeParking, beforeWithdrawing)
        return Meeting {
          guard case .joined(let ticket) = barrier.arrive() else { return }
          _ = try await room.wait(with: ticket).get()
        } waitIgnoringCancellation: {
          try await barrier.waitIgnoringCancellation()
        } grant: {
          _ = barrier.arrive()
        } waiterCount: {
          barrier.waiterCount
        }
      }
    }

    private func semaphore(
      _ count: Int, _ beforeParking: @escaping @Sendable () -> Void,
      _ beforeWithdrawing: @escaping @Sendable () -> Void
    ) -> Meeting {
      let semaphore = AsyncSemaphore(permits: 0, "semaphore")
      let room = DisturbedRoom(semaphore, beforeParking, beforeWithdrawing)
      return Meeting {
        if let ticket = semaphore.takeOrJoin(count) { try await room.wait(with: ticket) }
      } waitIgnoringCancellation: {
        await semaphore.acquireIgnoringCancellation(count)
      } grant: {
        for _ in 0..<count { try semaphore.release() }
      } waiterCount: {
        semaphore.waiterCount
      }
    }
  }
}

/// A room whose waiters can be disturbed at the two moments that matter.
final class DisturbedRoom<Room: WaitingRoom>: WaitingRoom {
  let room: Room
  let beforeParking: @Sendable () -> Void
  let beforeWithdrawing: @Sendable () -> Void

  init(
    _ room: Room, _ beforeParking: @escaping @Sendable () -> Void,
    _ beforeWithdrawing: @escaping @Sendable () -> Void
  ) {
    self.room = room
    self.beforeParking = beforeParking
    self.beforeWithdrawing = beforeWithdrawing
  }

  var resource: Observation.Resource { room.resource }

  func park(
    _ continuation: WaitContinuation<Room.Grant>, with ticket: WaiterQueue<Room.Grant>.Ticket
  ) -> Wakeup<Room.Grant>? {
    beforeParking()
    return room.park(continuation, with: ticket)
  }

  func withdraw(_ ticket: WaiterQueue<Room.Grant>.Ticket) -> Resumption<Room.Grant>? {
    beforeWithdrawing()
    return room.withdraw(ticket)
  }
}
