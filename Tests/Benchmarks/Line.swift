/// Continuations in order of arrival, for the actors in `Natives.swift`.
struct Line<Grant: Sendable> {
  typealias Continuation = CheckedContinuation<Grant, any Error>

  private var waiters = Deque<(ticket: Int, continuation: Continuation)>()
  private var lastTicket = 0

  var count: Int { waiters.count }

  /// A number for one who is about to wait.
  mutating func draw() -> Int {
    lastTicket += 1
    return lastTicket
  }

  /// Whether the waiter now stands in line: one that is cancelled does not, and throws.
  @discardableResult
  mutating func append(_ continuation: Continuation, _ ticket: Int) -> Bool {
    guard !Task.isCancelled else {
      continuation.resume(throwing: CancellationError())
      return false
    }
    waiters.append((ticket, continuation))
    return true
  }

  mutating func popFirst() -> Continuation? {
    waiters.popFirst()?.continuation
  }

  mutating func remove(_ ticket: Int) -> Continuation? {
    waiters.removeFirst { $0.ticket == ticket }?.continuation
  }
}

/// An array that is read from the front without moving the rest each time.
struct Deque<Element> {
  private var elements: [Element?] = []
  private var start = 0

  var count: Int { elements.count - start }

  mutating func append(_ element: Element) {
    elements.append(element)
  }

  mutating func popFirst() -> Element? {
    guard start < elements.count else { return nil }
    let element = elements[start].take()
    start += 1
    if start == elements.count {
      elements.removeAll(keepingCapacity: true)
      start = 0
    } else if start > 1_024, start > elements.count / 2 {
      elements.removeFirst(start)
      start = 0
    }
    return element
  }

  @discardableResult
  mutating func removeFirst(where isWanted: (Element) -> Bool) -> Element? {
    let index = elements[start...].firstIndex { $0.map(isWanted) ?? false }
    return index.flatMap { elements.remove(at: $0) }
  }
}
