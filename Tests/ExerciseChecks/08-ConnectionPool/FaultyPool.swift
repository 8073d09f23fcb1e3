import AsyncPrimitives
import ExerciseKit
import Synchronization

/// What is wrong with a ``FaultyPool``.
protocol PoolFault: Sendable {
  static func permits(_ limit: Int) -> Int
  static var keepsNone: Bool { get }
  static var shares: Bool { get }
  static var keepsOnThrow: Bool { get }
  static var forgets: Bool { get }
  static var swallows: Bool { get }
  static var keepsBroken: Bool { get }
  static var losesPlaces: Bool { get }
  static var asksAfterOpening: Bool { get }
  static var isDeaf: Bool { get }
  static var losesPermit: Bool { get }
  static var givesTooMany: Bool { get }
  static var forgetsInUse: Bool { get }
  static var looksBeforeWaiting: Bool { get }
}

extension PoolFault {
  static func permits(_ limit: Int) -> Int { limit }
  static var keepsNone: Bool { false }
  static var shares: Bool { false }
  static var keepsOnThrow: Bool { false }
  static var forgets: Bool { false }
  static var swallows: Bool { false }
  static var keepsBroken: Bool { false }
  static var losesPlaces: Bool { false }
  static var asksAfterOpening: Bool { false }
  static var isDeaf: Bool { false }
  static var losesPermit: Bool { false }
  static var givesTooMany: Bool { false }
  static var forgetsInUse: Bool { false }
  static var looksBeforeWaiting: Bool { false }
}

enum NoLimit: PoolFault { static func permits(_ limit: Int) -> Int { 1_000 } }
enum OneMore: PoolFault { static func permits(_ limit: Int) -> Int { limit + 1 } }
enum KeepsNone: PoolFault { static var keepsNone: Bool { true } }
enum Shares: PoolFault { static var shares: Bool { true } }
enum KeepsOnThrow: PoolFault { static var keepsOnThrow: Bool { true } }
enum Forgets: PoolFault { static var forgets: Bool { true } }
enum Swallows: PoolFault { static var swallows: Bool { true } }
enum KeepsBroken: PoolFault { static var keepsBroken: Bool { true } }
enum LosesPlaces: PoolFault { static var losesPlaces: Bool { true } }
enum AsksAfterOpening: PoolFault { static var asksAfterOpening: Bool { true } }
enum Deaf: PoolFault { static var isDeaf: Bool { true } }
enum LosesPermit: PoolFault { static var losesPermit: Bool { true } }
enum GivesTooMany: PoolFault { static var givesTooMany: Bool { true } }
enum ForgetsInUse: PoolFault { static var forgetsInUse: Bool { true } }
enum LooksBeforeWaiting: PoolFault { static var looksBeforeWaiting: Bool { true } }

/// Permits and a list, as our solution, but each step by hand.
final class FaultyPool<Fault: PoolFault>: ConnectionPooling {
  private let open: OpenConnection
  private let permits: AsyncSemaphore
  private let state = Mutex((idle: [any Connection](), isClosed: false))

  init(limit: Int, open: @escaping OpenConnection) {
    self.open = open
    permits = AsyncSemaphore(permits: Fault.permits(limit), "connections")
  }

  func withConnection<Value: Sendable>(
    _ body: @Sendable (any Connection) async throws -> Value
  ) async throws -> Value {
    if Fault.looksBeforeWaiting, state.withLock({ $0.isClosed }) { throw PoolError.closed }
    try await acquire()
    let connection: any Connection
    do { connection = try await takeOrOpen() } catch {
      if !Fault.losesPlaces || error is PoolError { try permits.release() }
      throw error
    }
    do {
      let value = try await body(connection)
      giveBack(connection)
      try permits.release()
      return value
    } catch {
      if Fault.keepsOnThrow { throw error }
      if !Fault.forgets { giveBack(connection) }
      try permits.release()
      throw Fault.swallows ? PoolError.closed : error
    }
  }

  func close() {
    let idle = state.withLock { state in
      defer { state = ([], true) }
      return state.idle
    }
    for connection in idle { connection.close() }
  }

  private func acquire() async throws {
    if Fault.isDeaf { return await permits.acquireIgnoringCancellation() }
    do { try await permits.acquire() } catch {
      if Fault.givesTooMany { try permits.release() }
      throw error
    }
    if Fault.losesPermit { try Task.checkCancellation() }
  }

  private func takeOrOpen() async throws -> any Connection {
    let idle: (any Connection)? = try state.withLock { state in
      if state.isClosed, !Fault.looksBeforeWaiting { throw PoolError.closed }
      return Fault.shares ? state.idle.first : state.idle.popLast()
    }
    if let idle { return idle }
    let connection = try await open()
    if Fault.asksAfterOpening { try Task.checkCancellation() }
    return connection
  }

  private func giveBack(_ connection: any Connection) {
    let isKept = state.withLock { state in
      if Fault.keepsNone || state.isClosed && !Fault.forgetsInUse { return false }
      if connection.isBroken && !Fault.keepsBroken { return false }
      state.idle.append(connection)
      return true
    }
    if !isKept { connection.close() }
  }
}
