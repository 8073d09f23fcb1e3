import Foundation

/// A terminal that a test looks at and types on.
final class PseudoTerminal {
  private let ours: Int32
  private let theirs: Int32
  private var seen = Data()

  init(columns: UInt16 = 80, rows: UInt16 = 40) throws {
    ours = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    theirs = open(try Self.unlock(ours), O_RDWR | O_NOCTTY)
    guard ours >= 0, theirs >= 0 else { throw POSIXError(.ENOTTY) }
    _ = fcntl(ours, F_SETFL, O_NONBLOCK)
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(ours, UInt(TIOCSWINSZ), &size)
  }

  deinit {
    close(ours)
    close(theirs)
  }

  /// Lets others open the other end; returns its path.
  private static func unlock(_ file: Int32) throws -> String {
    #if canImport(Darwin)
      guard grantpt(file) == 0, unlockpt(file) == 0, let name = ptsname(file) else {
        throw POSIXError(.ENOTTY)
      }
      return String(cString: name)
    #else
      // What unlockpt and ptsname do, which Swift does not see there: TIOCSPTLCK, TIOCGPTN.
      var lock: Int32 = 0
      var number: Int32 = 0
      guard ioctl(file, 0x4004_5431, &lock) == 0, ioctl(file, 0x8004_5430, &number) == 0 else {
        throw POSIXError(.ENOTTY)
      }
      return "/dev/pts/\(number)"
    #endif
  }

  /// The end that a program gets.
  var handle: FileHandle { FileHandle(fileDescriptor: theirs, closeOnDealloc: false) }

  /// True while keys are told one by one and are not shown.
  var tellsEveryKey: Bool {
    var mode = termios()
    tcgetattr(theirs, &mode)
    return mode.c_lflag & tcflag_t(ICANON | ECHO) == 0
  }

  /// Types something.
  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(ours, bytes, bytes.count)
  }

  /// All that has been written on it since the screen was last cleared.
  var screen: String {
    let text = everything
    return text.components(separatedBy: "\u{1B}[2J\u{1B}[H").last ?? text
  }

  /// All that has ever been written on it.
  var everything: String {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(ours, &buffer, buffer.count)
      guard count > 0 else { break }
      seen.append(contentsOf: buffer.prefix(count))
    }
    return String(decoding: seen, as: UTF8.self).replacing("\u{1B}[K", with: "")
      .replacing("\r\n", with: "\n")
  }
}
