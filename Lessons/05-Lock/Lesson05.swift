// Lesson 5 · Lock
//
//   asyncio                        Swift
//   lock = asyncio.Lock()          let lock = AsyncLock("till")
//   async with lock: …             try await lock.withLock { … }
//   threading.Lock()               Mutex(0), where nothing is awaited
//   (one loop, one thread)         an actor, which lets others in at every await
//
// Run me:    swift run Lesson05
// Then try:  Exercises/05-Bank

import AsyncPrimitives
import Narration
import Simulation
import Synchronization

@main
struct Lesson05 {
  static func main() async {
    await Lesson(5, "Lock") {
      Scene("Five increments", updatesGetLostAcrossAnAwait)
      Scene("It depends on the schedule", theOrderOfTurnsDecides)
      Scene("In an actor", anActorLetsOthersInAtEveryAwait)
      Scene("With a lock", aLockKeepsTheOthersOut)
      Scene("Without an await", whereNothingIsAwaitedAMutexIsRight)
      Scene("Two locks, two orders", twoLocksInOppositeOrderWaitForEver)
      Scene("Two locks, one order", oneOrderForAllEndsTheDeadlock)
    }.main()
  }
}

/// A till with a number in it. Each access is safe; what happens between two of them is not.
final class Till: Sendable {
  private let amount = Mutex(0)
  let lock = AsyncLock("till")
  var total: Int { amount.withLock { $0 } }

  /// Reads, lets the others come in, and writes.
  func addOne(after pause: () async throws -> Void = { await Task.yield() }) async throws {
    let seen = total
    Simulation.note("reads \(seen)")
    try await pause()
    amount.withLock { $0 = seen + 1 }
    Simulation.note("writes \(seen + 1)")
  }

  /// Reads and writes in one step: nothing is awaited while the `Mutex` is locked.
  func addOneAtOnce() { amount.withLock { $0 += 1 } }
}

/// Between reading and writing, everybody else may read the same old value.
func updatesGetLostAcrossAnAwait(_ narrator: Narrator) async throws {
  narrator.say("Five tasks add 1 each. Between reading and writing, each awaits for 0.1 s.")
  let till = Till()
  narrator.lanes("task 1", "task 2", "task 3", "task 4", "task 5")
  try await gather(1...5) { number in
    try await narrator.span("task \(number)", announces: false) {
      try await till.addOne { try await Task.sleep(for: .seconds(0.1)) }
    }
  }
  narrator.tell("the till says \(till.total), and should say 5")
}

/// The same two tasks lose an update under some orders of their turns, and not under others.
func theOrderOfTurnsDecides(_ narrator: Narrator) async throws {
  narrator.say("Ann and Bob add 1 each. One seed is one order of their turns. 200 seeds:")
  var seeds: [Int: Int] = [:]
  for seed in 0..<200 as Range<UInt64> {
    let till = Till()
    _ = await Simulation.run(seed: seed) { _ in try await annAndBob { try await till.addOne() } }
    seeds[till.total, default: 0] += 1
  }
  let rows = seeds.sorted { $0.key < $1.key }.map { total, count in ["\(total)", "\(count)"] }
  narrator.table(header: ["the till says", "seeds"], rows: rows)
  show(await search { till in try await till.addOne() }, narrator)
}

/// An actor lets one task in at a time. But while that one awaits, it is not in.
actor Account {
  private(set) var total = 0

  func addOne() async {
    let seen = total
    Simulation.note("reads \(seen)")
    await Task.yield()  // Here the next call comes in.
    total = seen + 1
    Simulation.note("writes \(seen + 1)")
  }
}

/// The compiler keeps two threads out of the actor. It does not keep the second call out.
func anActorLetsOthersInAtEveryAwait(_ narrator: Narrator) async throws {
  narrator.say("The same in an actor. The compiler is content, and an update is lost again:")
  let search = await Simulation.explore { _ in
    let account = Account()
    try await annAndBob { await account.addOne() }
    let total = await account.total
    guard total == 2 else { throw Short(total: total) }
  }
  show(search, narrator)
}

/// Whoever holds the lock may await; the others await their turn, first come, first served.
func aLockKeepsTheOthersOut(_ narrator: Narrator) async throws {
  narrator.say("Five tasks again, with a lock around reading, awaiting and writing.")
  let till = Till()
  narrator.lanes("task 1", "task 2", "task 3", "task 4", "task 5")
  try await gather(1...5) { number in
    try await narrator.span("task \(number)", kind: .waiting, announces: false) {
      try await till.lock.withLock {
        try await narrator.span("task \(number)", announces: false) {
          try await till.addOne { try await Task.sleep(for: .seconds(0.1)) }
        }
      }
    }
  }
  narrator.tell("the till says \(till.total)")
  narrator.draw()
  narrator.say("And Ann and Bob, each with the lock around the whole:")
  show(await search { till in try await till.lock.withLock { try await till.addOne() } }, narrator)
}

/// The `await` in the middle makes a lock necessary. Without one, a `Mutex` does, and never waits.
func whereNothingIsAwaitedAMutexIsRight(_ narrator: Narrator) async throws {
  narrator.say("Where reading and writing are one step, nobody can come in between:")
  show(await search { till in till.addOneAtOnce() }, narrator)
}

/// Each transfer first locks the account that it takes from. Then each wants the other's.
func twoLocksInOppositeOrderWaitForEver(_ narrator: Narrator) async throws {
  narrator.say("Two transfers in opposite directions, each with both accounts locked:")
  show(await Simulation.explore { _ in try await transferBothWays { [$0, $1] } }, narrator)
}

/// It takes two tasks that disagree about the order. So let all agree on one.
func oneOrderForAllEndsTheDeadlock(_ narrator: Narrator) async throws {
  narrator.say("The same transfers, but every one locks by name, ann before bob:")
  let sorted = { @Sendable (from: AsyncLock, to: AsyncLock) in
    [from, to].sorted { ($0.name ?? "") < ($1.name ?? "") }
  }
  show(await Simulation.explore { _ in try await transferBothWays(sorted) }, narrator)
  narrator.say("That was a sample. Now every schedule that there is:")
  show(await Simulation.exploreAll { _ in try await transferBothWays(sorted) }, narrator)
}
