import ExerciseKit
import Synchronization

/// Tasks that belong to nobody. The first success resumes a continuation, or the last failure.
@Sendable func promiseAny(
  _ mirrors: [String], fetching fetch: @escaping MirrorFetch
) async throws -> String {
  try await withUnsafeThrowingContinuation { continuation in
    let promise = Promise(mirrors, continuation)
    for (index, mirror) in mirrors.enumerated() {
      Task(name: mirror) {
        do { promise.fulfil(with: try await fetch(mirror)) } catch {
          promise.reject(index, error)
        }
      }
    }
  }
}

private final class Promise: Sendable {
  private typealias State = (
    continuation: UnsafeContinuation<String, any Error>?, errors: [Int: any Error]
  )

  private let mirrors: [String]
  private let state: Mutex<State>

  init(_ mirrors: [String], _ continuation: UnsafeContinuation<String, any Error>) {
    self.mirrors = mirrors
    state = Mutex((continuation, [:]))
  }

  func fulfil(with file: String) {
    take { _ in true }?.resume(returning: file)
  }

  func reject(_ index: Int, _ error: any Error) {
    let continuation = take { errors in
      errors[index] = error
      return errors.count == mirrors.count
    }
    guard let continuation else { return }
    let errors = state.withLock { $0.errors }
    continuation.resume(
      throwing: AllMirrorsFailed(
        failures: errors.sorted { $0.key < $1.key }.map { index, error in
          MirrorFailure(mirror: mirrors[index], error: error)
        }))
  }

  /// The continuation, if it is time to resume it, and nobody has.
  private func take(
    _ isTime: (inout [Int: any Error]) -> Bool
  ) -> UnsafeContinuation<String, any Error>? {
    state.withLock { state in
      guard isTime(&state.errors) else { return nil }
      defer { state.continuation = nil }
      return state.continuation
    }
  }
}
