import CheckKit
import ExerciseKit
import Synchronization
import Testing

/// How a call of the service is to end.
enum Ending: String, Sendable {
  case succeeds, fails
  /// It throws an error that does not count.
  case isNotFound = "finds nothing"
  /// It throws `CancellationError`, though nobody has cancelled its caller.
  case givesUp = "throws CancellationError"
}

extension Ending {
  /// What its caller is to get.
  var answer: Answer {
    switch self {
    case .succeeds: .value
    case .fails: .failure
    case .isNotFound: .notFound
    case .givesUp: .cancellation
    }
  }
}

/// What a caller got.
enum Answer: Sendable, Equatable, CustomStringConvertible {
  case value, failure, notFound, refusal, cancellation
  case other(String)

  var description: String {
    switch self {
    case .value: "got the value"
    case .failure: "got the service's error"
    case .notFound: "got the error that does not count"
    case .refusal: "was refused"
    case .cancellation: "got CancellationError"
    case .other(let error): "got \(error)"
    }
  }
}

struct ServiceDown: Error {}
struct NothingFound: Error {}

/// Ends a check at the first thing that is not as expected: what follows would say no more.
struct NotAsExpected: Error {}

/// Callers of a service, with a breaker between.
final class Callers: Sendable {
  /// How many calls were in the service, and how many at once.
  let service = HighWaterMark()
  private let breaker: any CircuitBreaking
  private let world: World
  private let callers = Mutex(0)

  /// Opens at three failures of the last five calls, for ten seconds. Finding nothing does not count.
  init(_ type: any CircuitBreaking.Type, _ world: World) {
    let rules = BreakerRules(
      failures: 3, of: 5, resetTime: .seconds(10), counts: { !($0 is NothingFound) })
    breaker = type.init(rules: rules, clock: world.clock)
    self.world = world
  }

  /// Makes a call that takes its time in the service, and ends like this.
  ///
  /// In its `deafTime` it hears of a cancellation as well, but still ends like this.
  @discardableResult
  func call(
    _ ending: Ending, taking time: Duration = .zero, deafFor deafTime: Duration = .zero
  ) async -> Answer {
    do {
      let value = try await breaker.call { [service, clock = world.clock] in
        try await service.count {
          Simulation.note("is served")
          await Task.yield()
          if time > .zero { try await clock.sleep(for: time) }
          if deafTime > .zero { try? await clock.sleep(for: deafTime) }
          switch ending {
          case .succeeds: return 17
          case .fails:
            Simulation.note("fails")
            throw ServiceDown()
          case .isNotFound: throw NothingFound()
          case .givesUp: throw CancellationError()
          }
        }
      }
      return value == 17 ? .value : .other("\(value)")
    } catch is CircuitOpen {
      Simulation.note("is refused")
      return .refusal
    } catch is ServiceDown {
      return .failure
    } catch is NothingFound {
      return .notFound
    } catch is CancellationError {
      return .cancellation
    } catch {
      return .other("\(error)")
    }
  }

  /// Makes a call in a child task, which has a name, and so a lane.
  func next(_ ending: Ending, taking time: Duration = .zero) async -> Answer {
    let number = callers.withLock { number in
      number += 1
      return number
    }
    return await withTaskGroup { group in
      group.addTask(name: "caller \(number)") { await self.call(ending, taking: time) }
      return await group.next() ?? .other("no answer")
    }
  }

  /// Makes calls one after the other, all of which are to pass.
  func pass(
    _ endings: Ending..., after what: String, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    for (index, ending) in endings.enumerated() {
      let answer = await next(ending)
      guard answer != ending.answer else { continue }
      let which = endings.count == 1 ? "the next caller" : "caller \(index + 1)"
      Issue.record(
        "after \(what), \(which), whose call \(ending.rawValue), \(answer)",
        sourceLocation: sourceLocation)
      throw NotAsExpected()
    }
  }

  /// Makes a call that is to be refused, at once and before it is in the service.
  func expectRefusal(
    _ when: String, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let (calls, start) = (service.total, world.now)
    let answer = await next(.succeeds)
    let problem: String? =
      if world.now > start {
        "a caller waited for \(world.now - start), and then \(answer)"
      } else if answer != .refusal {
        "a caller \(answer)"
      } else if service.total > calls {
        "a caller was refused, and was in the service all the same"
      } else {
        nil
      }
    guard let problem else { return }
    Issue.record("\(when), \(problem)", sourceLocation: sourceLocation)
    throw NotAsExpected()
  }

  /// Makes a call that is cancelled while it is in the service, or has been before.
  ///
  /// One that is deaf ends like this all the same; others throw `CancellationError`.
  @discardableResult
  func cancel(_ ending: Ending, isDeaf: Bool = false, beforehand: Bool = false) async -> Answer {
    let clock = world.clock
    let task = Task(name: "cancelled") { [self] in
      if beforehand { withUnsafeCurrentTask { $0?.cancel() } }
      return isDeaf
        ? await call(ending, deafFor: .seconds(5)) : await call(ending, taking: .seconds(5))
    }
    try? await clock.sleep(for: .seconds(1))
    task.cancel()
    return await task.value
  }

  /// Makes four calls at the same time, of which only one is to be in the service.
  ///
  /// - Parameter orNone: Whether that nobody tries is for another check to say.
  func expectOneTry(_ when: String, orNone: Bool = false) async {
    let before = service.total
    var answers: [Answer] = []
    await withTaskGroup { group in
      for number in 1...4 {
        group.addTask(name: "caller \(number)") {
          await self.call(.succeeds, taking: .seconds(1))
        }
      }
      for await answer in group { answers.append(answer) }
    }
    let tries = service.total - before
    if orNone, tries == 0 { return }
    #expect(tries == 1, "of 4 callers \(when), \(tries) were in the service")
    let refusals = answers.count { $0 == .refusal }
    #expect(
      refusals == 3 || tries != 1, "of 4 callers \(when), one tried, and \(refusals) were refused")
  }

  /// Lets the breaker open, by three failures.
  func open() async {
    for _ in 1...3 { _ = await next(.fails) }
  }

  /// Lets time pass.
  func wait(_ time: Duration) async throws { try await world.clock.sleep(for: time) }
}
