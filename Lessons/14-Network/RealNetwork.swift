// The network of this machine: TCP to 127.0.0.1, with a loop that waits, or with threads that block.

import Foundation

/// Connections whose tasks suspend on an event loop while they wait.
struct RealNetwork: Network {
  var loop = EventLoop.shared

  func connect(to port: UInt16) async throws -> any Connection {
    let socket = try Socket(connectingTo: port, blocks: false)
    do {
      while try !socket.isConnected() { try await loop.ready(socket.number, for: POLLOUT) }
    } catch {
      socket.close()
      throw error
    }
    return RealConnection(socket: socket, loop: loop)
  }
}

private struct RealConnection: Connection {
  let socket: Socket
  let loop: EventLoop

  func send(_ bytes: [UInt8]) async throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      if let count = try socket.send(rest) {
        rest = rest.dropFirst(count)
      } else {
        try await loop.ready(socket.number, for: POLLOUT)
      }
    }
  }

  func receive() async throws -> [UInt8] {
    while true {
      try Task.checkCancellation()
      if let bytes = try socket.receive() { return bytes }
      try await loop.ready(socket.number, for: POLLIN)
    }
  }

  func close() { socket.close() }
}

/// Asks for a page in calls that block the thread until the answer is there.
func getBlocking(_ address: Address) throws -> String {
  let socket = try Socket(connectingTo: address.port, blocks: true)
  defer { socket.close() }
  var rest = requestText(for: address.path)[...]
  while !rest.isEmpty { rest = rest.dropFirst(try socket.send(rest) ?? 0) }
  var answer = AnswerParser()
  while true {
    if let text = try answer.add(try socket.receive() ?? []) { return text }
  }
}

/// A TCP connection to this machine, as the system has it.
struct Socket: Sendable {
  let number: Int32

  /// Connects; where it must not block, it only begins to.
  init(connectingTo port: UInt16, blocks: Bool) throws {
    #if canImport(Glibc)
      number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      number = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    guard number >= 0 else { throw WebError(code: errno) }
    Self.configure(number, blocks: blocks)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian  // 127.0.0.1
    let (result, code) = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { [number] address in
        let result = connect(number, address, socklen_t(MemoryLayout<sockaddr_in>.size))
        return (result, errno)
      }
    }
    guard result == 0 || code == EINPROGRESS else {
      close()
      throw WebError(code: code)
    }
  }

  /// Whether the connection is there; throws why it will never be.
  func isConnected() throws -> Bool {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &size)
    if code != 0 { throw WebError(code: code) }
    var poll = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
    return Foundation.poll(&poll, 1, 0) == 1
  }

  /// How many of the bytes the system has taken; nil if it takes none now.
  func send(_ bytes: ArraySlice<UInt8>) throws -> Int? {
    let count = bytes.withUnsafeBytes { write(number, $0.baseAddress, $0.count) }
    return count >= 0 ? count : try nothing()
  }

  /// What has come, nothing at the end; nil if there is nothing now.
  func receive() throws -> [UInt8]? {
    var result = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: 4_096) { buffer, count in
      result = read(number, buffer.baseAddress, buffer.count)
      count = max(0, result)
    }
    return result >= 0 ? bytes : try nothing()
  }

  func close() { _ = Foundation.close(number) }

  private func nothing<Value>() throws -> Value? {
    if errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR { return nil }
    throw WebError(code: errno)
  }

  /// Says whether calls may block, and that programs which we start do not inherit it.
  static func configure(_ number: Int32, blocks: Bool) {
    if !blocks { _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK) }
    _ = fcntl(number, F_SETFD, FD_CLOEXEC)
  }
}

extension WebError {
  init(code: Int32) {
    self =
      switch code {
      case ECONNREFUSED: .refused
      case ECONNRESET, EPIPE: .cutOff
      case EMFILE, ENFILE: .tooManyOpen
      default: .system(String(cString: strerror(code)))
      }
  }
}
