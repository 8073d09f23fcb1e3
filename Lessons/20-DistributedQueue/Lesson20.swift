// Lesson 20 · DistributedQueue
//
//   Celery, arq                           Swift
//   app = Celery(broker="redis://…")      let broker = try RedisBroker("redis://…"), or MemoryBroker()
//   @app.task def thumbnail(…): …         handlers.on("thumbnail") { photo in … }
//   thumbnail.apply_async(task_id=…)      try await broker.submit(Job("beach", "thumbnail", …))
//   celery -A app worker                  swift run Lesson20 worker --redis redis://127.0.0.1:6379
//   acks_late=True                        the only way there is
//   self.retry(countdown=2 ** retries)    throw from the handler: 1, 2, 4 seconds
//   AsyncResult(id).ready()               try await broker.status(of: id)?.ready
//   visibility_timeout                    BrokerSettings(visibility: …), and leases are renewed
//
// Run me:    swift run Lesson20
// For real:  swift run Lesson20 --redis redis://127.0.0.1:6379
// Then try:  Exercises/20-Worker

import Broker
import Narration

@main
struct Lesson20 {
  static func main() async {
    await Lesson(
      20, "Distributed queue", options: [redisOption], commands: [workerCommand, serveCommand]
    ) {
      Scene("Who submits does not wait", whoSubmitsDoesNotWait)
      Scene("A worker dies, and its job does not", aWorkerDiesAndItsJobDoesNot)
      Scene("When to acknowledge", acknowledgedTooEarlyIsLost)
      Scene("Slower than its lease", aLeaseIsRenewedOrTheJobIsDoneTwice)
      Scene("Tried again, and given up", whatFailsIsTriedAgainAndThenGivenUp)
      Scene("The same id is the same job", theSameIdIsTheSameJob)
      Scene("Its state is a page away", itsStateIsAPageAway)
    }.main()
  }
}

/// The shop writes its notes and goes on. Two workers do what they say, whoever is free.
func whoSubmitsDoesNotWait(_ narrator: Narrator) async throws {
  narrator.say("A shop wants its photos made small. It does not do that itself.")
  try await withStudio(narrator, lanes: ["shop", "ann", "bob"]) { studio in
    let photos = [("beach", 0.8), ("fog", 0.4), ("cat", 0.6), ("dune", 1.0), ("elk", 0.4)]
    for (name, seconds) in photos { try await studio.submit(name, Work(seconds: seconds)) }
    narrator.mark("shop", "all \(photos.count) jobs submitted")
    try await studio.hire("ann")
    try await studio.hire("bob")
    var rows: [[String]] = []
    for (name, _) in photos {
      guard let status = try await studio.outcome(of: name) else { continue }
      rows.append([name, status.state.rawValue, status.value ?? ""])
    }
    narrator.table(header: ["job", "state", "value"], rows: rows)
  }
}

/// A worker has its job on lease, and says from time to time that it lives. The dead say nothing.
func aWorkerDiesAndItsJobDoesNot(_ narrator: Narrator) async throws {
  let visibility = Duration.seconds(2)
  narrator.say("Who says nothing about a job for \(visibility) loses it to somebody else.")
  try await withStudio(narrator, lanes: ["ann", "bob"], visibility: visibility) { studio in
    try await studio.hire("ann")
    try await studio.submit("beach", Work(seconds: 1.6))
    try await Task.sleep(for: .seconds(0.2))
    try await studio.hire("bob")
    try await studio.submit("fog", Work(seconds: 0.4))
    try await Task.sleep(for: .seconds(0.8))
    narrator.mark("ann", "is killed")
    await studio.kill("ann")
    let status = try await studio.outcome(of: "beach")
    narrator.tell("beach: \(status?.attempts ?? 0) attempts, done by \(status?.worker ?? "nobody")")
  }
}

/// Under 200 schedules, a worker is killed somewhere between taking its job and the end of it.
func acknowledgedTooEarlyIsLost(_ narrator: Narrator) async throws {
  narrator.say("A job charges a card. Ann takes it and is killed, at any moment. Bob comes next.")
  var rows: [[String]] = []
  let schedules = 200
  for way in Way.all {
    let charges = await charges(way, under: schedules)
    rows.append([way.name] + [0, 1, 2].map { number in "\(charges.count { $0 == number })" })
  }
  narrator.table(header: ["\(schedules) schedules", "never charged", "once", "twice"], rows: rows)
  for way in Way.all { await show(way, narrator) }
}

