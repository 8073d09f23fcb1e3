// Exercise 08 · ConnectionPool                                     25 minutes
//
// Opening a connection to a database takes long, and the database allows only so many. Build a pool
// that lends connections to its callers, and keeps them open for the next.
//
// You have `AsyncSemaphore` from lesson 8, and a `Mutex` for the connections that nobody uses.
//
// Rules:
//  1. At most `limit` connections are open at the same time. A connection counts from the call of
//     open() until close() was called on it.
//  2. A connection is opened when a caller needs one and there is none that nobody uses. Before
//     that, nothing is opened.
//  3. A connection has one user at a time. As long as there is room, callers do not wait for each
//     other, not even while connections are being opened.
//  4. If there is no room, callers wait: first come, first served. Whoever is done and calls again
//     goes to the end of the line.
//  5. Whether body returns, throws or is cancelled, its connection goes to the next. What body
//     returns or throws, withConnection returns or throws, even if the task has been cancelled.
//  6. A connection that has broken (isBroken) when body ends, however it ends, is closed, and nobody
//     gets it again. The next caller may open another.
//  7. If open() throws, the caller gets that error, and the next caller may try. If the caller is
//     cancelled meanwhile, open() may be told, and if it returns a connection all the same, that
//     is not lost.
//  8. A caller who is cancelled while it waits gets a CancellationError at once, and nobody waits
//     for longer than without it.
//  9. close() closes the connections that nobody uses at once, the others when their users have
//     ended. Whoever waits then or calls later gets PoolError.closed, at the latest when it would
//     have been its turn. Whoever is opening a connection then may still use it, or gets that
//     error, too; in the end it is closed.
//
// For example:
//
//    let pool = ConnectionPool(limit: 2, open: connectToDatabase)
//    let rows = try await pool.withConnection { connection in
//      try await query("SELECT …", on: connection)
//    }
//
// Check it:   swift test --filter ConnectionPool
// Stuck?      Hints.md in this folder, a level at a time.

public import ExerciseKit

/// Lends connections to its callers, and keeps them open for the next.
public final class ConnectionPool: ConnectionPooling {
  private let limit: Int
  private let open: OpenConnection

  /// Builds a pool that has opened no connection yet.
  public init(limit: Int, open: @escaping OpenConnection) {
    self.limit = limit
    self.open = open
  }

  /// Lends a connection to `body`, and returns or throws what it does.
  ///
  /// - Throws: What `body` or opening a connection throws; `CancellationError` if the task is
  ///   cancelled while it waits; `PoolError.closed`.
  public func withConnection<Value: Sendable>(
    _ body: @Sendable (any Connection) async throws -> Value
  ) async throws -> Value {
    try todo("wait for a permit, find or open a connection, lend it, and take it back")
  }

  /// Closes the pool: the connections that nobody uses at once, the others when they come back.
  public func close() {
    todo("close the connections that nobody uses, and lend none from now on", returning: ())
  }
}
