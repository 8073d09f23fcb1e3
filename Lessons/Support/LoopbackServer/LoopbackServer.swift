import Sockets
import Synchronization

/// A small HTTP/1.1 server for lessons and tests, which only this machine can reach.
///
/// ```swift
/// try await LoopbackServer.running { request in
///   try await Task.sleep(for: .milliseconds(20))
///   return request.path == "/hello" ? .text("Hello!") : .status(404)
/// } while: { server in
///   print(server.url)  // http://127.0.0.1:49152
/// }
/// ```
///
/// It listens on 127.0.0.1, on a port that the system chooses unless you do. Each connection is a
/// task: it reads a request, awaits the handler, writes the response, and goes on with the next
/// request. Connections are kept alive, and requests that come in one go are answered in their order.
///
/// - **Bodies** are known at once, or written bit by bit (``Response/Body``): in chunks, up to the
///   connection's end, or less than was announced. So clients can be shown slow bodies, and bodies
///   that break off.
/// - **Robust**: what is no request is answered with 400, 413, 431, 501 or 505, and the connection
///   is closed. Out of file descriptors, it lets clients wait. It sets no time limits: a client that
///   says nothing keeps its connection until ``stop(grace:)``.
/// - **Not for the internet**: no TLS, no chunked requests, no compression.
/// - **Cost**: sockets that never block and Dispatch's sources; no thread waits.
///
/// ``stop(grace:)`` closes everything and awaits it. A server that is dropped stops by itself, soon.
public final class LoopbackServer: Sendable {
  /// Answers a request. What it throws is status 500.
  public typealias Handler = @Sendable (Request) async throws -> Response

  /// Where it listens.
  public let port: UInt16

  private let listener: Task<Void, Never>
  private let connections: Connections

  /// Starts a server.
  ///
  /// - Parameters:
  ///   - port: Where to listen; 0 for a port that is free.
  ///   - limits: How much of a request it reads.
  ///   - handler: Answers each request, on any thread, several at once.
  /// - Throws: ``LoopbackServerError/portInUse(_:)``.
  public init(
    port: UInt16 = 0, limits: Limits = Limits(), handler: @escaping Handler
  ) throws(LoopbackServerError) {
    let socket: StreamSocket
    (socket, self.port) = try StreamSocket.listening(on: port)
    let connections = Connections()
    self.connections = connections
    listener = Task.detached(name: "listener") {
      // The system's timer needs a descriptor, too. Have it while there are some: when there are
      // none any more, the listener has to sleep.
      try? await Task.sleep(for: .milliseconds(1))
      while let client = await socket.nextConnection() {
        connections.add { id in
          await Connection(
            id: id, socket: client, limits: limits, connections: connections, handler: handler
          ).serve()
        }
      }
      socket.close()
    }
  }

  deinit {
    listener.cancel()
    connections.stop().forEach { $0.cancel() }
    connections.all.forEach { $0.cancel() }
  }

  /// Runs a server while a body runs, and stops it however that ends.
  ///
  /// - Parameters:
  ///   - handler: Answers each request.
  ///   - body: What needs the server.
  /// - Returns: What the body returns.
  @discardableResult
  nonisolated(nonsending) public static func running<Value>(
    _ handler: @escaping Handler,
    while body: nonisolated(nonsending) (LoopbackServer) async throws -> Value
  ) async throws -> Value {
    let server = try LoopbackServer(handler: handler)
    do {
      let value = try await body(server)
      await server.stop()
      return value
    } catch {
      await server.stop()
      throw error
    }
  }

  /// Where to reach it: "http://127.0.0.1:49152".
  public var url: String { "http://127.0.0.1:\(port)" }

  /// How many connections are open.
  public var connectionCount: Int { connections.all.count }

  /// Takes no connection any more, closes those that are idle, gives the handlers that run some time
  /// to finish, cancels those that have not, and returns when everything is closed.
  ///
  /// It may be called several times, also at once.
  ///
  /// - Parameter grace: How long handlers may go on. A cancelled caller does not wait for it.
  public func stop(grace: Duration = .zero) async {
    listener.cancel()
    await listener.value
    connections.stop().forEach { $0.cancel() }
    let left = connections.all
    if grace > .zero {
      await withTaskGroup { group in
        group.addTask { for connection in left { await connection.value } }
        group.addTask {
          try? await Task.sleep(for: grace)
          left.forEach { $0.cancel() }
        }
        await group.next()
        group.cancelAll()
      }
    }
    for connection in left {
      connection.cancel()
      await connection.value
    }
  }
}

extension LoopbackServer {
  /// How much of a request a server reads.
  public struct Limits: Sendable {
    /// The most bytes of a request's first line and headers; more is status 431.
    public var headBytes = 16 * 1024
    /// The most bytes of a request's body; more is status 413.
    public var bodyBytes = 16 * 1024 * 1024

    /// 16 KB and 16 MB.
    public init() {}
  }
}

/// What keeps a server from starting, or its handler from being heard.
public enum LoopbackServerError: Error, Hashable, CustomStringConvertible {
  /// Another program, or another server of this one, listens there.
  case portInUse(UInt16)
  /// A call to the system failed.
  case system(call: String, code: Int32)
  /// The client has gone.
  case disconnected
  /// More of a body was written than had been announced.
  case bodyTooLong(announced: Int)

  /// A sentence.
  public var description: String {
    switch self {
    case .portInUse(let port):
      "Port \(port) of 127.0.0.1 is in use. Stop what listens there, or take port 0 for a free one."
    case .system(let call, let code): "The system refused \(call), with error \(code)."
    case .disconnected: "The client has closed the connection."
    case .bodyTooLong(let announced):
      "More was written than the \(announced) bytes that the response announced."
    }
  }
}

/// The connections of a server, each a task, and which of them have a request to answer.
final class Connections: Sendable {
  private struct State {
    var isStopping = false
    var next = 0
    var tasks: [Int: Task<Void, Never>] = [:]
    var busy: Set<Int> = []
  }

  private let state = Mutex(State())

  var all: [Task<Void, Never>] { state.withLock { Array($0.tasks.values) } }

  var isStopping: Bool { state.withLock { $0.isStopping } }

  func add(_ serve: @escaping @Sendable (_ id: Int) async -> Void) {
    state.withLock { state in
      let id = state.next
      state.next += 1
      // Created under the lock: it cannot say that it has ended before it is in the list.
      state.tasks[id] = Task.detached(name: "connection \(id)") { [self] in
        await serve(id)
        self.state.withLock { state in
          state.tasks[id] = nil
          state.busy.remove(id)
        }
      }
    }
  }

  /// Lets no request begin any more, and returns those connections that wait for one.
  func stop() -> [Task<Void, Never>] {
    state.withLock { state in
      state.isStopping = true
      return state.tasks.filter { !state.busy.contains($0.key) }.map(\.value)
    }
  }

  /// Whether a request may begin.
  func begin(_ id: Int) -> Bool {
    state.withLock { state in
      guard !state.isStopping else { return false }
      state.busy.insert(id)
      return true
    }
  }

  /// Whether another request may follow.
  func end(_ id: Int) -> Bool {
    state.withLock { state in
      state.busy.remove(id)
      return !state.isStopping
    }
  }
}
