import Foundation

/// The terminal: its size, its keys, and how it was before.
enum Terminal {
  /// How many columns and rows it has; nil if standard output is none.
  static var size: (columns: Int, rows: Int)? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// True if there is somebody to talk to.
  static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

  /// True if lines can only be added to what is there.
  static var isDumb: Bool {
    let term = ProcessInfo.processInfo.environment["TERM"] ?? ""
    return term.isEmpty || term == "dumb"
  }

  // All are written once, before any handler that reads them is in place, by the only thread there
  // is then; after that they are only read.
  nonisolated(unsafe) private static var before: termios?
  nonisolated(unsafe) private static var news: (output: Int32, input: Int32) = (-1, -1)

  /// From now on every key is told at once and is not shown. Ctrl-C and Ctrl-Z stay what they are.
  static func listenToKeys() {
    if before == nil {
      var now = termios()
      guard tcgetattr(STDIN_FILENO, &now) == 0 else { return }
      before = now
    }
    guard var mode = before else { return }
    mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
    tcsetattr(STDIN_FILENO, TCSANOW, &mode)
  }

  /// As it was. Also called from handlers of signals, so it does nothing that is not allowed there.
  static func restore() {
    guard var mode = before else { return }
    tcsetattr(STDIN_FILENO, TCSANOW, &mode)
    // Colours off, cursor on.
    let codes: StaticString = "\u{1B}[0m\u{1B}[?25h"
    _ = write(STDOUT_FILENO, codes.utf8Start, codes.utf8CodeUnitCount)
  }

  /// A file from which the numbers of these signals can be read, each as a byte.
  ///
  /// A crash of ours restores the terminal before it goes on crashing.
  static func signals(_ numbers: [Int32]) -> Int32 {
    guard news.input < 0 else { return news.output }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return -1 }
    for end in ends {
      setCloseOnExec(end)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    news = (ends[0], ends[1])
    for number in numbers {
      signal(number) { number in
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(Terminal.news.input, &byte, 1)
      }
    }
    for number in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] {
      signal(number) { number in
        Terminal.restore()
        signal(number, SIG_DFL)
        raise(number)
      }
    }
    return ends[0]
  }
}
