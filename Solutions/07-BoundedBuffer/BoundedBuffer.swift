// Exercise 07 · BoundedBuffer, as we would write it.
//
// Whoever makes something possible does it, for the one who waits: `put` hands its element to the
// first task that waits for one, `take` moves the element of the first that waits for room into the
// buffer. A task that wakes up has what it waited for, so that nobody can take it away in between,
// and there is nothing to pass on if it is cancelled then.
//
// The road not taken: to wake the first in line and let it look again, as conditions do. Then one
// has to look in a loop, since a newcomer may have been faster, and a task that is woken and
// cancelled has to wake the next. Both are easily forgotten. A loop that sleeps and looks is worse:
// it is late, and works while nothing happens.

public import ExerciseKit
import Synchronization

/// Keeps elements between those who put them and those who take them.
public final class BoundedBuffer<Element: Sendable>: Buffering {
  private let state: Mutex<State>

  /// Builds an empty buffer with room for so many elements, at least one.
  public init(capacity: Int) {
    precondition(capacity > 0, "a buffer without room keeps everybody waiting")
    state = Mutex(State(capacity: capacity))
  }

  /// Puts an element into the buffer, as soon as there is room.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before; the element is not in then.
  public func put(_ element: Element) async throws {
    let number = state.withLock { $0.nextNumber() }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiter in
        let putter = Putter(number: number, element: element, waiter: waiter)
        let resume = state.withLock { $0.put(putter) }
        resume()
      }
    } onCancel: {
      let putter = state.withLock { state in
        state.putters.firstIndex { $0.number == number }.map { state.putters.remove(at: $0) }
      }
      putter?.waiter.resume(throwing: CancellationError())
    }
  }

  /// Takes the oldest element out of the buffer, as soon as there is one.
  ///
  /// - Throws: `CancellationError` if the task is cancelled before; nothing is taken then.
  public func take() async throws -> Element {
    let number = state.withLock { $0.nextNumber() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiter in
        let resume = state.withLock { $0.take(Taker(number: number, waiter: waiter)) }
        resume()
      }
    } onCancel: {
      let taker = state.withLock { state in
        state.takers.firstIndex { $0.number == number }.map { state.takers.remove(at: $0) }
      }
      taker?.waiter.resume(throwing: CancellationError())
    }
  }

  private struct Putter {
    var number: Int
    var element: Element
    var waiter: CheckedContinuation<Void, any Error>
  }

  private struct Taker {
    var number: Int
    var waiter: CheckedContinuation<Element, any Error>
  }

  /// Whom to resume, and with what. To be called after unlocking: see the gate of exercise 06.
  private typealias Resume = @Sendable () -> Void

  /// Putters wait only while it is full, takers only while it is empty: never both.
  private struct State {
    let capacity: Int
    var elements: [Element] = []
    var putters: [Putter] = []
    var takers: [Taker] = []
    var lastNumber = 0

    init(capacity: Int) { self.capacity = capacity }

    mutating func nextNumber() -> Int {
      lastNumber += 1
      return lastNumber
    }

    mutating func put(_ putter: Putter) -> Resume {
      // The handler may have run already, and has found nobody.
      if Task.isCancelled { return { putter.waiter.resume(throwing: CancellationError()) } }
      if !takers.isEmpty {
        let taker = takers.removeFirst()
        return {
          taker.waiter.resume(returning: putter.element)
          putter.waiter.resume()
        }
      }
      if elements.count < capacity {
        elements.append(putter.element)
        return { putter.waiter.resume() }
      }
      putters.append(putter)
      return {}
    }

    mutating func take(_ taker: Taker) -> Resume {
      if Task.isCancelled { return { taker.waiter.resume(throwing: CancellationError()) } }
      if elements.isEmpty {
        takers.append(taker)
        return {}
      }
      let element = elements.removeFirst()
      if putters.isEmpty { return { taker.waiter.resume(returning: element) } }
      // In the same step in which there is room: nobody who comes now can overtake.
      let putter = putters.removeFirst()
      elements.append(putter.element)
      return {
        taker.waiter.resume(returning: element)
        putter.waiter.resume()
      }
    }
  }
}
