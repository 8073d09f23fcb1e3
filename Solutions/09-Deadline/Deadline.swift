// Exercise 09 · Deadline, as we would write it.
//
// A deadline is a moment, so every child can have the same one. Each child keeps it for its own
// query: it is gone early if the query is, it cancels, it awaits. What a query returns or throws
// cannot tell whether it was in time: a service may throw a TimeoutError of its own, and a query
// that is cancelled may throw anything, or answer. The clock can tell, so we ask the clock.
//
// The road not taken: one timeout around the whole group. It is one timer in place of many, and
// right as well, but what has finished then has to be kept outside of it, and a child's outcome
// and the group's end come from two places. Nor a timer as a child of the group: it has to be told
// apart from the queries, and cancelled when they are done, or everybody waits for the deadline.

import AsyncPrimitives
public import ExerciseKit

/// Asks many services at once, and returns what came of each by the deadline.
///
/// - Parameters:
///   - services: Whom to ask.
///   - deadline: When it is too late, for all of them.
///   - ask: Asks one service.
/// - Returns: The outcome of each query, in the order of the list.
/// - Throws: `CancellationError` if the caller is cancelled, and nothing else.
public func collectAnswers(
  from services: [String], by deadline: ContinuousClock.Instant, asking ask: @escaping Query
) async throws -> [QueryOutcome] {
  let outcomes = await withTaskGroup(of: (Int, QueryOutcome).self) { group in
    for (index, service) in services.enumerated() {
      group.addTask(name: service) {
        (index, await outcome(of: service, by: deadline, asking: ask))
      }
    }
    var outcomes = Array(repeating: QueryOutcome.tooLate, count: services.count)
    for await (index, outcome) in group { outcomes[index] = outcome }
    return outcomes
  }
  // Cancelled queries look like failed ones. Only our own task knows that it was for us.
  try Task.checkCancellation()
  return outcomes
}

private func outcome(
  of service: String, by deadline: ContinuousClock.Instant, asking ask: @escaping Query
) async -> QueryOutcome {
  do {
    let answer = try await withTimeout(until: deadline) { try await ask(service) }
    return ContinuousClock.now < deadline ? .answer(answer) : .tooLate
  } catch {
    return ContinuousClock.now < deadline ? .failed(error) : .tooLate
  }
}
