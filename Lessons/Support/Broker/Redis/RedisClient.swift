import AsyncPrimitives
import Synchronization

/// A connection to a Redis, shared by as many tasks as like.
///
/// ```swift
/// let redis = try RedisClient("redis://127.0.0.1:6379")
/// try await redis.send("SET", "greeting", "hello")
/// print(try await redis.send("GET", "greeting").text ?? "")  // hello
/// await redis.close()
/// ```
///
/// - **Pipelined**: commands of several tasks are sent one behind the other, and answered in that
///   order. Nobody waits for the answer to somebody else's command before sending.
/// - **Reconnects**: it connects when there is something to send, and again when the connection
///   breaks, after pauses that grow from 50 ms to 2 s. Commands that were not yet sent wait for the
///   new connection. Those that were under way throw ``RedisError/disconnected(_:)``: nobody knows
///   whether they have been carried out, so they are not sent a second time.
/// - **Bounded**: at most ``Options/commandLimit`` commands at a time; who comes then, waits.
/// - **Times out**: a command that is not answered in time throws. A server that has taken a command
///   and says nothing is taken to be gone, and the client connects anew.
/// - **Cancellation**: `send` throws `CancellationError`. A command that was not sent, is not; of one
///   that was, the answer is thrown away.
/// - **Protocol**: RESP3, or RESP2 with a Redis that knows no other. No TLS, no cluster, no
///   subscriptions. A command that blocks (`XREAD … BLOCK`) holds up all others: give it a client of
///   its own.
/// - **Cost**: one socket that never blocks, a task, and Dispatch's sources; no thread waits.
///
/// In production, use a client with a community: RediStack or valkey-swift.
public final class RedisClient: Sendable {
  /// How a client behaves.
  public struct Options: Sendable {
    /// How long a command may take, from being asked for to being answered.
    public var timeout = Duration.seconds(5)
    /// The most commands that wait or are under way at a time.
    public var commandLimit = 1024
    /// The first pause before it connects again.
    public var shortestPause = Duration.milliseconds(50)
    /// The pause that is not exceeded.
    public var longestPause = Duration.seconds(2)

    /// Five seconds, 1024 commands.
    public init() {}
  }

  /// Where it connects to.
  public let url: RedisURL
  private let options: Options
  private let pipeline: RedisPipeline
  private let slots: AsyncSemaphore
  private let connection: Task<Void, Never>

  /// Makes a client, which connects when it is first used.
  ///
  /// - Throws: ``RedisError/badURL(_:)``.
  public convenience init(_ url: String, options: Options = Options()) throws(RedisError) {
    self.init(try RedisURL(url), options: options)
  }

  /// Makes a client, which connects when it is first used.
  public init(_ url: RedisURL, options: Options = Options()) {
    self.url = url
    self.options = options
    let pipeline = RedisPipeline()
    self.pipeline = pipeline
    slots = AsyncSemaphore(limit: max(1, options.commandLimit), "commands to \(url)")
    connection = Task.detached(name: "connection to \(url)") {
      await RedisConnection(url: url, options: options, pipeline: pipeline).run()
    }
  }

  deinit {
    connection.cancel()
    pipeline.close()
  }

  /// Ends the connection. What is under way throws ``RedisError/closed``, and so does what comes.
  public func close() async {
    pipeline.close()
    connection.cancel()
    await connection.value
  }

  /// Sends a command, and returns its answer.
  ///
  /// - Throws: ``RedisError``; `CancellationError`.
  @discardableResult
  public func send(_ words: String..., timeout: Duration? = nil) async throws -> RedisValue {
    try await send(words, timeout: timeout)
  }

  /// Sends a command, and returns its answer.
  ///
  /// - Parameters:
  ///   - words: The command and its arguments.
  ///   - timeout: How long it may take, if not as long as others.
  /// - Throws: ``RedisError``; `CancellationError`.
  @discardableResult
  public func send(_ words: [String], timeout: Duration? = nil) async throws -> RedisValue {
    let timeout = timeout ?? options.timeout
    let answer: RedisValue
    let command = RedisCommand(words)
    do {
      answer = try await withTimeout(timeout) {
        try await slots.withPermit {
          try pipeline.add(command)
          return try await command.answer.value
        }
      }
    } catch is TimeoutError {
      // Nobody asks for it any more, whatever it will be.
      command.answer.cancel()
      throw pipeline.giveUp(command, url: url, after: timeout)
    } catch is CancellationError {
      command.answer.cancel()
      pipeline.withdraw(command)
      throw CancellationError()
    }
    if case .failure(let words) = answer { throw RedisError.refused(words) }
    return answer
  }
}

