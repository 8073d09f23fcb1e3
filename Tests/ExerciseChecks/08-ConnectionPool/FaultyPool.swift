import AsyncPrimitives
import ExerciseKit
import Synchronization

/// What is wrong with a ``FaultyPool`` or a ``LinePool``.
protocol PoolFault: Sendable {
  static func permits(_ limit: Int) -> Int
  static var keepsNone: Bool { get }
  static var shares: Bool { get }
  static var keepsOnThrow: Bool { get }
  static var forgets: Bool { get }
  static var swallows: Bool { get }
  static var asksAfterBody: Bool { get }
  static var asksAfterError: Bool { get }
  static var keepsBroken: Bool { get }
  static var keepsBrokenOnThrow: Bool { get }
  static var losesPlaces: Bool { get }
  static var asksAfterOpening: Bool { get }
  static var isDeaf: Bool { get }
  static var losesPermit: Bool { get }
  static var givesTooMany: Bool { get }
  static var forgetsInUse: Bool { get }
  static var forgetsOpening: Bool { get }
  static var looksBeforeWaiting: Bool { get }
  static var stopsAtFirst: Bool { get }
  static var servesLatest: Bool { get }
  static var overtakes: Bool { get }
  static var isMuteWhenBroken: Bool { get }
  static var isMuteWhenRefused: Bool { get }
}

extension PoolFault {
  static func permits(_ limit: Int) -> Int { limit }
  static var keepsNone: Bool { false }
  static var shares: Bool { false }
  static var keepsOnThrow: Bool { false }
  static var forgets: Bool { false }
  static var swallows: Bool { false }
  static var asksAfterBody: Bool { false }
  static var asksAfterError: Bool { false }
  static var keepsBroken: Bool { false }
  static var keepsBrokenOnThrow: Bool { false }
  static var losesPlaces: Bool { false }
  static var asksAfterOpening: Bool { false }
  static var isDeaf: Bool { false }
  static var losesPermit: Bool { false }
  static var givesTooMany: Bool { false }
  static var forgetsInUse: Bool { false }
  static var forgetsOpening: Bool { false }
  static var looksBeforeWaiting: Bool { false }
  static var stopsAtFirst: Bool { false }
  static var servesLatest: Bool { false }
  static var overtakes: Bool { false }
  static var isMuteWhenBroken: Bool { false }
  static var isMuteWhenRefused: Bool { false }
}

enum NoLimit: PoolFault { static func permits(_ limit: Int) -> Int { 1_000 } }
enum OneMore: PoolFault { static func permits(_ limit: Int) -> Int { limit + 1 } }
enum KeepsNone: PoolFault { static var keepsNone: Bool { true } }
enum Shares: PoolFault { static var shares: Bool { true } }
enum KeepsOnThrow: PoolFault { static var keepsOnThrow: Bool { true } }
enum Forgets: PoolFault { static var forgets: Bool { true } }
enum Swallows: PoolFault { static var swallows: Bool { true } }
enum AsksAfterBody: PoolFault { static var asksAfterBody: Bool { true } }
enum AsksAfterError: PoolFault { static var asksAfterError: Bool { true } }
enum KeepsBroken: PoolFault { static var keepsBroken: Bool { true } }
enum KeepsBrokenOnThrow: PoolFault { static var keepsBrokenOnThrow: Bool { true } }
enum LosesPlaces: PoolFault { static var losesPlaces: Bool { true } }
enum AsksAfterOpening: PoolFault { static var asksAfterOpening: Bool { true } }
enum Deaf: PoolFault { static var isDeaf: Bool { true } }
enum LosesPermit: PoolFault { static var losesPermit: Bool { true } }
enum GivesTooMany: PoolFault { static var givesTooMany: Bool { true } }
enum ForgetsInUse: PoolFault { static var forgetsInUse: Bool { true } }
enum ForgetsOpening: PoolFault { static var forgetsOpening: Bool { true } }
enum LooksBeforeWaiting: PoolFault { static var looksBeforeWaiting: Bool { true } }
enum StopsAtFirst: PoolFault { static var stopsAtFirst: Bool { true } }
enum ServesLatest: PoolFault { static var servesLatest: Bool { true } }
enum Overtakes: PoolFault { static var overtakes: Bool { true } }
enum IsMuteWhenBroken: PoolFault { static var isMuteWhenBroken: Bool { true } }
enum IsMuteWhenRefused: PoolFault { static var isMuteWhenRefused: Bool { true } }

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
      let isClosed = error is PoolError
      if isClosed ? !Fault.stopsAtFirst : !Fault.losesPlaces { try permits.release() }
      throw error
    }
    do {
      let value = try await body(connection)
      if Fault.asksAfterBody { try Task.checkCancellation() }
      giveBack(connection)
      try permits.release()
      return value
    } catch {
      if Fault.keepsOnThrow { throw error }
      if !Fault.forgets { giveBack(connection, asksBroken: !Fault.keepsBrokenOnThrow) }
      try permits.release()
      if Fault.asksAfterError { try Task.checkCancellation() }
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
    if Fault.forgetsOpening, state.withLock({ $0.isClosed }) { throw PoolError.closed }
    return connection
  }

  private func giveBack(_ connection: any Connection, asksBroken: Bool = true) {
    let isKept = state.withLock { state in
      if Fault.keepsNone || state.isClosed && !Fault.forgetsInUse { return false }
      if asksBroken, connection.isBroken, !Fault.keepsBroken { return false }
      state.idle.append(connection)
      return true
    }
    if !isKept { connection.close() }
  }
}
