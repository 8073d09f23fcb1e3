import ExerciseKit
import Synchronization

/// What is wrong with a ``HandingBuffer``.
protocol HandingFault: Sendable {
  static func room(_ capacity: Int) -> Int
  static var takesLast: Bool { get }
  static var wakesLatest: Bool { get }
  static var doubles: Bool { get }
  static var isDeaf: Bool { get }
  static var asksFirst: Bool { get }
  static var leavesElement: Bool { get }
  static var swallows: Bool { get }
  static var throwsAway: Bool { get }
  static var countsLine: Bool { get }
  static func place(of number: Int, in line: [Int]) -> Int?
}

extension HandingFault {
  static func room(_ capacity: Int) -> Int { capacity }
  static var takesLast: Bool { false }
  static var wakesLatest: Bool { false }
  static var doubles: Bool { false }
  static var isDeaf: Bool { false }
  static var asksFirst: Bool { true }
  static var leavesElement: Bool { false }
  static var swallows: Bool { false }
  static var throwsAway: Bool { false }
  static var countsLine: Bool { false }
  static func place(of number: Int, in line: [Int]) -> Int? { line.firstIndex(of: number) }
}

enum OneMore: HandingFault { static func room(_ capacity: Int) -> Int { capacity + 1 } }
enum OneLess: HandingFault { static func room(_ capacity: Int) -> Int { capacity - 1 } }
enum LastFirst: HandingFault { static var takesLast: Bool { true } }
enum LatestNext: HandingFault { static var wakesLatest: Bool { true } }
enum Doubles: HandingFault { static var doubles: Bool { true } }
enum Deaf: HandingFault { static var isDeaf: Bool { true } }
enum LateJoiner: HandingFault { static var asksFirst: Bool { false } }
enum LeavesElement: HandingFault { static var leavesElement: Bool { true } }
enum Swallows: HandingFault { static var swallows: Bool { true } }
enum ThrowsAway: HandingFault { static var throwsAway: Bool { true } }
enum NumberTwice: HandingFault { static var countsLine: Bool { true } }
enum PlaceAsNumber: HandingFault {
  static var countsLine: Bool { true }
  static func place(of number: Int, in line: [Int]) -> Int? {
    line.indices.contains(number) ? number : nil
  }
}
enum FirstLeaves: HandingFault {
  static func place(of number: Int, in line: [Int]) -> Int? { line.indices.first }
}

/// Hands over, as our solution does.
final class HandingBuffer<Fault: HandingFault>: Buffering {
  private typealias Putter = (
    number: Int, element: String, waiter: UnsafeContinuation<Void, any Error>?
  )
  private typealias Taker = (number: Int, waiter: UnsafeContinuation<String, any Error>)

  private struct State {
    var elements: [String] = []
    var putters: [Putter] = []
    var takers: [Taker] = []
    var last = 0

    mutating func number(behind line: Int) -> Int {
      if Fault.countsLine { return line }
      last += 1
      return last
    }
  }

  private let capacity: Int
  private let state = Mutex(State())

  init(capacity: Int) { self.capacity = Fault.room(capacity) }

  func put(_ element: String) async throws {
    do {
      try await suspendedPut(element)
    } catch {
      if !Fault.swallows { throw error }
    }
    if Fault.throwsAway { try Task.checkCancellation() }
  }

  func take() async throws -> String {
    let element = try await suspendedTake()
    if Fault.throwsAway { try Task.checkCancellation() }
    return element
  }

  private func suspendedPut(_ element: String) async throws {
    let number = state.withLock { $0.number(behind: $0.putters.count) }
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { waiter in
        let resume = state.withLock { put((number, element, waiter), &$0) }
        resume()
      }
    } onCancel: {
      if !Fault.isDeaf { cancelPutter(number) }
    }
  }

  private func suspendedTake() async throws -> String {
    let number = state.withLock { $0.number(behind: $0.takers.count) }
    return try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { waiter in
        let resume = state.withLock { take((number, waiter), &$0) }
        resume()
      }
    } onCancel: {
      if !Fault.isDeaf { cancelTaker(number) }
    }
  }

  private func put(_ putter: Putter, _ state: inout State) -> @Sendable () -> Void {
    let (waiter, element) = (putter.waiter, putter.element)
    if Fault.asksFirst, !Fault.isDeaf, Task.isCancelled {
      return { waiter?.resume(throwing: CancellationError()) }
    }
    if !state.takers.isEmpty {
      let taker = state.takers.remove(at: Fault.wakesLatest ? state.takers.count - 1 : 0)
      if Fault.doubles { state.elements.append(element) }
      return {
        taker.waiter.resume(returning: element)
        waiter?.resume()
      }
    }
    if state.elements.count < capacity {
      state.elements.append(element)
      return { waiter?.resume() }
    }
    state.putters.append(putter)
    return {}
  }

  private func take(_ taker: Taker, _ state: inout State) -> @Sendable () -> Void {
    if Fault.asksFirst, !Fault.isDeaf, Task.isCancelled {
      return { taker.waiter.resume(throwing: CancellationError()) }
    }
    if state.elements.isEmpty {
      state.takers.append(taker)
      return {}
    }
    let element = state.elements.remove(at: Fault.takesLast ? state.elements.count - 1 : 0)
    guard let putter = state.putters.first else {
      return { taker.waiter.resume(returning: element) }
    }
    state.putters.removeFirst()
    state.elements.append(putter.element)
    return {
      taker.waiter.resume(returning: element)
      putter.waiter?.resume()
    }
  }

  private func cancelPutter(_ number: Int) {
    let waiter: UnsafeContinuation<Void, any Error>? = state.withLock { state in
      guard let index = Fault.place(of: number, in: state.putters.map(\.number)) else { return nil }
      let waiter = state.putters[index].waiter
      if Fault.leavesElement {
        state.putters[index].waiter = nil
      } else {
        state.putters.remove(at: index)
      }
      return waiter
    }
    waiter?.resume(throwing: CancellationError())
  }

  private func cancelTaker(_ number: Int) {
    let taker = state.withLock { state in
      Fault.place(of: number, in: state.takers.map(\.number)).map { state.takers.remove(at: $0) }
    }
    taker?.waiter.resume(throwing: CancellationError())
  }
}
