import ExerciseKit
import Foundation
import Synchronization
import Testing

/// One sentence that must be true of a downloader on the real network.
struct HTTPCheck: Sendable, CustomTestStringConvertible {
  private let sentence: String
  private let body: @Sendable (any Downloading.Type, Disk) async throws -> Void

  init(
    _ sentence: String,
    _ body: @escaping @Sendable (_ type: any Downloading.Type, _ disk: Disk) async throws -> Void
  ) {
    self.sentence = sentence
    self.body = body
  }

  var testDescription: String { sentence }

  /// Tries it. What is not done yet is a known issue.
  func judge(_ type: any Downloading.Type) async throws {
    let todos = TodoLog()
    try await TodoLog.$current.withValue(todos) {
      try await withKnownIssue(isIntermittent: true) {
        let disk = try Disk()
        defer { disk.remove() }
        try await body(type, disk)
      } matching: { _ in
        todos.first != nil
      }
    }
  }
}

/// Counts how many are inside at the same time.
final class InFlight: Sendable {
  private let state = Mutex((inside: 0, peak: 0, wentBack: false))

  var peak: Int { state.withLock { $0.peak } }
  var wentBack: Bool { state.withLock { $0.wentBack } }

  func goesBack() { state.withLock { $0.wentBack = true } }

  func count<Value>(
    _ body: nonisolated(nonsending) () async throws -> Value
  ) async rethrows -> Value {
    enter()
    defer { leave() }
    return try await body()
  }

  func count(_ body: () -> Void) {
    enter()
    defer { leave() }
    body()
  }

  private func enter() {
    state.withLock { state in
      state.inside += 1
      state.peak = max(state.peak, state.inside)
    }
  }

  private func leave() { state.withLock { $0.inside -= 1 } }
}

/// A port on which nobody listens, and nobody can meanwhile.
final class ClosedPort: Sendable {
  let port: UInt16
  private let descriptor: Int32

  init() throws {
    #if canImport(Darwin)
      descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #else
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian  // 127.0.0.1
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, size) == 0 && getsockname(descriptor, address, &size) == 0
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    if !isBound { throw POSIXError(.EADDRINUSE) }
  }

  deinit { _ = close(descriptor) }
}
