import AsyncPrimitives
import CheckKit
import ExerciseKit
import Synchronization

/// Nothing is shared.
final class EveryoneLoads: PictureLoading {
  private let load: PictureLoad
  init(load: @escaping PictureLoad) { self.load = load }
  func picture(_ name: String) async throws -> Picture { try await load(name) }
}

/// Others come in while it awaits, and find the dictionary empty.
actor AwaitsFirst: PictureLoading {
  private let load: PictureLoad
  private var pictures: [String: Picture] = [:]
  init(load: @escaping PictureLoad) { self.load = load }

  func picture(_ name: String) async throws -> Picture {
    if let picture = pictures[name] { return picture }
    let picture = try await load(name)
    pictures[name] = picture
    return picture
  }
}

/// A lock around everything, and what was loaded is handed to those who wait for the lock.
final class OneAtATime: PictureLoading {
  private let load: PictureLoad
  private let lock = AsyncLock("loader")
  init(load: @escaping PictureLoad) { self.load = load }

  func picture(_ name: String) async throws -> Picture {
    try await lock.withLock { try await load(name) }
  }
}

/// The load fulfils a future, if it comes to that.
actor SilentFailure: PictureLoading {
  private let load: PictureLoad
  private var flights: [String: Future<Picture>] = [:]
  init(load: @escaping PictureLoad) { self.load = load }

  func picture(_ name: String) async throws -> Picture {
    if let flight = flights[name] { return try await flight.value }
    let flight = Future<Picture>()
    flights[name] = flight
    Task {
      let picture = try await load(name)
      flights[name] = nil
      try flight.succeed(picture)
    }
    return try await flight.value
  }
}

/// Its tasks stay in the dictionary.
actor Cache: PictureLoading {
  private let load: PictureLoad
  private var flights: [String: TaskHandle<Picture>] = [:]
  init(load: @escaping PictureLoad) { self.load = load }

  func picture(_ name: String) async throws -> Picture {
    let flight = flights[name] ?? TaskHandle { [load] in try await load(name) }
    flights[name] = flight
    return try await flight.value
  }
}

/// The line that tidies up is not reached when the one before it throws.
actor TidiesAfterSuccess: PictureLoading {
  private let load: PictureLoad
  private var flights: [String: TaskHandle<Picture>] = [:]
  init(load: @escaping PictureLoad) { self.load = load }

  func picture(_ name: String) async throws -> Picture {
    if let flight = flights[name] { return try await flight.value }
    let flight = TaskHandle { [load] in try await load(name) }
    flights[name] = flight
    let picture = try await flight.value
    flights[name] = nil
    return picture
  }
}

/// Awaiting it cannot be cut short.
actor PlainTask: PictureLoading {
  private let load: PictureLoad
  private var flights: [String: Task<Picture, any Error>] = [:]
  init(load: @escaping PictureLoad) { self.load = load }

  func picture(_ name: String) async throws -> Picture {
    let flight = flights[name] ?? Task { try await load(name) }
    flights[name] = flight
    defer { if flights[name] == flight { flights[name] = nil } }
    let picture = try await flight.value
    try Task.checkCancellation()
    return picture
  }
}

/// The load is a part of the first caller's work.
actor FirstCallerLoads: PictureLoading {
  private let load: PictureLoad
  private var flights: [String: Future<Picture>] = [:]
  init(load: @escaping PictureLoad) { self.load = load }

  func picture(_ name: String) async throws -> Picture {
    if let flight = flights[name] { return try await flight.value }
    let flight = Future<Picture>()
    flights[name] = flight
    let outcome: Result<Picture, any Error>
    do { outcome = .success(try await load(name)) } catch { outcome = .failure(error) }
    flights[name] = nil
    try flight.complete(with: outcome)
    return try outcome.get()
  }
}

/// Whoever is cancelled cancels the load.
actor EachCancels: PictureLoading {
  private let load: PictureLoad
  private var flights: [String: Task<Picture, any Error>] = [:]
  init(load: @escaping PictureLoad) { self.load = load }

  func picture(_ name: String) async throws -> Picture {
    let flight = flights[name] ?? Task { try await load(name) }
    flights[name] = flight
    defer { if flights[name] == flight { flights[name] = nil } }
    return try await withTaskCancellationHandler {
      try await flight.value
    } onCancel: {
      flight.cancel()
    }
  }
}

/// Callers can leave, and the load goes on for nobody.
actor NeverCancels: PictureLoading {
  private let load: PictureLoad
  private var flights: [String: TaskHandle<Picture>] = [:]
  init(load: @escaping PictureLoad) { self.load = load }

  func picture(_ name: String) async throws -> Picture {
    if let flight = flights[name], !flight.isDone { return try await flight.value }
    let flight = TaskHandle { [load] in try await load(name) }
    flights[name] = flight
    flight.onDone { _ in Task { await self.remove(flight, name) } }
    return try await flight.value
  }

  private func remove(_ flight: TaskHandle<Picture>, _ name: String) {
    if flights[name] == flight { flights[name] = nil }
  }
}

// MARK: - Those that count

