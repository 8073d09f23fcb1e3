// Exercise 09 · Deadline                                           20 minutes
//
// A traveller waits for an overview of trains, hotels and flights, and has until noon. Ask all
// services, and make the best of what there is by then.
//
// Rules:
//  1. There is one outcome for each service, in the order of the list. A service that is listed
//     twice is asked twice, and may answer differently.
//  2. All services are asked at once, however many there are, and they share one deadline.
//  3. What ends before the deadline is kept: an answer, or an error. An error is one outcome
//     among others, whatever it is, be it CancellationError or a TimeoutError of the service's
//     own, and it disturbs no other query.
//  4. When the deadline comes, every query that still goes on is cancelled, and is too late:
//     whatever it returns or throws after that. (At the very moment of the deadline, an answer
//     may be either.)
//  5. It returns as soon as every query has ended, and not before. If all end early, that is
//     early; if one takes its time to stop, it is awaited. Nothing of yours is left behind then,
//     timers included.
//  6. If the deadline has passed already, every query is too late, even one that answers at once.
//     No service need be asked then. If one is, its query is cancelled at once.
//  7. Cancelling the caller before the deadline cancels and awaits every query. It then throws
//     CancellationError, and returns no list. (After the deadline it may do either.)
//
// For example, if the train answers after 1 s, the hotel refuses after 2 s, and the flight would
// answer after a minute:
//
//    let deadline = ContinuousClock.now + .seconds(3)
//    try await collectAnswers(from: ["train", "hotel", "flight"], by: deadline, asking: ask)
//    // after 3 s: [.answer("08:15 from oslo"), .failed(Refused()), .tooLate]
//
// Check it:   swift test --filter Deadline
// Stuck?      Hints.md in this folder, a level at a time.

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
  try todo("ask all services at once, each until the same deadline, and keep each outcome")
}
