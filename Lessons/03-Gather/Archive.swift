import Narration

/// Loads photos, slowly. The timeline shows what it does, on one lane for each photo.
struct Archive: Sendable {
  private let narrator: Narrator
  private let problems: [String: PhotoError]
  private let unstoppable: Set<String>

  /// Opens an archive that has these problems with these photos. Loading an unstoppable one does
  /// not end when it is cancelled.
  init(_ narrator: Narrator, problems: [String: PhotoError] = [:], unstoppable: Set<String> = []) {
    self.narrator = narrator
    self.problems = problems
    self.unstoppable = unstoppable
    // Child tasks may begin in any order. Their lanes shall not.
    for lane in ["gather"] + photos { narrator.lanes(lane) }
  }

  /// Loads one photo. A timeout is over by the second attempt, other problems stay.
  func load(_ photo: String, attempt: Int = 1) async throws -> String {
    try await narrator.span(photo) {
      let time = time(for: photo)
      if unstoppable.contains(photo) {
        // A task that is not our child does not hear of our cancellation, and awaiting its value
        // cannot be cut short.
        try await Task { try await Task.sleep(for: time) }.value
      } else {
        try await Task.sleep(for: time)
      }
      if let problem = problems[photo], attempt == 1 || problem != .timedOut { throw problem }
      return "\(photo).jpg"
    }
  }

  /// Counts the photos of the album.
  func countPhotos() async throws -> Int {
    try await narrator.span("count") {
      try await Task.sleep(for: .seconds(1))
      return photos.count
    }
  }

  private func time(for photo: String) -> Duration {
    switch photo {
    case "beach": .milliseconds(2000)
    case "lake": .milliseconds(1500)
    case "museum": .milliseconds(700)
    case "harbour": .milliseconds(1200)
    default: .milliseconds(1000)
    }
  }
}

/// Why a photo could not be loaded.
enum PhotoError: String, Error, CustomStringConvertible {
  case notFound = "not found"
  case timedOut = "timed out"
  case corrupted = "corrupted"

  var description: String { rawValue }
}