/// What the loaders below have in common: loads with passengers, right but for one thing.
actor Hangar {
  final class Flight {
    let load: TaskHandle<Picture>
    var passengers = 0
    init(_ load: TaskHandle<Picture>) { self.load = load }
  }

  struct Faults: OptionSet {
    let rawValue: Int
    static let boardsTheLanded = Faults(rawValue: 1)
    static let awaitsTheEnd = Faults(rawValue: 2)
    static let joinsTheCancelled = Faults(rawValue: 4)
    static let removesByName = Faults(rawValue: 8)
    static let countsLate = Faults(rawValue: 16)
    static let countsForAll = Faults(rawValue: 32)
    static let lastRemovesByName = Faults(rawValue: 64)
    static let firstStays = Faults(rawValue: 128)
  }

  private let load: PictureLoad
  private let faults: Faults
  private var flights: [String: Flight] = [:]
  private var everybody = 0

  init(_ load: @escaping PictureLoad, _ faults: Faults) {
    self.load = load
    self.faults = faults
  }

  func picture(_ name: String) async throws -> Picture {
    let flight = flight(to: name)
    if faults.contains(.countsLate) { await Task.yield() }
    let isFirst = flight.passengers == 0
    flight.passengers += 1
    everybody += 1
    let outcome: Result<Picture, any Error>
    do { outcome = .success(try await flight.load.value) } catch { outcome = .failure(error) }
    flight.passengers -= 1
    everybody -= 1
    if (faults.contains(.countsForAll) ? everybody : flight.passengers) == 0 {
      flight.load.cancel()
      if faults.contains(.awaitsTheEnd) { await end(of: flight) }
      if !faults.contains(.joinsTheCancelled), !faults.contains(.removesByName) {
        remove(flight, name)
      }
    } else if isFirst, faults.contains(.firstStays) {
      await end(of: flight)
    }
    return try outcome.get()
  }

  private func flight(to name: String) -> Flight {
    if let flight = flights[name] {
      let isOpen = faults.contains(.boardsTheLanded) || !flight.load.isDone
      let isWanted = !faults.contains(.removesByName) || flight.passengers > 0
      if isOpen, isWanted { return flight }
    }
    let flight = Flight(TaskHandle { [load] in try await load(name) })
    flights[name] = flight
    if faults.contains(.joinsTheCancelled) || faults.contains(.removesByName) {
      // The load takes itself out when it ends.
      flight.load.onDone { _ in Task { await self.loadDidEnd(name) } }
    }
    return flight
  }

  private func loadDidEnd(_ name: String) { flights[name] = nil }

  private func remove(_ flight: Flight, _ name: String) {
    if faults.contains(.lastRemovesByName) || flights[name] === flight { flights[name] = nil }
  }

  private func end(of flight: Flight) async {
    let load = flight.load
    await Task { _ = try? await load.value }.value
  }
}

/// Between a load's end and its last passenger's leaving, it takes new ones.
struct BoardsTheLanded: PictureLoading {
  private let hangar: Hangar
  init(load: @escaping PictureLoad) { hangar = Hangar(load, .boardsTheLanded) }
  func picture(_ name: String) async throws -> Picture { try await hangar.picture(name) }
}

/// The last to leave waits until the load has stopped.
struct PoliteLast: PictureLoading {
  private let hangar: Hangar
  init(load: @escaping PictureLoad) { hangar = Hangar(load, .awaitsTheEnd) }
  func picture(_ name: String) async throws -> Picture { try await hangar.picture(name) }
}

/// A cancelled load stays in the dictionary until it has stopped.
struct JoinsTheCancelled: PictureLoading {
  private let hangar: Hangar
  init(load: @escaping PictureLoad) { hangar = Hangar(load, .joinsTheCancelled) }
  func picture(_ name: String) async throws -> Picture { try await hangar.picture(name) }
}

/// A load that ends takes out whatever has its name.
struct RemovesByName: PictureLoading {
  private let hangar: Hangar
  init(load: @escaping PictureLoad) { hangar = Hangar(load, .removesByName) }
  func picture(_ name: String) async throws -> Picture { try await hangar.picture(name) }
}

/// Another's turn comes between finding a load and being counted as its passenger.
struct CountsLate: PictureLoading {
  private let hangar: Hangar
  init(load: @escaping PictureLoad) { hangar = Hangar(load, .countsLate) }
  func picture(_ name: String) async throws -> Picture { try await hangar.picture(name) }
}

/// One count for the passengers of all flights.
struct CountsForAll: PictureLoading {
  private let hangar: Hangar
  init(load: @escaping PictureLoad) { hangar = Hangar(load, .countsForAll) }
  func picture(_ name: String) async throws -> Picture { try await hangar.picture(name) }
}

/// The last to leave takes out whatever has the flight's name.
struct LastRemovesByName: PictureLoading {
  private let hangar: Hangar
  init(load: @escaping PictureLoad) { hangar = Hangar(load, .lastRemovesByName) }
  func picture(_ name: String) async throws -> Picture { try await hangar.picture(name) }
}

/// Who came first stays until the load has ended, if others need it.
struct FirstStays: PictureLoading {
  private let hangar: Hangar
  init(load: @escaping PictureLoad) { hangar = Hangar(load, .firstStays) }
  func picture(_ name: String) async throws -> Picture { try await hangar.picture(name) }
}
