import CheckKit
import ExerciseKit
import Foundation
import Synchronization
import Testing

/// One sentence that must be true of a downloader on the real network.
struct HTTPCheck: Sendable, CustomTestStringConvertible {
  private let sentence: String
  private let location: SourceLocation
  private let body: @Sendable (any Downloading.Type, Disk) async throws -> Void

  init(
    _ sentence: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (_ type: any Downloading.Type, _ disk: Disk) async throws -> Void
  ) {
    self.sentence = sentence
    location = sourceLocation
    self.body = body
  }

  var testDescription: String { sentence }

  /// Reports what it has seen against an answer. What is not done yet is a known issue.
  func judge(
    _ type: any Downloading.Type, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    noteBeginning(of: sentence, at: location)
    let todos = TodoLog()
    let seen = Mutex<[String]>([])
    do {
      try await TodoLog.$current.withValue(todos) {
        // What an expectation says in words, without the values that it compared.
        try await IssueHandlingTrait.compactMapIssues { issue in
          seen.withLock { $0 += issue.comments.map(\.rawValue) }
          return nil
        }.provideScope(for: try #require(Test.current), testCase: Test.Case.current) {
          let disk = try Disk()
          defer { disk.remove() }
          try await body(type, disk)
        }
      }
    } catch {
      seen.withLock { $0.append("threw \(error)") }
    }
    let problems = seen.withLock { $0 }
    noteEnd(of: sentence, at: location, seen: problems, todo: todos.first?.what)
    if let todo = todos.first {
      withKnownIssue(sourceLocation: sourceLocation) {
        Issue.record(Comment(rawValue: "\(todo)"), sourceLocation: sourceLocation)
      }
    } else if !problems.isEmpty {
      let text = Comment(rawValue: problems.joined(separator: "\n"))
      Issue.record(text, sourceLocation: sourceLocation)
    }
  }
}

extension Disk {
  /// Compares outcomes and files, and says which are not as they should be, the first few of them.
  func expect(
    _ expected: [String], _ files: [String: String], _ outcomes: [DownloadOutcome],
    of urls: [URL], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let seen = outcomes.map(words)
    #expect(
      seen.count == expected.count,
      "asked for \(expected.count) URLs, there were \(seen.count) outcomes",
      sourceLocation: sourceLocation)
    for (url, (seen, expected)) in zip(urls, zip(seen, expected)).filter({ $1.0 != $1.1 }).prefix(3)
    {
      Issue.record(
        "the outcome of \(url.path) was (\(seen)) instead of (\(expected))",
        sourceLocation: sourceLocation)
    }
    let found = self.files
    for name in Set(found.keys).union(files.keys).sorted().filter({ found[$0] != files[$0] })
      .prefix(3)
    {
      Issue.record(
        """
        in the folder, \(name) holds \(found[name].map { "“\($0.prefix(40))”" } ?? "nothing") \
        instead of \(files[name].map { "“\($0)”" } ?? "nothing")
        """, sourceLocation: sourceLocation)
    }
  }
}

/// Counts how many are inside at the same time.
final class InFlight: Sendable {
  private let state = Mutex((inside: 0, peak: 0, wentBack: false))

  var peak: Int { state.withLock { $0.peak } }
  var wentBack: Bool { state.withLock { $0.wentBack } }

  func goesBack() { state.withLock { $0.wentBack = true } }

  func count<Value>(
    _ body: nonisolated(nonsending) () async throws -> Value
  ) async rethrows -> Value {
    enter()
    defer { leave() }
    return try await body()
  }

  func count(_ body: () -> Void) {
    enter()
    defer { leave() }
    body()
  }

  private func enter() {
    state.withLock { state in
      state.inside += 1
      state.peak = max(state.peak, state.inside)
    }
  }

  private func leave() { state.withLock { $0.inside -= 1 } }
}

/// A port on which nobody listens, and nobody can meanwhile.
final class ClosedPort: Sendable {
  let port: UInt16
  private let descriptor: Int32

  init() throws {
    #if canImport(Darwin)
      descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #else
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian  // 127.0.0.1
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, size) == 0 && getsockname(descriptor, address, &size) == 0
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    if !isBound { throw POSIXError(.EADDRINUSE) }
  }

  deinit { _ = close(descriptor) }
}
