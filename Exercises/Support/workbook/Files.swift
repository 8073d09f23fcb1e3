import Foundation

/// What is done to files, with errors in the system's words.
enum Files {
  static func makeFolder(_ path: String) throws(SystemError) {
    if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
    guard errno == ENOENT else { throw .current }
    try makeFolder(URL(filePath: path).deletingLastPathComponent().path)
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw .current }
  }

  /// Writes a file anew.
  static func write(_ text: String, to path: String) throws(SystemError) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .current }
    defer { close(file) }
    try write(text, to: file)
  }

  /// Writes all of a text.
  static func write(_ text: String, to file: Int32) throws(SystemError) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        var request = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
        poll(&request, 1, -1)
      } else if errno != EINTR {
        throw .current
      }
    }
  }

  static func remove(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// True if there is something at a path.
  static func exist(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  static func text(_ path: String) -> String? {
    try? String(contentsOfFile: path, encoding: .utf8)
  }

  /// Copies a file, byte by byte, beside its new place and then into it.
  static func copy(_ path: String, to place: String) throws(SystemError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw SystemError(number: ENOENT)
    }
    try makeFolder(URL(filePath: place).deletingLastPathComponent().path)
    let beside = "\(place).\(getpid())"
    guard FileManager.default.createFile(atPath: beside, contents: data) else {
      let error = SystemError.current
      unlink(beside)
      throw error
    }
    guard rename(beside, place) == 0 else { throw .current }
  }
}
