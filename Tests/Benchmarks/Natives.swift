// The same jobs with the same promise, done with what the language brings: actors that keep
// continuations. First come, first served; a task that is cancelled while it waits throws.
//
// `AsyncStream` and task groups, where they do the job, are used as they are.

/// An actor as a lock that can be held across an `await`.
actor ActorLock {
  private var isHeld = false
  private var line = Line<Void>()

  var waiterCount: Int { line.count }

  func lock() async throws {
    try Task.checkCancellation()
    guard isHeld else {
      isHeld = true
      return
    }
    let ticket = line.draw()
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { line.append($0, ticket) }
    } onCancel: {
      Task { await self.leave(ticket) }
    }
  }

  func unlock() {
    if let next = line.popFirst() { next.resume() } else { isHeld = false }
  }

  private func leave(_ ticket: Int) {
    line.remove(ticket)?.resume(throwing: CancellationError())
  }
}

/// An actor that counts permits.
actor ActorSemaphore {
  private var permits: Int
  private var line = Line<Void>()

  init(permits: Int) {
    self.permits = permits
  }

  func acquire() async throws {
    try Task.checkCancellation()
    guard permits == 0 else {
      permits -= 1
      return
    }
    let ticket = line.draw()
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { line.append($0, ticket) }
    } onCancel: {
      Task { await self.leave(ticket) }
    }
  }

  func release() {
    if let next = line.popFirst() { next.resume() } else { permits += 1 }
  }

  private func leave(_ ticket: Int) {
    line.remove(ticket)?.resume(throwing: CancellationError())
  }
}

/// An actor that lets numbered tasks begin in their order.
actor ActorStartingLine {
  private var next = 0
  private var early: [Int: CheckedContinuation<Void, Never>] = [:]

  func start(_ number: Int) async {
    if number != next { await withCheckedContinuation { early[number] = $0 } }
    next += 1
    early.removeValue(forKey: next)?.resume()
  }
}

/// An actor as a queue with a capacity, which `AsyncStream` does not have.
actor ActorQueue {
  private let capacity: Int
  private var items = Deque<Int>()
  private var getters = Line<Int>()
  private var putters = Line<Void>()
  private var offers = Deque<(item: Int, ticket: Int)>()

  init(capacity: Int) {
    self.capacity = capacity
  }

  func put(_ item: Int) async throws {
    try Task.checkCancellation()
    if let getter = getters.popFirst() { return getter.resume(returning: item) }
    if items.count < capacity { return items.append(item) }
    let ticket = putters.draw()
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation {
        if putters.append($0, ticket) { offers.append((item, ticket)) }
      }
    } onCancel: {
      Task { await self.leave(ticket, putting: true) }
    }
  }

  func get() async throws -> Int {
    try Task.checkCancellation()
    if let item = items.popFirst() {
      if let putter = putters.popFirst(), let offer = offers.popFirst() {
        items.append(offer.item)
        putter.resume()
      }
      return item
    }
    let ticket = getters.draw()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { getters.append($0, ticket) }
    } onCancel: {
      Task { await self.leave(ticket, putting: false) }
    }
  }

  private func leave(_ ticket: Int, putting isPutting: Bool) {
    guard isPutting else {
      getters.remove(ticket)?.resume(throwing: CancellationError())
      return
    }
    offers.removeFirst { $0.ticket == ticket }
    putters.remove(ticket)?.resume(throwing: CancellationError())
  }
}

/// An actor as an event.
actor ActorEvent {
  private var isSet = false
  private var line = Line<Void>()

  var waiterCount: Int { line.count }

  func wait() async throws {
    try Task.checkCancellation()
    guard !isSet else { return }
    let ticket = line.draw()
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { line.append($0, ticket) }
    } onCancel: {
      Task { await self.leave(ticket) }
    }
  }

  func set() {
    isSet = true
    while let waiter = line.popFirst() { waiter.resume() }
  }

  private func leave(_ ticket: Int) {
    line.remove(ticket)?.resume(throwing: CancellationError())
  }
}
