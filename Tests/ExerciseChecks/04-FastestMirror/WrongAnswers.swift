import AsyncPrimitives
import CheckKit
import ExerciseKit
import Testing

let wrongFastestMirrors: [WrongAnswer<MirrorSearch>] = [
  WrongAnswer(
    "asks one mirror after the other", rejectedBy: "all mirrors are asked at once",
    naming: ["not asked at the beginning, but later or never: rome, lima"]
  ) { mirrors, fetch in
    var failures: [MirrorFailure] = []
    for mirror in mirrors {
      do { return try await fetch(mirror) } catch {
        try Task.checkCancellation()
        failures.append(MirrorFailure(mirror: mirror, error: error))
      }
    }
    throw AllMirrorsFailed(failures: failures)
  },
  WrongAnswer(
    "asks four mirrors at a time", rejectedBy: "all mirrors are asked at once",
    naming: ["of 50 mirrors, asked at the beginning: 4"]
  ) { mirrors, fetch in
    let permits = AsyncSemaphore(limit: 4)
    return try await listen(
      to: mirrors, { mirror in try await permits.withPermit { try await fetch(mirror) } },
      choose: first)
  },
  WrongAnswer(
    "starts all, and awaits them in the order of the list",
    rejectedBy: "the first mirror to deliver wins",
    naming: ["got “the file from oslo” instead of “the file from rome”"]
  ) { mirrors, fetch in
    let handles = mirrors.map { mirror in TaskHandle(name: mirror) { try await fetch(mirror) } }
    defer { for handle in handles { handle.cancel() } }
    var failures: [MirrorFailure] = []
    for handle in handles {
      do { return try await handle.value } catch {
        try Task.checkCancellation()
        failures.append(MirrorFailure(mirror: handle.name, error: error))
      }
    }
    throw AllMirrorsFailed(failures: failures)
  },
  WrongAnswer(
    "takes the first to end, as Promise.race does",
    rejectedBy: "a mirror that fails does not end the search",
    naming: ["got this error instead of “the file from lima”: not found"]
  ) { mirrors, fetch in
    try await withThrowingTaskGroup(of: String.self) { group in
      for mirror in mirrors { group.addTask { try await fetch(mirror) } }
      defer { group.cancelAll() }
      guard let file = try await group.next() else { throw AllMirrorsFailed(failures: []) }
      return file
    }
  },
  WrongAnswer(
    "takes a mirror's cancellation for its own",
    rejectedBy: "a mirror that throws CancellationError by itself has only failed",
    naming: ["got this error instead of “the file from lima”: CancellationError()"]
  ) { mirrors, fetch in
    try await listen(to: mirrors, fetch) { outcome, group in
      if case .failure(let error) = outcome, error is CancellationError { throw error }
      if case .success = outcome { group.cancelAll() }
      return try? outcome.get()
    }
  },
  WrongAnswer(
    "returns without cancelAll()", rejectedBy: "the losers are cancelled",
    naming: ["over at 90.0 seconds; mirrors that were not told to stop: oslo, lima"]
  ) { mirrors, fetch in
    try await listen(to: mirrors, fetch) { outcome, _ in try? outcome.get() }
  },
  WrongAnswer(
    "looks now and then whether somebody has delivered",
    rejectedBy: "it returns when the losers have ended, and not later",
    naming: ["it took 1.2 seconds"]
  ) { mirrors, fetch in
    let handles = mirrors.map { mirror in TaskHandle(name: mirror) { try await fetch(mirror) } }
    defer { for handle in handles { handle.cancel() } }
    while handles.contains(where: { !$0.isDone }) {
      for handle in handles {
        if let file = try? handle.result() { return file }
      }
      try await Task.sleep(for: .milliseconds(400))
    }
    throw AllMirrorsFailed(failures: handles.compactMap(failure))
  },
  WrongAnswer(
    "leaves the losers running, as Promise.any does", rejectedBy: "the losers are cancelled",
    naming: ["over at 1.0 seconds; mirrors that were not told to stop: oslo, lima"], promiseAny),
  WrongAnswer(
    "never wakes if there is nobody to wake it",
    rejectedBy: "if all fail, it says why each did, in the order of the list",
    naming: ["deadlock"], promiseAny),
  WrongAnswer(
    "cancels the losers and does not await them",
    rejectedBy: "it returns when the losers have ended, and not later",
    naming: ["mirrors that still went on: 2"]
  ) { mirrors, fetch in
    let handles = mirrors.map { mirror in TaskHandle(name: mirror) { try await fetch(mirror) } }
    defer { for handle in handles { handle.cancel() } }
    for try await handle in asCompleted(handles) {
      if let file = try? handle.result() { return file }
    }
    throw AllMirrorsFailed(failures: handles.compactMap(failure))
  },
  WrongAnswer(
    "lets a later success replace the first",
    rejectedBy: "a loser that delivers after all changes nothing",
    naming: ["got “the file from oslo” instead of “the file from rome”"]
  ) { mirrors, fetch in
    try await withThrowingTaskGroup(of: String?.self) { group in
      for mirror in mirrors { group.addTask { try? await fetch(mirror) } }
      var winner: String?
      for try await file in group {
        guard let file else { continue }
        winner = file
        group.cancelAll()
      }
      guard let winner else { throw AllMirrorsFailed(failures: []) }
      return winner
    }
  },
  WrongAnswer(
    "tells the failures in the order of their arrival",
    rejectedBy: "if all fail, it says why each did, in the order of the list",
    naming: ["the reasons were (rome: not found, lima: cut off, oslo: refused)"]
  ) { mirrors, fetch in
    try await withThrowingTaskGroup(of: Result<String, MirrorFailure>.self) { group in
      for mirror in mirrors {
        group.addTask {
          do { return .success(try await fetch(mirror)) } catch {
            return .failure(MirrorFailure(mirror: mirror, error: error))
          }
        }
      }
      var failures: [MirrorFailure] = []
      for try await outcome in group {
        switch outcome {
        case .success(let file):
          group.cancelAll()
          return file
        case .failure(let failure): failures.append(failure)
        }
      }
      try Task.checkCancellation()
      throw AllMirrorsFailed(failures: failures)
    }
  },
  WrongAnswer(
    "throws what the last one threw",
    rejectedBy: "if all fail, it says why each did, in the order of the list",
    naming: ["got this error instead of AllMirrorsFailed: refused"]
  ) { mirrors, fetch in
    try await withThrowingTaskGroup(of: String.self) { group in
      for mirror in mirrors { group.addTask { try await fetch(mirror) } }
      defer { group.cancelAll() }
      var last: any Error = AllMirrorsFailed(failures: [])
      while let outcome = await group.nextResult() {
        do { return try outcome.get() } catch { last = error }
      }
      throw last
    }
  },
  WrongAnswer(
    "takes its own cancellation for the mirrors' failure",
    rejectedBy: "a cancelled caller gets a CancellationError, or the file if a mirror has won",
    naming: ["oslo: refused, rome: CancellationError(), lima: CancellationError()"]
  ) { mirrors, fetch in
    try await listen(to: mirrors, fetch, choose: first)
  },
  WrongAnswer(
    "looks for its own cancellation among the mirrors' errors",
    rejectedBy: "a cancelled caller gets a CancellationError, or the file if a mirror has won",
    naming: ["oslo: refused, rome: CancellationError(), lima: CancellationError()"]
  ) { mirrors, fetch in
    do {
      return try await listen(to: mirrors, fetch, choose: first)
    } catch let error as AllMirrorsFailed {
      throw error.failures.allSatisfy { $0.error is CancellationError }
        ? CancellationError() : error
    }
  },
  WrongAnswer(
    "throws the file away if its caller is cancelled while the losers stop",
    rejectedBy: "a cancelled caller gets a CancellationError, or the file if a mirror has won",
    naming: ["while oslo was still stopping, and got this error: CancellationError()"]
  ) { mirrors, fetch in
    let found: Result<String, any Error>
    do { found = .success(try await listen(to: mirrors, fetch, choose: first)) } catch {
      found = .failure(error)
    }
    try Task.checkCancellation()
    return try found.get()
  },
  WrongAnswer(
    "awaits tasks that its caller's cancellation does not reach",
    rejectedBy: "cancelling the caller cancels and awaits every mirror",
    naming: ["over at 60.0 seconds; mirrors that were not told to stop: oslo, rome, lima"],
    promiseAny),
]

