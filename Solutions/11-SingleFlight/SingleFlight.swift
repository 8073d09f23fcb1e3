// Exercise 11 · SingleFlight, as we would write it.
//
// A load that is shared belongs to nobody, so it is a task of its own. What belongs to a caller is
// its wait, and a wait for a `TaskHandle` can be left. Each flight counts its passengers; the last
// to get off, for whatever reason, cancels and forgets it. That one place tidies up after a
// success, a failure and a cancellation alike, and it compares flights and not names: there may be
// a new flight of the same name by then.
//
// The road not taken: the load's task takes itself out of the dictionary when it ends. It works,
// and then there are two who tidy up, the load and the last caller to leave, and each has to know
// whether the other was first. Nor `Task { }.value`, whose callers cannot leave, nor a handler that
// cancels the task: that is one caller who decides for all.

import AsyncPrimitives
public import ExerciseKit

/// Loads pictures, each once for all who want it at the same time.
public actor SingleFlight: PictureLoading {
  private let load: PictureLoad
  private var flights: [String: Flight] = [:]

  /// Makes loads of that kind.
  public init(load: @escaping PictureLoad) {
    self.load = load
  }

  /// The picture of that name, from a load that is shared with others who want it meanwhile.
  ///
  /// - Throws: What the load throws; `CancellationError`, at once, if the caller is cancelled.
  public func picture(_ name: String) async throws -> Picture {
    let flight = flight(to: name)
    flight.passengers += 1
    defer { leave(flight, to: name) }
    return try await flight.load.value
  }

  /// One that is in the air, or a new one. Nothing is awaited in here, so nobody comes in between.
  private func flight(to name: String) -> Flight {
    // One that has landed may still have passengers who have not got off yet.
    if let flight = flights[name], !flight.load.isDone { return flight }
    let flight = Flight(TaskHandle(name: "load \(name)") { [load] in try await load(name) })
    flights[name] = flight
    return flight
  }

  private func leave(_ flight: Flight, to name: String) {
    flight.passengers -= 1
    guard flight.passengers == 0 else { return }
    flight.load.cancel()
    if flights[name] === flight { flights[name] = nil }
  }
}

/// A load, and how many wait for it.
private final class Flight {
  let load: TaskHandle<Picture>
  var passengers = 0

  init(_ load: TaskHandle<Picture>) {
    self.load = load
  }
}
