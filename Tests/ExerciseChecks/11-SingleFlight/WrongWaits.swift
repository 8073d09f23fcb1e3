import ExerciseKit

/// What the loaders below have in common: a continuation for each caller, right but for one thing.
actor Lounge {
  private typealias Waiter = CheckedContinuation<Picture, any Error>

  private struct Flight {
    let number: Int
    let task: Task<Void, Never>
    var waiters: [(ticket: Int, waiter: Waiter)] = []
  }

  struct Faults: OptionSet {
    let rawValue: Int
    static let copies = Faults(rawValue: 1)
    static let letsTheFirstGo = Faults(rawValue: 2)
    static let endsWithTheFirst = Faults(rawValue: 4)
    static let startsForNobody = Faults(rawValue: 8)
  }

  private let load: PictureLoad
  private let faults: Faults
  private var flights: [String: Flight] = [:]
  private var next = 0

  init(_ load: @escaping PictureLoad, _ faults: Faults) {
    self.load = load
    self.faults = faults
  }

  func picture(_ name: String) async throws -> Picture {
    next += 1
    let ticket = next
    if flights[name] == nil { flights[name] = begin(name, ticket) }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiter in
        if faults.contains(.startsForNobody), Task.isCancelled {
          waiter.resume(throwing: CancellationError())
        } else {
          flights[name]?.waiters.append((ticket, waiter))
        }
      }
    } onCancel: {
      Task { await leave(name, ticket) }
    }
  }

  private func begin(_ name: String, _ number: Int) -> Flight {
    Flight(
      number: number,
      task: Task {
        let outcome: Result<Picture, any Error>
        do { outcome = .success(try await load(name)) } catch { outcome = .failure(error) }
        land(name, number, outcome)
      })
  }

  private func land(_ name: String, _ number: Int, _ outcome: Result<Picture, any Error>) {
    guard let flight = flights[name], flight.number == number else { return }
    flights[name] = nil
    for (_, waiter) in flight.waiters {
      waiter.resume(with: faults.contains(.copies) ? outcome.map { Picture($0.name) } : outcome)
    }
  }

  private func leave(_ name: String, _ ticket: Int) {
    guard var flight = flights[name] else { return }
    guard let place = flight.waiters.firstIndex(where: { $0.ticket == ticket }) else { return }
    let leaver = flight.waiters.remove(at: faults.contains(.letsTheFirstGo) ? 0 : place)
    leaver.waiter.resume(throwing: CancellationError())
    flights[name] = flight
    let isOver = faults.contains(.endsWithTheFirst) && ticket == flight.number
    guard flight.waiters.isEmpty || isOver else { return }
    flight.task.cancel()
    flights[name] = nil
  }
}

/// Makes each caller a picture of its own.
struct Copies: PictureLoading {
  private let lounge: Lounge
  init(load: @escaping PictureLoad) { lounge = Lounge(load, .copies) }
  func picture(_ name: String) async throws -> Picture { try await lounge.picture(name) }
}

/// Whoever is cancelled, the one who has waited longest leaves.
struct LetsTheFirstGo: PictureLoading {
  private let lounge: Lounge
  init(load: @escaping PictureLoad) { lounge = Lounge(load, .letsTheFirstGo) }
  func picture(_ name: String) async throws -> Picture { try await lounge.picture(name) }
}

/// When the first caller leaves, the load is cancelled, and the others wait for nothing.
struct EndsWithTheFirst: PictureLoading {
  private let lounge: Lounge
  init(load: @escaping PictureLoad) { lounge = Lounge(load, .endsWithTheFirst) }
  func picture(_ name: String) async throws -> Picture { try await lounge.picture(name) }
}

/// Who was cancelled beforehand starts a load, and then does not wait for it.
struct StartsForNobody: PictureLoading {
  private let lounge: Lounge
  init(load: @escaping PictureLoad) { lounge = Lounge(load, .startsForNobody) }
  func picture(_ name: String) async throws -> Picture { try await lounge.picture(name) }
}
