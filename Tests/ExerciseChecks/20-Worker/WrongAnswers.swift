import AsyncPrimitives
import CheckKit
import ExerciseKit

private let unreachable =
  "a broker that cannot be reached is asked again, and no job is done twice for that"

let wrongWorkers: [WrongAnswer<any Working.Type>] = [
  WrongAnswer(
    "does one job and is done",
    rejectedBy: "jobs are done one after the other, as long as there are some",
    naming: ["“elk” began never"], OnceWorker.self),
  WrongAnswer(
    "acknowledges as soon as it has the job",
    rejectedBy: "a job is acknowledged when it is done, and not before",
    naming: ["in the middle of the job: about “fog”, the broker was told “acknowledge”"],
    FlawedWorker<AcknowledgesFirst>.self),
  WrongAnswer(
    "waits as long before each retry",
    rejectedBy: "a job that fails is tried again, after a pause that doubles",
    naming: ["at 0 s, 3 s, 6 s, 9 s"], FlawedWorker<KeepsPausesEqual>.self),
  WrongAnswer(
    "ignores errors with try?",
    rejectedBy: "a job that fails is tried again, after a pause that doubles",
    naming: ["told “acknowledge”, instead of “retry"],
    FlawedWorker<AcknowledgesWhatFailed>.self),
  WrongAnswer(
    "takes every CancellationError for a cancellation",
    rejectedBy: "a job that fails is tried again, after a pause that doubles",
    naming: ["told “give back”, “acknowledge”, instead of “retry after 1 s”"],
    FlawedWorker<BelievesTheError>.self),
  WrongAnswer(
    "takes what a job throws for the broker's",
    rejectedBy: "a job that fails is tried again, after a pause that doubles",
    naming: ["about “tin”, the broker was told “acknowledge”"],
    FlawedWorker<InsistsOnTheJob>.self),
  WrongAnswer(
    "retries once too often",
    rejectedBy: "a job that fails once more after its last retry is buried, and others go on",
    naming: ["“retry after 8 s”"], FlawedWorker<RetriesOnceTooOften>.self),
  WrongAnswer(
    "a buried job ends the worker",
    rejectedBy: "a job that fails once more after its last retry is buried, and others go on",
    naming: ["about “fog”, the broker was told nothing"], FlawedWorker<Ends>.self),
  WrongAnswer(
    "sleeps until it is time for the retry",
    rejectedBy: "other jobs are done while one waits for its retry",
    naming: ["“fog” began at 15 s, instead of at 2 s"], FlawedWorker<SleepsForRetries>.self),
  WrongAnswer(
    "never claims", rejectedBy: "what a dead worker has left is claimed",
    naming: ["with no other jobs: about “left”, the broker was told nothing"],
    FlawedWorker<NeverClaims>.self),
  WrongAnswer(
    "claims only when there is nothing new", rejectedBy: "what a dead worker has left is claimed",
    naming: ["with new jobs waiting: about “left”, the broker was told nothing"],
    FlawedWorker<ClaimsWhenIdle>.self),
  WrongAnswer(
    "waits for a new job for ever", rejectedBy: "what a dead worker has left is claimed",
    naming: ["with no other jobs"], FlawedWorker<WaitsForEver>.self),
  WrongAnswer(
    "tells the broker in the cancelled task",
    rejectedBy: "a cancelled worker gives back what it has not done",
    naming: ["about “fog”, the broker was told nothing, instead of “give back”"],
    FlawedWorker<SettlesUnshielded>.self),
  WrongAnswer(
    "takes a cancellation for a failure",
    rejectedBy: "a cancelled worker gives back what it has not done",
    naming: ["told “retry after 1 s”, instead of “give back”"],
    FlawedWorker<TakesCancellationForFailure>.self),
  WrongAnswer(
    "returns when it is cancelled",
    rejectedBy: "a cancelled worker gives back what it has not done",
    naming: ["was cancelled and returned"], FlawedWorker<SwallowsCancellation>.self),
  WrongAnswer(
    "gives back what was done", rejectedBy: "what was done all the same is acknowledged, once",
    naming: ["told “give back”, instead of “acknowledge”"],
    FlawedWorker<GivesBackWhatWasDone>.self),
  WrongAnswer(
    "looks at its cancellation between taking and doing",
    rejectedBy: "cancelled at any moment, it loses nothing",
    naming: ["is still on lease to ann"], FlawedWorker<DropsWhatItTook>.self),
  WrongAnswer(
    "takes a failed acknowledgement for a failed job", rejectedBy: unreachable,
    naming: ["“retry after 1 s”"], FlawedWorker<AcknowledgesWithTheJob>.self),
  WrongAnswer(
    "waits two leases for a new job", rejectedBy: "what a dead worker has left is claimed",
    naming: ["it did not claim for 20 s"], FlawedWorker<WaitsTwoLeases>.self),
  WrongAnswer(
    "gives back only if the job threw CancellationError",
    rejectedBy: "a cancelled worker gives back what it has not done",
    naming: ["told “retry after 1 s”, instead of “give back”"],
    FlawedWorker<LooksAtTheError>.self),
  WrongAnswer(
    "counts failures itself",
    rejectedBy: "a job that fails once more after its last retry is buried, and others go on",
    naming: ["told “retry after 1 s”, instead of “retry after 4"], FlawedWorker<CountsItself>.self),
  WrongAnswer(
    "gives a broker up that cannot be reached for long", rejectedBy: unreachable,
    naming: ["told “retry after 4 s”, instead of “retry after 4 s”, “bury"],
    FlawedWorker<ShrugsAtOutages>.self),
  WrongAnswer(
    "shields its calls, and not the pauses between them", rejectedBy: unreachable,
    naming: ["about “hen”, the broker was told nothing"], FlawedWorker<ShieldsCallsAlone>.self),
  WrongAnswer(
    "takes a new job when a claim has failed", rejectedBy: unreachable,
    naming: ["“left” began at 33 s, instead of at 31 s"],
    FlawedWorker<ClaimsOnce>.self),
  WrongAnswer(
    "ends when the broker cannot be reached", rejectedBy: unreachable,
    naming: ["“fog” began never"], FlawedWorker<GivesUpOnOutage>.self),
]

