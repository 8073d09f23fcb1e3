import ExerciseKit

/// What is wrong with a ``MonitorBuffer``.
protocol MonitorFault: Sendable {
  static var looksAgain: Bool { get }
  static var hasOneLine: Bool { get }
  static var wakesTakers: Bool { get }
  static var asksWhenWoken: Bool { get }
}

extension MonitorFault {
  static var looksAgain: Bool { true }
  static var hasOneLine: Bool { false }
  static var wakesTakers: Bool { true }
  static var asksWhenWoken: Bool { false }
}

enum LooksOnce: MonitorFault { static var looksAgain: Bool { false } }
enum OneLine: MonitorFault { static var hasOneLine: Bool { true } }
enum WakesNoTaker: MonitorFault { static var wakesTakers: Bool { false } }
enum AsksWhenWoken: MonitorFault { static var asksWhenWoken: Bool { true } }

/// Wakes the first in line, and lets it look again.
final actor MonitorBuffer<Fault: MonitorFault>: Buffering {
  private enum Line { case putters, takers }
  private typealias Waiter = (number: Int, continuation: UnsafeContinuation<Void, any Error>)

  private let capacity: Int
  private var elements: [String] = []
  private var lines: [Line: [Waiter]] = [.putters: [], .takers: []]
  private var last = 0

  init(capacity: Int) { self.capacity = capacity }

  func put(_ element: String) async throws {
    if elements.count >= capacity {
      repeat { try await wait(in: .putters) } while Fault.looksAgain && elements.count >= capacity
    }
    elements.append(element)
    if Fault.wakesTakers { wake(Fault.hasOneLine ? .putters : .takers) }
  }

  func take() async throws -> String {
    while elements.isEmpty { try await wait(in: Fault.hasOneLine ? .putters : .takers) }
    defer { wake(.putters) }
    return elements.removeFirst()
  }

  private func wait(in line: Line) async throws {
    try Task.checkCancellation()
    last += 1
    let number = last
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { lines[line]?.append((number, $0)) }
    } onCancel: {
      Task { await self.cancel(number, in: line) }
    }
    if Fault.asksWhenWoken { try Task.checkCancellation() }
  }

  private func wake(_ line: Line) {
    if lines[line]?.isEmpty == false { lines[line]?.removeFirst().continuation.resume() }
  }

  private func cancel(_ number: Int, in line: Line) {
    guard let index = lines[line]?.firstIndex(where: { $0.number == number }) else { return }
    lines[line]?.remove(at: index).continuation.resume(throwing: CancellationError())
  }
}
