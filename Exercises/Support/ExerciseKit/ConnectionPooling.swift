/// What exercise 08 is about: connections to a database that callers use in turn.
public protocol ConnectionPooling: Sendable {
  /// Builds a pool that has opened no connection yet.
  ///
  /// - Parameters:
  ///   - limit: How many connections may be open at the same time, at least one.
  ///   - open: Opens a connection, which takes its time, and may fail.
  init(limit: Int, open: @escaping OpenConnection)

  /// Lends a connection to `body`, and returns or throws what it does.
  func withConnection<Value: Sendable>(
    _ body: @Sendable (any Connection) async throws -> Value
  ) async throws -> Value

  /// Closes the pool: the connections that nobody uses at once, the others when they come back.
  func close() async
}

/// Opens a connection to a database.
public typealias OpenConnection = @Sendable () async throws -> any Connection

/// A connection to a database, good for one caller at a time.
public protocol Connection: Sendable {
  /// What it is called.
  var name: String { get }

  /// Whether it has broken. It does not mend.
  var isBroken: Bool { get }

  /// Closes it.
  func close()
}

/// What keeps a pool from lending a connection.
public enum PoolError: Error, Hashable {
  /// The pool has been closed.
  case closed
}
