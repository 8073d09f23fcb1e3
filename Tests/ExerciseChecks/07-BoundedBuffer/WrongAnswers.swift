import CheckKit
import ExerciseKit
import Synchronization

let wrongBoundedBuffers: [WrongAnswer<BufferType>] = [
  WrongAnswer(
    "has room for one more", rejectedBy: "put waits when the buffer is full, and not before",
    naming: ["capacity 2, nobody takes, and puts that returned: 3"], HandingBuffer<OneMore>.self),
  WrongAnswer(
    "has room for one less", rejectedBy: "put waits when the buffer is full, and not before",
    naming: ["capacity 2, nobody takes, and puts that returned: 1"], HandingBuffer<OneLess>.self),
  WrongAnswer(
    "is a stream, which makes nobody wait",
    rejectedBy: "put waits when the buffer is full, and not before",
    naming: ["capacity 2, nobody takes, and puts that returned: 3"], StreamBuffer.self),
  WrongAnswer(
    "is a stream, which one cancelled task ends for all",
    rejectedBy: "a take that is cancelled ends at once, and has taken nothing",
    naming: ["a1 was put for van 2, and was taken by somebody else"], StreamBuffer.self),
  WrongAnswer(
    "forgets those who wait for an element",
    rejectedBy: "take waits when the buffer is empty, and gets what comes",
    naming: ["what was put and has reached nobody: a1; and who waits: van 1"],
    MonitorBuffer<WakesNoTaker>.self),
  WrongAnswer(
    "sleeps and looks again",
    rejectedBy: "whoever waits goes on at the moment at which it can",
    naming: ["it could go on at 1 s: a2 is in at 1.2 seconds"], PollingBuffer.self),
  WrongAnswer(
    "takes what was put last", rejectedBy: "what was put first is taken first",
    naming: ["taken were a2, b1, c1, a1 instead of a1"], HandingBuffer<LastFirst>.self),
  WrongAnswer(
    "wakes whoever came last", rejectedBy: "whoever has waited longest goes on next",
    naming: ["van 1 had waited longest, and a1 went to van 3"], HandingBuffer<LatestNext>.self),
  WrongAnswer(
    "lets a newcomer put before one who was woken",
    rejectedBy: "whoever has waited longest goes on next",
    naming: ["b1 waited for room, somebody took a1 and then put c1 at once, and taken were a1, c1"],
    MonitorBuffer<PuttersOvertake>.self),
  WrongAnswer(
    "lets a newcomer take before one who was woken",
    rejectedBy: "whoever has waited longest goes on next",
    naming: ["van 1 waited, somebody put a1 and then took at once, and van 1 got b1"],
    MonitorBuffer<TakersOvertake>.self),
  WrongAnswer(
    "hands over and keeps, too", rejectedBy: "nothing is lost and nothing is doubled",
    naming: ["was put once, and taken twice"], HandingBuffer<Doubles>.self),
  WrongAnswer(
    "has one line for all, and wakes the first, whatever it waits for",
    rejectedBy: "nothing is lost and nothing is doubled",
    naming: ["who waits", "wait for room"], MonitorBuffer<OneLine>.self),
  WrongAnswer(
    "does not look again when it is woken",
    rejectedBy: "there is never more in it than its capacity, whoever comes in between",
    naming: ["capacity 1, and elements that were put and not taken: 2"],
    MonitorBuffer<LooksOnce>.self),
  WrongAnswer(
    "is deaf to cancellation",
    rejectedBy: "a put that is cancelled ends at once, and has put nothing",
    naming: ["put(b1) was cancelled while it waited, and waits on"], HandingBuffer<Deaf>.self),
  WrongAnswer(
    "joins after its handler has run",
    rejectedBy: "a take that is cancelled ends at once, and has taken nothing",
    naming: ["take() of van 1 was cancelled before it began, and waits on"],
    HandingBuffer<LateJoiner>.self),
  WrongAnswer(
    "leaves its element in the line",
    rejectedBy: "a put that is cancelled ends at once, and has put nothing",
    naming: ["taken were a1, b1 instead of a1, c1"], HandingBuffer<LeavesElement>.self),
  WrongAnswer(
    "swallows the cancellation",
    rejectedBy: "a put that is cancelled ends at once, and has put nothing",
    naming: ["put(b1) was cancelled while it waited, and returned as if"],
    HandingBuffer<Swallows>.self),
  WrongAnswer(
    "throws out whoever is first in line",
    rejectedBy: "a put that is cancelled ends at once, and has put nothing",
    naming: ["the puts of c1, d1 and f1 were cancelled, and what waits on is "],
    HandingBuffer<FirstLeaves>.self),
  WrongAnswer(
    "throws out whoever is first in line",
    rejectedBy: "a take that is cancelled ends at once, and has taken nothing",
    naming: ["vans 2, 3 and 5 were cancelled, and who waits on is "],
    HandingBuffer<FirstLeaves>.self),
  WrongAnswer(
    "gives a number again that somebody has",
    rejectedBy: "a put that is cancelled ends at once, and has put nothing",
    naming: ["the puts of c1, d1 and f1 were cancelled, and what waits on is "],
    HandingBuffer<NumberTwice>.self),
  WrongAnswer(
    "gives a number again that somebody has",
    rejectedBy: "a take that is cancelled ends at once, and has taken nothing",
    naming: ["vans 2, 3 and 5 were cancelled, and who waits on is "],
    HandingBuffer<NumberTwice>.self),
  WrongAnswer(
    "takes a waiter's place in the line for its number",
    rejectedBy: "a put that is cancelled ends at once, and has put nothing",
    naming: ["the puts of c1, d1 and f1 were cancelled, and what waits on is "],
    HandingBuffer<PlaceAsNumber>.self),
  WrongAnswer(
    "takes a waiter's place in the line for its number",
    rejectedBy: "a take that is cancelled ends at once, and has taken nothing",
    naming: ["vans 2, 3 and 5 were cancelled, and who waits on is "],
    HandingBuffer<PlaceAsNumber>.self),
  WrongAnswer(
    "throws away what it has, since it is cancelled",
    rejectedBy: "what a cancelled task was to get goes to the next",
    naming: ["b1's put was cancelled when there was room", "has reached nobody: a1"],
    HandingBuffer<ThrowsAway>.self),
  WrongAnswer(
    "wakes one that is cancelled, and nobody else",
    rejectedBy: "what a cancelled task was to get goes to the next",
    naming: ["capacity 1, what was put and not taken: none; and which loaves wait for room: c1"],
    MonitorBuffer<AsksWhenWoken>.self),
]

/// A stream cannot make anybody wait for room.
final class StreamBuffer: Buffering {
  private let (stream, loaves) = AsyncStream.makeStream(of: String.self)

  init(capacity: Int) {}

  func put(_ element: String) async throws {
    try Task.checkCancellation()
    loaves.yield(element)
  }

  func take() async throws -> String {
    for await loaf in stream { return loaf }
    throw CancellationError()
  }
}

final class PollingBuffer: Buffering {
  private let capacity: Int
  private let elements = Mutex<[String]>([])

  init(capacity: Int) { self.capacity = capacity }

  func put(_ element: String) async throws {
    while !tryPut(element) { try await Task.sleep(for: .milliseconds(400)) }
  }

  func take() async throws -> String {
    while true {
      if let element = elements.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return element }
      try await Task.sleep(for: .milliseconds(400))
    }
  }

  private func tryPut(_ element: String) -> Bool {
    elements.withLock { elements in
      guard elements.count < capacity else { return false }
      elements.append(element)
      return true
    }
  }
}
