// What the operating system knows: the terminal, the environment, how a program ends.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#else
  import Darwin
#endif

/// Codes that a lesson exits with; from 64 on they are those of `sysexits.h`.
enum ExitCode {
  static let success: Int32 = 0
  static let failure: Int32 = 1
  static let usage: Int32 = 64
  static let cannotCreate: Int32 = 73
  static let cannotWrite: Int32 = 74
}

enum Terminal {
  /// The page that standard output is.
  static func page(isPlain: Bool) -> Page {
    // A reader who has seen enough (`| head -1`) is noticed by a failing write instead.
    signal(SIGPIPE, SIG_IGN)
    return Page(
      width: isTerminal ? min(100, width ?? 80) : 80, isPlain: isPlain,
      hasColour: isTerminal && (environment("NO_COLOR") ?? "").isEmpty
        && environment("TERM") != "dumb"
    ) { line in
      switch write(line, to: STDOUT_FILENO) {
      case 0: return
      case EPIPE: leave(with: ExitCode.success)
      case let error:
        report("cannot write to standard output: \(describe(error))")
        leave(with: ExitCode.cannotWrite)
      }
    }
  }

  /// The name that the program was started by.
  static var program: String {
    let path = CommandLine.arguments.first ?? ""
    return path.split(separator: "/").last.map(String.init) ?? "Lesson"
  }

  /// Prints one line on standard error.
  static func report(_ message: String) {
    _ = write("\(program): \(message.withoutControls())\n", to: STDERR_FILENO)
  }

  /// Ends the program.
  static func leave(with code: Int32) -> Never { exit(code) }

  /// What an error number means, in the system's words.
  static func describe(_ error: Int32) -> String {
    strerror(error).map { String(cString: $0) } ?? "error \(error)"
  }

  /// Writes all of `text`, at once and without a buffer; returns an error number, or zero.
  static func write(_ text: String, to file: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = systemWrite(file, UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: rest)))
        if count >= 0 {
          rest = rest.dropFirst(count)
          continue
        }
        switch errno {
        case EINTR: continue
        case EAGAIN:
          // Somebody made it non-blocking: await room.
          var request = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
          _ = poll(&request, 1, -1)
        case let error: return error
        }
      }
      return 0
    }
  }

  private static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  private static var width: Int? {
    var size = winsize()
    if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
      return Int(size.ws_col)
    }
    return environment("COLUMNS").flatMap { Int($0) }
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}

private func systemWrite(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(file, bytes.baseAddress, bytes.count)
}
