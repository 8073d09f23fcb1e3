// Lesson 3 · Gather
//
//   asyncio                                   Swift
//   await gather(cover(), count())            async let cover = …, count = …; await (cover, count)
//   await gather(*map(load, photos))          try await gather(photos) { try await load($0) }
//   gather(*coros, return_exceptions=True)    try await gatherOutcomes(photos) { … }
//   await gather(*tasks)                      try await gather(handles, onFailure: .leaveRunning)
//   a semaphore in every coroutine            try await gather(photos, limit: 2) { … }
//   async with TaskGroup() as group: …        try await withThrowingTaskGroup { group in … }
//
// Run me:  swift run Lesson03
// Then try: Exercises/03-RollCall

import AsyncPrimitives
import Narration

/// What the archive, in Archive.swift, is asked for.
let photos = ["beach", "forest", "lake", "museum"]

@main
struct Lesson03 {
  static func main() async {
    await Lesson(3, "Gather") {
      Scene("async let gives each result a name", asyncLetGivesEachResultAName)
      Scene("A group answers in order of arrival", aGroupAnswersInOrderOfArrival)
      Scene("gather keeps the order of its arguments", gatherKeepsArgumentOrder)
      Scene("A limit keeps the others waiting", aLimitKeepsTheOthersWaiting)
      Scene("The first error cancels the others", theFirstErrorCancelsTheOthers)
      Scene("The error waits for the last child", theErrorWaitsForTheLastChild)
      Scene("asyncio lets the others run on", asyncioLetsTheOthersRunOn)
      Scene("Every outcome can be kept, and treated", everyOutcomeCanBeKept)
    }.main()
  }
}

/// Both child tasks run from their `async let` on; each result has its own name and its own type.
func asyncLetGivesEachResultAName(_ narrator: Narrator) async throws {
  let archive = Archive(narrator)
  async let cover = archive.load("beach")
  async let count = archive.countPhotos()
  let (file, number) = try await (cover, count)
  narrator.tell("album: \(number) photos, \(file) on the cover")
}

/// A group hands results over as they arrive; an index puts them where they belong.
func aGroupAnswersInOrderOfArrival(_ narrator: Narrator) async throws {
  let archive = Archive(narrator)
  var arrived: [String] = []
  var files = photos.map { _ in "" }
  try await withThrowingTaskGroup(of: (Int, String).self) { group in
    for (index, photo) in photos.enumerated() {
      group.addTask { (index, try await archive.load(photo)) }
    }
    for try await (index, file) in group {
      arrived.append(file)
      files[index] = file
    }
  }
  narrator.say("as they arrived: \(arrived.joined(separator: ", "))")
  narrator.say("by their index: \(files.joined(separator: ", "))")
}

/// `gather` is that group in one line: however its children finish, the results are in order.
func gatherKeepsArgumentOrder(_ narrator: Narrator) async throws {
  let archive = Archive(narrator)
  let files = try await gather(photos) { try await archive.load($0) }
  narrator.say("gather returns: \(files.joined(separator: ", "))")
}

/// With a limit of two, a photo starts when one before it has ended. The order stays.
func aLimitKeepsTheOthersWaiting(_ narrator: Narrator) async throws {
  let archive = Archive(narrator)
  let files = try await gather(photos, limit: 2) { try await archive.load($0) }
  narrator.say("gather returns: \(files.joined(separator: ", "))")
}

/// The first error cancels the children that still run. These listen, so all ends at once.
func theFirstErrorCancelsTheOthers(_ narrator: Narrator) async {
  let archive = Archive(narrator, problems: ["forest": .notFound])
  do {
    _ = try await narrator.span("gather") {
      try await gather(photos) { try await archive.load($0) }
    }
  } catch {
    narrator.tell("the caller catches: \(error)")
  }
}

/// A scope ends after its last child. One that ignores its cancellation holds the error up.
func theErrorWaitsForTheLastChild(_ narrator: Narrator) async {
  let archive = Archive(narrator, problems: ["forest": .notFound], unstoppable: ["beach"])
  do {
    _ = try await narrator.span("gather") {
      try await gather(photos) { try await archive.load($0) }
    }
  } catch {
    narrator.tell("the caller catches: \(error)")
  }
}

/// Handles belong to no scope: the error is thrown at once, and the others run on unattended.
func asyncioLetsTheOthersRunOn(_ narrator: Narrator) async throws {
  let archive = Archive(narrator, problems: ["forest": .notFound])
  let handles = photos.map { photo in TaskHandle(name: photo) { try await archive.load(photo) } }
  do {
    _ = try await narrator.span("gather") { try await gather(handles, onFailure: .leaveRunning) }
  } catch {
    narrator.tell("the caller catches: \(error); still running: \(handles.count { !$0.isDone })")
  }
  // Without this line they would run on behind the next scene, and nobody would see how they end.
  let files = try await gatherOutcomes(handles).compactMap { try? $0.get() }
  narrator.tell("loaded after all: \(files.joined(separator: ", "))")
}

/// Keeping every outcome loses nothing, and lets the program decide what to do about each kind.
func everyOutcomeCanBeKept(_ narrator: Narrator) async throws {
  let archive = Archive(
    narrator, problems: ["forest": .timedOut, "lake": .corrupted, "harbour": .notFound])
  let wanted = photos + ["harbour"]
  let outcomes = try await gatherOutcomes(wanted) { try await archive.load($0) }

  var treated: [Treatment: [String]] = [:]
  for (photo, outcome) in zip(wanted, outcomes) {
    treated[treatment(of: outcome), default: []].append(photo)
  }
  let again = try await gatherOutcomes(treated[.retry] ?? []) { photo in
    try await archive.load(photo, attempt: 2)
  }
  narrator.table(
    header: ["treatment", "photos", "which"],
    rows: Treatment.allCases.map { treatment in
      let names = treated[treatment] ?? []
      return ["\(treatment)", "\(names.count)", names.joined(separator: ", ")]
    })
  narrator.say("Loaded by the second attempt: \(again.count { (try? $0.get()) != nil })")
}

enum Treatment: CaseIterable { case keep, log, retry, alert }

/// A timeout may pass, a missing photo will not turn up, and a broken one needs a person.
func treatment(of outcome: Result<String, any Error>) -> Treatment {
  switch outcome {
  case .success: .keep
  case .failure(PhotoError.timedOut): .retry
  case .failure(PhotoError.notFound): .log
  case .failure: .alert  // Also what nobody foresaw: that is the last thing to keep quiet about.
  }
}
