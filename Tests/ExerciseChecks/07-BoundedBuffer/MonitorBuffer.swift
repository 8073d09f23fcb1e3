import ExerciseKit

/// What is wrong with a ``MonitorBuffer``.
protocol MonitorFault: Sendable {
  static var looksAgain: Bool { get }
  static var hasOneLine: Bool { get }
  static var wakesTakers: Bool { get }
  static var asksWhenWoken: Bool { get }
  static var keepsRoom: Bool { get }
  static var keepsLoaves: Bool { get }
}

extension MonitorFault {
  static var looksAgain: Bool { true }
  static var hasOneLine: Bool { false }
  static var wakesTakers: Bool { true }
  static var asksWhenWoken: Bool { false }
  static var keepsRoom: Bool { false }
  static var keepsLoaves: Bool { false }
}

enum LooksOnce: MonitorFault { static var looksAgain: Bool { false } }
enum OneLine: MonitorFault { static var hasOneLine: Bool { true } }
enum WakesNoTaker: MonitorFault { static var wakesTakers: Bool { false } }
enum AsksWhenWoken: MonitorFault { static var asksWhenWoken: Bool { true } }
enum PuttersOvertake: MonitorFault { static var keepsLoaves: Bool { true } }
enum TakersOvertake: MonitorFault { static var keepsRoom: Bool { true } }

/// Wakes the first in line, and lets it look again. What it was woken for is kept for it, or not.
final actor MonitorBuffer<Fault: MonitorFault>: Buffering {
  private enum Line { case putters, takers }
  private typealias Waiter = (number: Int, continuation: UnsafeContinuation<Void, any Error>)

  private let capacity: Int
  private var elements: [String] = []
  private var lines: [Line: [Waiter]] = [.putters: [], .takers: []]
  private var kept: [Line: Int] = [:]
  private var last = 0

  private var isFull: Bool { elements.count + kept[.putters, default: 0] >= capacity }
  private var isEmpty: Bool { elements.count <= kept[.takers, default: 0] }

  init(capacity: Int) { self.capacity = capacity }

  func put(_ element: String) async throws {
    if isFull {
      repeat { try await wait(in: .putters) } while Fault.looksAgain && isFull
    }
    elements.append(element)
    if Fault.wakesTakers { wake(Fault.hasOneLine ? .putters : .takers) }
  }

  func take() async throws -> String {
    while isEmpty { try await wait(in: Fault.hasOneLine ? .putters : .takers) }
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
    if keeps(line) { kept[line, default: 0] -= 1 }
    if Fault.asksWhenWoken { try Task.checkCancellation() }
  }

  private func wake(_ line: Line) {
    guard lines[line]?.isEmpty == false else { return }
    if keeps(line) { kept[line, default: 0] += 1 }
    lines[line]?.removeFirst().continuation.resume()
  }

  private func keeps(_ line: Line) -> Bool {
    line == .putters ? Fault.keepsRoom : Fault.keepsLoaves
  }

  private func cancel(_ number: Int, in line: Line) {
    guard let index = lines[line]?.firstIndex(where: { $0.number == number }) else { return }
    lines[line]?.remove(at: index).continuation.resume(throwing: CancellationError())
  }
}
