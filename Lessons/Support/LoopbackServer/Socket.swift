import Dispatch

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A TCP socket that never blocks its thread. Everything that differs between systems is here.
///
/// Whoever has it closes it, once, when no call is under way.
struct Socket: Sendable {
  private let descriptor: Int32

  /// Where readiness is heard of.
  private static let queue = DispatchQueue(label: "loopback server")

  // MARK: - Listening

  /// A socket that listens on 127.0.0.1, and its port.
  static func listening(on port: UInt16) throws(LoopbackServerError) -> (Socket, port: UInt16) {
    let descriptor = makeStream()
    guard descriptor >= 0 else { throw .system(call: "socket", code: errno) }
    let socket = Socket(descriptor: descriptor)
    socket.configure()
    // Lets us have a port again whose last connections are in TIME_WAIT, never one in use.
    socket.set(SOL_SOCKET, SO_REUSEADDR)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian  // 127.0.0.1
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let failure = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> String? in
        if bind(descriptor, address, size) < 0 { return "bind" }
        if listen(descriptor, 1024) < 0 { return "listen" }
        return getsockname(descriptor, address, &size) < 0 ? "getsockname" : nil
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
  func nextConnection() async -> Socket? {
    while !Task.isCancelled {
      let connection = accept(descriptor, nil, nil)
      if connection >= 0 {
        let socket = Socket(descriptor: connection)
        socket.configure()
        // Else the second of two small writes waits for the peer to acknowledge the first.
        socket.set(Int32(IPPROTO_TCP), TCP_NODELAY)
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

  // MARK: - Bytes

  /// What has come in; empty at the end, after an error, and when the task is cancelled.
  func receive() async -> [UInt8] {
    while !Task.isCancelled {
      var code: Int32 = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, count in
        let received = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        code = received < 0 ? errno : 0
        count = max(0, received)
      }
      switch code {
      case 0: return bytes
      case EAGAIN, EWOULDBLOCK: await untilReadable()
      case EINTR: continue
      default: return []
      }
    }
    return []
  }

  /// Hands bytes to the kernel, as fast as the peer takes them.
  ///
  /// - Throws: ``LoopbackServerError/disconnected``; `CancellationError`.
  func send(_ bytes: [UInt8]) async throws {
    var sent = 0
    while sent < bytes.count {
      try Task.checkCancellation()
      let count = bytes.withUnsafeBytes { [sent] buffer in
        let rest = UnsafeRawBufferPointer(rebasing: buffer[sent...])
        return systemSend(rest)
      }
      if count >= 0 {
        sent += count
        continue
      }
      switch errno {
      case EAGAIN, EWOULDBLOCK: await untilWritable()
      case EINTR: continue
      default: throw LoopbackServerError.disconnected
      }
    }
  }

  // MARK: - The end

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

  func close() {
    _ = systemClose(descriptor)
  }

  // MARK: - Readiness

  private func untilReadable() async {
    await ready(DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: Self.queue))
  }

  private func untilWritable() async {
    await ready(DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: Self.queue))
  }

  /// Suspends until a source fires or the task is cancelled.
  ///
  /// It goes on in the source's cancel handler: by then Dispatch has let go of the descriptor, and
  /// it may be closed.
  private func ready(_ source: any DispatchSourceProtocol) async {
    let source = Source(source)
    await withTaskCancellationHandler {
      await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
        source.activate(andThen: continuation)
      }
    } onCancel: {
      source.cancel()
    }
  }

  /// Dispatch's sources may be used from any thread; their protocol does not say so.
  private struct Source: @unchecked Sendable {
    private let source: any DispatchSourceProtocol

    init(_ source: any DispatchSourceProtocol) { self.source = source }

    func activate(andThen continuation: UnsafeContinuation<Void, Never>) {
      source.setEventHandler { cancel() }
      source.setCancelHandler { continuation.resume() }
      source.activate()
    }

    func cancel() { source.cancel() }
  }

  // MARK: - System calls

  private func configure() {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    #if canImport(Darwin)
      set(SOL_SOCKET, SO_NOSIGPIPE)
    #endif
  }

  private func set(_ level: Int32, _ option: Int32) {
    var on: Int32 = 1
    setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func makeStream() -> Int32 {
    #if canImport(Glibc)
      socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      socket(AF_INET, SOCK_STREAM, 0)
    #endif
  }

  /// Without the signal that would end the program when the peer has gone.
  private func systemSend(_ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Darwin)
      Darwin.send(descriptor, bytes.baseAddress, bytes.count, 0)
    #elseif canImport(Musl)
      Musl.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    #else
      Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    #endif
  }
}

// The system's names for these are also names of ours.
#if canImport(Darwin)
  private typealias linger_option = Darwin.linger
  private let systemClose = Darwin.close
#elseif canImport(Musl)
  private typealias linger_option = Musl.linger
  private let systemClose = Musl.close
#else
  private typealias linger_option = Glibc.linger
  private let systemClose = Glibc.close
#endif
