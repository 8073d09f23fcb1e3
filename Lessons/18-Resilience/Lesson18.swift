// Lesson 18 · Resilience
//
//   Python                                 Swift
//   @retry(stop=…, wait=…)  (tenacity)     try await retry(policy) { attempt in … }
//   wait_random_exponential(max=60)        .exponential(from: …), jitter: .full()
//   retry_if_exception_type(Busy)          retry(policy, if: { $0 is Busy }) { … }
//   CircuitBreaker(fail_max=3)             CircuitBreaker("stock", failures: 3, resetAfter: …)
//   logging.info(…, extra={…})             LogLine("retry", ["attempt": 2]).json
//   prometheus_client.Counter(…)           try metrics.counter("calls_total", "Calls.")
//
// Run me:    swift run Lesson18
// Then try:  Exercises/18-CircuitBreaker

import AsyncPrimitives
import Narration
import Resilience
import Simulation

@main
struct Lesson18 {
  static func main() async {
    await Lesson(18, "Resilience") {
      Scene("Again, but later", eachFailureDoublesTheWait)
      Scene("All at the same moment", chanceSpreadsTheCrowd)
      Scene("Worth another try?", onlySomeErrorsAreWorthAnotherTry)
      Scene("Patience costs", whoKeepsAskingPaysEachTime)
      Scene("A breaker", anOpenBreakerFailsAtOnce)
      Scene("Stuck half-open", aCancelledTrialMustMakeRoom)
      Scene("One event, one line", aLogLineIsForAProgram)
      Scene("What the program counts", whoeverAsksMayReadTheNumbers)
    }.main()
  }
}

/// A loop, a sleep, and a wait that doubles: that is all that a retry is. The rest is when to stop.
func eachFailureDoublesTheWait(_ narrator: Narrator) async throws {
  let stock = Stock(narrator, failing: 3)
  var wait = Duration.milliseconds(200)
  for attempt in 1... {
    do {
      let count = try await stock.count(of: "tea", lane: "shop")
      return narrator.tell("tea in stock: \(count), after \(attempt) attempts")
    } catch let error as Busy where attempt < 5 {
      narrator.tell("\(error); again in \(wait.inSeconds)")
      try await Task.sleep(for: wait)  // Cancelled here, it throws, and there is no next attempt.
      wait = wait * 2
    }
  }
}

/// Who failed together and waits equally long returns together. A wait drawn by lot spreads them.
func chanceSpreadsTheCrowd(_ narrator: Narrator) async throws {
  let byLot = Jitter.full(using: SeededGenerator(seed: narrator.seed))
  let waits = Backoff.exponential(from: .milliseconds(400))
  let clients = (1...8).map { "client \($0)" }
  for client in clients { narrator.lanes(client) }
  for (jitter, caption) in [(Jitter.none, "Equal waits"), (byLot, "Waits drawn by lot")] {
    let rush = Rush(narrator, room: 2)
    let start = narrator.elapsed
    let policy = RetryPolicy(attempts: nil, backoff: waits, jitter: jitter)
    try await gather(clients) { client in
      try await narrator.span(client, kind: .waiting, announces: false) {
        try await retry(policy) { _ in try await rush.enter(client) }
      }
    }
    let time = narrator.elapsed - start
    narrator.draw(
      caption: "\(caption). Sent away: \(rush.sentAway); all served in \(time.inSeconds)")
  }
}

/// Busy is over soon. Not found is not, and asking again will not help. Nor does who has cancelled.
func onlySomeErrorsAreWorthAnotherTry(_ narrator: Narrator) async throws {
  let waits = Backoff.exponential(from: .milliseconds(200))
  let four = RetryPolicy(attempts: 4, backoff: waits, jitter: .none)
  let oneSecond = RetryPolicy(attempts: nil, backoff: waits, jitter: .none, stopBefore: .seconds(1))
  let cases: [(lane: String, policy: RetryPolicy, error: any Error, cancelledAfter: Duration?)] = [
    ("busy, 4 attempts", four, Busy(), nil),
    ("busy, 1 second", oneSecond, Busy(), nil),
    ("not found", four, NotFound(), nil),
    ("cancelled", four, Busy(), .milliseconds(500)),
  ]
  var rows: [[String]] = []
  for (lane, policy, error, cancelledAfter) in cases {
    let stock = Stock(narrator, failing: .max, with: error)
    let start = narrator.elapsed
    let task = Task {
      try await narrator.span(lane, kind: .waiting, announces: false) {
        try await retry(policy, if: { $0 is Busy }) { _ in
          try await stock.count(of: "tea", lane: lane)
        }
      }
    }
    if let cancelledAfter {
      try await Task.sleep(for: cancelledAfter)
      task.cancel()
    }
    let end = await task.result.problem
    rows.append([lane, "\(stock.calls)", (narrator.elapsed - start).inSeconds, end])
  }
  narrator.draw()
  narrator.table(header: ["", "calls", "time", "thrown in the end"], rows: rows)
}

/// The stock is down and takes half a second to say so. Each customer waits for that.
func whoKeepsAskingPaysEachTime(_ narrator: Narrator) async throws {
  let stock = Stock(narrator, down: .seconds(0.5) ..< .seconds(4), failsAfter: .seconds(0.5))
  try await serve(narrator, stock) { customer in
    try await stock.count(of: "tea", lane: customer)
  }
}

/// After three failures in a row nobody asks any more. A second later, one customer may try.
func anOpenBreakerFailsAtOnce(_ narrator: Narrator) async throws {
  let stock = Stock(narrator, down: .seconds(0.5) ..< .seconds(4), failsAfter: .seconds(0.5))
  let breaker = CircuitBreaker(
    "stock", failures: 3, resetAfter: .seconds(1), onChange: { narrator.tell("breaker: \($0.to)") })
  try await serve(narrator, stock) { customer in
    try await breaker.call { try await stock.count(of: "tea", lane: customer) }
  }
}

/// A breaker that learns only of success and failure waits for ever for a trial that was cancelled.
func aCancelledTrialMustMakeRoom(_ narrator: Narrator) async throws {
  narrator.say("The breaker is half-open. Ann tries, and is cancelled. Then Bob comes:")
  show(await search { NaiveBreaker() }, narrator)
  narrator.say("A breaker for which a cancelled call is neither a success nor a failure:")
  show(await search { CircuitBreaker(halfOpen: "stock") }, narrator)
}

/// The same event three times. What a customer typed becomes a line of its own, or it does not.
func aLogLineIsForAProgram(_ narrator: Narrator) async throws {
  let name = "Eve\n12:00 paid: Eve"
  let line = LogLine("refused", ["customer": .string(name), "wait": 0.4])
  narrator.say("A sentence for people:\n12:00 refused: \(name)")
  narrator.say("Keys and values:\n\(line.keyValue)")
  narrator.say("JSON:\n\(line.json)")
}

/// Retries, a breaker and numbers around one call; and a page on which anybody can read them.
func whoeverAsksMayReadTheNumbers(_ narrator: Narrator) async throws {
  let shop = try Shop(narrator)
  try await withPage(of: shop.metrics, narrator) { read in
    for customer in 1...6 { narrator.lanes("customer \(customer)") }
    try await gather(1...6) { customer in
      try await Task.sleep(for: .milliseconds(100) * customer)
      try await shop.sell(to: "customer \(customer)")
    }
    narrator.draw()
    narrator.say("GET /metrics\n\n" + (try await read()).dropLast())
  }
}
