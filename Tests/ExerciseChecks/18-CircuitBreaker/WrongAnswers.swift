import AsyncPrimitives
import CheckKit
import ExerciseKit
import Synchronization

let wrongCircuitBreakers: [WrongAnswer<any CircuitBreaking.Type>] = [
  WrongAnswer(
    "a lock around the operation", rejectedBy: "a closed breaker passes calls on, side by side",
    naming: ["took 3.0 seconds"], LockedBreaker.self),
  WrongAnswer(
    "hides the error at which it opens",
    rejectedBy: "it opens at the failure that is one too many",
    naming: ["caller 3, whose call fails, was refused"], Flawed<HidesLastError>.self),
  WrongAnswer(
    "opens a failure late", rejectedBy: "it opens at the failure that is one too many",
    naming: ["when 3 of 3 calls have failed, a caller got the value"], Flawed<OpensLate>.self),
  WrongAnswer(
    "counts failures in a row", rejectedBy: "it opens at the failure that is one too many",
    naming: ["with successes between, a caller got the value"], Flawed<CountsInARow>.self),
  WrongAnswer(
    "never forgets a failure", rejectedBy: "only the last calls count",
    naming: ["after 2 failures and 3 successes, caller 2"],
    Flawed<NeverForgets>.self),
  WrongAnswer(
    "lets callers wait until it may try",
    rejectedBy: "an open breaker refuses at once, and for exactly its time",
    naming: ["a caller waited"], Flawed<WaitsInLine>.self),
  WrongAnswer(
    "lets everybody try", rejectedBy: "only one call tries at a time",
    naming: ["4 were in the service"], Flawed<AllTry>.self),
  WrongAnswer(
    "awaits between looking and writing", rejectedBy: "only one call tries at a time",
    naming: ["were in the service"], ReentrantBreaker.self),
  WrongAnswer(
    "lets all in after a try that says nothing", rejectedBy: "only one call tries at a time",
    naming: ["after a try that was cancelled, 4 were in the service"],
    Flawed<LetsInAfterNothing>.self),
  WrongAnswer(
    "keeps the old failures when it closes",
    rejectedBy: "a try that succeeds closes it, and it begins anew",
    naming: ["after a try that succeeded, caller 2"], Flawed<KeepsFailures>.self),
  WrongAnswer(
    "halves the time when it closes",
    rejectedBy: "a try that succeeds closes it, and it begins anew",
    naming: ["closed and opened again, and 10 seconds"], Flawed<HalvesPause>.self),
  WrongAnswer(
    "opens for the same time each time", rejectedBy: "each try that fails doubles the time",
    naming: ["less than 20 seconds ago, a caller got the value"], Flawed<NeverDoubles>.self),
  WrongAnswer(
    "throws a cancellation on without a note",
    rejectedBy: "a cancelled call that throws says nothing, and one that returns has succeeded",
    naming: ["after a try that was cancelled while it was in the service, the next to try was"],
    Flawed<ForgetsCancelled>.self),
  WrongAnswer(
    "takes a cancellation for a failure",
    rejectedBy: "a cancelled call that throws says nothing, and one that returns has succeeded",
    naming: ["3 calls that were cancelled, caller 1"], Flawed<BlamesCancelled>.self),
  WrongAnswer(
    "asks the task whether it is cancelled, and not the error",
    rejectedBy: "a cancelled call that throws says nothing, and one that returns has succeeded",
    naming: ["caller 2, whose call throws CancellationError, was refused"], Flawed<AsksTask>.self),
  WrongAnswer(
    "lets a call try, and throws if its task is cancelled",
    rejectedBy: "a cancelled call that throws says nothing, and one that returns has succeeded",
    naming: ["cancelled before it began, the next to try was refused"],
    Flawed<TurnsBackCancelled>.self),
  WrongAnswer(
    "takes a success in a cancelled task for nothing",
    rejectedBy: "a cancelled call that throws says nothing, and one that returns has succeeded",
    naming: ["after a try that returned in a cancelled task, caller 2"],
    Flawed<DoubtsSuccess>.self),
  WrongAnswer(
    "throws a value away because its task is cancelled",
    rejectedBy: "a cancelled call that throws says nothing, and one that returns has succeeded",
    naming: ["its caller got CancellationError"], Flawed<DropsValue>.self),
  WrongAnswer(
    "takes an error that does not count for a success",
    rejectedBy: "errors that do not count say nothing",
    naming: ["when 3 of the last 3 calls that count have failed"], Flawed<PraisesNotFound>.self),
  WrongAnswer(
    "believes those who come back late",
    rejectedBy: "a call that began before it opened gets its answer, and changes nothing",
    naming: ["a call from before"], Flawed<BelievesLate>.self),
  WrongAnswer(
    "numbers the times, but not those in which it is open",
    rejectedBy: "a call that began before it opened gets its answer, and changes nothing",
    naming: ["the one to try was refused"], Flawed<NumbersNoOpening>.self),
  WrongAnswer(
    "refuses those who come back late",
    rejectedBy: "a call that began before it opened gets its answer, and changes nothing",
    naming: ["a call from before fails, and its caller was refused"], Flawed<RefusesLate>.self),
]

