// Exercise 08 · ConnectionPool, as we would write it.
//
// A permit is the right to have a connection, and there are as many as there may be connections.
// Whoever has one takes a connection that nobody uses, or opens another: with a permit for each, and
// each given back only when the connection is in the list again or closed, there are never too many.
// The semaphore brings the rest, the order of the callers and what cancellation does, and
// `withPermit` and `defer` bring both back on every way out.
//
// The road not taken: a queue of connections, from which callers get one and put it back. It is as
// short, if all connections are opened at the beginning. To open them when they are needed, it takes
// places without a connection in the queue, and those have to come last.

import AsyncPrimitives
public import ExerciseKit
import Synchronization

/// Lends connections to its callers, and keeps them open for the next.
public final class ConnectionPool: ConnectionPooling {
  private struct State {
    var idle: [any Connection] = []
    var isClosed = false
  }
  private let open: OpenConnection
  private let permits: AsyncSemaphore
  private let state = Mutex(State())

  /// Builds a pool that has opened no connection yet.
  public init(limit: Int, open: @escaping OpenConnection) {
    self.open = open
    permits = AsyncSemaphore(limit: limit, "connections")
  }

  /// Lends a connection to `body`, and returns or throws what it does.
  ///
  /// - Throws: What `body` or opening a connection throws; `CancellationError` if the task is
  ///   cancelled while it waits; `PoolError.closed`.
  public func withConnection<Value: Sendable>(
    _ body: @Sendable (any Connection) async throws -> Value
  ) async throws -> Value {
    try await permits.withPermit {
      let connection: any Connection
      if let idle = try takeIdle() { connection = idle } else { connection = try await open() }
      // Before the permit comes back: whoever gets that looks for this connection.
      defer { giveBack(connection) }
      return try await body(connection)
    }
  }

  /// Closes the pool: the connections that nobody uses at once, the others when they come back.
  public func close() {
    let idle = state.withLock { state in
      defer { state.idle = [] }
      state.isClosed = true
      return state.idle
    }
    for connection in idle { connection.close() }
  }

  private func takeIdle() throws -> (any Connection)? {
    try state.withLock { state in
      // Those who waited get here one after the other: each gives its permit back by throwing.
      if state.isClosed { throw PoolError.closed }
      return state.idle.popLast()
    }
  }

  private func giveBack(_ connection: any Connection) {
    let isKept = state.withLock { state in
      if state.isClosed || connection.isBroken { return false }
      state.idle.append(connection)
      return true
    }
    if !isKept { connection.close() }
  }
}
