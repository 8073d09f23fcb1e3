// Lesson 8 · Semaphore
//
//   asyncio                                Swift
//   limit = asyncio.BoundedSemaphore(3)    let plugs = AsyncSemaphore(limit: 3)
//   permits = asyncio.Semaphore(3)         AsyncSemaphore(permits: 3), which anybody may raise
//   async with limit: …                    try await plugs.withPermit { … }
//   (two permits: not in asyncio)          try await plugs.withPermits(2) { … }
//   await limit.acquire()                  try await plugs.acquire()
//   limit.release()                        try plugs.release()
//   limit.locked()                         plugs.isLocked
//
// Run me:    swift run Lesson08
// Then try:  Exercises/08-ConnectionPool

import AsyncPrimitives
import Narration
import Simulation

@main
struct Lesson08 {
  static func main() async {
    await Lesson(8, "Semaphore") {
      Scene("Ten cars, three at a time", tenCarsThreeAtATime)
      Scene("First come, first served", firstComeFirstServed)
      Scene("A permit comes back on every exit", aPermitComesBackOnEveryExit)
      Scene("Two permits, one after the other", oneAfterTheOtherWaitsForEver)
      Scene("Two permits at once", bothAtOnceIsAllOrNothing)
      Scene("A limit notices one release too many", aLimitNoticesOneReleaseTooMany)
      Scene("A limiter wraps any operation", aLimiterWrapsAnyOperation)
    }.main()
  }
}

/// Whoever has one of three permits charges. Whoever has none awaits one, without a thread.
func tenCarsThreeAtATime(_ narrator: Narrator) async throws {
  let cars = (1...10).map { "car \($0)" }
  let station = Station(narrator, lanes: cars)
  let plugs = AsyncSemaphore(limit: 3, "plugs")
  try await gather(cars.indices) { index in
    // Not all at once: "first come, first served" is to have a first.
    try await Task.sleep(for: .seconds(0.1) * index)
    try await station.visit(cars[index]) {
      try await plugs.withPermit { try await station.charge(cars[index], for: 1.0) }
    }
  }
  narrator.tell("all \(cars.count) have charged, at most \(station.mostAtOnce) at a time")
}

/// The order of arrival is the order of service, also where a later one would fit in earlier.
func firstComeFirstServed(_ narrator: Narrator) async throws {
  let station = Station(narrator, lanes: ["car 1", "car 2", "bus", "car 3"])
  let plugs = AsyncSemaphore(limit: 3, "plugs")
  let arrivals: [(vehicle: String, at: Double, plugs: Int, time: Double)] = [
    ("car 1", 0.0, 1, 1.0), ("car 2", 0.1, 1, 1.5), ("bus", 0.2, 2, 1.0), ("car 3", 0.4, 1, 0.5),
  ]
  async let visits: [Void] = gather(arrivals) { arrival in
    try await Task.sleep(for: .seconds(arrival.at))
    try await station.visit(arrival.vehicle) {
      try await plugs.withPermits(arrival.plugs) {
        try await station.charge(arrival.vehicle, for: arrival.time)
      }
    }
  }
  try await Task.sleep(for: .seconds(0.5))
  narrator.tell("in use: \(station.inUse) of 3; waiting: \(plugs.waiterCount)")
  narrator.tell("free for a newcomer: \(plugs.availablePermits)")
  _ = try await visits
}

/// Ann leaves as planned, Bob with an error; Cem and Dan are cancelled. Eve gets her turn.
func aPermitComesBackOnEveryExit(_ narrator: Narrator) async throws {
  let drivers = ["ann", "bob", "cem", "dan", "eve"]
  let station = Station(narrator, lanes: drivers, refusing: "bob")
  let charger = AsyncSemaphore(limit: 1, "charger")
  let visits = drivers.indices.map { index in
    Task {
      try await Task.sleep(for: .seconds(0.1) * index)
      try await station.visit(drivers[index]) {
        try await charger.withPermit { try await station.charge(drivers[index], for: 0.6) }
      }
    }
  }
  let (cem, dan) = (visits[2], visits[3])
  try await Task.sleep(for: .seconds(0.8))
  dan.cancel()  // While he waits: he leaves the line, and has nothing to give back.
  try await Task.sleep(for: .seconds(0.7))
  cem.cancel()  // While he charges: his charging throws, and the scope gives his permit back.
  for visit in visits { _ = await visit.result }
  narrator.tell("free again: \(charger.availablePermits) of 1")
}

/// Each bus needs two plugs. Each gets one, keeps it, and waits for ever for another.
func oneAfterTheOtherWaitsForEver(_ narrator: Narrator) async throws {
  narrator.say("Two plugs, and two buses that need two each: first one, then the other.")
  let search = await Simulation.explore { _ in
    try await twoBuses { plugs in
      try await plugs.withPermit {
        try await plugs.withPermit { Simulation.note("charges") }
      }
    }
  }
  show(search, narrator)
}

/// Asking for both in one request leaves nobody with half of what it needs.
func bothAtOnceIsAllOrNothing(_ narrator: Narrator) async throws {
  narrator.say("The same buses, but each asks for both in one request. Every schedule:")
  let search = await Simulation.exploreAll { _ in
    try await twoBuses { plugs in
      try await plugs.withPermits(2) { Simulation.note("charges") }
    }
  }
  show(search, narrator)
}

/// A plain counter believes in the permit that nobody had. One with a limit says that it is wrong.
func aLimitNoticesOneReleaseTooMany(_ narrator: Narrator) async throws {
  narrator.say("By mistake, somebody releases what nobody had. Then four cars come.")
  let semaphores = [AsyncSemaphore(permits: 2), AsyncSemaphore(limit: 2, "plugs")]
  for (semaphore, caption) in zip(semaphores, ["permits: 2", "limit: 2"]) {
    let cars = (1...4).map { "car \($0)" }
    let station = Station(narrator, lanes: cars)
    do { try semaphore.release() } catch { narrator.say("\(error)") }
    try await gather(cars.indices) { index in
      try await Task.sleep(for: .seconds(0.1) * index)
      try await station.visit(cars[index]) {
        try await semaphore.withPermit { try await station.charge(cars[index], for: 0.6) }
      }
    }
    narrator.draw(caption: "\(caption). At a time: \(station.mostAtOnce)")
  }
}

/// Makes of an operation one that at most so many callers perform at the same time.
func limited<Input: Sendable, Output: Sendable>(
  to limit: Int, _ operation: @escaping @Sendable (Input) async throws -> Output
) -> @Sendable (Input) async throws -> Output {
  let semaphore = AsyncSemaphore(limit: limit)
  return { input in try await semaphore.withPermit { try await operation(input) } }
}

/// The limit belongs to the operation: its callers neither see it nor know of each other.
func aLimiterWrapsAnyOperation(_ narrator: Narrator) async throws {
  let station = Station(narrator, lanes: ["van 1", "van 2", "van 3", "car 1", "car 2"])
  let charge = limited(to: 2) { vehicle in try await station.charge(vehicle, for: 0.5) }
  async let fleet = gather(["van 1", "van 2", "van 3"]) { van in
    try await station.visit(van) { try await charge(van) }
  }
  async let guests = gather(["car 1", "car 2"]) { car in
    try await Task.sleep(for: .seconds(0.1))
    return try await station.visit(car) { try await charge(car) }
  }
  let energy = try await fleet + guests
  narrator.tell("charged: \(energy.reduce(0, +)) kWh, at most \(station.mostAtOnce) at a time")
}
