import AsyncPrimitives
import CheckKit
import ExerciseKit

let wrongDeadlines: [WrongAnswer<DeadlineCollecting>] = [
  WrongAnswer(
    "asks one service after the other", rejectedBy: "all services are asked at once",
    naming: ["not asked at the beginning, but later or never: hotel"]
  ) { services, deadline, ask in
    var outcomes: [QueryOutcome] = []
    for service in services {
      outcomes.append(await outcome(of: service, by: deadline, ask))
    }
    try Task.checkCancellation()
    return outcomes
  },
  WrongAnswer(
    "asks no more than 32 services at a time", rejectedBy: "all services are asked at once",
    naming: ["later or never: service 33, service 34, service 35 and 15 more"]
  ) { services, deadline, ask in
    try await gather(services, limit: 32) { await outcome(of: $0, by: deadline, ask) }
  },
  WrongAnswer(
    "returns the outcomes in the order of their arrival",
    rejectedBy: "there is one outcome for each service, in the order of the list",
    naming: ["(answer of hotel, answer of flight, answer of train) instead of"]
  ) { services, deadline, ask in
    try await withThrowingTaskGroup(of: QueryOutcome.self) { group in
      for service in services {
        group.addTask { await outcome(of: service, by: deadline, ask) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  },
  WrongAnswer(
    "keeps the outcomes by the service's name",
    rejectedBy: "there is one outcome for each service, in the order of the list",
    naming: ["bus was listed twice and", "this came back: (answer of bus)"]
  ) { services, deadline, ask in
    let outcomes = try await collect(services) { await outcome(of: $0, by: deadline, ask) }
    let byName = Dictionary(zip(services, outcomes)) { first, _ in first }
    return services.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      .compactMap { byName[$0] }
  },
  WrongAnswer(
    "gives a service that is listed twice the same outcome twice",
    rejectedBy: "there is one outcome for each service, in the order of the list",
    naming: ["(answer of bus, answer of bus)", "(another answer of bus, another answer of bus)"]
  ) { services, deadline, ask in
    let outcomes = try await collect(services) { await outcome(of: $0, by: deadline, ask) }
    let byName = Dictionary(zip(services, outcomes)) { first, _ in first }
    return services.compactMap { byName[$0] }
  },
  WrongAnswer(
    "loses everything when the time is up",
    rejectedBy: "what has ended before the deadline is kept, and the rest is too late",
    naming: ["(too late, too late, too late) instead of"]
  ) { services, deadline, ask in
    do {
      return try await withTimeout(until: deadline) {
        try await collect(services) { service in
          do { return .answer(try await ask(service)) } catch { return .failed(error) }
        } orThrow: {
          try Task.checkCancellation()
        }
      }
    } catch is TimeoutError {
      return services.map { _ in .tooLate }
    }
  },
  WrongAnswer(
    "passes the timeout on",
    rejectedBy: "what has ended before the deadline is kept, and the rest is too late",
    naming: ["threw “the operation was not done within", "all other outcomes are lost"]
  ) { services, deadline, ask in
    try await withTimeout(until: deadline) {
      try await collect(services) { service in
        do { return .answer(try await ask(service)) } catch { return .failed(error) }
      } orThrow: {
        try Task.checkCancellation()
      }
    }
  },
  WrongAnswer(
    "sleeps until the deadline, and looks then",
    rejectedBy: "it returns early when all queries end early", naming: ["and it took 60.0 seconds"]
  ) { services, deadline, ask in
    let handles = services.map { service in TaskHandle(name: service) { try await ask(service) } }
    defer { for handle in handles { handle.cancel() } }
    try await Task.sleep(until: deadline, clock: .continuous)
    return handles.map(look)
  },
  WrongAnswer(
    "awaits the timer, too", rejectedBy: "it returns early when all queries end early",
    naming: ["and it took 60.0 seconds"]
  ) { services, deadline, ask in
    try await withThrowingTaskGroup(of: (Int, QueryOutcome)?.self) { group in
      group.addTask {
        try await Task.sleep(until: deadline, clock: .continuous)
        return nil
      }
      for (index, service) in services.enumerated() {
        group.addTask { (index, await outcome(of: service, by: deadline, ask)) }
      }
      var outcomes = Array(repeating: QueryOutcome.tooLate, count: services.count)
      for try await case (let index, let outcome)? in group { outcomes[index] = outcome }
      return outcomes
    }
  },
  WrongAnswer(
    "looks now and then whether all have ended",
    rejectedBy: "it returns early when all queries end early", naming: ["and it took 2.4 seconds"]
  ) { services, deadline, ask in
    let handles = services.map { service in TaskHandle(name: service) { try await ask(service) } }
    defer { for handle in handles { handle.cancel() } }
    while ContinuousClock.now < deadline, handles.contains(where: { !$0.isDone }) {
      try await Task.sleep(for: .milliseconds(800))
    }
    return handles.map(look)
  },
  WrongAnswer(
    "takes an error for too late", rejectedBy: "an error is one outcome, and disturbs no other",
    naming: ["(too late, answer of hotel, too late) instead of"]
  ) { services, deadline, ask in
    try await collect(services) { service in
      let answer = try? await withTimeout(until: deadline) { try await ask(service) }
      return answer.map(QueryOutcome.answer) ?? .tooLate
    }
  },
  WrongAnswer(
    "lets the first error end everything",
    rejectedBy: "an error is one outcome, and disturbs no other",
    naming: ["it threw “refused”: all other outcomes are lost"]
  ) { services, deadline, ask in
    try await withThrowingTaskGroup(of: (Int, QueryOutcome).self) { group in
      for (index, service) in services.enumerated() {
        group.addTask {
          do {
            return (
              index, .answer(try await withTimeout(until: deadline) { try await ask(service) })
            )
          } catch is TimeoutError {
            return (index, .tooLate)
          }
        }
      }
      var outcomes = Array(repeating: QueryOutcome.tooLate, count: services.count)
      for try await (index, outcome) in group { outcomes[index] = outcome }
      return outcomes
    }
  },
  WrongAnswer(
    "takes every TimeoutError for its own deadline's",
    rejectedBy: "a service's own TimeoutError or CancellationError is an error, and not too late",
    naming: ["(too late, failed: CancellationError()) instead of"]
  ) { services, deadline, ask in
    try await collect(services) { service in
      do {
        return .answer(try await withTimeout(until: deadline) { try await ask(service) })
      } catch is TimeoutError {
        return .tooLate
      } catch {
        return .failed(error)
      }
    }
  },
  WrongAnswer(
    "takes every CancellationError for the deadline's",
    rejectedBy: "a service's own TimeoutError or CancellationError is an error, and not too late",
    naming: ["not done within 1.0 seconds, too late) instead of"]
  ) { services, deadline, ask in
    try await collect(services) { service in
      let outcome = await outcome(of: service, by: deadline, ask)
      if case .failed(is CancellationError) = outcome { return .tooLate }
      return outcome
    }
  },
  WrongAnswer(
    "leaves the late ones running, as Promise.race does",
    rejectedBy: "what goes on at the deadline is cancelled then, and awaited",
    naming: ["over at 3.0 seconds, and the late query was told to stop: not at all"]
  ) { services, deadline, ask in
    let handles = services.map { service in TaskHandle(name: service) { try await ask(service) } }
    _ = try await wait(for: handles, timeout: deadline - .now)
    return handles.map(look)
  },
  WrongAnswer(
    "asks nobody to stop, and awaits them all",
    rejectedBy: "what goes on at the deadline is cancelled then, and awaited",
    naming: ["over at 60.0 seconds, and the late query was told to stop: not at all"]
  ) { services, deadline, ask in
    try await collect(services) { service in
      let result: QueryOutcome
      do { result = .answer(try await ask(service)) } catch { result = .failed(error) }
      return ContinuousClock.now < deadline ? result : .tooLate
    }
  },
  WrongAnswer(
    "abandons who is late",
    rejectedBy: "what goes on at the deadline is cancelled then, and awaited",
    naming: ["it returned at 3.0 seconds, and queries that still went on: 1"]
  ) { services, deadline, ask in
    let left = deadline - .now
    return try await collect(services) { service in
      do {
        return .answer(try await withAbandoningTimeout(left) { try await ask(service) })
      } catch {
        return ContinuousClock.now < deadline ? .failed(error) : .tooLate
      }
    }
  },
  WrongAnswer(
    "takes what comes out of the timeout for what came in time",
    rejectedBy: "after the deadline everything is too late, and at once if it has passed already",
    naming: ["(answer of flight, answer of train, failed: connection lost) instead of"]
  ) { services, deadline, ask in
    try await collect(services) { service in
      do {
        return .answer(try await withTimeout(until: deadline) { try await ask(service) })
      } catch is TimeoutError where ContinuousClock.now >= deadline {
        return .tooLate
      } catch {
        return .failed(error)
      }
    }
  },
  WrongAnswer(
    "takes a deadline in the past for none",
    rejectedBy: "after the deadline everything is too late, and at once if it has passed already",
    naming: ["(answer of train, failed: refused, answer of taxi) instead of"]
  ) { services, deadline, ask in
    let left = deadline - .now
    return try await collect(services) { service in
      guard left > .zero else {
        do { return .answer(try await ask(service)) } catch { return .failed(error) }
      }
      return await outcome(of: service, by: deadline, ask)
    }
  },
  WrongAnswer(
    "keeps an answer that comes at once, when it is too late already",
    rejectedBy: "after the deadline everything is too late, and at once if it has passed already",
    naming: ["(too late, too late, answer of taxi) instead of"]
  ) { services, deadline, ask in
    try await collect(services) { service in
      try await withTimeout(until: deadline) {
        let result: QueryOutcome
        do { result = .answer(try await ask(service)) } catch { result = .failed(error) }
        return Task.isCancelled ? .tooLate : result
      }
    }
  },
  WrongAnswer(
    "starts tasks that its caller's cancellation does not reach",
    rejectedBy: "cancelling the caller cancels and awaits every query",
    naming: ["queries that were not told to stop at 1 s: train, hotel"]
  ) { services, deadline, ask in
    let tasks = services.map { service in Task { await outcome(of: service, by: deadline, ask) } }
    var outcomes: [QueryOutcome] = []
    for task in tasks { outcomes.append(await task.value) }
    try Task.checkCancellation()
    return outcomes
  },
  WrongAnswer(
    "returns a list although its caller is cancelled",
    rejectedBy: "a caller that is cancelled gets a CancellationError, and no list",
    naming: ["got a list: answer of train, failed: connection lost"]
  ) { services, deadline, ask in
    try await collect(services) {
      await outcome(of: $0, by: deadline, ask)
    } orThrow: {
    }
  },
]
