import Foundation

/// The contestant in Python: an interpreter that runs `asyncio_benchmarks.py`, and measures itself.
final class Python {
  /// The version of Python.
  let version: String

  private let child: Child

  /// Starts the interpreter. `nil` if there is no `python3` on the path, or if it does
  /// not work.
  init?() {
    guard let child = try? Self.start(), let version = try? child.line() else { return nil }
    self.child = child
    self.version = version
  }

  /// What it takes to do a piece of work so many times, in nanoseconds.
  func run(_ name: String, operations: Int) throws -> Double {
    try child.send("\(name) \(operations)")
    guard let nanoseconds = Double(try child.line()) else { throw ChildError.notUnderstood }
    return nanoseconds
  }

  /// Starts the program in an interpreter of its own.
  static func start(_ arguments: String...) throws -> Child {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    let candidates = folders.map { URL(filePath: String($0)).appending(path: "python3") }
    let found = candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    guard let interpreter = found else { throw ChildError.notFound("python3") }
    let program = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "asyncio_benchmarks.py")
    return try Child(interpreter, [program.path] + arguments)
  }
}
