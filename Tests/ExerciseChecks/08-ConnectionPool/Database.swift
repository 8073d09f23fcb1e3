import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// A database whose connections are opened on the run's clock, and that sees what is done with each.
final class Database: Sendable {
  /// How an opening goes.
  enum Opening {
    case succeeds, fails
    /// Returns its connection, even if it is told to stop.
    case succeedsAnyway
  }

  private struct Book {
    var opened = 0
    var open: Set<String> = []
    var mostOpen = 0
    var users: [String: String] = [:]
    var closed: Set<String> = []
    var broken: Set<String> = []
  }

  let log: EventLog
  private let world: World
  private let seconds: Int
  private let openings: [Opening]
  private let book = Mutex(Book())

  /// A database whose connections take so many seconds to open. The first openings go as is said
  /// here, the others succeed.
  init(_ world: World, seconds: Int = 0, openings: [Opening] = []) {
    self.world = world
    self.seconds = seconds
    self.openings = openings
    log = EventLog(world)
  }

  /// How often somebody has begun to open a connection.
  var opened: Int { book.withLock { $0.opened } }

  /// The connections that are open, or are being opened.
  var open: [String] { book.withLock { $0.open.sorted() } }

  /// The connections that have broken, and are open all the same.
  var brokenAndOpen: [String] { book.withLock { $0.open.intersection($0.broken).sorted() } }

  /// The most that were open at the same time.
  var mostOpen: Int { book.withLock { $0.mostOpen } }

  @Sendable func connect() async throws -> any Connection {
    let number = book.withLock { book in
      book.opened += 1
      book.open.insert("line \(book.opened)")
      book.mostOpen = max(book.mostOpen, book.open.count)
      return book.opened
    }
    let name = "line \(number)"
    log.add("opens \(name)")
    let opening = number <= openings.count ? openings[number - 1] : .succeeds
    do { try await pause(seconds) } catch {
      if opening != .succeedsAnyway {
        _ = book.withLock { $0.open.remove(name) }
        throw error
      }
    }
    if opening == .fails {
      _ = book.withLock { $0.open.remove(name) }
      throw DatabaseError.refused
    }
    return Line(name: name, database: self)
  }

  /// Uses a connection for so many seconds. It is an issue if somebody else does, or if it has been
  /// closed or has broken.
  func use(_ connection: any Connection, as who: String, seconds: Int) async throws {
    let name = connection.name
    let (other, isGone) = book.withLock { book in
      defer { book.users[name] = who }
      return (book.users[name], book.closed.contains(name) || book.broken.contains(name))
    }
    log.add("\(who) has \(name)")
    if let other { Issue.record("\(who) has \(name), and \(other) has it, too") }
    if isGone { Issue.record("\(who) has \(name), which had broken or had been closed before") }
    defer { book.withLock { $0.users[name] = nil } }
    try await pause(seconds)
  }

  func damage(_ connection: any Connection) {
    log.add("\(connection.name) breaks")
    _ = book.withLock { $0.broken.insert(connection.name) }
  }

  fileprivate func isBroken(_ name: String) -> Bool { book.withLock { $0.broken.contains(name) } }

  fileprivate func close(_ name: String) {
    log.add("\(name) is closed")
    let user = book.withLock { book in
      book.open.remove(name)
      book.closed.insert(name)
      return book.users[name]
    }
    if let user { Issue.record("\(name) was closed while \(user) used it") }
  }

  /// Lets others have their turn at least.
  private func pause(_ seconds: Int) async throws {
    if seconds > 0 { return try await world.clock.sleep(for: .seconds(seconds)) }
    await Task.yield()
    try Task.checkCancellation()
  }
}

/// What the database, or somebody who uses it, throws.
enum DatabaseError: String, Error { case refused, wrongQuery }

private struct Line: Connection {
  let name: String
  let database: Database
  var isBroken: Bool { database.isBroken(name) }
  func close() { database.close(name) }
}
