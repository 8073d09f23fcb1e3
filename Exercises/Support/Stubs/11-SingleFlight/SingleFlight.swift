// Exercise 11 · SingleFlight                                       25 minutes
//
// A list shows the same portrait in twenty rows, and each row asks for it. Build a loader that
// loads it once for all of them.
//
// Rules:
//  1. Callers who want the same picture while it is being loaded share that load, and get the very
//     picture that it returns. Different pictures are loaded at the same time.
//  2. If the load fails, all who share it get its error.
//  3. It is no cache: when a load has ended, well or not, nothing is kept of it. The next caller
//     begins a new one.
//  4. A caller that is cancelled leaves at once, with a CancellationError, whether it was the
//     first or the last to come. The load and the other callers do not notice.
//  5. When all callers of a load have left, it is cancelled. Nobody waits for its end. A caller
//     that is cancelled before it comes leaves no load behind, either.
//  6. Who comes after that gets a load of its own, even if the old one has not stopped yet; and
//     when the old one stops, that changes nothing for the new one.
//
// For example, with ann's portrait taking a second to load:
//
//    let loader = SingleFlight(load: load)
//    async let first = loader.picture("ann")
//    async let second = loader.picture("ann")
//    _ = try await (first, second)               // one load, one second, one picture
//    _ = try await loader.picture("ann")         // another load
//
// Check it:   swift test --filter SingleFlight
// Stuck?      Hints.md in this folder, a level at a time.

import AsyncPrimitives
public import ExerciseKit

/// Loads pictures, each once for all who want it at the same time.
public actor SingleFlight: PictureLoading {
  private let load: PictureLoad

  /// Makes loads of that kind.
  public init(load: @escaping PictureLoad) {
    self.load = load
  }

  /// The picture of that name, from a load that is shared with others who want it meanwhile.
  ///
  /// - Throws: What the load throws; `CancellationError`, at once, if the caller is cancelled.
  public func picture(_ name: String) async throws -> Picture {
    try todo("share a load that goes on, or start one; leave when you are cancelled")
  }
}
