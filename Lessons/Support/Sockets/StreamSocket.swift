import Dispatch

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A TCP connection that never blocks its thread, on either side of it.
///
/// Servers listen in `LoopbackServer`, and Redis's client connects in `Broker`. What differs between
/// systems once there is a descriptor is here.
///
/// Whoever has it closes it, once, when no call is under way.
package struct StreamSocket: Sendable {
  package let descriptor: Int32

  /// Where readiness is heard of.
  private static let queue = DispatchQueue(label: "sockets")

  /// Makes a socket of a descriptor that this program has just got.
  package init(_ descriptor: Int32) {
    self.descriptor = descriptor
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    #if canImport(Darwin)
      set(SOL_SOCKET, SO_NOSIGPIPE)
    #endif
  }

  /// What `socket` is asked for.
  package static var kind: Int32 {
    #if canImport(Glibc)
      Int32(SOCK_STREAM.rawValue)
    #else
      SOCK_STREAM
    #endif
  }

  /// A socket that is not connected yet; nil, and a number in `errno`, if there is none to be had.
  package static func make(family: Int32) -> StreamSocket? {
    let descriptor = socket(family, kind, 0)
    return descriptor < 0 ? nil : StreamSocket(descriptor)
  }

  /// Switches an option on.
  package func set(_ level: Int32, _ option: Int32) {
    var on: Int32 = 1
    setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Sends each write at once. Else the second of two small ones waits for the peer to acknowledge
  /// the first.
  package func sendAtOnce() { set(Int32(IPPROTO_TCP), TCP_NODELAY) }

  package func close() { _ = systemClose(descriptor) }

  // MARK: - Bytes

  /// What has come in; empty at the end, after an error, and when the task is cancelled.
  package func receive() async -> [UInt8] {
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
  package func send(_ bytes: [UInt8]) async -> Bool {
    var sent = 0
    while sent < bytes.count {
      if Task.isCancelled { return false }
      let count = bytes.withUnsafeBytes { [sent] buffer in
        systemSend(descriptor, UnsafeRawBufferPointer(rebasing: buffer[sent...]))
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

  // MARK: - Readiness

  /// Suspends until there is something to read or accept, or the task is cancelled.
  package func untilReadable() async {
    await ready(DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: Self.queue))
  }

  /// Suspends until it can be written to, or the task is cancelled.
  package func untilWritable() async {
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
}

/// Without the signal that would end the program when the peer has gone.
private func systemSend(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  #if canImport(Darwin)
    Darwin.send(descriptor, bytes.baseAddress, bytes.count, 0)
  #elseif canImport(Musl)
    Musl.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
  #else
    Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
  #endif
}

// The system's name for it is also one of ours.
#if canImport(Darwin)
  private let systemClose = Darwin.close
#elseif canImport(Musl)
  private let systemClose = Musl.close
#else
  private let systemClose = Glibc.close
#endif
