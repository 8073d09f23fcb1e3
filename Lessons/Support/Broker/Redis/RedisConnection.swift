import AsyncPrimitives
import Sockets

/// Connects, and connects again, and moves what is in the pipeline.
struct RedisConnection: Sendable {
  let url: RedisURL
  let options: RedisClient.Options
  let pipeline: RedisPipeline

  /// Returns when the task is cancelled.
  func run() async {
    var pause = options.shortestPause
    while !Task.isCancelled {
      // Who wants nothing needs no connection.
      try? await pipeline.work.wait()
      if Task.isCancelled { return }
      do {
        let socket = try await withTimeout(options.timeout) {
          try await StreamSocket.connect(to: url)
        }
        do {
          let parser = try await withTimeout(options.timeout) { try await greet(socket) }
          pause = options.shortestPause
          await serve(socket, parser)
          socket.close()
        } catch {
          socket.close()
          throw error
        }
      } catch {
        if Task.isCancelled { return }
        pipeline.fail(problem(error))
        try? await Task.sleep(for: pause)
        pause = min(pause * 2, options.longestPause)
      }
    }
  }

  private func problem(_ error: any Error) -> RedisError {
    switch error {
    case let error as RedisError: error
    case is TimeoutError: .unreachable("\(url) cannot be reached: it does not answer")
    default: .unreachable("\(url) cannot be reached: \(error)")
    }
  }

  // MARK: Words before the first command

  /// Agrees on the protocol, says who we are, and chooses the database.
  private func greet(_ socket: StreamSocket) async throws -> RESPParser {
    var parser = RESPParser()
    var hello = ["HELLO", "3"]
    if let password = url.password { hello += ["AUTH", url.user ?? "default", password] }
    let answer = try await ask(hello, socket, &parser)
    if case .failure(let words) = answer {
      // Before version 6 there was no HELLO.
      guard words.hasPrefix("ERR unknown command") || words.hasPrefix("NOPROTO") else {
        throw RedisError.refused(words)
      }
      if let password = url.password {
        try await insist(["AUTH"] + [url.user, password].compactMap(\.self), socket, &parser)
      }
    }
    if url.database != 0 { try await insist(["SELECT", "\(url.database)"], socket, &parser) }
    return parser
  }

  private func insist(
    _ words: [String], _ socket: StreamSocket, _ parser: inout RESPParser
  ) async throws {
    if case .failure(let words) = try await ask(words, socket, &parser) {
      throw RedisError.refused(words)
    }
  }

  private func ask(
    _ words: [String], _ socket: StreamSocket, _ parser: inout RESPParser
  ) async throws -> RedisValue {
    guard await socket.send(encodedCommand(words)) else { throw RedisError.disconnected("\(url)") }
    while true {
      do throws(RESPParser.Malformed) {
        if let value = try parser.next() { return value }
      } catch {
        throw RedisError.malformed(error.description)
      }
      let bytes = await socket.receive()
      guard !bytes.isEmpty else {
        try Task.checkCancellation()
        throw RedisError.disconnected("\(url)")
      }
      parser.append(bytes)
    }
  }

  // MARK: Commands

  /// Sends and receives until the connection is broken.
  private func serve(_ socket: StreamSocket, _ parser: RESPParser) async {
    let giveUp = AsyncEvent("the end of a connection")
    pipeline.begin(giveUp: giveUp)
    let problem = await withTaskGroup(of: RedisError.self) { group in
      group.addTask { await receive(socket, parser) }
      group.addTask {
        while true {
          try? await pipeline.work.wait()
          guard !Task.isCancelled, let bytes = pipeline.takeUnsent(), await socket.send(bytes)
          else { return .disconnected("\(url)") }
        }
      }
      group.addTask {
        try? await giveUp.wait()
        return .disconnected("\(url)")
      }
      let first = await group.next()
      group.cancelAll()
      return first ?? .disconnected("\(url)")
    }
    pipeline.end(problem)
  }

  private func receive(_ socket: StreamSocket, _ parser: RESPParser) async -> RedisError {
    var parser = parser
    while true {
      let bytes = await socket.receive()
      guard !bytes.isEmpty else { return .disconnected("\(url)") }
      parser.append(bytes)
      do throws(RESPParser.Malformed) {
        while let value = try parser.next() {
          guard pipeline.answer(value) else { return .malformed("it answers without being asked") }
        }
      } catch {
        return .malformed(error.description)
      }
    }
  }
}
