import AsyncPrimitives
import ExerciseKit
import Synchronization

/// A future for each caller. The load's task fulfils them, and takes itself out before it does.
actor FutureFlight: PictureLoading {
  private struct Flight {
    var number: Int
    var task: Task<Void, Never>
    var waiting: [ObjectIdentifier: Future<Picture>] = [:]
  }

  private let load: PictureLoad
  private var flights: [String: Flight] = [:]
  private var next = 0

  init(load: @escaping PictureLoad) { self.load = load }

  func picture(_ name: String) async throws -> Picture {
    let future = Future<Picture>("picture of \(name)")
    let flight = flights[name] ?? begin(name)
    flights[name] = flight
    flights[name]?.waiting[ObjectIdentifier(future)] = future
    do { return try await future.value } catch {
      leave(future, flight.number, name)
      throw error
    }
  }

  private func begin(_ name: String) -> Flight {
    next += 1
    let number = next
    return Flight(
      number: number,
      task: Task {
        let outcome: Result<Picture, any Error>
        do { outcome = .success(try await load(name)) } catch { outcome = .failure(error) }
        land(number, name, outcome)
      })
  }

  private func land(_ number: Int, _ name: String, _ outcome: Result<Picture, any Error>) {
    guard let flight = flights[name], flight.number == number else { return }
    flights[name] = nil
    for future in flight.waiting.values { try? future.complete(with: outcome) }
  }

  private func leave(_ future: Future<Picture>, _ number: Int, _ name: String) {
    guard flights[name]?.number == number else { return }
    flights[name]?.waiting[ObjectIdentifier(future)] = nil
    guard let flight = flights[name], flight.waiting.isEmpty else { return }
    flight.task.cancel()
    flights[name] = nil
  }
}

/// No actor: a lock around a dictionary, and a continuation for each caller.
final class LockedFlight: PictureLoading {
  private typealias Waiter = CheckedContinuation<Picture, any Error>

  private struct Flight {
    var number: Int
    var task: Task<Void, Never>
    var waiters: [Int: Waiter] = [:]
  }

  private let load: PictureLoad
  private let state = Mutex<(flights: [String: Flight], next: Int)>(([:], 0))

  init(load: @escaping PictureLoad) { self.load = load }

  func picture(_ name: String) async throws -> Picture {
    let ticket = state.withLock { state in
      state.next += 1
      return state.next
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let isBoarding = state.withLock { state in
          // The handler may have been here, and found nobody. Then the flag is up.
          guard !Task.isCancelled else { return false }
          var flight = state.flights[name] ?? Flight(number: ticket, task: begin(name, ticket))
          flight.waiters[ticket] = continuation
          state.flights[name] = flight
          return true
        }
        if !isBoarding { continuation.resume(throwing: CancellationError()) }
      }
    } onCancel: {
      leave(name, ticket)
    }
  }

  private func begin(_ name: String, _ number: Int) -> Task<Void, Never> {
    Task {
      let outcome: Result<Picture, any Error>
      do { outcome = .success(try await load(name)) } catch { outcome = .failure(error) }
      let flight = state.withLock { state in
        state.flights[name]?.number == number ? state.flights.removeValue(forKey: name) : nil
      }
      for (_, waiter) in flight?.waiters ?? [:] { waiter.resume(with: outcome) }
    }
  }

  private func leave(_ name: String, _ ticket: Int) {
    let (waiter, task) = state.withLock { state -> (Waiter?, Task<Void, Never>?) in
      guard let waiter = state.flights[name]?.waiters.removeValue(forKey: ticket) else {
        return (nil, nil)
      }
      guard state.flights[name]?.waiters.isEmpty == true else { return (waiter, nil) }
      return (waiter, state.flights.removeValue(forKey: name)?.task)
    }
    task?.cancel()
    waiter?.resume(throwing: CancellationError())
  }
}