/// The photo takes three seconds, its lease lasts one. Silent, ann loses it while she works.
func aLeaseIsRenewedOrTheJobIsDoneTwice(_ narrator: Narrator) async throws {
  narrator.say("A slow machine needs longer for a photo than the broker waits for a word.")
  for renews in [false, true] {
    try await withStudio(narrator, lanes: ["ann", "bob"], visibility: .seconds(1)) { studio in
      try await studio.submit("huge", Work(seconds: 3, secondsAgain: 0.5))
      try await studio.hire("ann", renews: renews)
      try await Task.sleep(for: .seconds(0.1))
      try await studio.hire("bob", renews: renews)
      try await Task.sleep(for: .seconds(3.2))
      let status = try await studio.outcome(of: "huge")
      narrator.tell(
        "huge: done by \(status?.worker ?? "nobody"), attempts: \(status?.attempts ?? 0)")
    }
    narrator.draw(caption: renews ? "Ann renews her lease:" : "Ann works in silence:")
  }
}

/// The pause doubles: 1, 2, 4 seconds. After the third retry, somebody has to look at it.
func whatFailsIsTriedAgainAndThenGivenUp(_ narrator: Narrator) async throws {
  narrator.say("One job fails twice, one always; of the third, nobody knows what it is.")
  let lanes = ["busy", "broken", "unknown"]
  try await withStudio(narrator, lanes: lanes, byJob: true) { studio in
    try await studio.hire("ann")
    try await studio.submit("busy", Work(seconds: 0.2, failures: 2))
    try await studio.submit("broken", Work(seconds: 0.2, failures: 9))
    try await studio.broker.submit(studio.job("unknown", "nonsense", Work(seconds: 0.2)))
    for job in lanes { _ = try await studio.outcome(of: job) }
    let dead = try await studio.broker.deadLetters(limit: 10)
    narrator.table(
      header: ["dead letter", "attempts", "why"],
      rows: dead.map { [$0.id, "\($0.attempts)", $0.error ?? ""] })
  }
}

/// The shop's customer presses the button twice; a lost answer makes a program ask twice.
func theSameIdIsTheSameJob(_ narrator: Narrator) async throws {
  let lifetime = Duration.seconds(1)
  narrator.say("A job that is known is not taken again, until its result is \(lifetime) old.")
  try await withStudio(narrator, lanes: ["shop", "ann"], lifetime: lifetime) { studio in
    for time in ["first", "second"] {
      let isNew = try await studio.submit("beach", Work(seconds: 0.5))
      narrator.mark("shop", "\(time) time: \(isNew ? "accepted" : "known already")")
    }
    try await studio.hire("ann")
    _ = try await studio.outcome(of: "beach")
    let isNew = try await studio.submit("beach", Work(seconds: 0.5))
    narrator.mark("shop", "when done: \(isNew ? "accepted" : "known already")")
    try await Task.sleep(for: .seconds(1.2))
    let isNewAgain = try await studio.submit("beach", Work(seconds: 0.5))
    narrator.mark("shop", "when forgotten: \(isNewAgain ? "accepted" : "known already")")
    _ = try await studio.outcome(of: "beach")
  }
}

/// Who has submitted a job and gone asks for it by its id, whenever, from anywhere.
func itsStateIsAPageAway(_ narrator: Narrator) async throws {
  try await withStudio(narrator, lanes: ["ann"]) { studio in
    try await withStatusServer(narrator, of: studio.broker) { get in
      let ask = {
        narrator.tell("GET /task/beach")
        narrator.say(try await get("/task/beach"))
      }
      try await studio.submit("beach", Work(seconds: 0.6))
      try await ask()
      try await studio.hire("ann")
      try await Task.sleep(for: .seconds(0.3))
      try await ask()
      _ = try await studio.outcome(of: "beach")
      try await ask()
      narrator.tell("GET /task/nonsense")
      narrator.say(try await get("/task/nonsense"))
    }
  }
}
