import Sockets

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// How a server's sockets begin and end.
extension StreamSocket {
  /// A socket that listens on 127.0.0.1, and its port.
  static func listening(
    on port: UInt16
  ) throws(LoopbackServerError) -> (StreamSocket, port: UInt16) {
    guard let socket = make(family: AF_INET) else { throw .system(call: "socket", code: errno) }
    // Lets us have a port again whose last connections are in TIME_WAIT, never one in use.
    socket.set(SOL_SOCKET, SO_REUSEADDR)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian  // 127.0.0.1
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let failure = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> String? in
        if bind(socket.descriptor, address, size) < 0 { return "bind" }
        if listen(socket.descriptor, 1024) < 0 { return "listen" }
        return getsockname(socket.descriptor, address, &size) < 0 ? "getsockname" : nil
      }
    }
    if let call = failure {
      let code = errno
      socket.close()
      throw code == EADDRINUSE ? .portInUse(port) : .system(call: call, code: code)
    }
    return (socket, UInt16(bigEndian: address.sin_port))
  }

  /// The next connection; nil when the task is cancelled.
  func nextConnection() async -> StreamSocket? {
    while !Task.isCancelled {
      let connection = accept(descriptor, nil, nil)
      if connection >= 0 {
        let socket = StreamSocket(connection)
        socket.sendAtOnce()
        return socket
      }
      switch errno {
      case EAGAIN, EWOULDBLOCK: await untilReadable()
      case EINTR, ECONNABORTED: continue
      // Out of descriptors (EMFILE) or of memory: who wants to connect waits in the kernel's queue,
      // and the socket stays readable all the while. So look again soon, not at once.
      default: try? await Task.sleep(for: .milliseconds(20))
      }
    }
    return nil
  }

  /// Sends bytes, or says why it cannot.
  ///
  /// - Throws: ``LoopbackServerError/disconnected``; `CancellationError`.
  func sendOrThrow(_ bytes: [UInt8]) async throws {
    if await send(bytes) { return }
    try Task.checkCancellation()
    throw LoopbackServerError.disconnected
  }

  /// Says that nothing more will be sent, and reads on until the peer has closed its side.
  ///
  /// Closing while bytes are unread would reset the connection, and the peer might not get to read
  /// what we said last.
  func linger() async {
    shutdown(descriptor, Int32(SHUT_WR))
    while !(await receive()).isEmpty {}
  }

  /// Makes ``close()`` tell the peer that the connection broke.
  func resetWhenClosed() {
    var option = linger_option(l_onoff: 1, l_linger: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger_option>.size))
  }
}

// The system's name for it is also one of ours.
#if canImport(Darwin)
  private typealias linger_option = Darwin.linger
#elseif canImport(Musl)
  private typealias linger_option = Musl.linger
#else
  private typealias linger_option = Glibc.linger
#endif
