import AsyncPrimitives
import ExerciseKit

/// One timeout around all queries. What has finished is kept outside of it.
@Sendable func collectWithinOneTimeout(
  from services: [String], by deadline: ContinuousClock.Instant, asking ask: @escaping Query
) async throws -> [QueryOutcome] {
  var outcomes = Array(repeating: QueryOutcome.tooLate, count: services.count)
  try await withTimeout(until: deadline) {
    await withTaskGroup(of: (Int, QueryOutcome).self) { group in
      for (index, service) in services.enumerated() {
        group.addTask {
          do { return (index, .answer(try await ask(service))) } catch {
            return (index, .failed(error))
          }
        }
      }
      for await (index, outcome) in group where !Task.isCancelled { outcomes[index] = outcome }
    }
  }
  try Task.checkCancellation()
  return outcomes
}

/// Handles, which are waited for until the deadline, and cancelled and awaited afterwards.
@Sendable func collectByHandles(
  from services: [String], by deadline: ContinuousClock.Instant, asking ask: @escaping Query
) async throws -> [QueryOutcome] {
  // Not asked: what answers at once would be done before anybody looks.
  guard ContinuousClock.now < deadline else { return services.map { _ in .tooLate } }
  let handles = services.map { service in TaskHandle(name: service) { try await ask(service) } }
  let result: Result<[QueryOutcome], any Error>
  do {
    _ = try await wait(for: handles, timeout: deadline - .now)
    result = .success(
      handles.map { handle in
        switch handle.outcome {
        case .success(let answer): .answer(answer)
        case .failure(let error): .failed(error)
        case nil: .tooLate
        }
      })
  } catch {
    result = .failure(error)
  }
  for handle in handles { handle.cancel() }
  // The caller may be cancelled: this wait must not be cut short, so another task does it.
  await Task { _ = try? await wait(for: handles) }.value
  return try result.get()
}