private func failure(of handle: TaskHandle<String>) -> MirrorFailure? {
  guard case .failure(let error) = handle.outcome else { return nil }
  return MirrorFailure(mirror: handle.name, error: error)
}

private typealias Outcomes = ThrowingTaskGroup<(Int, Result<String, any Error>), any Error>

/// Ends a search at the first file, as it should.
private func first(_ outcome: Result<String, any Error>, _ group: Outcomes) -> String? {
  if case .success = outcome { group.cancelAll() }
  return try? outcome.get()
}

/// A search that is right but for what `choose` does with an outcome, and for its own cancellation.
private func listen(
  to mirrors: [String], _ fetch: @escaping MirrorFetch,
  choose: (Result<String, any Error>, Outcomes) throws -> String?
) async throws -> String {
  try await withThrowingTaskGroup(of: (Int, Result<String, any Error>).self) { group in
    for (index, mirror) in mirrors.enumerated() {
      group.addTask {
        do { return (index, .success(try await fetch(mirror))) } catch {
          return (index, .failure(error))
        }
      }
    }
    var errors: [Int: any Error] = [:]
    for try await (index, outcome) in group {
      if let file = try choose(outcome, group) { return file }
      if case .failure(let error) = outcome { errors[index] = error }
    }
    throw AllMirrorsFailed(
      failures: mirrors.indices.compactMap { index in
        errors[index].map { MirrorFailure(mirror: mirrors[index], error: $0) }
      })
  }
}
