// Wrong answers that hear of a cancellation, and make something wrong of it.

import ExerciseKit
import Synchronization

/// What those that hear of a cancellation have in common.
final class Hearing: Sendable {
  let waiters = Mutex(Waiters())

  func open() {
    let all = waiters.withLock { waiters in
      waiters.isOpen = true
      return waiters.removeAll()
    }
    for waiter in all { waiter.resume() }
  }

  /// Waits. `cancel` is given the number of the wait, and says whom to wake.
  func wait(
    asking: Bool = true, onCancel cancel: @escaping @Sendable (Int) -> Void
  ) async throws {
    let number = waiters.withLock { $0.number() }
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { waiter in
        let outcome: Result<Void, any Error>? = waiters.withLock { waiters in
          if waiters.isOpen { return .success(()) }
          if asking, Task.isCancelled { return .failure(CancellationError()) }
          waiters.list[number] = waiter
          return nil
        }
        if let outcome { waiter.resume(with: outcome) }
      }
    } onCancel: {
      cancel(number)
    }
  }
}

final class SwallowingGate: Gating {
  private let hearing = Hearing()
  func open() { hearing.open() }

  func wait() async throws {
    try? await hearing.wait { [hearing] number in
      let waiter = hearing.waiters.withLock { $0.list.removeValue(forKey: number) }
      waiter?.resume(throwing: CancellationError())
    }
  }
}

final class EverybodyGate: Gating {
  private let hearing = Hearing()
  func open() { hearing.open() }

  func wait() async throws {
    try await hearing.wait { [hearing] _ in
      let all = hearing.waiters.withLock { $0.removeAll() }
      for waiter in all { waiter.resume(throwing: CancellationError()) }
    }
  }
}

final class StreamGate: Gating {
  private let (stream, door) = AsyncStream.makeStream(of: Never.self)

  func wait() async throws {
    for await _ in stream {}
    try Task.checkCancellation()
  }
  func open() { door.finish() }
}

final class LateJoinerGate: Gating {
  private let hearing = Hearing()
  func open() { hearing.open() }

  func wait() async throws {
    try await hearing.wait(asking: false) { [hearing] number in
      let waiter = hearing.waiters.withLock { $0.list.removeValue(forKey: number) }
      waiter?.resume(throwing: CancellationError())
    }
  }
}

final class EarlyAskerGate: Gating {
  private let hearing = Hearing()
  func open() { hearing.open() }

  func wait() async throws {
    try Task.checkCancellation()
    await Task.yield()  // To write to a log, say.
    try await hearing.wait(asking: false) { [hearing] number in
      let waiter = hearing.waiters.withLock { $0.list.removeValue(forKey: number) }
      waiter?.resume(throwing: CancellationError())
    }
  }
}

final class RelayGate: Gating {
  private let hearing = Hearing()

  func open() {
    hearing.waiters.withLock { $0.isOpen = true }
    wakeNext()
  }

  func wait() async throws {
    try await hearing.wait { [hearing] number in
      let waiter = hearing.waiters.withLock { $0.list.removeValue(forKey: number) }
      waiter?.resume(throwing: CancellationError())
    }
    try Task.checkCancellation()
    wakeNext()
  }

  private func wakeNext() {
    let next = hearing.waiters.withLock { waiters in
      waiters.list.keys.min().flatMap { waiters.list.removeValue(forKey: $0) }
    }
    next?.resume()
  }
}
