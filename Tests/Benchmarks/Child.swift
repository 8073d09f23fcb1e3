import Foundation

/// Another process, which is spoken to line by line.
///
/// Reading blocks the thread. Nothing else runs in the benchmarks while they wait for a child.
final class Child {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var unread = Data()

  /// Starts a program.
  init(_ executable: URL, _ arguments: [String]) throws {
    process.executableURL = executable
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  deinit {
    try? input.fileHandleForWriting.close()  // the end of its input is where a child stops
    process.waitUntilExit()
  }

  /// Says something.
  func send(_ line: String) throws {
    try input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8))
  }

  /// What it says next.
  func line() throws -> String {
    let newline = UInt8(ascii: "\n")
    while true {
      if let end = unread.firstIndex(of: newline) {
        defer { unread = Data(unread[(end + 1)...]) }
        return String(decoding: unread[..<end], as: UTF8.self)
      }
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { throw ChildError.ended }
      unread += more
    }
  }

  /// How much memory it has now, in bytes.
  func residentMemory() throws -> Double {
    let id = process.processIdentifier
    // Linux keeps it in a file: the second number, in pages.
    if let file = try? String(contentsOfFile: "/proc/\(id)/statm", encoding: .utf8),
      let pages = Double(file.split(separator: " ").dropFirst().first ?? "")
    {
      return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
    let list = try Child(URL(filePath: "/bin/ps"), ["-o", "rss=", "-p", "\(id)"])
    guard let kilobytes = Double(try list.line().trimmingCharacters(in: .whitespaces)) else {
      throw ChildError.notUnderstood
    }
    return kilobytes * 1_024
  }
}

enum ChildError: Error, CustomStringConvertible {
  case ended
  case notUnderstood
  case notFound(String)

  var description: String {
    switch self {
    case .ended: "a child process ended too early"
    case .notUnderstood: "a child process said what was not expected"
    case .notFound(let name): "\(name) was not found"
    }
  }
}
