#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#else
  import Darwin
#endif

/// A file that a lesson writes when it has ended.
///
/// It is written beside its place and then moved there, so that nobody ever reads half of it.
struct OutputFile {
  struct Problem: Error, Equatable, CustomStringConvertible {
    let description: String
  }

  /// Where it is; a symbolic link's target, if there is one.
  private let place: String
  private let path: String

  init(_ path: String) {
    self.path = path
    if let target = realpath(path, nil) {
      place = String(cString: target)
      free(target)
    } else {
      place = path
    }
  }

  /// Finds out whether it can be written, and leaves it as it is.
  func check() throws(Problem) {
    switch kind {
    case .folder: throw problem(EISDIR)
    case .device: if access(place, W_OK) != 0 { throw problem(errno) }
    case .regular:
      let file = open(place, O_WRONLY | O_CLOEXEC)
      if file < 0 { throw problem(errno) }
      close(file)
    case .missing:
      let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
      if file < 0 { throw problem(errno) }
      close(file)
      unlink(draft)
    }
  }

  /// Replaces what it holds by `text`.
  func write(_ text: String) throws(Problem) {
    switch kind {
    case .folder: throw problem(EISDIR)
    case .device: try put(text, into: open(place, O_WRONLY | O_CLOEXEC))
    case .regular, .missing:
      let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
      // A file may be writable in a folder that is not.
      guard file >= 0 else {
        return try put(text, into: open(place, O_WRONLY | O_TRUNC | O_CLOEXEC))
      }
      if let mode { _ = fchmod(file, mode) }
      do throws(Problem) {
        try put(text, into: file)
        if rename(draft, place) != 0 { throw problem(errno) }
      } catch {
        unlink(draft)
        throw error
      }
    }
  }

  private enum Kind { case missing, regular, folder, device }

  private var kind: Kind {
    switch mode.map({ $0 & S_IFMT }) {
    case nil: .missing
    case S_IFREG: .regular
    case S_IFDIR: .folder
    default: .device
    }
  }

  private var mode: mode_t? {
    var info = stat()
    return stat(place, &info) == 0 ? info.st_mode : nil
  }

  private var draft: String { "\(place).\(getpid()).partial" }

  private func put(_ text: String, into file: Int32) throws(Problem) {
    guard file >= 0 else { throw problem(errno) }
    let error = Terminal.write(text, to: file)
    let closed = close(file)
    if error != 0 { throw problem(error) }
    if closed != 0 { throw problem(errno) }
  }

  private func problem(_ error: Int32) -> Problem {
    Problem(description: "cannot write '\(path)': \(Terminal.describe(error)).")
  }
}
