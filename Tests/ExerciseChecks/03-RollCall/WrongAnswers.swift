import AsyncPrimitives
import CheckKit
import ExerciseKit
import Testing

let wrongRollCalls: [WrongAnswer<RollCalling>] = [
  WrongAnswer(
    "awaits each call before it makes the next", rejectedBy: "all calls are made at once",
    naming: ["took 6.0 seconds together"]
  ) { names, call in
    var outcomes: [Result<String, any Error>] = []
    for name in names { outcomes.append(await outcome(of: name, call)) }
    try Task.checkCancellation()
    return outcomes
  },
  WrongAnswer(
    "makes sixteen calls at a time", rejectedBy: "all calls are made at once",
    naming: ["took 4.0 seconds together, and at most 16 went on at once"]
  ) { names, call in
    try await gatherOutcomes(names, limit: 16) { try await call($0) }
  },
  WrongAnswer(
    "takes the order of arrival for that of the list",
    rejectedBy: "there is one outcome for each name, in the order of the list",
    naming: ["came back: “bob is here, cem is here, ann is here” instead of"]
  ) { names, call in
    let outcomes = await withTaskGroup(of: Result<String, any Error>.self) { group in
      for name in names { group.addTask { await outcome(of: name, call) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    try Task.checkCancellation()
    return outcomes
  },
  WrongAnswer(
    "calls each name once",
    rejectedBy: "a name that is on the list twice is called twice, and has both outcomes",
    naming: ["came back: “first call to ann” instead of “first call to ann, second call to ann”"]
  ) { names, call in
    let outcomes = await withTaskGroup(of: (String, Result<String, any Error>).self) { group in
      for name in Set(names) { group.addTask { (name, await outcome(of: name, call)) } }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    try Task.checkCancellation()
    var called: Set<String> = []
    return names.filter { called.insert($0).inserted }.compactMap { outcomes[$0] }
  },
  WrongAnswer(
    "keeps the outcomes in a dictionary",
    rejectedBy: "a name that is on the list twice is called twice, and has both outcomes",
    naming: ["“first call to ann, first call to ann”", "“second call to ann, second call to ann”"]
  ) { names, call in
    let outcomes = await withTaskGroup(of: (String, Result<String, any Error>).self) { group in
      for name in names { group.addTask { (name, await outcome(of: name, call)) } }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    try Task.checkCancellation()
    return names.compactMap { outcomes[$0] }
  },
  WrongAnswer(
    "lets the first error end it all, as gather does",
    rejectedBy: "a call that fails disturbs no other, and keeps its own error",
    naming: ["threw “no answer from bob”: all other outcomes are lost"]
  ) { names, call in
    try await gather(names) { try await call($0) }.map { .success($0) }
  },
  WrongAnswer(
    "drops those who failed, by try?",
    rejectedBy: "a call that fails disturbs no other, and keeps its own error",
    naming: ["came back: “ann is here, dan is here” instead of"]
  ) { names, call in
    let said = try await gather(names) { try? await call($0) }
    return said.compactMap { $0 }.map { .success($0) }
  },
  WrongAnswer(
    "replaces every error by one",
    rejectedBy: "a call that fails disturbs no other, and keeps its own error",
    naming: ["no answer from cem"]
  ) { names, call in
    try await gather(names) { name in
      do { return .success(try await call(name)) } catch is CancellationError {
        return .failure(CancellationError())
      } catch {
        return .failure(CallError.noAnswer(name))
      }
    }
  },
  WrongAnswer(
    "takes a call's cancellation for its own",
    rejectedBy: "a call that throws CancellationError by itself is an outcome, too",
    naming: ["threw “CancellationError()”"]
  ) { names, call in
    try await gather(names) { name in
      do { return .success(try await call(name)) } catch is CancellationError {
        throw CancellationError()
      } catch {
        return .failure(error)
      }
    }
  },
  WrongAnswer(
    "makes the calls in unstructured tasks",
    rejectedBy: "cancelling the roll call cancels every call",
    naming: ["calls that did not hear of it: ann, bob, cem"]
  ) { names, call in
    let tasks = names.map { name in Task(name: name) { try await call(name) } }
    var outcomes: [Result<String, any Error>] = []
    for task in tasks { outcomes.append(await task.result) }
    try Task.checkCancellation()
    return outcomes
  },
  WrongAnswer(
    "swallows the cancellation",
    rejectedBy: "a roll call that is cancelled throws, and returns no list",
    naming: ["returned a list: ann is here, CancellationError(), CancellationError()"]
  ) { names, call in
    await outcomes(of: names, call)
  },
  WrongAnswer(
    "looks for its own cancellation among the outcomes",
    rejectedBy: "a roll call that is cancelled throws, and returns no list",
    naming: ["returned a list: dan is here, eva is here"]
  ) { names, call in
    let outcomes = await outcomes(of: names, call)
    for case .failure(is CancellationError) in outcomes { try Task.checkCancellation() }
    return outcomes
  },
  WrongAnswer(
    "cancels the calls and does not await them",
    rejectedBy: "no call goes on when the roll call is over", naming: ["calls still going on: 2"]
  ) { names, call in
    let handles = names.map { name in TaskHandle(name: name) { try await call(name) } }
    do {
      _ = try await wait(for: handles)
    } catch {
      for handle in handles { handle.cancel() }
      throw error
    }
    return handles.compactMap(\.outcome)
  },
]

/// In the order of the list, whoever was cancelled.
private func outcomes(
  of names: [String], _ call: @escaping PhoneCall
) async -> [Result<String, any Error>] {
  await withTaskGroup(of: (Int, Result<String, any Error>).self) { group in
    for (index, name) in names.enumerated() {
      group.addTask { (index, await outcome(of: name, call)) }
    }
    let arrived = await group.reduce(into: []) { $0.append($1) }
    return arrived.sorted { $0.0 < $1.0 }.map(\.1)
  }
}

private func outcome(of name: String, _ call: PhoneCall) async -> Result<String, any Error> {
  do { return .success(try await call(name)) } catch { return .failure(error) }
}

// MARK: - Right, and not like ours

/// Unstructured tasks, each of which is cancelled by a handler and awaited.
@Sendable func rollCallByTasks(
  _ names: [String], calling call: @escaping PhoneCall
) async throws -> [Result<String, any Error>] {
  let tasks = names.map { name in Task(name: name) { try await call(name) } }
  var outcomes: [Result<String, any Error>] = []
  await withTaskCancellationHandler {
    for task in tasks { outcomes.append(await task.result) }
  } onCancel: {
    for task in tasks { task.cancel() }
  }
  try Task.checkCancellation()
  return outcomes
}

/// What lesson 3 shows: nobody has to write it a second time.
@Sendable func rollCallByGather(
  _ names: [String], calling call: @escaping PhoneCall
) async throws -> [Result<String, any Error>] {
  try await gatherOutcomes(names) { try await call($0) }
}
