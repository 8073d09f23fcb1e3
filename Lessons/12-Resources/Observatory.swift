// The observatory that lesson 12 plays in.

import Narration
import Simulation
import Synchronization

/// Opens and closes the parts of an observatory, slowly, and knows which are open.
///
/// The timeline shows it on a lane for each part, or for each night if several nights are told of.
final class Observatory: Sendable {
  private let narrator: Narrator
  private let faults: Set<Fault>
  private let open = Mutex<[String]>([])

  /// Builds an observatory that has these faults: a part does not open or close, or the photo fails.
  init(_ narrator: Narrator, _ lanes: [String], faults: Set<Fault> = []) {
    self.narrator = narrator
    self.faults = faults
    for lane in lanes { narrator.lanes(lane) }
  }

  /// What is open at this moment, in words.
  var stillOpen: String {
    let parts = open.withLock { $0 }
    return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
  }

  /// Opens a part. What comes back is there to be closed.
  func open(_ part: String, lane: String? = nil) async throws -> Part {
    let lane = lane ?? part
    try await narrator.span(lane, "opens", announces: false) {
      try await Task.sleep(for: .milliseconds(300))
      if faults.contains(.doesNotOpen(part)) { throw Fault.doesNotOpen(part) }
      open.withLock { $0.append(lane) }
    }
    return Part(name: part, lane: lane, observatory: self)
  }

  /// Takes a photo, which needs half a second without clouds.
  func takePhoto(lane: String = "photo") async throws {
    try await narrator.span(lane, "photo", announces: false) {
      try await Task.sleep(for: .milliseconds(250))
      if faults.contains(.clouds(lane)) { throw Fault.clouds(lane) }
      try await Task.sleep(for: .milliseconds(250))
    }
  }

  fileprivate func close(_ part: Part) async throws {
    try await narrator.span(part.lane, "closes", announces: false) {
      try await Task.sleep(for: .milliseconds(300))
      if faults.contains(.doesNotClose(part.name)) { throw Fault.doesNotClose(part.name) }
      open.withLock { $0.removeAll { $0 == part.lane } }
    }
  }
}

/// A part of the observatory that has been opened.
struct Part: Sendable {
  let name: String
  fileprivate let lane: String
  fileprivate let observatory: Observatory

  /// Closes it, which takes a while, and has to be awaited.
  func close() async throws { try await observatory.close(self) }
}

/// What can go wrong, and with what.
enum Fault: Error, Hashable, CustomStringConvertible {
  case clouds(String)
  case doesNotOpen(String)
  case doesNotClose(String)

  var description: String {
    switch self {
    case .clouds: "clouds"
    case .doesNotOpen(let part): "the \(part) does not open"
    case .doesNotClose(let part): "the \(part) does not close"
    }
  }
}

/// How a night ended.
func words(for result: Result<Void, any Error>) -> String {
  switch result {
  case .success: "returns"
  case .failure(let error): "throws \(error)"
  }
}