// One line for each way in which FlawedWorker goes wrong.
enum AcknowledgesFirst: Flawed { static let flaw = Flaw.acknowledgesFirst }
enum KeepsPausesEqual: Flawed { static let flaw = Flaw.keepsPausesEqual }
enum AcknowledgesWhatFailed: Flawed { static let flaw = Flaw.acknowledgesWhatFailed }
enum RetriesOnceTooOften: Flawed { static let flaw = Flaw.retriesOnceTooOften }
enum Ends: Flawed { static let flaw = Flaw.ends }
enum SleepsForRetries: Flawed { static let flaw = Flaw.sleepsForRetries }
enum NeverClaims: Flawed { static let flaw = Flaw.neverClaims }
enum ClaimsWhenIdle: Flawed { static let flaw = Flaw.claimsWhenIdle }
enum WaitsForEver: Flawed { static let flaw = Flaw.waitsForEver }
enum SettlesUnshielded: Flawed { static let flaw = Flaw.settlesUnshielded }
enum TakesCancellationForFailure: Flawed { static let flaw = Flaw.takesCancellationForFailure }
enum SwallowsCancellation: Flawed { static let flaw = Flaw.swallowsCancellation }
enum GivesBackWhatWasDone: Flawed { static let flaw = Flaw.givesBackWhatWasDone }
enum DropsWhatItTook: Flawed { static let flaw = Flaw.dropsWhatItTook }
enum AcknowledgesWithTheJob: Flawed { static let flaw = Flaw.acknowledgesWithTheJob }
enum WaitsTwoLeases: Flawed { static let flaw = Flaw.waitsTwoLeases }
enum LooksAtTheError: Flawed { static let flaw = Flaw.looksAtTheError }
enum CountsItself: Flawed { static let flaw = Flaw.countsItself }
enum ShrugsAtOutages: Flawed { static let flaw = Flaw.shrugsAtOutages }
enum BelievesTheError: Flawed { static let flaw = Flaw.believesTheError }
enum ShieldsCallsAlone: Flawed { static let flaw = Flaw.shieldsCallsAlone }
enum InsistsOnTheJob: Flawed { static let flaw = Flaw.insistsOnTheJob }
enum ClaimsOnce: Flawed { static let flaw = Flaw.claimsOnce }
enum GivesUpOnOutage: Flawed { static let flaw = Flaw.givesUpOnOutage }

/// The first try of many: no loop, no cancellation, no failures.
final class OnceWorker: Working {
  private let name: String
  private let broker: any JobBroker
  private let handler: @Sendable (_ job: String) async throws -> Void

  init(
    name: String, broker: any JobBroker, retry: RetryPolicy,
    handler: @escaping @Sendable (_ job: String) async throws -> Void
  ) {
    self.name = name
    self.broker = broker
    self.handler = handler
  }

  func run() async throws {
    guard let delivery = try await broker.take(for: name, waiting: broker.lease) else { return }
    try await handler(delivery.job)
    try await broker.acknowledge(delivery)
  }
}

// MARK: - Right, and not like ours

/// Every delivery is a task of its own that does the job and tells the broker. What is to be cancelled
/// is another task inside it, so that the telling is never cut short; no shield is needed.
actor TaskForEachWorker: Working {
  private let name: String
  private let broker: any JobBroker
  private let retry: RetryPolicy
  private let handler: @Sendable (_ job: String) async throws -> Void

  init(
    name: String, broker: any JobBroker, retry: RetryPolicy,
    handler: @escaping @Sendable (_ job: String) async throws -> Void
  ) {
    self.name = name
    self.broker = broker
    self.retry = retry
    self.handler = handler
  }

  func run() async throws {
    while !Task.isCancelled {
      do {
        // A third of a lease, so that it looks three times in a lease.
        var delivery = try await broker.claim(for: name)
        if delivery == nil {
          delivery = try await broker.take(for: name, waiting: broker.lease / 3)
        }
        if let delivery { await perform(delivery) }
      } catch is BrokerUnreachable {
        try await Task.sleep(for: .seconds(1))
      }
    }
    throw CancellationError()
  }

  private func perform(_ delivery: JobDelivery) async {
    let job = Task(name: "the job") { [handler] in try await handler(delivery.job) }
    let telling = Task(name: "the telling") { await tell(delivery, await job.result, job) }
    await withTaskCancellationHandler {
      await telling.value
    } onCancel: {
      job.cancel()
    }
  }

  private func tell(
    _ delivery: JobDelivery, _ result: Result<Void, any Error>, _ job: Task<Void, any Error>
  ) async {
    while true {
      do {
        switch result {
        case .success: return try await broker.acknowledge(delivery)
        case .failure where job.isCancelled: return try await broker.giveBack(delivery)
        case .failure(let error):
          guard delivery.failures < retry.limit else {
            return try await broker.bury(delivery, because: "\(error)")
          }
          var pause = retry.backoff
          for _ in 0..<delivery.failures { pause *= 2 }
          return try await broker.retry(delivery, after: pause)
        }
      } catch {
        try? await Task.sleep(for: .seconds(1))
      }
    }
  }
}
