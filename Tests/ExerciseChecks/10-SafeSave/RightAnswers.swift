import ExerciseKit
import Synchronization

/// Each save in a task of its own, which does not hear of the cancellation, and is awaited.
@Sendable func archiveWithATaskForEachSave(
  _ pages: [String], in archive: any Archive
) async throws {
  for page in pages {
    let image = Task.isCancelled ? nil : try await archive.scan(page)
    guard let image, !Task.isCancelled else { throw CancellationError() }
    try await Task(name: "save \(page)") {
      do {
        try await archive.write(image, as: page)
        try await archive.seal(page)
      } catch {
        try? await archive.remove(page)
        throw error
      }
    }.value
  }
}

/// A worker that nobody cancels. A handler lets it know, and stops its scan.
@Sendable func archiveWithAHandler(_ pages: [String], in archive: any Archive) async throws {
  let button = StopButton()
  try await withTaskCancellationHandler {
    try await Task(name: "worker") {
      for page in pages {
        let image = try await button.guarding(Task { try await archive.scan(page) })
        do {
          try await archive.write(image, as: page)
          try await archive.seal(page)
        } catch {
          try? await archive.remove(page)
          throw error
        }
      }
    }.value
  } onCancel: {
    button.press()
  }
}

private final class StopButton: Sendable {
  private let state = Mutex<(isPressed: Bool, scan: Task<String, any Error>?)>((false, nil))

  func press() {
    let scan = state.withLock { state in
      state.isPressed = true
      return state.scan
    }
    scan?.cancel()
  }

  /// What comes of a scan, unless the button is pressed.
  func guarding(_ makeScan: @autoclosure () -> Task<String, any Error>) async throws -> String {
    let scan = state.withLock { state in
      if !state.isPressed { state.scan = makeScan() }
      return state.isPressed ? nil : state.scan
    }
    guard let scan else { throw CancellationError() }
    let image = try await scan.value
    if state.withLock({ $0.isPressed }) { throw CancellationError() }
    return image
  }
}
