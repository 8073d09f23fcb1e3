// Exercise 20 · Worker, as we would write it.
//
// The order of things is the whole exercise: first do the job and keep, as a value, how it ended;
// then tell the broker, in one of four calls. Doing and telling never share a `do` block, so that an
// acknowledgement that fails is not taken for a job that fails. What we have been given, we settle:
// so the telling runs under a shield, and it is repeated until the broker has heard it.
//
// A cancelled handler that throws has not failed, whatever it throws: the attempt does not count. One
// that returns has done its job, cancelled or not.
//
// The road not taken: to acknowledge first and have the handler in peace. It is simpler, and never
// does a job twice. But a worker that dies then takes its job with it. Here, a job may be done twice,
// when a worker dies between doing and telling: what must not happen twice has to notice it itself.

import AsyncPrimitives
public import ExerciseKit

/// Takes jobs from a broker and does them, one at a time.
public final class Worker: Working {
  private let name: String
  private let broker: any JobBroker
  private let retry: RetryPolicy
  private let handler: @Sendable (_ job: String) async throws -> Void

  /// How an attempt ended.
  private enum Outcome {
    case done
    case failed(String)
    case notDone
  }

  /// Makes a worker that has nothing to do yet.
  public init(
    name: String, broker: any JobBroker, retry: RetryPolicy,
    handler: @escaping @Sendable (_ job: String) async throws -> Void
  ) {
    self.name = name
    self.broker = broker
    self.retry = retry
    self.handler = handler
  }

  /// Does jobs until it is cancelled.
  ///
  /// - Throws: `CancellationError`, when the broker has been told what became of the last job.
  public func run() async throws {
    while true {
      try Task.checkCancellation()
      guard let delivery = try await next() else { continue }
      let outcome = await attempt(delivery)
      try await withCancellationShield { try await settle(delivery, outcome) }
    }
  }

  /// What a dead worker has left, or what is new; nil if there is nothing for half a lease.
  private func next() async throws -> JobDelivery? {
    if let left = try await persistently({ try await broker.claim(for: name) }) { return left }
    return try await persistently {
      try await broker.take(for: name, waiting: broker.lease / 2)
    }
  }

  private func attempt(_ delivery: JobDelivery) async -> Outcome {
    do {
      try await handler(delivery.job)
      return .done
    } catch {
      return Task.isCancelled ? .notDone : .failed("\(error)")
    }
  }

  private func settle(_ delivery: JobDelivery, _ outcome: Outcome) async throws {
    try await persistently {
      switch outcome {
      case .done:
        try await broker.acknowledge(delivery)
      case .failed where delivery.failures < retry.limit:
        try await broker.retry(delivery, after: retry.backoff * (1 << delivery.failures))
      case .failed(let reason):
        try await broker.bury(delivery, because: reason)
      case .notDone:
        try await broker.giveBack(delivery)
      }
    }
  }

  /// Asks the broker, every second, until it can be reached.
  private func persistently<Value>(_ body: () async throws -> Value) async throws -> Value {
    while true {
      do { return try await body() } catch is BrokerUnreachable {
        try await Task.sleep(for: .seconds(1))
      }
    }
  }
}
