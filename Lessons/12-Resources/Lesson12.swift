// Lesson 12 · Resources
//
//   asyncio                                Swift
//   async with open_dome() as dome: …      try await withResource { … } release: { … } body: { … }
//   finally: await dome.close()            a catch and a last line: a defer cannot await
//   (a cancelled task can await again)     try await withCancellationShield { … }
//   async with AsyncExitStack() as stack:  try await withResourceStack { stack in … }
//   await stack.enter_async_context(…)     try await stack.enter { … } release: { … }
//   stack.push_async_callback(…)           try stack.onExit { … }
//
// Run me:    swift run Lesson12
// Then try:  Exercises/12-Workshop

import AsyncPrimitives
import Narration

@main
struct Lesson12 {
  static func main() async {
    await Lesson(12, "Resources") {
      Scene("An error skips what stands behind it", anErrorSkipsWhatStandsBehindIt)
      Scene("Every way out closes the dome", everyWayOutClosesTheDome)
      Scene("A cancelled task cannot wait to clean up", aCancelledTaskCannotWaitToCleanUp)
      Scene("Under a shield it can", underAShieldItCan)
      Scene("The last one opened closes first", theLastOneOpenedClosesFirst)
      Scene("What did not open is not closed", whatDidNotOpenIsNotClosed)
      Scene("One that fails does not stop the others", oneThatFailsDoesNotStopTheOthers)
      Scene("What opens together may stay open", whatOpensTogetherMayStayOpen)
    }.main()
  }
}

/// The closing is the last line, and the error leaves before it.
func anErrorSkipsWhatStandsBehindIt(_ narrator: Narrator) async throws {
  let observatory = Observatory(narrator, ["dome", "photo"], faults: [.clouds("photo")])
  do {
    let dome = try await observatory.open("dome")
    try await observatory.takePhoto()
    try await dome.close()
  } catch {
    narrator.tell("the night ends: \(error)")
  }
  narrator.tell("still open: \(observatory.stillOpen)")
}

/// A scope belongs to its resource: its end closes the dome, and waits until that is done.
func everyWayOutClosesTheDome(_ narrator: Narrator) async throws {
  let names = ["clear", "clouds", "rain"]
  let observatory = Observatory(narrator, names, faults: [.clouds("clouds")])
  let nights = names.map { name in
    Task {
      try await withResource {
        try await observatory.open("dome", lane: name)
      } release: { dome in
        try await dome.close()
      } body: { _ in
        try await observatory.takePhoto(lane: name)
      }
    }
  }
  try await Task.sleep(for: .milliseconds(700))
  nights[2].cancel()
  for (name, night) in zip(names, nights) {
    narrator.say("\(name): \(words(for: await night.result))")
  }
  narrator.tell("still open: \(observatory.stillOpen)")
}

/// The night is cancelled, and stays cancelled: closing awaits, and what awaits throws at once.
func aCancelledTaskCannotWaitToCleanUp(_ narrator: Narrator) async throws {
  try await observeUntilItRains(narrator) { dome in try await dome.close() }
}

/// The shield runs the closing where the cancellation does not reach, and waits until it is done.
func underAShieldItCan(_ narrator: Narrator) async throws {
  try await observeUntilItRains(narrator) { dome in
    try await withCancellationShield { try await dome.close() }
  }
}

func observeUntilItRains(
  _ narrator: Narrator, close: @escaping @Sendable (Part) async throws -> Void
) async throws {
  let observatory = Observatory(narrator, ["sky", "dome", "photo"])
  let night = Task {
    let dome = try await observatory.open("dome")
    do {
      try await observatory.takePhoto()
    } catch {
      do {
        try await close(dome)
      } catch {
        narrator.tell("closing throws \(error)")
      }
      throw error
    }
    try await close(dome)
  }
  try await Task.sleep(for: .milliseconds(600))
  narrator.mark("sky", "it rains")
  night.cancel()
  _ = await night.result
  narrator.tell("the night is over; still open: \(observatory.stillOpen)")
}

let parts = ["dome", "telescope", "camera"]

/// Each part stands on those before it: the stack closes them in the opposite order.
func theLastOneOpenedClosesFirst(_ narrator: Narrator) async throws {
  try await observe(narrator)
}

/// An opening that fails leaves the scope. The stack knows what had been opened by then.
func whatDidNotOpenIsNotClosed(_ narrator: Narrator) async throws {
  try await observe(narrator, faults: [.doesNotOpen("camera")])
}

/// All are closed that can be. The caller hears of what went wrong before, and of what did then.
func oneThatFailsDoesNotStopTheOthers(_ narrator: Narrator) async throws {
  try await observe(narrator, faults: [.clouds("photo"), .doesNotClose("telescope")])
}

func observe(_ narrator: Narrator, faults: Set<Fault> = []) async throws {
  let observatory = Observatory(narrator, parts + ["photo"], faults: faults)
  do {
    try await withResourceStack { stack in
      for part in parts {
        _ = try await stack.enter {
          try await observatory.open(part)
        } release: { part in
          try await part.close()
        }
      }
      try await observatory.takePhoto()
    }
  } catch {
    narrator.tell("\(error)")
  }
  narrator.tell("still open: \(observatory.stillOpen)")
}

/// One fails to open, and the other has opened by then, or not: that depends on the schedule.
func whatOpensTogetherMayStayOpen(_ narrator: Narrator) async throws {
  narrator.say("Dome and camera open at once, each in a child task. The camera fails:")
  await search(narrator) { observatory in
    let parts = try await gather(["dome", "camera"]) { try await observatory.open($0) }
    for part in parts.reversed() { try await observatory.close(part) }
  }
  narrator.say("On a stack, where each is to be closed from the moment that it is open:")
  await search(narrator) { observatory in
    try await withResourceStack { stack in
      for part in ["dome", "camera"] {
        _ = try await stack.enter {
          try await observatory.open(part)
        } release: { part in
          try await observatory.close(part)
        }
      }
    }
  }
}
