import Dispatch

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A TCP socket to a server, which never blocks its thread. All that differs between systems is here.
///
/// Whoever has it closes it, once, when no call is under way.
struct RedisSocket: Sendable {
  private let descriptor: Int32

  /// Where readiness is heard of.
  private static let queue = DispatchQueue(label: "redis")
  /// Where names are looked up, which blocks.
  private static let names = DispatchQueue(label: "redis names")

  // MARK: - Connecting

  /// Connects to the first address of a host that answers.
  ///
  /// - Throws: ``RedisError/unreachable(_:)``; `CancellationError`.
  static func connect(to url: RedisURL) async throws -> RedisSocket {
    let addresses = try await addresses(of: url)
    var reason = "it has no address"
    for address in addresses {
      try Task.checkCancellation()
      let descriptor = makeStream(family: address.family)
      guard descriptor >= 0 else {
        reason = message(errno)
        continue
      }
      let socket = RedisSocket(descriptor: descriptor)
      socket.configure()
      let code = await socket.connect(to: address)
      if code == 0, !Task.isCancelled { return socket }
      socket.close()
      reason = message(code)
    }
    try Task.checkCancellation()
    throw RedisError.unreachable("\(url) cannot be reached: \(reason)")
  }

  /// Returns 0, or the system's number for what went wrong.
  private func connect(to address: Address) async -> Int32 {
    let result = address.bytes.withUnsafeBytes { buffer -> Int32 in
      guard let base = buffer.baseAddress else { return -1 }
      return systemConnect(
        descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(buffer.count))
    }
    if result == 0 { return 0 }
    guard errno == EINPROGRESS || errno == EINTR else { return errno }
    await untilWritable()
    if Task.isCancelled { return ECANCELED }
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
    return code
  }

  private struct Address: Sendable {
    let family: Int32
    let bytes: [UInt8]
  }

  private static func addresses(of url: RedisURL) async throws -> [Address] {
    try await withCheckedThrowingContinuation { continuation in
      names.async { continuation.resume(with: Result { try lookUp(url) }) }
    }
  }

  private static func lookUp(_ url: RedisURL) throws -> [Address] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    #if canImport(Glibc)
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      hints.ai_socktype = SOCK_STREAM
    #endif
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(url.host, "\(url.port)", &hints, &list)
    guard code == 0 else {
      let words = gai_strerror(code).map { String(cString: $0) } ?? "unknown name"
      throw RedisError.unreachable("\(url) cannot be reached: \(words)")
    }
    defer { freeaddrinfo(list) }
    return sequence(first: list, next: { $0?.pointee.ai_next }).compactMap { entry in
      guard let info = entry?.pointee, let address = info.ai_addr else { return nil }
      let bytes = UnsafeRawBufferPointer(start: address, count: Int(info.ai_addrlen))
      return Address(family: info.ai_family, bytes: Array(bytes))
    }
  }

  private static func message(_ code: Int32) -> String { String(cString: strerror(code)) }

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

  /// Hands bytes to the kernel, as fast as the peer takes them. False if the connection is broken,
  /// or the task cancelled.
  func send(_ bytes: [UInt8]) async -> Bool {
    var sent = 0
    while sent < bytes.count {
      if Task.isCancelled { return false }
      let count = bytes.withUnsafeBytes { [sent] buffer in
        systemSend(UnsafeRawBufferPointer(rebasing: buffer[sent...]))
      }
      if count >= 0 {
        sent += count
        continue
      }
      switch errno {
      case EAGAIN, EWOULDBLOCK: await untilWritable()
      case EINTR: continue
      default: return false
      }
    }
    return true
  }

  func close() { _ = systemClose(descriptor) }

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
    // Else the second of two small writes waits for the peer to acknowledge the first.
    set(Int32(IPPROTO_TCP), TCP_NODELAY)
    #if canImport(Darwin)
      set(SOL_SOCKET, SO_NOSIGPIPE)
    #endif
  }

  private func set(_ level: Int32, _ option: Int32) {
    var on: Int32 = 1
    setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func makeStream(family: Int32) -> Int32 {
    #if canImport(Glibc)
      socket(family, Int32(SOCK_STREAM.rawValue), 0)
    #else
      socket(family, SOCK_STREAM, 0)
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
  private let systemClose = Darwin.close
  private let systemConnect = Darwin.connect
#elseif canImport(Musl)
  private let systemClose = Musl.close
  private let systemConnect = Musl.connect
#else
  private let systemClose = Glibc.close
  private let systemConnect = Glibc.connect
#endif
