// Wrong answers that are built differently.

import AsyncPrimitives
import ExerciseKit
import Synchronization

/// A queue of connections that somebody fills when it is first used.
final actor EagerPool: ConnectionPooling {
  private let limit: Int
  private let open: OpenConnection
  private let idle = AsyncQueue<any Connection>()
  private var isFilled = false

  init(limit: Int, open: @escaping OpenConnection) {
    self.limit = limit
    self.open = open
  }

  func withConnection<Value: Sendable>(
    _ body: @Sendable (any Connection) async throws -> Value
  ) async throws -> Value {
    if !isFilled {
      isFilled = true
      for _ in 0..<limit { try await idle.put(open()) }
    }
    let connection = try await idle.get()
    defer { _ = try? idle.tryPut(connection) }
    return try await body(connection)
  }

  func close() {
    for connection in idle.shutdown(immediate: true) { connection.close() }
  }
}

/// Looking for a connection and opening one are one step, which all the others wait for.
final class OneByOnePool: ConnectionPooling {
  private let open: OpenConnection
  private let permits: AsyncSemaphore
  private let lock = AsyncLock("pool")
  private let idle = Mutex<[any Connection]>([])

  init(limit: Int, open: @escaping OpenConnection) {
    self.open = open
    permits = AsyncSemaphore(limit: limit, "connections")
  }

  func withConnection<Value: Sendable>(
    _ body: @Sendable (any Connection) async throws -> Value
  ) async throws -> Value {
    try await permits.withPermit {
      let connection = try await lock.withLock {
        if let connection = idle.withLock({ $0.popLast() }) { return connection }
        return try await open()
      }
      defer { idle.withLock { $0.append(connection) } }
      return try await body(connection)
    }
  }

  func close() {
    for connection in idle.withLock({ $0 }) { connection.close() }
  }
}

final class PollingPool: ConnectionPooling {
  private let open: OpenConnection
  private let state: Mutex<(room: Int, idle: [any Connection])>

  init(limit: Int, open: @escaping OpenConnection) {
    self.open = open
    state = Mutex((limit, []))
  }

  func withConnection<Value: Sendable>(
    _ body: @Sendable (any Connection) async throws -> Value
  ) async throws -> Value {
    while !takeRoom() { try await Task.sleep(for: .milliseconds(700)) }
    defer { state.withLock { $0.room += 1 } }
    let connection: any Connection
    if let idle = state.withLock({ $0.idle.popLast() }) {
      connection = idle
    } else {
      connection = try await open()
    }
    defer { state.withLock { $0.idle.append(connection) } }
    return try await body(connection)
  }

  func close() {
    for connection in state.withLock({ $0.idle }) { connection.close() }
  }

  private func takeRoom() -> Bool {
    state.withLock { state in
      if state.room == 0 { return false }
      state.room -= 1
      return true
    }
  }
}

/// An actor that counts its room, and whose line is an array.
final actor LinePool<Fault: PoolFault>: ConnectionPooling {
  private let open: OpenConnection
  private var room: Int
  private var idle: [any Connection] = []
  private var line: [UnsafeContinuation<Void, Never>] = []

  init(limit: Int, open: @escaping OpenConnection) {
    self.open = open
    room = limit
  }

  func withConnection<Value: Sendable>(
    _ body: @Sendable (any Connection) async throws -> Value
  ) async throws -> Value {
    await enter()
    let connection: any Connection
    do {
      if let last = idle.popLast() { connection = last } else { connection = try await open() }
    } catch {
      leave(silently: Fault.isMuteWhenRefused)
      throw error
    }
    defer { giveBack(connection) }
    return try await body(connection)
  }

  func close() {
    for connection in idle { connection.close() }
  }

  private func enter() async {
    while room == 0 {
      await withUnsafeContinuation { line.append($0) }
      // Whoever was woken has its place. One who overtakes has to look for it.
      if !Fault.overtakes { return }
    }
    room -= 1
  }

  private func leave(silently isMute: Bool = false) {
    if line.isEmpty || isMute {
      room += 1
    } else {
      if Fault.overtakes { room += 1 }
      (Fault.servesLatest ? line.removeLast() : line.removeFirst()).resume()
    }
  }

  private func giveBack(_ connection: any Connection) {
    if connection.isBroken {
      connection.close()
      leave(silently: Fault.isMuteWhenBroken)
    } else {
      idle.append(connection)
      leave()
    }
  }
}

/// Keeps a list of all connections, and closes them whether or not they are in use.
final class RudePool: ConnectionPooling {
  private final class List: Sendable { let connections = Mutex<[any Connection]>([]) }

  private let pool: PlacesPool
  private let list = List()

  init(limit: Int, open: @escaping OpenConnection) {
    pool = PlacesPool(limit: limit) { [list] in
      let connection = try await open()
      list.connections.withLock { $0.append(connection) }
      return connection
    }
  }

  func withConnection<Value: Sendable>(
    _ body: @Sendable (any Connection) async throws -> Value
  ) async throws -> Value {
    try await pool.withConnection(body)
  }

  func close() {
    for connection in list.connections.withLock({ $0 }) { connection.close() }
    pool.close()
  }
}

/// Gives its permit back first, and its connection a moment later.
final class LatePool: ConnectionPooling {
  private let open: OpenConnection
  private let permits: AsyncSemaphore
  private let state = Mutex((idle: [any Connection](), isClosed: false))

  init(limit: Int, open: @escaping OpenConnection) {
    self.open = open
    permits = AsyncSemaphore(permits: limit)
  }

  func withConnection<Value: Sendable>(
    _ body: @Sendable (any Connection) async throws -> Value
  ) async throws -> Value {
    let (connection, outcome) = try await permits.withPermit {
      let connection = try await takeOrOpen()
      let outcome: Result<Value, any Error>
      do { outcome = .success(try await body(connection)) } catch { outcome = .failure(error) }
      return (connection, outcome)
    }
    let isKept = state.withLock { state in
      if state.isClosed || connection.isBroken { return false }
      state.idle.append(connection)
      return true
    }
    if !isKept { connection.close() }
    return try outcome.get()
  }

  func close() {
    let idle = state.withLock { state in
      defer { state = ([], true) }
      return state.idle
    }
    for connection in idle { connection.close() }
  }

  private func takeOrOpen() async throws -> any Connection {
    let idle: (any Connection)? = try state.withLock { state in
      if state.isClosed { throw PoolError.closed }
      return state.idle.popLast()
    }
    if let idle { return idle }
    return try await open()
  }
}
