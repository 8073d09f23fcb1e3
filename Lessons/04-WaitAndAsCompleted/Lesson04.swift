// Lesson 4 · wait and asCompleted
//
//   asyncio                                       Swift
//   tasks = [create_task(ask(c)) for c in …]      let offers = couriers.map { c in TaskHandle { … } }
//   done, pending = await asyncio.wait(tasks)     let (done, pending) = try await wait(for: offers)
//   wait(…, return_when=FIRST_COMPLETED)          wait(for: offers, until: .firstCompleted)
//   wait(…, timeout=1.2)                          wait(for: offers, timeout: .milliseconds(1200))
//   for next in as_completed(tasks): await next   for try await offer in asCompleted(offers) { … }
//
//   JavaScript                                    Swift
//   await Promise.race(asked)                     try await group.next()
//   await Promise.any(asked)                      a loop over a group that ends at a success
//   await Promise.allSettled(asked)               try await wait(for: offers), or gatherOutcomes
//
// Run me:  swift run Lesson04
// Then try: Exercises/04-FastestMirror

import AsyncPrimitives
import Narration

/// Who is asked for a price, in Market.swift, and how many euros there are to spend.
let couriers = ["bike", "van", "train", "ship"]
let budget = 7

@main
struct Lesson04 {
  static func main() async {
    await Lesson(4, "wait and asCompleted") {
      Scene("wait ends where its condition says", waitEndsWhereItsConditionSays)
      Scene("A timeout cancels nobody", aTimeoutCancelsNobody)
      Scene("Whoever is not needed has to be cancelled", whoeverIsNotNeededHasToBeCancelled)
      Scene("asCompleted hands over what is done", asCompletedHandsOverWhatIsDone)
      Scene("Leaving its scope cancels the rest", leavingItsScopeCancelsTheRest)
      Scene("A task group does the same", aTaskGroupDoesTheSame)
      Scene("The first to end may be a failure", theFirstToEndMayBeAFailure)
    }.main()
  }
}

/// The same four tasks, awaited three times: each wait ends at its own moment, and only looks on.
func waitEndsWhereItsConditionSays(_ narrator: Narrator) async throws {
  let offers = Market(narrator).askEveryone()
  let conditions: KeyValuePairs<String, WaitCondition> = [
    "the first": .firstCompleted, "a failure": .firstFailure, "all": .allCompleted,
  ]
  for (goal, condition) in conditions {
    let (done, pending) = try await narrator.span("caller", goal, kind: .waiting) {
      try await wait(for: offers, until: condition)
    }
    narrator.mark("caller", goal, announces: false)
    narrator.tell("done: \(names(of: done)); pending: \(names(of: pending))")
  }
}

/// When the time is up, `wait` reports. Those who are late are not told, and go on.
func aTimeoutCancelsNobody(_ narrator: Narrator) async throws {
  let offers = Market(narrator).askEveryone()
  let (done, pending) = try await narrator.span("caller", "all", kind: .waiting) {
    try await wait(for: offers, timeout: .milliseconds(1200))
  }
  narrator.tell("done: \(names(of: done)); pending: \(names(of: pending))")
  let (late, _) = try await wait(for: pending)
  narrator.tell("answered later: \(names(of: late)); cancelled: \(late.count { $0.isCancelled })")
}

/// The first answer is enough. The others are asked to stop, and awaited: asking is not stopping.
func whoeverIsNotNeededHasToBeCancelled(_ narrator: Narrator) async throws {
  let offers = Market(narrator).askEveryone()
  let (done, pending) = try await wait(for: offers, until: .firstCompleted)
  for offer in pending { offer.cancel() }
  let (ended, _) = try await wait(for: pending)
  narrator.tell("answered: \(names(of: done)); cancelled: \(ended.count { $0.isCancelled })")
}

/// Each handle comes out of the loop when its task is done; a failure is an element like another.
func asCompletedHandsOverWhatIsDone(_ narrator: Narrator) async throws {
  let offers = Market(narrator).askEveryone()
  var best: Int?
  for try await offer in asCompleted(offers) {
    switch offer.outcome {
    case .success(let price):
      let lowest = min(best ?? price, price)
      best = lowest
      narrator.tell("\(offer.name) offers \(price) euros; best so far: \(lowest)")
    default:
      narrator.tell("\(offer.name) makes no offer")
    }
  }
}

/// With child tasks, nobody has to remember the rest: leaving the scope cancels and awaits them.
func leavingItsScopeCancelsTheRest(_ narrator: Narrator) async throws {
  let market = Market(narrator)
  let chosen = try await asCompleted(couriers) { courier in
    try await market.ask(courier)
  } body: { offers in
    for try await offer in offers {
      if let price = try? offer.result.get(), price <= budget { return couriers[offer.index] }
    }
    return "nobody"
  }
  narrator.tell("within \(budget) euros: \(chosen)")
}

/// A task group is all that this takes: it is a sequence of results in the order of their arrival.
func aTaskGroupDoesTheSame(_ narrator: Narrator) async throws {
  let market = Market(narrator)
  let chosen = await withTaskGroup(of: (courier: String, price: Int?).self) { group in
    for courier in couriers {
      group.addTask { (courier, try? await market.ask(courier)) }
    }
    for await offer in group {
      if let price = offer.price, price <= budget {
        // Leaving a group awaits its children. Only leaving it by an error cancels them, too.
        group.cancelAll()
        return offer.courier
      }
    }
    return "nobody"
  }
  narrator.tell("within \(budget) euros: \(chosen)")
}

/// `next()` takes whoever ends first, as `Promise.race` does: here, one that has nothing to offer.
func theFirstToEndMayBeAFailure(_ narrator: Narrator) async throws {
  let market = Market(narrator, refusing: ["bike"])
  do {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for courier in couriers {
        group.addTask { try await market.ask(courier) }
      }
      if let price = try await group.next() { narrator.tell("\(price) euros") }
      group.cancelAll()
    }
  } catch {
    narrator.tell("nobody else is heard: \(error)")
  }
}

func names<Value>(of tasks: [TaskHandle<Value>]) -> String {
  tasks.isEmpty ? "none" : tasks.map(\.name).joined(separator: ", ")
}
