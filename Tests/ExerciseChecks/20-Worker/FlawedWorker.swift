import AsyncPrimitives
import ExerciseKit

/// What is wrong with a ``FlawedWorker``.
enum Flaw: Sendable {
  case acknowledgesFirst, sleepsForRetries, retriesOnceTooOften, keepsPausesEqual
  case acknowledgesWhatFailed, ends, neverClaims, claimsWhenIdle, waitsForEver
  case settlesUnshielded, takesCancellationForFailure, givesBackWhatWasDone, dropsWhatItTook
  case acknowledgesWithTheJob, givesUpOnOutage, swallowsCancellation
}

protocol Flawed {
  static var flaw: Flaw { get }
}

/// Our solution, with one flaw.
final class FlawedWorker<Kind: Flawed>: Working {
  private let name: String
  private let broker: any JobBroker
  private let retry: RetryPolicy
  private let handler: @Sendable (_ job: String) async throws -> Void

  private enum Outcome {
    case done
    case failed(String)
    case notDone
  }

  init(
    name: String, broker: any JobBroker, retry: RetryPolicy,
    handler: @escaping @Sendable (_ job: String) async throws -> Void
  ) {
    self.name = name
    self.broker = broker
    self.retry = retry
    self.handler = handler
  }

  private func has(_ flaw: Flaw) -> Bool { Kind.flaw == flaw }

  func run() async throws {
    while true {
      if has(.swallowsCancellation), Task.isCancelled { return }
      try Task.checkCancellation()
      guard let delivery = try await next() else { continue }
      if has(.dropsWhatItTook) { try Task.checkCancellation() }
      if has(.acknowledgesFirst) { try await settle(delivery, .done) }
      let outcome = await attempt(delivery)
      if has(.acknowledgesFirst) { continue }
      if has(.ends), case .failed(let reason) = outcome, delivery.failures >= retry.limit {
        try await broker.bury(delivery, because: reason)
        throw BrokerUnreachable()
      }
      if has(.settlesUnshielded) {
        try await settle(delivery, outcome)
      } else {
        try await withCancellationShield { try await settle(delivery, outcome) }
      }
    }
  }

  private func next() async throws -> JobDelivery? {
    let claim = { [self] in try await persistently { try await broker.claim(for: name) } }
    let patience = has(.waitsForEver) ? Duration.seconds(100_000) : broker.lease / 2
    let take = { [self] in
      try await persistently { try await broker.take(for: name, waiting: patience) }
    }
    if has(.neverClaims) { return try await take() }
    if has(.claimsWhenIdle) {
      if let delivery = try await take() { return delivery }
      return try await claim()
    }
    if let delivery = try await claim() { return delivery }
    return try await take()
  }

  private func attempt(_ delivery: JobDelivery) async -> Outcome {
    do {
      try await handler(delivery.job)
      if has(.acknowledgesWithTheJob) {
        try await withCancellationShield { try await broker.acknowledge(delivery) }
      }
      if has(.givesBackWhatWasDone), Task.isCancelled { return .notDone }
      return .done
    } catch {
      if has(.acknowledgesWhatFailed) { return .done }
      if has(.takesCancellationForFailure) { return .failed("\(error)") }
      return Task.isCancelled ? .notDone : .failed("\(error)")
    }
  }

  private func settle(_ delivery: JobDelivery, _ outcome: Outcome) async throws {
    let limit = retry.limit + (has(.retriesOnceTooOften) ? 1 : 0)
    let factor = has(.keepsPausesEqual) ? 1 : 1 << delivery.failures
    try await persistently {
      switch outcome {
      case .done:
        if !has(.acknowledgesWithTheJob) { try await broker.acknowledge(delivery) }
      case .failed where delivery.failures < limit:
        if has(.sleepsForRetries) {
          try await Task.sleep(for: retry.backoff * factor)
          try await broker.retry(delivery, after: .zero)
        } else {
          try await broker.retry(delivery, after: retry.backoff * factor)
        }
      case .failed(let reason):
        try await broker.bury(delivery, because: reason)
      case .notDone:
        try await broker.giveBack(delivery)
      }
    }
  }

  private func persistently<Value>(_ body: () async throws -> Value) async throws -> Value {
    while true {
      do { return try await body() } catch is BrokerUnreachable where !has(.givesUpOnOutage) {
        try await Task.sleep(for: .seconds(1))
      }
    }
  }
}
