import AsyncPrimitives
import ExerciseKit
import Synchronization

/// What is wrong with a ``FlawedWorker``.
enum Flaw: Sendable {
  case acknowledgesFirst, sleepsForRetries, retriesOnceTooOften, keepsPausesEqual
  case acknowledgesWhatFailed, ends, neverClaims, claimsWhenIdle, waitsForEver
  case settlesUnshielded, takesCancellationForFailure, givesBackWhatWasDone, dropsWhatItTook
  case acknowledgesWithTheJob, givesUpOnOutage, swallowsCancellation
  case waitsTwoLeases, looksAtTheError, countsItself, shrugsAtOutages
  case believesTheError, shieldsCallsAlone, insistsOnTheJob, claimsOnce
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

  private let own = Counts()

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
      if has(.settlesUnshielded) || has(.shieldsCallsAlone) {
        try await settle(delivery, outcome)
      } else {
        try await withCancellationShield { try await settle(delivery, outcome) }
      }
    }
  }

  private func next() async throws -> JobDelivery? {
    let claim = { [self] in
      try await persistently {
        do { return try await broker.claim(for: name) } catch is BrokerUnreachable
          where has(.claimsOnce)
        {
          try await Task.sleep(for: .seconds(1))
          return nil
        }
      }
    }
    var patience = has(.waitsForEver) ? Duration.seconds(100_000) : broker.lease / 2
    if has(.waitsTwoLeases) { patience = broker.lease * 2 }
    let take = { [self, patience] in
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
      if has(.insistsOnTheJob) {
        try await persistently { try await handler(delivery.job) }
      } else {
        try await handler(delivery.job)
      }
      if has(.acknowledgesWithTheJob) {
        try await withCancellationShield { try await broker.acknowledge(delivery) }
      }
      if has(.givesBackWhatWasDone), Task.isCancelled { return .notDone }
      return .done
    } catch {
      if has(.acknowledgesWhatFailed) { return .done }
      if has(.takesCancellationForFailure) { return .failed("\(error)") }
      if has(.looksAtTheError), !(error is CancellationError) { return .failed("\(error)") }
      if has(.believesTheError), error is CancellationError { return .notDone }
      return Task.isCancelled ? .notDone : .failed("\(error)")
    }
  }

  private func settle(_ delivery: JobDelivery, _ outcome: Outcome) async throws {
    let limit = retry.limit + (has(.retriesOnceTooOften) ? 1 : 0)
    let failures = has(.countsItself) ? own.count(delivery.job) : delivery.failures
    let factor = has(.keepsPausesEqual) ? 1 : 1 << failures
    let tries = has(.shrugsAtOutages) ? 3 : Int.max
    try await persistently(upTo: tries, shielded: has(.shieldsCallsAlone)) {
      switch outcome {
      case .done:
        if !has(.acknowledgesWithTheJob) { try await broker.acknowledge(delivery) }
      case .failed where failures < limit:
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

  private func persistently<Value>(
    upTo tries: Int = .max, shielded: Bool = false, _ body: () async throws -> Value
  ) async throws -> Value {
    var count = 0
    while true {
      count += 1
      do {
        return try await shielded ? withCancellationShield { try await body() } : body()
      } catch is BrokerUnreachable where !has(.givesUpOnOutage) && count < tries {
        try await Task.sleep(for: .seconds(1))
      }
    }
  }
}

/// The failures of jobs, as one worker has seen them.
private final class Counts: Sendable {
  private let counts = Mutex<[String: Int]>([:])

  /// How many there were before.
  func count(_ job: String) -> Int {
    counts.withLock { counts in
      counts[job, default: 0] += 1
      return counts[job, default: 0] - 1
    }
  }
}
