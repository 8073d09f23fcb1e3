import AsyncPrimitives
import ExerciseKit

/// A queue of places. Those with a connection come first, the others have none yet.
final class PlacesPool: ConnectionPooling {
  private struct Place: Sendable { var connection: (any Connection)? }

  private let open: OpenConnection
  private let places = AsyncPriorityQueue<Place> { $0.connection != nil && $1.connection == nil }

  init(limit: Int, open: @escaping OpenConnection) {
    self.open = open
    for _ in 0..<limit { giveBack(nil) }
  }

  func withConnection<Value: Sendable>(
    _ body: @Sendable (any Connection) async throws -> Value
  ) async throws -> Value {
    let place: Place
    do { place = try await places.get() } catch is QueueError { throw PoolError.closed }
    var connection = place.connection
    defer { giveBack(connection) }
    let lent: any Connection
    if let connection { lent = connection } else { lent = try await open() }
    connection = lent
    return try await body(lent)
  }

  func close() {
    for place in places.shutdown(immediate: true) { place.connection?.close() }
  }

  private func giveBack(_ connection: (any Connection)?) {
    if let connection, connection.isBroken {
      connection.close()
      giveBack(nil)
    } else {
      do { try places.tryPut(Place(connection: connection)) } catch { connection?.close() }
    }
  }
}

/// An actor that hands connections, or the right to open one, to the first in line.
final actor HandingPool: ConnectionPooling {
  private enum Grant { case idle(any Connection), mayOpen }
  private typealias Waiter = (number: Int, continuation: CheckedContinuation<Grant, any Error>)

  private let open: OpenConnection
  private var room: Int
  private var idle: [any Connection] = []
  private var line: [Waiter] = []
  private var isClosed = false
  private var last = 0

  init(limit: Int, open: @escaping OpenConnection) {
    self.open = open
    room = limit
  }

  func withConnection<Value: Sendable>(
    _ body: @Sendable (any Connection) async throws -> Value
  ) async throws -> Value {
    let connection = try await connection()
    do {
      let value = try await body(connection)
      giveBack(connection)
      return value
    } catch {
      giveBack(connection)
      throw error
    }
  }

  func close() {
    isClosed = true
    for connection in idle { connection.close() }
    idle = []
    for waiter in line { waiter.continuation.resume(throwing: PoolError.closed) }
    line = []
  }

  private func connection() async throws -> any Connection {
    switch try await grant() {
    case .idle(let connection): return connection
    case .mayOpen:
      do { return try await open() } catch {
        giveRoom()
        throw error
      }
    }
  }

  private func grant() async throws -> Grant {
    if isClosed { throw PoolError.closed }
    try Task.checkCancellation()
    if let connection = idle.popLast() { return .idle(connection) }
    if room > 0 {
      room -= 1
      return .mayOpen
    }
    last += 1
    let number = last
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { line.append((number, $0)) }
    } onCancel: {
      Task { await self.cancel(number) }
    }
  }

  private func giveBack(_ connection: any Connection) {
    if isClosed || connection.isBroken {
      connection.close()
      giveRoom()
    } else if line.isEmpty {
      idle.append(connection)
    } else {
      line.removeFirst().continuation.resume(returning: .idle(connection))
    }
  }

  private func giveRoom() {
    if line.isEmpty {
      room += 1
    } else {
      line.removeFirst().continuation.resume(returning: .mayOpen)
    }
  }

  private func cancel(_ number: Int) {
    guard let index = line.firstIndex(where: { $0.number == number }) else { return }
    line.remove(at: index).continuation.resume(throwing: CancellationError())
  }
}
