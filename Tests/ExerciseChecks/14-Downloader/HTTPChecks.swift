import Exercise14
import ExerciseKit
import Foundation
import LoopbackServer
import Solution14
import Synchronization
import Testing

@Suite("14 Downloader, over HTTP", .timeLimit(.minutes(1)))
struct DownloaderHTTPTests {
  // The same downloader on the real network, which is this machine's own address, in real time.
  // Nothing here depends on how fast the machine is.

  @Test("your answer", arguments: httpChecks)
  func learner(_ check: HTTPCheck) async throws {
    try await check.judge(Exercise14.Downloader.self)
  }

  @Test("our solution", arguments: httpChecks)
  func solution(_ check: HTTPCheck) async throws {
    try await check.judge(Solution14.Downloader.self)
  }

  @Test("a right answer of a group as a window", arguments: httpChecks)
  func window(_ check: HTTPCheck) async throws { try await check.judge(WindowDownloader.self) }

  @Test("a right answer of workers", arguments: httpChecks)
  func workers(_ check: HTTPCheck) async throws { try await check.judge(WorkersDownloader.self) }
}

let httpChecks: [HTTPCheck] = [
  HTTPCheck("a hundred files come whole, twenty at a time") { type, disk in
    let (asked, progress) = (InFlight(), InFlight())
    let total = Mutex(0)
    try await LoopbackServer.running { request in
      try await asked.count {
        try await Task.sleep(for: .milliseconds(2))
        return .text("this is \(request.path)")
      }
    } while: { server in
      let urls = try (1...100).map { try #require(URL(string: "\(server.url)/files/\($0)")) }
      let outcomes = try await type.init(limit: 20, transport: URLSessionTransport()).download(
        urls, into: disk.folder, timeout: .seconds(60)
      ) { news in
        progress.count {
          total.withLock { before in
            if news.totalReceived < before { progress.goesBack() }
            before = news.totalReceived
          }
        }
      }
      let files = (1...100).map { ("files/\($0)", "this is /files/\($0)") }
      disk.expect(
        files.map { "ok \($0.0)" }, Dictionary(uniqueKeysWithValues: files), outcomes, of: urls)
    }
    #expect(asked.peak <= 20, "the limit is 20, and the server had \(asked.peak) requests at once")
    #expect(progress.peak <= 1, "calls of progress overlapped: \(progress.peak) at once")
    #expect(!progress.wentBack, "the bytes of all files went back")
  },
  HTTPCheck("each outcome says what became of its URL, and the others go on") { type, disk in
    let closed = try ClosedPort()
    try await LoopbackServer.running(answer) { server in
      let base = server.url
      let urls = try [
        "\(base)/good", "http://127.0.0.1:\(closed.port)/nobody", "\(base)/missing",
        "\(base)/error", "\(base)/cut", "\(base)/broken", "\(base)/redirect",
        "\(base)/chunked", "\(base)/open%20end", "\(base)/good?again", "\(base)/%2e%2e/good",
        "\(base)/empty",
      ].map { try #require(URL(string: $0)) }
      let outcomes = try await type.init(limit: 4, transport: URLSessionTransport()).download(
        urls, into: disk.folder, timeout: .seconds(60), progress: { _ in })
      let expected = [
        "ok good", "refused", "status(404)", "status(500)", "cutOff", "cutOff", "ok redirect",
        "ok chunked", "ok open end", "badName", "badName", "ok empty",
      ]
      let files = [
        "good": "good", "redirect": "good", "chunked": "one two", "open end": "one two",
        "empty": "",
      ]
      disk.expect(expected, files, outcomes, of: urls)
    }
  },
  HTTPCheck("a server that stalls, before its answer or after, is tooSlow") { type, disk in
    // An answer that knows no time limit is told so in the end.
    let long = Duration.seconds(3)
    try await LoopbackServer.running { request in
      if request.path == "/silent" { try await Task.sleep(for: long) }
      return LoopbackServer.Response(
        body: .chunked { writer in
          try await writer.write("half")
          try await Task.sleep(for: long)
        })
    } while: { server in
      let urls = try ["silent", "half"].map { try #require(URL(string: "\(server.url)/\($0)")) }
      let outcomes = try await type.init(limit: 2, transport: URLSessionTransport()).download(
        urls, into: disk.folder, timeout: .milliseconds(50), progress: { _ in })
      disk.expect(["tooSlow", "tooSlow"], [:], outcomes, of: urls)
    }
  },
  HTTPCheck("cancelling closes the connections, and leaves no part of a file") { type, disk in
    let (begun, begin) = AsyncStream.makeStream(of: Void.self)
    try await LoopbackServer.running { _ in
      LoopbackServer.Response(
        body: .chunked { writer in
          // Until somebody hangs up.
          while true {
            try await writer.write([UInt8](repeating: 46, count: 1000))
            begin.yield()
            try await Task.sleep(for: .milliseconds(1))
          }
        })
    } while: { server in
      let urls = try ["a", "b"].map { try #require(URL(string: "\(server.url)/\($0)")) }
      let caller = Task {
        try await type.init(limit: 2, transport: URLSessionTransport()).download(
          urls, into: disk.folder, timeout: .seconds(60), progress: { _ in })
      }
      let first = Task { _ = await begun.first { _ in true } }
      // An answer that asks for nothing does not keep us.
      Task {
        _ = await caller.result
        begin.finish()
      }
      await first.value
      caller.cancel()
      let result = await caller.result
      disk.expect([], [:], [], of: [])
      switch result {
      case .success(let outcomes):
        let words = outcomes.map(disk.words).joined(separator: ", ")
        Issue.record("cancelled, it returned (\(words)) instead of throwing CancellationError")
      case .failure(let error):
        #expect(error is CancellationError, "cancelled, it threw \(error)")
      }
    }
  },
]

private let answer: LoopbackServer.Handler = { request in
  switch request.path {
  case "/good": .text("good")
  case "/redirect": .redirect(to: "/good")
  case "/error": .status(500)
  case "/empty": LoopbackServer.Response()
  case "/cut": LoopbackServer.Response(body: .announced(1000, oneTwo))
  case "/broken":
    LoopbackServer.Response(
      body: .chunked { writer in
        try await writer.write("one ")
        throw CancellationError()
      })
  case "/chunked": LoopbackServer.Response(body: .chunked(oneTwo))
  case "/open%20end": LoopbackServer.Response(body: .untilClose(oneTwo))
  default: .status(404)
  }
}

private let oneTwo: LoopbackServer.Response.Writing = { writer in
  try await writer.write("one ")
  try await Task.sleep(for: .milliseconds(2))
  try await writer.write("two")
}
