import CheckKit
import ExerciseKit
import Synchronization

// Unsafe continuations: a checked one that is dropped would say so amid the tests' output.

let wrongStartingGates: [WrongAnswer<any Gating.Type>] = [
  WrongAnswer(
    "looks now and then",
    rejectedBy: "whoever waits goes on at the moment at which the gate opens",
    naming: ["the gate was opened at 1 s, and ann went on at 1.2 seconds"], PollingGate.self),
  WrongAnswer(
    "looks at every turn",
    rejectedBy: "whoever waits goes on at the moment at which the gate opens",
    naming: ["too many steps"], SpinningGate.self),
  WrongAnswer(
    "waits for a turn, and not for the gate",
    rejectedBy: "nobody passes before the gate is opened",
    naming: ["nobody has opened the gate, and who went on: ann, bob, cem"], YieldingGate.self),
  WrongAnswer(
    "has room for one waiter", rejectedBy: "one open lets everybody go on who waits",
    naming: ["who still waits"], LonelyGate.self),
  WrongAnswer(
    "lets one go on with each open, as notify() does",
    rejectedBy: "one open lets everybody go on who waits",
    naming: ["who still waits"], NotifyingGate.self),
  WrongAnswer(
    "forgets that it is open", rejectedBy: "whoever comes late passes",
    naming: ["the gate is open, and who still waits: dan, eve"], ForgetfulGate.self),
  WrongAnswer(
    "remembers only those whom it let go on", rejectedBy: "whoever comes late passes",
    naming: ["the gate is open, and who still waits: fay"], FaultyGate<ForgetsUnseen>.self),
  WrongAnswer(
    "looks, and joins a moment later",
    rejectedBy: "nobody is forgotten who comes while the gate is being opened",
    naming: ["the gate is open, and who still waits"], HastyGate.self),
  WrongAnswer(
    "closes when it is opened again", rejectedBy: "opening the gate twice is harmless",
    naming: ["the gate is open, and who still waits: dan"], TogglingGate.self),
  WrongAnswer(
    "is deaf to cancellation",
    rejectedBy: "a cancelled wait ends at once, with a CancellationError",
    naming: ["bob was cancelled while he waited, and waits on"], DeafGate.self),
  WrongAnswer(
    "swallows the cancellation",
    rejectedBy: "a cancelled wait ends at once, with a CancellationError",
    naming: ["wait() returned as if the gate were open"], SwallowingGate.self),
  WrongAnswer(
    "cancels everybody",
    rejectedBy: "cancelling one ends nobody else's wait, not even a later one",
    naming: ["'s wait threw, too"], EverybodyGate.self),
  WrongAnswer(
    "shares one stream",
    rejectedBy: "cancelling one ends nobody else's wait, not even a later one",
    naming: ["nobody has opened the gate, and who went on: ann, dan"], StreamGate.self),
  WrongAnswer(
    "takes a waiter's place in the line for its number",
    rejectedBy: "cancelling one ends nobody else's wait, not even a later one",
    naming: ["dan's wait threw, too"], FaultyGate<PlaceAsNumber>.self),
  WrongAnswer(
    "gives a number again that somebody has",
    rejectedBy: "cancelling one ends nobody else's wait, not even a later one",
    naming: ["dan's wait threw, too"], FaultyGate<NumberTaken>.self),
  WrongAnswer(
    "gives a number again, and looks for the first who has it",
    rejectedBy: "cancelling one ends nobody else's wait, not even a later one",
    naming: ["dan's wait threw, too"], FaultyGate<NumberTwice>.self),
  WrongAnswer(
    "remembers for all that one was cancelled",
    rejectedBy: "cancelling one ends nobody else's wait, not even a later one",
    naming: ["bob waited alone and was cancelled, ann came, and ann's wait threw, too"],
    FaultyGate<OneFlag>.self),
  WrongAnswer(
    "opens when its only waiter is cancelled",
    rejectedBy: "cancelling one ends nobody else's wait, not even a later one",
    naming: ["nobody has opened the gate, and who went on: ann"], FaultyGate<OpensForNobody>.self),
  WrongAnswer(
    "joins after its handler has run",
    rejectedBy:
      "a task that is cancelled before it begins to wait gets a CancellationError at once",
    naming: ["bob was cancelled before he came to the closed gate, and waits on"],
    LateJoinerGate.self),
  WrongAnswer(
    "asks whether it is cancelled one step too early",
    rejectedBy:
      "a task that is cancelled before it begins to wait gets a CancellationError at once",
    naming: ["bob was cancelled when he came to the closed gate, and waits on"],
    EarlyAskerGate.self),
  WrongAnswer(
    "lets whoever is cancelled already pass",
    rejectedBy:
      "a task that is cancelled before it begins to wait gets a CancellationError at once",
    naming: ["wait() returned as if the gate were open"], FaultyGate<PassesCancelled>.self),
  WrongAnswer(
    "lets each waiter wake the next",
    rejectedBy: "nobody is forgotten when a task is cancelled while the gate opens",
    naming: ["the gate is open, and who still waits: "], RelayGate.self),
]

