import ExerciseKit
import Synchronization

/// Each waiter has a stream of its own in which nothing ever comes. Opening the gate ends them all,
/// and whoever is cancelled leaves its own: a stream has an ear for that.
final class StreamsGate: Gating {
  private typealias Door = AsyncStream<Never>.Continuation
  private let state = Mutex((isOpen: false, doors: [Door]()))

  func wait() async throws {
    let (stream, door) = AsyncStream.makeStream(of: Never.self)
    let isOpen = state.withLock { state in
      if !state.isOpen { state.doors.append(door) }
      return state.isOpen
    }
    if isOpen { return }
    for await _ in stream {}
    try Task.checkCancellation()
  }

  func open() {
    let doors = state.withLock { state in
      defer { state = (true, []) }
      return state.doors
    }
    for door in doors { door.finish() }
  }
}

/// The handler cannot await the actor, so that it starts a task that tells it.
final actor ActorGate: Gating {
  private var isOpen = false
  private var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
  private var last = 0

  func wait() async throws {
    try Task.checkCancellation()
    if isOpen { return }
    last += 1
    let number = last
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiters[number] = $0 }
    } onCancel: {
      Task { await self.cancel(number) }
    }
  }

  func open() {
    isOpen = true
    for waiter in waiters.values { waiter.resume() }
    waiters = [:]
  }

  private func cancel(_ number: Int) {
    waiters.removeValue(forKey: number)?.resume(throwing: CancellationError())
  }
}
