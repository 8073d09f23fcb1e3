import AsyncPrimitives
import ExerciseKit

// What several of the wrong answers are made of.

/// What is known of a query that is looked at.
func look(at handle: TaskHandle<String>) -> QueryOutcome {
  switch handle.outcome {
  case .success(let answer): .answer(answer)
  case .failure(let error): .failed(error)
  case nil: .tooLate
  }
}

/// One query, as it should be.
func outcome(
  of service: String, by deadline: ContinuousClock.Instant, _ ask: @escaping Query
) async -> QueryOutcome {
  do {
    let answer = try await withTimeout(until: deadline) { try await ask(service) }
    return ContinuousClock.now < deadline ? .answer(answer) : .tooLate
  } catch {
    return ContinuousClock.now < deadline ? .failed(error) : .tooLate
  }
}

/// All queries at once, as it should be, if one query is.
func collect(
  _ services: [String], _ outcome: @escaping @Sendable (String) async throws -> QueryOutcome,
  orThrow check: () throws -> Void = { try Task.checkCancellation() }
) async throws -> [QueryOutcome] {
  let outcomes = try await withThrowingTaskGroup(of: (Int, QueryOutcome).self) { group in
    for (index, service) in services.enumerated() {
      group.addTask(name: service) { (index, try await outcome(service)) }
    }
    return try await group.reduce(into: [Int: QueryOutcome]()) { $0[$1.0] = $1.1 }
  }
  try check()
  return services.indices.compactMap { outcomes[$0] }
}