/// What a breaker can get wrong.
struct Faults: OptionSet {
  let rawValue: Int
  static let hidesLastError = Faults(rawValue: 1)
  static let opensLate = Faults(rawValue: 2)
  static let countsInARow = Faults(rawValue: 4)
  static let neverForgets = Faults(rawValue: 8)
  static let waitsInLine = Faults(rawValue: 16)
  static let allTry = Faults(rawValue: 32)
  static let keepsFailures = Faults(rawValue: 64)
  static let neverDoubles = Faults(rawValue: 128)
  static let forgetsCancelled = Faults(rawValue: 256)
  static let blamesCancelled = Faults(rawValue: 512)
  static let praisesNotFound = Faults(rawValue: 1024)
  static let believesLate = Faults(rawValue: 2048)
  static let asksTask = Faults(rawValue: 4096)
  static let turnsBackCancelled = Faults(rawValue: 8192)
  static let doubtsSuccess = Faults(rawValue: 16384)
  static let dropsValue = Faults(rawValue: 32768)
  static let halvesPause = Faults(rawValue: 65536)
  static let letsInAfterNothing = Faults(rawValue: 131072)
  static let numbersNoOpening = Faults(rawValue: 262144)
  static let refusesLate = Faults(rawValue: 524288)
}

protocol Fault { static var faults: Faults { get } }
enum HidesLastError: Fault { static let faults = Faults.hidesLastError }
enum OpensLate: Fault { static let faults = Faults.opensLate }
enum CountsInARow: Fault { static let faults = Faults.countsInARow }
enum NeverForgets: Fault { static let faults = Faults.neverForgets }
enum WaitsInLine: Fault { static let faults = Faults.waitsInLine }
enum AllTry: Fault { static let faults = Faults.allTry }
enum KeepsFailures: Fault { static let faults = Faults.keepsFailures }
enum NeverDoubles: Fault { static let faults = Faults.neverDoubles }
enum ForgetsCancelled: Fault { static let faults = Faults.forgetsCancelled }
enum BlamesCancelled: Fault { static let faults = Faults.blamesCancelled }
enum PraisesNotFound: Fault { static let faults = Faults.praisesNotFound }
enum BelievesLate: Fault { static let faults = Faults.believesLate }
enum AsksTask: Fault { static let faults = Faults.asksTask }
enum TurnsBackCancelled: Fault { static let faults = Faults.turnsBackCancelled }
enum DoubtsSuccess: Fault { static let faults = Faults.doubtsSuccess }
enum DropsValue: Fault { static let faults = Faults.dropsValue }
enum HalvesPause: Fault { static let faults = Faults.halvesPause }
enum LetsInAfterNothing: Fault { static let faults = Faults.letsInAfterNothing }
enum NumbersNoOpening: Fault { static let faults = Faults.numbersNoOpening }
enum RefusesLate: Fault { static let faults = Faults.refusesLate }

