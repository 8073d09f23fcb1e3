// Where Linux and macOS differ. The rest of the runner is POSIX, as Foundation brings it along.
import Foundation

enum Platform {
  /// True where a bundle of tests is a program. Elsewhere `swift test` runs it.
  static let runsTestsDirectly: Bool = {
    #if os(Linux)
      return ProcessInfo.processInfo.environment["WORKBOOK_RUN_BY"] != "swift-test"
    #else
      return false
    #endif
  }()

  /// The program that runs, which stays the same if it is built anew meanwhile.
  static let ownExecutable: String = {
    #if canImport(Darwin)
      return Bundle.main.executablePath ?? CommandLine.arguments[0]
    #else
      return "/proc/self/exe"
    #endif
  }()

  /// The folder in which this program was built.
  static var ownFolder: String {
    URL(filePath: ownExecutable).resolvingSymlinksInPath().deletingLastPathComponent().path
  }

  /// The processes of a session.
  static func processes(ofSession session: pid_t) -> [pid_t] {
    allProcesses.filter { getsid($0) == session }
  }

  private static var allProcesses: [pid_t] {
    #if canImport(Darwin)
      // Room for those that are started meanwhile.
      var list = [pid_t](repeating: 0, count: Int(proc_listallpids(nil, 0)) + 64)
      let count = proc_listallpids(&list, Int32(list.count * MemoryLayout<pid_t>.size))
      return Array(list.prefix(max(0, Int(count))))
    #else
      let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc")
      return (names ?? []).compactMap { pid_t($0) }
    #endif
  }

  /// When a file was last written, in nanoseconds.
  static func modification(_ status: stat) -> Int {
    #if canImport(Darwin)
      return status.st_mtimespec.tv_sec * 1_000_000_000 + status.st_mtimespec.tv_nsec
    #else
      return status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    #endif
  }

  /// Starts a program, found on the path, with these files as 0, 1, 2 …
  ///
  /// - Returns: Its number, or why it could not be started.
  static func spawn(
    _ arguments: [String], environment: [String], files: [Int32]
  ) -> Result<pid_t, SystemError> {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    for (number, file) in files.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, file, Int32(number))
    }
    // Whatever we ignore or block, it is no business of theirs.
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
    var process: pid_t = 0
    let error = withCStrings(arguments) { list in
      withCStrings(environment) { environment in
        posix_spawnp(&process, arguments[0], &actions, &attributes, list, environment)
      }
    }
    return error == 0 ? .success(process) : .failure(SystemError(number: error))
  }

  /// Becomes another program, found on the path. Returns only if it cannot.
  static func become(_ arguments: [String]) -> SystemError {
    withCStrings(arguments) { arguments in
      if let name = arguments[0] { execvp(name, arguments) }
      return SystemError.current
    }
  }
}

/// An error of the operating system's.
struct SystemError: Error, CustomStringConvertible {
  var number: Int32

  /// What went wrong just now.
  static var current: SystemError { SystemError(number: errno) }

  /// What it means, in the system's words.
  var description: String {
    strerror(number).map { String(cString: $0) } ?? "error \(number)"
  }
}

/// Calls `body` with strings as C wants them, the last followed by nil.
private func withCStrings<Result>(
  _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return body(copies + [nil])
}
