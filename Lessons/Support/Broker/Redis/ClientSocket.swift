import Dispatch
import Sockets

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Where names are looked up, which blocks.
private let lookUps = DispatchQueue(label: "redis names")

/// How a client's connection begins.
extension StreamSocket {
  /// Connects to the first address of a host that answers.
  ///
  /// - Throws: ``RedisError/unreachable(_:)``; `CancellationError`.
  static func connect(to url: RedisURL) async throws -> StreamSocket {
    let addresses = try await addresses(of: url)
    var reason = "it has no address"
    for address in addresses {
      try Task.checkCancellation()
      guard let socket = make(family: address.family) else {
        reason = message(errno)
        continue
      }
      socket.sendAtOnce()
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
      lookUps.async { continuation.resume(with: Result { try lookUp(url) }) }
    }
  }

  private static func lookUp(_ url: RedisURL) throws -> [Address] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = kind
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
}

// The system's name for it is also one of ours.
#if canImport(Darwin)
  private let systemConnect = Darwin.connect
#elseif canImport(Musl)
  private let systemConnect = Musl.connect
#else
  private let systemConnect = Glibc.connect
#endif
