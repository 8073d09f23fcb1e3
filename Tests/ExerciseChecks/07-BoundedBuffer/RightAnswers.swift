import AsyncPrimitives
import ExerciseKit
import Synchronization

/// A lock around the elements, and a condition for each reason to wait.
final class ConditionsBuffer<Element: Sendable>: Buffering {
  private let capacity: Int
  private let elements = Mutex<[Element]>([])
  private let notFull: AsyncCondition
  private let notEmpty: AsyncCondition

  init(capacity: Int) {
    self.capacity = capacity
    let lock = AsyncLock("buffer")
    notFull = AsyncCondition(lock, "not full")
    notEmpty = AsyncCondition(lock, "not empty")
  }

  func put(_ element: Element) async throws {
    try await notFull.lock.withLock {
      try await notFull.wait(until: { elements.withLock { $0.count < capacity } })
      elements.withLock { $0.append(element) }
      try notEmpty.notify()
    }
  }

  func take() async throws -> Element {
    try await notEmpty.lock.withLock {
      let element = try await notEmpty.wait(for: {
        elements.withLock { $0.isEmpty ? nil : $0.removeFirst() }
      })
      try notFull.notify()
      return element
    }
  }
}

/// Permits to put, and permits to take: who uses one up makes one of the other kind.
final class SemaphoresBuffer<Element: Sendable>: Buffering {
  private let room: AsyncSemaphore
  private let filled = AsyncSemaphore(permits: 0, "elements")
  private let elements = Mutex<[Element]>([])

  init(capacity: Int) {
    room = AsyncSemaphore(permits: capacity, "room")
  }

  func put(_ element: Element) async throws {
    try await room.acquire()
    elements.withLock { $0.append(element) }
    try filled.release()
  }

  func take() async throws -> Element {
    try await filled.acquire()
    let element = elements.withLock { $0.removeFirst() }
    try room.release()
    return element
  }
}
