#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#else
  import Darwin
#endif

/// A signal of Unix: what Ctrl-C, `kill` or a supervisor sends to a process.
public struct ProcessSignal: Sendable, Hashable, CustomStringConvertible {
  /// The system's number for it.
  public let number: Int32

  /// Names the signal that has this number.
  public init(number: Int32) {
    self.number = number
  }

  /// SIGINT: somebody presses Ctrl-C.
  public static let interrupt = ProcessSignal(number: SIGINT)
  /// SIGTERM: `kill`, systemd, Docker or Kubernetes asks the process to end.
  public static let terminate = ProcessSignal(number: SIGTERM)

  /// What a shell shows as the exit status of a process that this signal has ended: 128 and the
  /// number, 130 for SIGINT and 143 for SIGTERM.
  public var exitStatus: Int32 { 128 + number }

  /// The name that manuals use: "SIGINT".
  public var description: String {
    switch number {
    case SIGINT: "SIGINT"
    case SIGTERM: "SIGTERM"
    case SIGHUP: "SIGHUP"
    case SIGQUIT: "SIGQUIT"
    case SIGUSR1: "SIGUSR1"
    case SIGUSR2: "SIGUSR2"
    default: "signal \(number)"
    }
  }

  /// Sends the signal to this process, as `kill` would.
  public func sendToThisProcess() {
    kill(getpid(), number)
  }

  /// Ends the process the way the signal would have ended it if nobody had listened.
  ///
  /// A program that was told to stop, and has cleaned up, should not `exit(0)`: whoever started it,
  /// a shell's loop for one, would take it for done and go on. Call this last: it flushes what C's
  /// streams hold, and nothing else.
  public func endThisProcess() -> Never {
    fflush(nil)
    signal(number, SIG_DFL)
    deliverToThisThread()
    // A signal that ends nobody, SIGWINCH for instance.
    exit(exitStatus)
  }

  /// Has the signal do at once what it does at this time, also on a thread that blocks it, as those do
  /// that Dispatch has made.
  func deliverToThisThread() {
    var only = sigset_t()
    sigemptyset(&only)
    sigaddset(&only, number)
    pthread_sigmask(SIG_UNBLOCK, &only, nil)
    raise(number)
  }
}
