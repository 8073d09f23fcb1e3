import AsyncPrimitives
import ExerciseKit

/// Handles, which are to be cancelled and awaited whatever happens.
@Sendable func fastestMirrorByHandles(
  _ mirrors: [String], fetching fetch: @escaping MirrorFetch
) async throws -> String {
  let handles = mirrors.map { mirror in TaskHandle(name: mirror) { try await fetch(mirror) } }
  let result: Result<String, any Error>
  do {
    result = .success(try await firstSuccess(of: handles))
  } catch {
    result = .failure(error)
  }
  for handle in handles { handle.cancel() }
  // The caller may be cancelled: these awaits must not be cut short, so another task does them.
  await Task { _ = try? await wait(for: handles) }.value
  return try result.get()
}

private func firstSuccess(of handles: [TaskHandle<String>]) async throws -> String {
  for try await handle in asCompleted(handles) {
    if let file = try? handle.result() { return file }
  }
  try Task.checkCancellation()
  throw AllMirrorsFailed(
    failures: handles.compactMap { handle in
      guard case .failure(let error) = handle.outcome else { return nil }
      return MirrorFailure(mirror: handle.name, error: error)
    })
}

/// A group that is left by throwing the file: that cancels the others, and awaits them.
@Sendable func fastestMirrorByThrowing(
  _ mirrors: [String], fetching fetch: @escaping MirrorFetch
) async throws -> String {
  do {
    let failures = try await withThrowingTaskGroup(of: (Int, MirrorFailure).self) { group in
      for (index, mirror) in mirrors.enumerated() {
        group.addTask {
          let file: String
          do { file = try await fetch(mirror) } catch {
            return (index, MirrorFailure(mirror: mirror, error: error))
          }
          throw Delivered(file: file)
        }
      }
      return try await group.reduce(into: [Int: MirrorFailure]()) { $0[$1.0] = $1.1 }
    }
    try Task.checkCancellation()
    throw AllMirrorsFailed(failures: mirrors.indices.compactMap { failures[$0] })
  } catch let delivered as Delivered {
    return delivered.file
  }
}

private struct Delivered: Error {
  let file: String
}
