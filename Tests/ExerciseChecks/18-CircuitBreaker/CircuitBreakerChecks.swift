import CheckKit
import Exercise18
import ExerciseKit
import Solution18
import Testing

@Suite("18 CircuitBreaker")
struct CircuitBreakerTests {
  @Test("your answer", arguments: circuitBreakerChecks)
  func learner(_ check: Check<any CircuitBreaking.Type>) async {
    await judge(Exercise18.CircuitBreaker.self, by: check, of: "18-CircuitBreaker")
  }

  @Test("our solution", arguments: circuitBreakerChecks)
  func solution(_ check: Check<any CircuitBreaking.Type>) async {
    await judge(Solution18.CircuitBreaker.self, by: check, of: "18-CircuitBreaker")
  }

  @Test("a right answer of another build", arguments: circuitBreakerChecks)
  func alternative(_ check: Check<any CircuitBreaking.Type>) async {
    await judge(ActorBreaker.self, by: check, of: "18-CircuitBreaker")
  }

  @Test("a wrong answer", arguments: wrongCircuitBreakers)
  func wrong(_ answer: WrongAnswer<any CircuitBreaking.Type>) async {
    await expectRejection(of: answer, by: circuitBreakerChecks)
  }
}

// Where callers come one after the other, fewer schedules say as much.
let circuitBreakerChecks: [Check<any CircuitBreaking.Type>] = [
  Check(
    "a closed breaker passes calls on, side by side", hint: 1,
    cause: "Await the operation while nothing is locked, and give its caller what it gave you."
  ) { type, world in
    let callers = Callers(type, world)
    try await callers.pass(.succeeds, .fails, .isNotFound, after: "the breaker was made")
    let start = world.now
    await withTaskGroup { group in
      for number in 1...3 {
        group.addTask(name: "caller \(number)") {
          await callers.call(.succeeds, taking: .seconds(1))
        }
      }
      for await answer in group {
        #expect(answer == .value, "one of three callers at the same time \(answer)")
      }
    }
    let time = world.now - start
    #expect(time == .seconds(1), "three calls of 1 second at the same time took \(time)")
  },
  Check(
    "it opens at the failure that is one too many", hint: 1,
    cause: "Compare the number of failures right after a call has ended, with “at least”."
  ) { type, world in
    let inRow = Callers(type, world)
    try await inRow.pass(.fails, .fails, .fails, after: "the breaker was made")
    try await inRow.expectRefusal("when 3 of 3 calls have failed")
    let mixed = Callers(type, world)
    try await mixed.pass(
      .fails, .succeeds, .fails, .succeeds, .fails, after: "a second breaker was made")
    try await mixed.expectRefusal("when 3 of the last 5 calls have failed, with successes between")
  },
  Check(
    "only the last calls count", hint: 1,
    cause: "Keep how the last `rules.window` calls ended, and drop what is older."
  ) { type, world in
    let callers = Callers(type, world)
    try await callers.pass(.fails, .fails, after: "the breaker was made")
    try await callers.pass(.succeeds, .succeeds, .succeeds, after: "2 failures")
    try await callers.pass(.fails, .fails, after: "2 failures and 3 successes")
    try await callers.pass(.succeeds, after: "2 failures, 3 successes and 2 failures")
    try await callers.pass(.fails, after: "those, and another success")
    try await callers.expectRefusal("when 3 of the last 5 calls have failed, and 5 of 9")
  },
  Check(
    "an open breaker refuses at once, and for exactly its time", hint: 3,
    cause: "Write down until when it is open. Callers do not wait for that; they are refused."
  ) { type, world in
    let callers = Callers(type, world)
    await callers.open()
    try await callers.expectRefusal("just after it has opened")
    try await callers.wait(.seconds(10) - .nanoseconds(1))
    try await callers.expectRefusal("a nanosecond before its time is over")
    try await callers.wait(.nanoseconds(1))
    try await callers.pass(.succeeds, after: "exactly 10 seconds")
  },
  Check(
    "only one call tries at a time", hint: 1,
    cause:
      "Look at the state and change it in one step, before anything is awaited; and leave it open "
      + "after a try that says nothing."
  ) { type, world in
    let callers = Callers(type, world)
    await callers.open()
    try await callers.wait(.seconds(10))
    await callers.expectOneTry("when its time was over")
    let others = Callers(type, world)
    await others.open()
    try await others.wait(.seconds(10))
    await others.cancel(.succeeds)
    await others.expectOneTry("after a try that was cancelled", orNone: true)
  },
  Check(
    "a try that succeeds closes it, and it begins anew", hint: 3,
    cause: "Nothing from before may be left: no failures, and no time that has doubled."
  ) { type, world in
    let callers = Callers(type, world)
    await callers.open()
    try await callers.wait(.seconds(10))
    try await callers.pass(.fails, after: "10 seconds")
    try await callers.wait(.seconds(20))
    try await callers.pass(.fails, after: "a try that failed, and 20 seconds more")
    try await callers.wait(.seconds(40))
    try await callers.pass(.succeeds, after: "2 tries that failed, and 40 seconds more")
    try await callers.pass(.fails, .fails, .fails, after: "a try that succeeded")
    try await callers.expectRefusal("when 3 calls have failed since it was closed")
    try await callers.wait(.seconds(10))
    try await callers.pass(.succeeds, after: "it had been closed and opened again, and 10 seconds")
  },
  Check(
    "each try that fails doubles the time", hint: 2,
    cause: "The time has to outlive the state: remember it, and begin it when the try has failed."
  ) { type, world in
    let callers = Callers(type, world)
    await callers.open()
    try await callers.wait(.seconds(10))
    for (index, seconds) in [20, 40, 80].enumerated() {
      // A try takes time as well: the next pause begins when it has failed.
      let answer = await callers.call(.fails, taking: .seconds(5))
      try #require(answer == .failure, "when its time was over, the one to try \(answer)")
      let tries = index == 0 ? "a try has failed" : "\(index + 1) tries have failed"
      try await callers.wait(.seconds(seconds) - .nanoseconds(1))
      try await callers.expectRefusal(
        "when \(tries), a nanosecond less than \(seconds) seconds ago")
      try await callers.wait(.nanoseconds(1))
    }
    try await callers.pass(.succeeds, after: "3 tries that have failed, and 80 seconds")
  },
  Check(
    "a cancelled call that throws says nothing, and one that returns has succeeded", hint: 2,
    cause:
      "Each call that passes has to reach the note. If it returns, it has succeeded; if it throws, "
      + "ask both the error and the task whether it was cancelled."
  ) { type, world in
    let callers = Callers(type, world)
    try await callers.pass(.fails, .fails, after: "the breaker was made")
    // One of them throws CancellationError, the others the service's error, as clients do.
    await callers.cancel(.succeeds)
    for _ in 1...2 { await callers.cancel(.fails, isDeaf: true) }
    try await callers.pass(
      .givesUp, .givesUp, .succeeds, after: "2 failures and 3 calls that were cancelled")
    try await callers.pass(.fails, after: "2 failures, 3 cancelled calls and a success")
    try await callers.expectRefusal(
      "when 3 of the last 4 calls that were not cancelled have failed")
    try await callers.wait(.seconds(10))
    for (isDeaf, beforehand, seconds) in [
      (false, false, 20), (true, false, 40), (false, true, 80),
    ] {
      await callers.cancel(.fails, isDeaf: isDeaf, beforehand: beforehand)
      // Neither open again nor closed: the next call is the try.
      let answer = await callers.call(.fails)
      let when = beforehand ? "before it began" : "while it was in the service"
      try #require(
        answer == .failure,
        "after a try that was cancelled \(when), the next to try \(answer)")
      try await callers.expectRefusal("when a try was cancelled and the next has failed")
      try await callers.wait(.seconds(seconds))
    }
    for (index, what) in ["a try", "a call", "another call", "a third call"].enumerated() {
      let answer = await callers.cancel(.succeeds, isDeaf: true)
      try #require(
        answer == .value, "\(what) was cancelled, returned all the same, and its caller \(answer)")
      guard index == 0 else { continue }
      try await callers.pass(.fails, .fails, after: "a try that returned in a cancelled task")
    }
    try await callers.pass(
      .fails, .fails, after: "2 failures and 3 calls that returned in a cancelled task")
  },
  Check(
    "errors that do not count say nothing", hint: 2,
    cause: "Such a call is no failure and no success. If it was the try, the next call may try."
  ) { type, world in
    let callers = Callers(type, world)
    try await callers.pass(.fails, .fails, after: "the breaker was made")
    try await callers.pass(
      .isNotFound, .isNotFound, .isNotFound, .isNotFound, .isNotFound, after: "2 failures")
    try await callers.pass(.fails, after: "2 failures and 5 errors that do not count")
    try await callers.expectRefusal("when 3 of the last 3 calls that count have failed")
    try await callers.wait(.seconds(10))
    try await callers.pass(.isNotFound, after: "10 seconds")
    try await callers.pass(.fails, after: "a try whose error does not count")
    try await callers.expectRefusal(
      "when a try has ended with an error that does not count, and one failed")
    try await callers.wait(.seconds(20))
    try await callers.pass(.succeeds, after: "20 seconds more")
  },
  Check(
    "a call that began before it opened gets its answer, and changes nothing", hint: 2,
    cause:
      "What ends late belongs to a time that is over. Number the times, compare, and give the "
      + "caller what came of it."
  ) { type, world in
    // One way to end in each schedule.
    let ending = [Ending.succeeds, .fails, .isNotFound][Int(world.seed % 3)]
    let what = "a call from before that \(ending.rawValue) has ended"
    let callers = Callers(type, world)
    try await withThrowingTaskGroup(of: Answer.self) { group in
      for (index, seconds) in [5, 5, 5, 11, 15].enumerated() {
        group.addTask(name: "slow \(index + 1)") {
          await callers.call(ending, taking: .seconds(seconds))
        }
      }
      await world.settle()
      await callers.open()
      try await callers.wait(.seconds(6))
      try await callers.expectRefusal("when it is open, and \(what)")
      try await callers.wait(.seconds(4))
      async let attempt = callers.next(.succeeds, taking: .seconds(2))
      try await callers.wait(.milliseconds(1500))
      try await callers.expectRefusal("while one tries, and \(what)")
      try await callers.wait(.milliseconds(1500))
      let answer = await attempt
      try #require(
        answer == .value,
        "it was open for 10 seconds, in which 3 calls from before ended; the one to try \(answer)")
      try await callers.pass(.fails, .fails, after: "a try that succeeded")
      try await callers.wait(.seconds(3))
      try await callers.pass(.fails, after: "it was closed, 2 calls have failed, and \(what)")
      try await callers.expectRefusal("when it was closed, 3 calls have failed, and \(what)")
      for try await answer in group {
        try #require(
          answer == ending.answer,
          "a call from before \(ending.rawValue), and its caller \(answer)")
      }
    }
  },
]
