import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// Why a job fails, in a check.
struct Jam: Error, CustomStringConvertible {
  let description: String
}

/// A worker at its broker, and the work that it does.
struct Shop: Sendable {
  let world: World
  let broker: PlayedBroker
  let work: PlayedWork
  private let type: any Working.Type
  /// How many attempts of a job fail.
  private let failures: [String: Int]
  /// What jobs throw when they fail; a ``Jam`` if it is not here.
  private let errors: [String: any Error]
  /// Jobs that do not listen when they are cancelled.
  private let deaf: Set<String>
  /// Jobs that throw an error of their own when they are cancelled.
  private let rude: Set<String>

  init(
    _ type: any Working.Type, _ world: World, failing failures: [String: Int] = [:],
    throwing errors: [String: any Error] = [:], deaf: Set<String> = [], rude: Set<String> = []
  ) {
    self.type = type
    self.world = world
    self.failures = failures
    self.errors = errors
    self.deaf = deaf
    self.rude = rude
    broker = PlayedBroker(world)
    work = PlayedWork(world)
  }

  /// Starts a worker. Each job takes two seconds, and is retried after 1, 2 and 4.
  func hire(_ name: String = "ann") -> Task<Void, any Error> {
    let worker = type.init(
      name: name, broker: broker, retry: .upTo(3, backoff: .seconds(1))
    ) { [self] job in
      let attempt = work.steps.count { $0.name == job }
      let jam = errors[job] ?? Jam(description: "jam \(attempt + 1)")
      let error = attempt < failures[job, default: 0] ? jam : nil
      if deaf.contains(job) {
        // Its own task does not hear of the cancellation.
        try await Task(name: job) { [work] in
          try await work.perform(job, for: .seconds(2), throwing: error)
        }.value
      } else {
        do {
          try await work.perform(job, for: .seconds(2), throwing: error)
        } catch is CancellationError where rude.contains(job) {
          throw Jam(description: "connection lost")
        }
      }
    }
    return Task(name: name) { try await worker.run() }
  }

  /// Lets time pass, and everybody finish what they do at its end.
  func pass(_ seconds: Double) async throws {
    try await world.clock.sleep(for: .milliseconds(Int(seconds * 1000)))
    await world.settle()
  }

  /// Cancels a worker, and returns when it has ended.
  func dismiss(_ worker: Task<Void, any Error>) async {
    worker.cancel()
    _ = await worker.result
  }

  /// Cancels a worker, which has to throw CancellationError then.
  func dismissStrictly(
    _ worker: Task<Void, any Error>, sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    worker.cancel()
    switch await worker.result {
    case .success:
      Issue.record(
        "run() was cancelled and returned, as if there were nothing left to do",
        sourceLocation: sourceLocation)
    case .failure(is CancellationError): break
    case .failure(let error):
      Issue.record(
        "run() threw \(error) instead of CancellationError", sourceLocation: sourceLocation)
    }
  }

  /// When the attempts of a job began.
  func begins(_ job: String) -> String {
    let times = work.steps.filter { $0.name == job }.map(\.began)
    return times.isEmpty ? "never" : "at " + times.map(text).joined(separator: ", ")
  }

  func expect(
    _ job: String, begins expected: String, because reason: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let seen = begins(job)
    guard seen != expected else { return }
    Issue.record(
      "\(reason): “\(job)” began \(seen), instead of \(expected)", sourceLocation: sourceLocation)
  }

  func expect(
    _ job: String, told expected: [String], when moment: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let seen = broker.told(about: job)
    guard seen != expected else { return }
    let words = seen.isEmpty ? "nothing" : seen.map { "“\($0)”" }.joined(separator: ", ")
    let wanted = expected.isEmpty ? "nothing" : expected.map { "“\($0)”" }.joined(separator: ", ")
    Issue.record(
      "\(moment): about “\(job)”, the broker was told \(words), instead of \(wanted)",
      sourceLocation: sourceLocation)
  }
}
