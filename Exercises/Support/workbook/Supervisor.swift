import Foundation

/// `workbook __supervise`: starts a program, and ends all that it has started when it is over.
///
/// The runner does not start a program itself, but this, with a pipe between them, the *lifeline*,
/// that only the runner has the other end of. However the runner ends, be it by `kill -9`, the
/// system closes its end; that is noticed here, and nothing stays behind.
///
/// SwiftPM puts all that it starts into process groups of their own. What they share is the
/// session, so it is the session that is ended.
enum Supervisor {
  /// The name of the command, which is not for people.
  static let command = "__supervise"

  /// The files that it begins with, beside the standard three.
  enum File {
    static let lifeline: Int32 = 3
    static let report: Int32 = 4
    static let lock: Int32 = 5
  }

  /// - Parameter arguments: A folder, a limit in seconds (0 for none), a program with its arguments.
  static func run(_ arguments: [String]) -> Never {
    setsid()
    // Whoever wants this to end ends the runner. Else the program would be left alone.
    for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
    for file in [File.lifeline, File.report, File.lock] { setCloseOnExec(file) }
    guard arguments.count > 2, let limit = Double(arguments[1]) else { exit(64) }
    let ending =
      chdir(arguments[0]) == 0
      ? supervise(Array(arguments[2...]), limit: limit) : .notStarted("\(SystemError.current)")
    endSession()
    write(ending.line)
    exit(0)
  }

  private static func supervise(_ program: [String], limit: Double) -> Ending {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return .notStarted("\(SystemError.current)") }
    for end in ends { setCloseOnExec(end) }
    let process: pid_t
    switch Platform.spawn(program, environment: currentEnvironment(), files: [0, 1, 2]) {
    case .success(let number): process = number
    case .failure(let error): return .notStarted("\(program[0]): \(error)")
    }
    let news = ends[1]
    Thread.detachNewThread {
      var status: Int32 = 0
      while waitpid(process, &status, 0) < 0, errno == EINTR {}
      withUnsafeBytes(of: status) { _ = Foundation.write(news, $0.baseAddress, $0.count) }
    }
    let end = ContinuousClock.now + .seconds(limit)
    while true {
      var files = [
        pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0),
        pollfd(fd: File.lifeline, events: Int16(POLLIN), revents: 0),
      ]
      let left = (end - .now) / .milliseconds(1)
      if limit > 0, left <= 0 { return .timedOut }
      poll(&files, 2, limit > 0 ? Int32(left.rounded(.up)) : -1)
      if files[0].revents != 0 {
        var status: Int32 = 0
        _ = withUnsafeMutableBytes(of: &status) { read(ends[0], $0.baseAddress, $0.count) }
        return Ending(status: status)
      }
      if files[1].revents != 0 { return .ended }
    }
  }

  /// Kills whatever there is in our session besides ourselves.
  private static func endSession() {
    var killed: Set<pid_t> = [getpid()]
    // What is killed can start nothing more; so it is over when nobody new is found.
    while true {
      let new = Set(Platform.processes(ofSession: getsid(0))).subtracting(killed)
      if new.isEmpty { return }
      for process in new { kill(process, SIGKILL) }
      killed.formUnion(new)
    }
  }

  private static func write(_ line: String) {
    let bytes = Array(line.utf8)
    _ = Foundation.write(File.report, bytes, bytes.count)
  }

  /// The variables of this process, as a program is started with.
  static func currentEnvironment() -> [String] {
    ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
  }
}

/// Keeps a file from those whom we start.
func setCloseOnExec(_ file: Int32) {
  _ = fcntl(file, F_SETFD, FD_CLOEXEC)
}

/// How a program ended that was supervised.
enum Ending: Equatable {
  case exited(Int32)
  case signalled(Int32)
  /// It took longer than it may.
  case timedOut
  /// We have ended it.
  case ended
  /// It has not even begun, and why.
  case notStarted(String)

  /// From what `waitpid` says.
  init(status: Int32) {
    let signal = status & 0x7F
    self = signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
  }

  /// How the supervisor tells it.
  var line: String {
    switch self {
    case .exited(let code): "exited \(code)"
    case .signalled(let signal): "signalled \(signal)"
    case .timedOut: "timedOut"
    case .ended: "ended"
    case .notStarted(let reason): "notStarted \(reason)"
    }
  }

  /// From what the supervisor tells; nil if it was ended before it could.
  init?(line: String) {
    let words = line.split(separator: " ", maxSplits: 1).map(String.init)
    switch (words.first, words.dropFirst().first) {
    case ("exited", let code?): self = .exited(Int32(code) ?? -1)
    case ("signalled", let signal?): self = .signalled(Int32(signal) ?? -1)
    case ("timedOut", nil): self = .timedOut
    case ("ended", nil): self = .ended
    case ("notStarted", let reason?): self = .notStarted(reason)
    default: return nil
    }
  }

  /// How the checks ended, where `swift test` has run them and tells of a crash in its own words.
  func throughSwiftTest(_ errors: String) -> Ending {
    guard case .exited = self,
      let signal = errors.firstMatch(of: /unexpected signal code ([0-9]+)/).flatMap({ Int32($0.1) })
    else { return self }
    return .signalled(signal)
  }
}
