import Dispatch
import Foundation

/// A client that writes and reads bytes as they are, so that tests can be as rude as they like.
final class RawClient: Sendable {
  private let descriptor: Int32
  /// One for each client: its reads block.
  private let queue = DispatchQueue(label: "raw client")

  init(port: UInt16) throws {
    descriptor = RawClient.makeSocket()
    guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
    try connect(to: port)
  }

  /// A socket that connects later.
  init() throws {
    descriptor = RawClient.makeSocket()
    guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
  }

  deinit { _ = close(descriptor) }

  func connect(to port: UInt16) throws {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  /// Sends all of it, or as much as the server takes before it closes.
  func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { buffer in
        #if canImport(Darwin)
          Foundation.send(descriptor, buffer.baseAddress, buffer.count, 0)
        #else
          Foundation.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        #endif
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  /// Says that nothing more will be sent.
  func finish() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

  /// Breaks the connection.
  func hangUp() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// What the server sends until it closes the connection.
  func everything() async -> String { await received { _ in false } }

  /// What the server sends until this text is in it, or it closes the connection.
  func received(until text: String) async -> String { await received { $0.contains(text) } }

  private func received(until isEnough: @escaping @Sendable (String) -> Bool) async -> String {
    await withCheckedContinuation { continuation in
      queue.async { [descriptor] in
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while !isEnough(String(decoding: bytes, as: UTF8.self)) {
          let count = recv(descriptor, &buffer, buffer.count, 0)
          guard count > 0 else { break }
          bytes += buffer[..<count]
        }
        continuation.resume(returning: String(decoding: bytes, as: UTF8.self))
      }
    }
  }

  private static func makeSocket() -> Int32 {
    #if canImport(Darwin)
      socket(AF_INET, SOCK_STREAM, 0)
    #else
      socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
  }
}
