import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// Callers who use a pool of connections, each in a task of its own, and what came of it.
final class Office: Sendable {
  /// What a caller does with its connection.
  enum Use {
    case reads, fails
    /// As those, and its connection breaks.
    case breaksIt, breaksItAndFails
    /// Returns its rows, or throws its own error, even if it is told to stop.
    case readsAnyway, failsAnyway

    fileprivate var breaks: Bool { self == .breaksIt || self == .breaksItAndFails }
    fileprivate var isDeaf: Bool { self == .readsAnyway || self == .failsAnyway }
    fileprivate var throwsError: Bool {
      self == .fails || self == .breaksItAndFails || self == .failsAnyway
    }
  }

  let database: Database
  private let world: World
  private let pool: any ConnectionPooling
  private let began: Duration
  private let ends = Mutex<[String: (what: String, when: Duration)]>([:])

  init(_ world: World, _ type: any ConnectionPooling.Type, limit: Int, _ database: Database) {
    self.world = world
    self.database = database
    began = world.now
    pool = type.init(limit: limit, open: database.connect)
  }

  /// Borrows a connection, and uses it for so many seconds.
  func call(_ who: String, _ use: Use = .reads, seconds: Int = 0) async {
    database.log.add("\(who) calls")
    let what: String
    do {
      what = try await pool.withConnection { [database] connection in
        defer { if use.breaks { database.damage(connection) } }
        do { try await database.use(connection, as: who, seconds: seconds) } catch {
          if !use.isDeaf { throw error }
        }
        if use.throwsError { throw DatabaseError.wrongQuery }
        return "rows for \(who)"
      }
    } catch {
      what = "\(error)"
    }
    ends.withLock { $0[who] = (what, world.now - began) }
    database.log.add("\(who) gets \(what)")
  }

  /// Lets somebody call, and awaits the end.
  func callAlone(_ who: String, _ use: Use = .reads, seconds: Int = 0) async {
    await together { group in
      group.addTask(name: who) { await self.call(who, use, seconds: seconds) }
      await expectEnd(of: who)
    }
  }

  /// Lets somebody call and cancels it, after so many seconds, if it is not done by then. In the
  /// meantime, others do as they like.
  func callAndCancel(
    _ who: String, _ use: Use = .reads, seconds: Int = 0, after moment: Int,
    meanwhile: () async -> Void = {}
  ) async {
    await together { group in
      group.addTask(name: who) { await self.call(who, use, seconds: seconds) }
      await world.settle()
      await meanwhile()
      try? await world.clock.sleep(for: .seconds(moment))
      if end(of: who) != nil { return }
      database.log.add("\(who) is cancelled")
      group.cancelAll()
    }
  }

  /// Awaits all that are begun in it.
  func together(_ body: (inout DiscardingTaskGroup) async -> Void) async {
    await withDiscardingTaskGroup { group in await body(&group) }
  }

  func close() async {
    database.log.add("the pool is closed")
    await pool.close()
  }

  // MARK: - What is expected. What is not ends the check.

  /// What a caller got; nil if it still waits.
  func end(of who: String) -> String? { ends.withLock { $0[who]?.what } }

  /// That nobody waits for ever.
  func expectEnd(of callers: String...) async {
    await world.settle()
    let areDone = { callers.allSatisfy { self.end(of: $0) != nil } }
    if areDone() { return }
    try? await world.clock.sleep(for: .seconds(4))
    if areDone() { return }
    let waiting = callers.filter { end(of: $0) == nil }.joined(separator: ", ")
    Issue.record("nobody uses a connection any more, and who waits for ever: \(waiting)")
  }

  func expect(
    _ who: String, gets expected: String, _ why: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let seen = end(of: who) ?? "nothing yet"
    if seen == expected { return }
    Issue.record(
      "\(who) got \(seen) instead of \(expected)\(why.isEmpty ? "" : ": \(why)")",
      sourceLocation: sourceLocation)
    throw NotAsExpected()
  }

  func expect(
    _ who: String, isDoneBy seconds: Int, _ why: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    guard let time = ends.withLock({ $0[who]?.when }), time > .seconds(seconds) else { return }
    Issue.record(
      "\(who) could be done at \(seconds) s, and was at \(time): \(why)",
      sourceLocation: sourceLocation)
    throw NotAsExpected()
  }

  func expectOpened(
    _ count: Int, _ why: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let seen = database.opened
    if seen == count { return }
    Issue.record(
      "\(why), and connections that were opened: \(seen) instead of \(count)",
      sourceLocation: sourceLocation)
    throw NotAsExpected()
  }

  func expectAtMost(_ limit: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let most = database.mostOpen
    if most <= limit { return }
    Issue.record(
      "the limit is \(limit), and connections that were open at the same time: \(most)",
      sourceLocation: sourceLocation)
    throw NotAsExpected()
  }
}

/// Ends a check that has said what it saw.
struct NotAsExpected: Error {}
