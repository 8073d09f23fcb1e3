import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#else
  import Darwin
#endif

/// Hears of signals, in place of what the system would do on them: to end the process.
///
/// ```swift
/// let shutdown = GracefulShutdown(limit: .seconds(10))
/// let listener = SignalListener(.interrupt, .terminate) { _ in shutdown.request() }
/// defer { listener.stop() }
/// try await shutdown.run { try await serve() }
/// ```
///
/// - **When**: from the moment when `init` returns, until ``stop()`` or the last reference is gone.
///   Then the signals do again what they did before.
/// - **Where**: the callback runs on a Dispatch queue of the listener's own, one signal after the
///   other, in ordinary code and not inside a signal handler: it may allocate, lock and resume.
/// - **How often**: a signal that arrives while the same one is pending is the same one. After
///   `limit` signals the listener takes itself back *before* it calls: who presses Ctrl-C a third
///   time ends the process, even if every thread of it hangs.
/// - **Ignored signals** stay ignored, and are not heard of: a shell starts `job &` in a script, and
///   `nohup` its command, with the wish that Ctrl-C, or the end of the session, does not reach it.
/// - **Cost**: a Dispatch source for each signal. Nothing polls.
///
/// In production, the `UnixSignals` of swift-service-lifecycle. The twin of asyncio's
/// `loop.add_signal_handler`, and of `process.on("SIGTERM", …)`.
public final class SignalListener: Sendable {
  private let installed: Mutex<[ListenedSignal]>

  /// Begins to listen.
  ///
  /// - Parameters:
  ///   - signals: Which.
  ///   - limit: How many to hear of before the process is left to the next one; all of them if `nil`.
  ///   - body: What to do when one arrives. Keep it short: ``GracefulShutdown/request()`` is.
  public init(
    _ signals: ProcessSignal..., upTo limit: Int? = 2,
    body: @escaping @Sendable (ProcessSignal) -> Void
  ) {
    // Serial: one signal after the other, whichever they are.
    let queue = DispatchQueue(label: "signals")
    let list = signals.filter { !$0.isIgnored }.map { ListenedSignal($0, on: queue) }
    installed = Mutex(list)
    let heard = Mutex(0)
    let count = { @Sendable in
      heard.withLock { heard in
        heard += 1
        return heard
      }
    }
    for listened in list {
      listened.begin {
        if count() == limit { for other in list { other.restore() } }
        body(listened.signal)
      }
    }
  }

  deinit { stop() }

  /// Whether this signal is heard of: false if it was to be ignored when the listener was made.
  public func hears(_ signal: ProcessSignal) -> Bool {
    installed.withLock { $0.contains { $0.signal == signal } }
  }

  /// Hears of nothing more: the signals do again what they did before. Once is enough.
  public func stop() {
    let list = installed.withLock { list in
      defer { list = [] }
      return list
    }
    for signal in list { signal.stop() }
  }
}

/// One signal, its source, and what it did before.
private final class ListenedSignal: Sendable {
  let signal: ProcessSignal
  /// What Dispatch calls thread-safe, and Swift does not know to be: after `begin`, it is only
  /// cancelled.
  nonisolated(unsafe) private let source: any DispatchSourceSignal
  private let previous: sigaction

  init(_ signal: ProcessSignal, on queue: DispatchQueue) {
    self.signal = signal
    source = DispatchSource.makeSignalSource(signal: signal.number, queue: queue)
    var action = sigaction()
    sigaction(signal.number, nil, &action)
    previous = action
  }

  /// Returns when the signal is heard of, and no longer ends the process.
  func begin(_ body: @escaping @Sendable () -> Void) {
    let isRegistered = DispatchSemaphore(value: 0)
    source.setRegistrationHandler { isRegistered.signal() }
    source.setEventHandler(handler: body)
    source.resume()
    // A few microseconds: whoever sends the signal next has to find the listener in place.
    isRegistered.wait()
    #if canImport(Darwin)
      // There, a source looks on, and the signal does what it does all the same. On Linux, the
      // source takes its place, and ignoring it would take it away from the source.
      Darwin.signal(signal.number, SIG_IGN)
    #endif
  }

  /// Lets the next signal do what it did before.
  func restore() {
    var action = previous
    sigaction(signal.number, &action, nil)
  }

  func stop() {
    restore()
    source.cancel()
  }
}

extension ProcessSignal {
  /// Whether whoever started the process has asked for the signal to be ignored.
  fileprivate var isIgnored: Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    #if canImport(Darwin)
      let handler = action.__sigaction_u.__sa_handler
    #else
      let handler = action.__sigaction_handler.sa_handler
    #endif
    // Functions cannot be compared, but the address of this one is a constant of the system's.
    return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