/// A command, from being asked for to being answered.
final class RedisCommand: Sendable {
  let bytes: [UInt8]
  let answer = Future<RedisValue>("an answer of Redis's")

  init(_ words: [String]) { bytes = encodedCommand(words) }
}

/// The commands of a connection: those that are to be sent, and those that are to be answered.
final class RedisPipeline: Sendable {
  private struct State {
    var unsent: [RedisCommand] = []
    var unanswered: [RedisCommand] = []
    /// How many of the unanswered have been answered: they are removed many at a time.
    var answered = 0
    var isClosed = false
    /// Why there is no connection, if there is none.
    var problem: RedisError?
    /// Ends the current connection.
    var giveUp: AsyncEvent?
  }

  private let state = Mutex(State())
  /// Set when there is something to send.
  let work = AsyncEvent("a command to send")

  func add(_ command: RedisCommand) throws(RedisError) {
    let isClosed = state.withLock { state in
      if !state.isClosed { state.unsent.append(command) }
      return state.isClosed
    }
    if isClosed { throw .closed }
    work.set()
  }

  /// Takes all that is to be sent, as one piece; nil if this connection is not to be used any more.
  func takeUnsent() -> [UInt8]? {
    work.clear()
    return state.withLock { state in
      guard state.giveUp?.isSet == false else { return nil }
      let bytes = state.unsent.flatMap(\.bytes)
      state.unanswered += state.unsent
      state.unsent = []
      return bytes
    }
  }

  /// Hands an answer to the command that has waited longest. False if nobody has asked.
  func answer(_ value: RedisValue) -> Bool {
    let command: RedisCommand? = state.withLock { state in
      guard state.answered < state.unanswered.count else { return nil }
      defer {
        state.answered += 1
        if state.answered == state.unanswered.count || state.answered > 256 {
          state.unanswered.removeFirst(state.answered)
          state.answered = 0
        }
      }
      return state.unanswered[state.answered]
    }
    try? command?.answer.succeed(value)
    return command != nil
  }

  func begin(giveUp: AsyncEvent) {
    state.withLock { state in
      state.giveUp = giveUp
      state.problem = nil
    }
  }

  /// The connection broke: what was under way fails.
  func end(_ error: RedisError) {
    let commands = state.withLock { state in
      defer {
        state.unanswered = []
        state.answered = 0
        state.giveUp = nil
      }
      return state.unanswered.dropFirst(state.answered)
    }
    for command in commands { try? command.answer.fail(error) }
    // What was not sent goes over the next connection.
    if state.withLock({ !$0.unsent.isEmpty }) { work.set() }
  }

  /// There is no connection, and here is why. Who waits for one goes on waiting, unless it is
  /// hopeless.
  func fail(_ error: RedisError) {
    let commands: [RedisCommand] = state.withLock { state in
      state.problem = error
      var commands: [RedisCommand] = []
      if case .refused = error { swap(&commands, &state.unsent) }
      // Where nobody waits any more, nobody needs a connection. Under the lock: who adds a command
      // after this, sets it after this.
      if state.unsent.isEmpty { work.clear() }
      return commands
    }
    for command in commands { try? command.answer.fail(error) }
  }

  func close() {
    let commands = state.withLock { state in
      defer {
        state.unsent = []
        state.unanswered = []
        state.answered = 0
        state.isClosed = true
      }
      return state.unanswered.dropFirst(state.answered) + state.unsent
    }
    for command in commands { try? command.answer.fail(RedisError.closed) }
  }

  /// Sees that a command is not sent, if it was not.
  func withdraw(_ command: RedisCommand) {
    state.withLock { $0.unsent.removeAll { $0 === command } }
  }

  /// What to say of a command that was not answered in time. If it was sent, the connection ends.
  func giveUp(_ command: RedisCommand, url: RedisURL, after time: Duration) -> RedisError {
    let (isSent, problem, giveUp) = state.withLock { state in
      let isSent = state.unanswered.dropFirst(state.answered).contains { $0 === command }
      state.unsent.removeAll { $0 === command }
      return (isSent, state.problem, isSent ? state.giveUp : nil)
    }
    giveUp?.set()
    if let problem, !isSent { return problem }
    return .timedOut("\(url) has not answered within \(time)")
  }
}
