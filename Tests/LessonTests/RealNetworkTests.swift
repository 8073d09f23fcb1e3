import AsyncPrimitives
import Foundation
import Testing

@testable import Lesson14

/// Lesson 14 on this machine's network: in the simulation, it plays on another one.
@Suite("Real network")
struct RealNetworkTests {
  @Test("every address has its outcome, with a real server and 256 descriptors")
  func outcomes() async throws {
    let run = try await Project.shell("ulimit -n 256; Lesson14 --scene 1 --scene 3")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.isEmpty)
    for line in [
      "HTTP/1.1 200 OK", "8 degrees, rain", "weather/rome      21 degrees, sun",
      "404: there is no such page", "500: the server has failed", "cut off before it was whole",
      "too slow: given up", "refused: nobody listens there", "Entries: 8. Pages: 3.",
    ] {
      #expect(run.output.contains(line), "\(line)")
    }
  }

  @Test("every way is measured, with 256 descriptors, and costs something")
  func race() async throws {
    let run = try await Project.shell("ulimit -n 256; Lesson14 --scene 5 --quick")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.isEmpty)
    var rows: [String: [Double]] = [:]
    for way in Way.allCases {
      // Past the timeline, which has the same names.
      let table = run.output.components(separatedBy: "speed-up").last ?? ""
      let row = table.split(separator: "\n").first { $0.contains(way.name) }
      rows[way.name] = row?.split(separator: " ").compactMap { Double($0) } ?? []
    }
    let hasPython = await Project.has("python3")
    for way in Way.allCases where way != .asyncio || hasPython {
      let numbers = try #require(rows[way.name]?.suffix(6))
      #expect(numbers.count == 6, "\(way.name): \(run.output)")
      #expect(numbers.dropLast().allSatisfy { $0 > 0 }, "\(way.name): \(run.output)")
    }
    for count in stride(from: 20, through: 100, by: 20) {
      #expect(run.output.contains("one after another: \(count) are done"))
    }
  }

  @Test("without python3, or without descriptors: one clear line, and the rest goes on")
  func missing() async throws {
    // What the tests beside this one have just opened may have been passed on: it would be beyond
    // the limit, and Foundation then starts no process.
    let run = try await Project.shell(
      """
      exec bash -c '
        for open in /dev/fd/*; do test ${open##*/} -le 2 || eval "exec ${open##*/}>&-"; done
        program=$(command -v Lesson14); ulimit -n 64; PATH=/nowhere $program --scene 5 --quick
      ' 2>&1
      """)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("asyncio: skipped. There is no python3 that can run it."))
    #expect(run.output.contains("together: skipped. not asked: too many connections are open"))
    #expect(run.output.contains("one after another: 100 are done"))
  }

  @Test("whatever ends the lesson, no process is left behind", arguments: ["INT", "TERM", "KILL"])
  func leftovers(_ signal: String) async throws {
    // A shell without job control lets what runs in its background ignore SIGINT.
    let run = try await Project.shell(
      """
      set -m; folder=$(mktemp -d); cp "$(command -v Lesson14)" "$folder/Left14"
      "$folder/Left14" --scene 5 --quick >"$folder/output" &
      until grep -q 20 "$folder/output"; do sleep 0.1; done
      kill -\(signal) $!; wait $! 2>/dev/null
      for try in 1 2 3 4 5 6 7 8 9 10; do pgrep -f "$folder/Left14" >/dev/null || break; sleep 0.3; done
      pgrep -f "$folder/Left14"; left=$?; rm -r "$folder"; test $left = 1
      """)
    #expect(run.status == 0, "\(run.output)\(run.errors)")
  }
}

/// The small client of lesson 14.
@Suite("A small client")
struct AnswerParserTests {
  let whole = WebPage(text: "café, rain").answerText

  @Test("an answer is understood, wherever its pieces end")
  func pieces() throws {
    for size in 1...whole.count {
      var parser = AnswerParser()
      var text: String?
      for start in stride(from: 0, to: whole.count, by: size) {
        text = try parser.add(Array(whole[start..<min(start + size, whole.count)]))
        #expect((text != nil) == (start + size >= whole.count))
      }
      #expect(text == "café, rain")
    }
  }

  @Test("an answer that ends early is cut off, wherever it ends")
  func cutOff() {
    for count in 0..<whole.count {
      var parser = AnswerParser()
      #expect(throws: WebError.cutOff) {
        if count > 0 { _ = try parser.add(Array(whole.prefix(count))) }
        _ = try parser.add([])
      }
    }
  }

  @Test("what is no answer is not understood, and a failure keeps its number")
  func failures() {
    for (text, error) in [
      ("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", WebError.status(503)),
      ("SSH-2.0-OpenSSH\r\n\r\n", .notUnderstood), ("\r\n\r\n", .notUnderstood),
      ("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", .notUnderstood),
      ("HTTP/1.1 200 OK\r\n\r\n", .notUnderstood),
    ] {
      var parser = AnswerParser()
      #expect(throws: error) { _ = try parser.add(Array(text.utf8)) }
    }
  }
}

/// The event loop of lesson 14, which others may want to take along.
@Suite("An event loop")
struct EventLoopTests {
  @Test("runs every job, also those that come from other threads")
  func jobs() async throws {
    let sum = try await withTaskExecutorPreference(EventLoop()) {
      try await gather(1...1_000) { number in
        try await Task.sleep(for: .milliseconds(1))
        return number
      }.reduce(0, +)
    }
    #expect(sum == 500_500)
  }

  @Test("a wait ends when there is something, and when its task is cancelled, before or during it")
  func waits() async throws {
    let loop = EventLoop()
    let pipe = Pipe()
    let number = pipe.fileHandleForReading.fileDescriptor
    let wait = { @Sendable in try await loop.ready(number, for: POLLIN) }
    let during = Task { try await wait() }
    let before = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await wait()
    }
    await #expect(throws: CancellationError.self) { try await before.value }
    during.cancel()
    await #expect(throws: CancellationError.self) { try await during.value }
    async let ready: Void = wait()
    try pipe.fileHandleForWriting.write(contentsOf: Data([1]))
    try await ready
  }
}
