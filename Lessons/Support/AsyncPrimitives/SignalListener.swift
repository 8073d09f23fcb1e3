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
/// - **When**: from the moment when `init` returns, until ``stop()``, or until the last reference is
///   gone. Then the signals do again what they did before. Of several listeners for a signal, the one
///   that was made last hears of it.
/// - **Where**: the callback runs on a Dispatch queue of the signal's own, in ordinary code and not
///   inside a signal handler: it may allocate, lock and resume.
/// - **How often**: a signal that arrives while the same one is pending is the same one. Beyond
///   `limit` signals, the listener passes them on to what they did before: who presses Ctrl-C a third
///   time ends the process at once, even if all of its tasks hang.
/// - **Ignored signals** stay ignored, and are not heard of: a shell starts `job &` in a script, and
///   `nohup` its command, with the wish that Ctrl-C, or the end of the session, does not reach it.
/// - **Cost**: a Dispatch source for each signal, which stays. Nothing polls.
///
/// In production, the `UnixSignals` of swift-service-lifecycle. The twin of asyncio's
/// `loop.add_signal_handler`, and of `process.on("SIGTERM", …)`.
public final class SignalListener: Sendable {
  private let wires: [SignalWire]
  private let ticket: Int

  /// Begins to listen.
  ///
  /// - Parameters:
  ///   - signals: Which.
  ///   - limit: How many to hear of, before the next one ends the process; all of them if `nil`.
  ///   - body: What to do when one arrives. Keep it short: ``GracefulShutdown/request()`` is.
  public init(
    _ signals: ProcessSignal..., upTo limit: Int? = 2,
    body: @escaping @Sendable (ProcessSignal) -> Void
  ) {
    let ticket = SignalWire.nextTicket()
    let wires = signals.filter { !$0.isIgnored }.map(SignalWire.of)
    let heard = Mutex(0)
    let next = { @Sendable in
      heard.withLock { heard in
        heard += 1
        return heard
      }
    }
    (self.ticket, self.wires) = (ticket, wires)
    for wire in wires {
      wire.attach(ticket) {
        guard let limit, next() > limit else { return body(wire.signal) }
        wire.detach(ticket)
        wire.signal.deliverToThisThread()
      }
    }
  }

  deinit { stop() }

  /// Whether this signal is heard of: false if it was to be ignored when the listener was made.
  public func hears(_ signal: ProcessSignal) -> Bool {
    wires.contains { $0.signal == signal }
  }

  /// Hears of nothing more: the signals do again what they did before. Once is enough.
  public func stop() {
    for wire in wires { wire.detach(ticket) }
  }
}

/// The one source of a signal. Once made it stays, whether or not anybody listens: what Dispatch does
/// with a signal when its sources come and go is nobody's business.
private final class SignalWire: Sendable {
  private struct State {
    /// Who listens; the last one hears.
    var listeners: [(ticket: Int, body: @Sendable () -> Void)] = []
    /// What the signal does while nobody listens.
    var unheard = sigaction()
    /// What it has to do so that the source hears of it.
    var heard = sigaction()
  }

  let signal: ProcessSignal
  private let state = Mutex(State())
  /// Set up in `init`, and only kept from then on, so that no two threads ever use it at once.
  nonisolated(unsafe) private let source: any DispatchSourceSignal

  private static let all = Mutex((wires: [ProcessSignal: SignalWire](), tickets: 0))

  static func of(_ signal: ProcessSignal) -> SignalWire {
    all.withLock { all in
      let wire = all.wires[signal] ?? SignalWire(signal)
      all.wires[signal] = wire
      return wire
    }
  }

  static func nextTicket() -> Int {
    all.withLock { all in
      all.tickets += 1
      return all.tickets
    }
  }

  /// Returns when the source is in place, a few microseconds later.
  private init(_ signal: ProcessSignal) {
    self.signal = signal
    let before = signal.action
    // A queue of its own: whatever a callback for another signal does, this source is soon in place.
    source = DispatchSource.makeSignalSource(
      signal: signal.number, queue: DispatchQueue(label: "\(signal)"))
    let isRegistered = DispatchSemaphore(value: 0)
    source.setRegistrationHandler { isRegistered.signal() }
    source.setEventHandler { [unowned self] in hear() }  // A wire lives as long as the process.
    source.resume()
    isRegistered.wait()
    #if canImport(Darwin)
      // There, a source looks on, and the signal does what it does all the same.
      var heard = before
      heard.__sigaction_u.__sa_handler = SIG_IGN
    #else
      // Here, the source takes the signal's place.
      let heard = signal.action
    #endif
    state.withLock { $0.heard = heard }
    signal.action = before
  }

  func attach(_ ticket: Int, _ body: @escaping @Sendable () -> Void) {
    state.withLock { state in
      if state.listeners.isEmpty {
        state.unheard = signal.action
        signal.action = state.heard
      }
      state.listeners.append((ticket, body))
    }
  }

  func detach(_ ticket: Int) {
    state.withLock { state in
      guard let index = state.listeners.firstIndex(where: { $0.ticket == ticket }) else { return }
      state.listeners.remove(at: index)
      if state.listeners.isEmpty { signal.action = state.unheard }
    }
  }

  private func hear() {
    guard let body = state.withLock({ $0.listeners.last?.body }) else {
      // It came at the moment when the last one left: it does what it would do a moment later.
      return signal.deliverToThisThread()
    }
    body()
  }
}

extension ProcessSignal {
  /// What the system does on the signal.
  fileprivate var action: sigaction {
    get {
      var action = sigaction()
      sigaction(number, nil, &action)
      return action
    }
    nonmutating set {
      var action = newValue
      sigaction(number, &action, nil)
    }
  }

  /// Whether whoever started the process has asked for the signal to be ignored.
  fileprivate var isIgnored: Bool {
    #if canImport(Darwin)
      let handler = action.__sigaction_u.__sa_handler
    #else
      let handler = action.__sigaction_handler.sa_handler
    #endif
    // Functions cannot be compared, but the address of this one is a constant of the system's.
    return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