/// A breaker that is right but for one fault.
final class Flawed<Flaw: Fault>: CircuitBreaking {
  private struct Memory {
    var failed: [Bool] = []
    var openUntil: Duration?
    var isTrying = false
    var pause: Duration
    var era = 0
  }

  private let rules: BreakerRules
  private let watch: Stopwatch
  private let memory: Mutex<Memory>
  private let has = Flaw.faults

  init(rules: BreakerRules, clock: any Clock<Duration>) {
    self.rules = rules
    watch = Stopwatch(clock)
    memory = Mutex(Memory(pause: rules.resetTime))
  }

  func call<Value: Sendable>(
    _ operation: @Sendable () async throws -> Value
  ) async throws -> Value {
    if has.contains(.waitsInLine), let end = memory.withLock({ $0.openUntil }) {
      try await watch.sleep(until: end)
    }
    let era = try begin()
    if has.contains(.turnsBackCancelled) { try Task.checkCancellation() }
    do {
      let value = try await operation()
      if has.contains(.dropsValue) { try Task.checkCancellation() }
      end(era, failed: has.contains(.doubtsSuccess) && Task.isCancelled ? nil : false)
      return value
    } catch {
      if has.contains(.refusesLate), memory.withLock({ $0.era != era }) { throw CircuitOpen() }
      let isFromService = has.contains(.asksTask) || !(error is CancellationError)
      let isCancelled = !isFromService || Task.isCancelled
      if isCancelled, has.contains(.forgetsCancelled) { throw error }
      let counts = rules.counts(error)
      if isCancelled {
        end(era, failed: has.contains(.blamesCancelled) ? true : nil)
      } else if !counts {
        end(era, failed: has.contains(.praisesNotFound) ? false : nil)
      } else {
        end(era, failed: true)
        if has.contains(.hidesLastError), memory.withLock({ $0.openUntil != nil }) {
          throw CircuitOpen()
        }
      }
      throw error
    }
  }

  private func begin() throws -> Int {
    try memory.withLock { memory in
      if memory.isTrying, !has.contains(.allTry) { throw CircuitOpen() }
      if let end = memory.openUntil {
        guard watch.now >= end else { throw CircuitOpen() }
        if !memory.isTrying { memory.era += 1 }
        memory.isTrying = true
      }
      return memory.era
    }
  }

  private func end(_ era: Int, failed: Bool?) {
    memory.withLock { memory in
      guard era == memory.era || has.contains(.believesLate) else { return }
      guard let failed else {
        memory.isTrying = false
        if has.contains(.letsInAfterNothing) { memory.openUntil = nil }
        return
      }
      if memory.openUntil == nil || has.contains(.numbersNoOpening) && !memory.isTrying {
        if !failed, has.contains(.countsInARow) { memory.failed = [] }
        memory.failed.append(failed)
        if !has.contains(.neverForgets) { memory.failed = memory.failed.suffix(rules.window) }
        let limit = rules.failures + (has.contains(.opensLate) ? 1 : 0)
        if memory.failed.count(where: \.self) >= limit { open(&memory) }
      } else if failed {
        open(&memory)
      } else {
        let failed = has.contains(.keepsFailures) ? memory.failed : []
        let pause = has.contains(.halvesPause) ? memory.pause / 4 : .zero
        memory = Memory(
          failed: failed, pause: max(rules.resetTime, pause), era: memory.era + 1)
      }
    }
  }

  private func open(_ memory: inout Memory) {
    memory.openUntil = watch.now + memory.pause
    if !has.contains(.neverDoubles) { memory.pause += memory.pause }
    memory.isTrying = false
    if has.contains(.numbersNoOpening) { memory.failed = [] } else { memory.era += 1 }
  }
}

/// Right in all but that its callers wait for each other.
final class LockedBreaker: CircuitBreaking {
  private let breaker: ActorBreaker
  private let lock = AsyncLock("breaker")

  init(rules: BreakerRules, clock: any Clock<Duration>) {
    breaker = ActorBreaker(rules: rules, clock: clock)
  }

  func call<Value: Sendable>(
    _ operation: @Sendable () async throws -> Value
  ) async throws -> Value {
    try await lock.withLock { try await breaker.call(operation) }
  }
}
