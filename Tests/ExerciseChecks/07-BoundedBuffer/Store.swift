import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// Bakers put loaves into a buffer, vans take them out, and all of it is written down.
final class Store: Sendable {
  /// How far a put or a take has come.
  enum Progress: String { case waits, done, cancelled }

  private struct Book {
    var puts: [String: Progress] = [:]
    var takes: [String: Progress] = [:]
    var taken: [(who: String, loaf: String)] = []
    var takesBegun = 0
    var mostInside = 0
    var inside: Int { puts.values.count { $0 == .done } - takesBegun }
  }

  let log: EventLog
  private let capacity: Int
  private let world: World
  private let buffer: any Buffering<String>
  private let book = Mutex(Book())

  init(_ world: World, _ type: any Buffering<String>.Type, capacity: Int) {
    self.world = world
    self.capacity = capacity
    buffer = type.init(capacity: capacity)
    log = EventLog(world)
  }

  // MARK: - Doing

  func put(_ loaf: String) async {
    book.withLock { $0.puts[loaf] = .waits }
    log.add("puts \(loaf)")
    let progress: Progress
    do {
      try await buffer.put(loaf)
      progress = .done
    } catch is CancellationError {
      progress = .cancelled
    } catch {
      Issue.record("put(\(loaf)) threw \(error)")
      progress = .cancelled
    }
    book.withLock { book in
      book.puts[loaf] = progress
      // A take makes its room at some time between its beginning and its end.
      book.mostInside = max(book.mostInside, book.inside)
    }
    log.add(progress == .done ? "\(loaf) is in" : "\(loaf) is cancelled")
  }

  func take(_ who: String) async {
    book.withLock { book in
      book.takes[who] = .waits
      book.takesBegun += 1
    }
    log.add("\(who) takes")
    do {
      let loaf = try await buffer.take()
      let isSecond = book.withLock { book in
        defer { book.taken.append((who, loaf)) }
        book.takes[who] = .done
        return book.taken.contains { $0.loaf == loaf }
      }
      if isSecond { Issue.record("\(loaf) was put once, and taken twice") }
      log.add("\(who) has \(loaf)")
    } catch {
      book.withLock { $0.takes[who] = .cancelled }
      if error is CancellationError {
        log.add("\(who) is cancelled")
      } else {
        Issue.record("take() threw \(error)")
      }
    }
  }

  /// Puts or takes one after the other, each time in a task of that name.
  func put(_ loaves: String..., by baker: String = "baker") async {
    await child(baker) { for loaf in loaves { await self.put(loaf) } }
  }

  func take(_ count: Int, by who: String = "shop") async {
    await child(who) { for _ in 0..<count { await self.take(who) } }
  }

  /// Puts where there is no room, in a task that is cancelled. True if it hears of it.
  func cancelPut(_ loaf: String, before: Bool) async -> Bool {
    await cancel("baker b", "put(\(loaf))", before: before) {
      await self.put(loaf)
    } progress: {
      book.withLock { $0.puts[loaf] }
    } release: {
      await take("shop")
    }
  }

  /// Takes where there is nothing, in a task that is cancelled. True if it hears of it.
  func cancelTake(by who: String, before: Bool) async -> Bool {
    await cancel(who, "take() of \(who)", before: before) {
      await self.take(who)
    } progress: {
      book.withLock { $0.takes[who] }
    } release: {
      await put("x1")
    }
  }

  private func cancel(
    _ name: String, _ call: String, before: Bool, _ work: @escaping @Sendable () async -> Void,
    progress: () -> Progress?, release: () async -> Void
  ) async -> Bool {
    let moment = before ? "before it began" : "while it waited"
    var isStuck = false
    await withDiscardingTaskGroup { group in
      if before { group.cancelAll() }
      group.addTask(name: name, operation: work)
      if !before { await world.settle() }
      group.cancelAll()
      await world.settle()
      guard progress() == .waits else { return }
      isStuck = true
      Issue.record("\(call) was cancelled \(moment), and waits on")
      await release()
    }
    guard !isStuck, progress() == .done else { return !isStuck }
    Issue.record("\(call) was cancelled \(moment), and returned as if nothing had happened")
    return false
  }

  /// All at once: each baker puts so many loaves, each van takes so many.
  func traffic(bakers: [String], puts: Int, vans: [String], takes: Int) async {
    await withDiscardingTaskGroup { group in
      for baker in bakers {
        group.addTask(name: "baker \(baker)") {
          for number in 1...puts {
            await Task.yield()
            await self.put("\(baker)\(number)")
          }
        }
      }
      for van in vans {
        group.addTask(name: van) {
          for _ in 1...takes {
            await Task.yield()
            await self.take(van)
          }
        }
      }
      await expectNobodyWaitsInVain()
    }
  }

  private func child(_ name: String, _ work: @escaping @Sendable () async -> Void) async {
    await withDiscardingTaskGroup { group in
      group.addTask(name: name, operation: work)
      await expectNobodyWaitsInVain()
    }
  }

  // MARK: - What was seen

  /// The loaves whose put has come so far.
  func puts(_ progress: Progress) -> [String] {
    book.withLock { $0.puts.filter { $0.value == progress }.keys.sorted() }
  }

  /// Those whose take has come so far.
  func takes(_ progress: Progress) -> [String] {
    book.withLock { $0.takes.filter { $0.value == progress }.keys.sorted() }
  }

  /// What was taken, in order.
  var taken: [String] { book.withLock { $0.taken.map(\.loaf) } }

  /// What one has taken, in order.
  func taken(by who: String) -> [String] {
    book.withLock { $0.taken.filter { $0.who == who }.map(\.loaf) }
  }

  /// The most that were in at the same time, as far as one can tell from outside.
  var mostInside: Int { book.withLock { $0.mostInside } }

  // MARK: - What is expected

  /// That nobody waits for what is there.
  func expectNobodyWaitsInVain(sourceLocation: SourceLocation = #_sourceLocation) async {
    await world.settle()
    let (putters, takers, done, taken) = (puts(.waits), takes(.waits), puts(.done), taken)
    let inside = done.filter { !taken.contains($0) }
    if !takers.isEmpty, !inside.isEmpty {
      Issue.record(
        "what was put and has reached nobody: \(text(inside)); and who waits: \(text(takers))",
        sourceLocation: sourceLocation)
    } else if !putters.isEmpty, inside.count < capacity {
      Issue.record(
        """
        capacity \(capacity), what was put and not taken: \(text(inside)); \
        and which loaves wait for room: \(text(putters))
        """, sourceLocation: sourceLocation)
    }
  }

  func expectTaken(
    _ loaves: [String], _ why: String, inOrder: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let taken = inOrder ? taken : taken.sorted()
    if taken == loaves { return }
    Issue.record(
      "\(why), and taken were \(text(taken)) instead of \(text(loaves))",
      sourceLocation: sourceLocation)
  }

  func text(_ list: [String]) -> String { list.isEmpty ? "none" : list.joined(separator: ", ") }
}
