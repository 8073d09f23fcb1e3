// The scenes of lesson 7 that take an AsyncStream for a queue, and what comes of it.

import AsyncPrimitives
import Narration

/// `yield` never waits for room: a stream keeps whatever comes, or it drops what does not fit.
func aStreamMakesNobodyWait(_ narrator: Narrator) async throws {
  let bakery = Bakery(narrator, bakers + ["van 1"])
  let (stream, shelf) = AsyncStream.makeStream(of: Loaf.self, bufferingPolicy: .bufferingOldest(2))
  try await withThrowingDiscardingTaskGroup { group in
    group.addTask {
      try await bakery.shift(of: "van 1") {
        for await loaf in stream { try await bakery.deliver(loaf, with: "van 1") }
      }
    }
    try await withThrowingDiscardingTaskGroup { baking in
      for baker in bakers {
        baking.addTask {
          for number in 1...5 {
            let result = try await shelf.yield(bakery.bake(number, by: baker))
            if case .dropped(let loaf) = result { narrator.tell("no room: \(loaf) is dropped") }
          }
        }
      }
    }
    shelf.finish()
  }
}

/// A van is called back. The stream takes that for the end, and the other vans go home with it.
func whoLeavesAStreamEndsItForAll(_ narrator: Narrator) async throws {
  let bakery = Bakery(narrator, ["baker c"] + vans)
  let (stream, shelf) = AsyncStream.makeStream(of: Loaf.self)
  let drivers = vans.map { van in
    Task {
      try await bakery.shift(of: van) {
        for await loaf in stream { try await bakery.deliver(loaf, with: van) }
      }
      narrator.tell("\(van) hears that there is no more")
    }
  }
  for number in 1...6 {
    let loaf = try await bakery.bake(number, by: "baker c")
    if number == 4 { drivers[0].cancel() }
    if case .terminated = shelf.yield(loaf) { narrator.tell("\(loaf) is taken by nobody") }
  }
  shelf.finish()
  for driver in drivers { _ = await driver.result }
}

/// The same with a queue: the van that is called back hears of it, and nobody else does.
func whoLeavesAQueueLeavesAlone(_ narrator: Narrator) async throws {
  let bakery = Bakery(narrator, ["baker c"] + vans)
  let shelf = AsyncQueue<Loaf>()
  let drivers = vans.map { van in
    Task {
      try await bakery.shift(of: van) {
        for try await loaf in shelf.items { try await bakery.deliver(loaf, with: van) }
      }
      narrator.tell("\(van) hears that there is no more")
    }
  }
  for number in 1...6 {
    let loaf = try await bakery.bake(number, by: "baker c")
    if number == 4 { drivers[0].cancel() }
    try await shelf.put(loaf)
  }
  shelf.shutdown()
  for driver in drivers { _ = await driver.result }
}
