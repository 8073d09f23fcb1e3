import ExerciseKit
import Synchronization

/// What is wrong with a ``FaultyGate``.
protocol GateFault: Sendable {
  static var counts: Bool { get }
  static var replaces: Bool { get }
  static func place(of number: Int, in line: [Int]) -> Int?
  static var throwsAtAll: Bool { get }
  static var opensForNobody: Bool { get }
  static var forgets: Bool { get }
  static var passes: Bool { get }
}

extension GateFault {
  static var counts: Bool { false }
  static var replaces: Bool { false }
  static func place(of number: Int, in line: [Int]) -> Int? { line.firstIndex(of: number) }
  static var throwsAtAll: Bool { false }
  static var opensForNobody: Bool { false }
  static var forgets: Bool { false }
  static var passes: Bool { false }
}

enum PlaceAsNumber: GateFault {
  static var counts: Bool { true }
  static func place(of number: Int, in line: [Int]) -> Int? {
    line.indices.contains(number) ? number : nil
  }
}
enum NumberTwice: GateFault { static var counts: Bool { true } }
enum NumberTaken: GateFault {
  static var counts: Bool { true }
  static var replaces: Bool { true }
}
enum OneFlag: GateFault { static var throwsAtAll: Bool { true } }
enum OpensForNobody: GateFault { static var opensForNobody: Bool { true } }
enum ForgetsUnseen: GateFault { static var forgets: Bool { true } }
enum PassesCancelled: GateFault { static var passes: Bool { true } }

/// A line of waiters, each with a number by which its handler finds it.
final class FaultyGate<Fault: GateFault>: Gating {
  private struct State {
    var isOpen = false
    var line: [(number: Int, waiter: Waiter)] = []
    var last = 0
    var wasCancelled = false

    mutating func number() -> Int {
      if Fault.counts { return line.count }
      last += 1
      return last
    }
  }
  private let state = Mutex(State())

  func wait() async throws {
    let number = state.withLock { $0.number() }
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { waiter in
        let outcome = state.withLock { join(number, waiter, &$0) }
        if let outcome { waiter.resume(with: outcome) }
      }
    } onCancel: {
      let waiter = state.withLock { leave(number, &$0) }
      waiter?.resume(throwing: CancellationError())
    }
  }

  func open() {
    let line = state.withLock { state in
      defer { state.line = [] }
      state.isOpen = state.isOpen || !(Fault.forgets && state.line.isEmpty)
      return state.line
    }
    for (_, waiter) in line { waiter.resume() }
  }

  private func join(
    _ number: Int, _ waiter: Waiter, _ state: inout State
  ) -> Result<Void, any Error>? {
    if state.isOpen { return .success(()) }
    if Task.isCancelled { return Fault.passes ? .success(()) : .failure(CancellationError()) }
    if Fault.throwsAtAll, state.wasCancelled { return .failure(CancellationError()) }
    if Fault.replaces { state.line.removeAll { $0.number == number } }
    state.line.append((number, waiter))
    return nil
  }

  private func leave(_ number: Int, _ state: inout State) -> Waiter? {
    state.wasCancelled = true
    guard let place = Fault.place(of: number, in: state.line.map(\.number)) else { return nil }
    defer { if Fault.opensForNobody, state.line.isEmpty { state.isOpen = true } }
    return state.line.remove(at: place).waiter
  }
}