typealias Waiter = UnsafeContinuation<Void, any Error>

/// A gate that is right but for how its waiters come and go.
struct Waiters {
  var isOpen = false
  var list: [Int: Waiter] = [:]
  var last = 0

  mutating func number() -> Int {
    last += 1
    return last
  }

  mutating func removeAll() -> [Waiter] {
    defer { list = [:] }
    return Array(list.values)
  }
}

final class YieldingGate: Gating {
  func wait() async throws {
    await Task.yield()
    try Task.checkCancellation()
  }
  func open() {}
}

final actor LonelyGate: Gating {
  private var isOpen = false
  private var waiter: Waiter?

  func wait() async throws {
    if !isOpen { try await withUnsafeThrowingContinuation { waiter = $0 } }
  }

  func open() {
    isOpen = true
    waiter?.resume()
    waiter = nil
  }
}

final actor NotifyingGate: Gating {
  private var isOpen = false
  private var waiters: [Waiter] = []

  func wait() async throws {
    if !isOpen { try await withUnsafeThrowingContinuation { waiters.append($0) } }
  }

  func open() {
    isOpen = true
    if !waiters.isEmpty { waiters.removeFirst().resume() }
  }
}

final actor ForgetfulGate: Gating {
  private var waiters: [Waiter] = []

  func wait() async throws {
    try await withUnsafeThrowingContinuation { waiters.append($0) }
  }

  func open() {
    for waiter in waiters { waiter.resume() }
    waiters = []
  }
}

final class HastyGate: Gating {
  private let waiters = Mutex(Waiters())

  func wait() async throws {
    if waiters.withLock({ $0.isOpen }) { return }
    try await withUnsafeThrowingContinuation { waiter in
      waiters.withLock { $0.list[$0.number()] = waiter }
    }
  }

  func open() {
    let all = waiters.withLock { waiters in
      waiters.isOpen = true
      return waiters.removeAll()
    }
    for waiter in all { waiter.resume() }
  }
}

final actor TogglingGate: Gating {
  private var isOpen = false
  private var waiters: [Waiter] = []

  func wait() async throws {
    if !isOpen { try await withUnsafeThrowingContinuation { waiters.append($0) } }
  }

  func open() {
    isOpen.toggle()
    for waiter in waiters { waiter.resume() }
    waiters = []
  }
}

final class PollingGate: Gating {
  private let isOpen = Mutex(false)
  func wait() async throws {
    while !isOpen.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(400)) }
  }
  func open() { isOpen.withLock { $0 = true } }
}

final class SpinningGate: Gating {
  private let isOpen = Mutex(false)
  func wait() async throws {
    while !isOpen.withLock({ $0 }) {
      try Task.checkCancellation()
      await Task.yield()
    }
  }
  func open() { isOpen.withLock { $0 = true } }
}

/// As `TinyEvent` of lesson 6.
final actor DeafGate: Gating {
  private var isOpen = false
  private var waiters: [Waiter] = []

  func wait() async throws {
    if !isOpen { try await withUnsafeThrowingContinuation { waiters.append($0) } }
    try Task.checkCancellation()
  }

  func open() {
    isOpen = true
    for waiter in waiters { waiter.resume() }
    waiters = []
  }
}

/// Resumes its waiters again when it is opened again, which stops the program.
final actor RepeatingGate: Gating {
  private var isOpen = false
  private var waiters: [CheckedContinuation<Void, Never>] = []

  func wait() async throws {
    if !isOpen { await withCheckedContinuation { waiters.append($0) } }
  }

  func open() {
    isOpen = true
    for waiter in waiters { waiter.resume() }
  }
}
