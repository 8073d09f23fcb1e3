// Lesson 6 · Event
//
//   asyncio                      Swift
//   doors = asyncio.Event()      let doors = AsyncEvent("doors")
//   await doors.wait()           try await doors.wait()
//   doors.set()                  doors.set()
//   doors.clear()                doors.clear()
//   doors.is_set()               doors.isSet
//   loop.create_future()         withCheckedContinuation { … }, for one waiter and one shot
//
//   JavaScript                   Swift
//   Promise.withResolvers()      an event that nobody clears
//
// Run me:    swift run Lesson06
// Then try:  Exercises/06-StartingGate

import AsyncPrimitives
import Narration
import Simulation
import Synchronization

@main
struct Lesson06 {
  static func main() async {
    await Lesson(6, "Event") {
      Scene("One set lets everybody in", oneSetLetsEverybodyIn)
      Scene("Whoever comes later does not wait", whoeverComesLaterDoesNotWait)
      Scene("clear stops those who come next", clearStopsThoseWhoComeNext)
      Scene("A pulse lets in those who stand there", aPulseLetsInThoseWhoStandThere)
      Scene("One goes home, the others wait on", oneGoesHomeTheOthersWaitOn)
      Scene("From scratch: looking, then joining", lookingFirstLosesTheWakeUp)
      Scene("From scratch: both in one step", lookingAndJoiningInOneStepLosesNothing)
      Scene("From scratch, and deaf", theTinyEventIsDeafToCancellation)
    }.main()
  }
}

/// Any number of tasks wait for one event. One `set` wakes them all.
func oneSetLetsEverybodyIn(_ narrator: Narrator) async throws {
  let doors = AsyncEvent("doors")
  async let visits: Void = visit(["ann": 0, "bob": 0.3, "cem": 0.6], narrator) {
    try await doors.wait()
  }
  try await Task.sleep(for: .seconds(1))
  narrator.tell("\(doors.waiterCount) wait")
  narrator.mark("doorman", "opens")
  doors.set()
  try await visits
}

/// An event remembers that it was set: it is a state, and not a shout that one may miss.
func whoeverComesLaterDoesNotWait(_ narrator: Narrator) async throws {
  let doors = AsyncEvent("doors")
  async let visits: Void = visit(["ann": 0, "bob": 0.8], narrator) { try await doors.wait() }
  try await Task.sleep(for: .seconds(0.5))
  narrator.mark("doorman", "opens")
  doors.set()
  try await visits
}

/// After `clear`, whoever asks waits again. Whoever has passed the doors is not affected.
func clearStopsThoseWhoComeNext(_ narrator: Narrator) async throws {
  let doors = AsyncEvent("doors")
  async let visits: Void = visit(["ann": 0, "bob": 0.8, "cem": 1.2], narrator) {
    try await doors.wait()
  }
  try await Task.sleep(for: .seconds(0.5))
  narrator.mark("doorman", "opens")
  doors.set()
  try await Task.sleep(for: .seconds(0.5))
  narrator.mark("doorman", "closes")
  doors.clear()
  try await Task.sleep(for: .seconds(0.8))
  narrator.mark("doorman", "opens again")
  doors.set()
  try await visits
}

/// `set` decides at once who may go. Not even a `clear` right after it holds any of them back.
func aPulseLetsInThoseWhoStandThere(_ narrator: Narrator) async throws {
  let doors = AsyncEvent("doors")
  async let visits: Void = visit(["ann": 0, "bob": 0.3, "cem": 0.7], narrator) {
    try await doors.wait()
  }
  for _ in 1...2 {
    try await Task.sleep(for: .seconds(0.5))
    narrator.mark("doorman", "opens and closes")
    doors.set()
    doors.clear()
    narrator.tell("the doors are \(doors.isSet ? "open" : "closed")")
  }
  try await visits
}

/// A cancelled task leaves the line at once, with an error. Nobody else notices.
func oneGoesHomeTheOthersWaitOn(_ narrator: Narrator) async throws {
  let doors = AsyncEvent("doors")
  async let others: Void = visit(["ann": 0, "cem": 0.2], narrator) { try await doors.wait() }
  let bob = Task { try await visit(["bob": 0.1], narrator) { try await doors.wait() } }
  try await Task.sleep(for: .seconds(0.5))
  narrator.tell("\(doors.waiterCount) wait")
  narrator.mark("bob", "is called home")
  bob.cancel()
  narrator.tell("\(doors.waiterCount) wait")
  try await Task.sleep(for: .seconds(0.5))
  narrator.mark("doorman", "opens")
  doors.set()
  try await others
  _ = await bob.result
}

/// Between looking and joining the list, somebody sets the event, and finds nobody to wake.
func lookingFirstLosesTheWakeUp(_ narrator: Narrator) async throws {
  narrator.say("It looks at its flag, awaits, and joins its list. Does everybody get in?")
  let seeds: Range<UInt64> = 0..<200
  let lucky = await count(seeds) { await openForAnnAndBob(HastyEvent()) }
  narrator.say("Of \(seeds.count) seeds, \(lucky) let both in. The first that does not:")
  show(await Simulation.explore { _ in await openForAnnAndBob(HastyEvent()) }, narrator)
}

/// With nothing awaited between them, a `set` comes before both or after both.
func lookingAndJoiningInOneStepLosesNothing(_ narrator: Narrator) async throws {
  narrator.say("The same visitors and doorman, but looking and joining are one step:")
  show(await Simulation.explore { _ in await openForAnnAndBob(TinyEvent()) }, narrator)
  narrator.say("That was a sample. Now every schedule that there is:")
  show(await Simulation.exploreAll { _ in await openForAnnAndBob(TinyEvent()) }, narrator)
}

/// A continuation knows nothing of cancellation. Its task hears of it after it was resumed.
func theTinyEventIsDeafToCancellation(_ narrator: Narrator) async throws {
  let doors = TinyEvent()
  let bob = Task { try await visit(["bob": 0], narrator) { await doors.wait() } }
  try await Task.sleep(for: .seconds(0.4))
  narrator.mark("bob", "is called home")
  bob.cancel()
  try await Task.sleep(for: .seconds(0.6))
  narrator.mark("doorman", "opens")
  doors.set()
  _ = await bob.result
}
