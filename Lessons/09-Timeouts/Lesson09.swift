// Lesson 9 · Timeouts
//
//   asyncio                                  Swift
//   await asyncio.wait_for(ask(), 1)         try await withTimeout(.seconds(1)) { try await ask() }
//   async with asyncio.timeout(1): …         the same: the braces are the block
//   async with asyncio.timeout_at(when): …   try await withTimeout(until: deadline) { … }
//   timeout.reschedule(when)                 try scope.reschedule(after: .seconds(1))
//   except TimeoutError: …                   catch is TimeoutError { … }
//   wait([task], timeout=1); task.cancel()   try await withAbandoningTimeout(.seconds(1)) { … }
//
// Run me:    swift run Lesson09
// Then try:  Exercises/09-Deadline

import AsyncPrimitives
import Narration

@main
struct Lesson09 {
  static func main() async {
    await Lesson(9, "Timeouts") {
      Scene("Around one call", aTimeoutLimitsOneCall)
      Scene("Around a block", oneLimitBoundsAllThatIsInside)
      Scene("One inside another", theLimitThatIsUpFirstCuts)
      Scene("After a timeout", aHandledTimeoutLeavesTheTaskUsable)
      Scene("A limit that moves", everyPieceBuysMoreTime)
      Scene("Who does not listen", aTimeoutAwaitsWhoDoesNotListen)
      Scene("Leaving it behind", abandoningGoesOnWithoutTheResult)
      Scene("A homemade timeout", aRaceCanLoseWhatItHasWon)
    }.main()
  }
}

/// When its time is up, the call is cancelled, and the caller hears why. A call in time is a call.
func aTimeoutLimitsOneCall(_ narrator: Narrator) async throws {
  let desk = TravelDesk(narrator)
  do {
    let answer = try await withTimeout(.seconds(1)) { try await desk.ask("weather") }
    narrator.tell("in time: \(answer)")
  } catch let error as TimeoutError {
    narrator.tell("the caller catches: \(error)")
  }
  let answer = try await withTimeout(.seconds(1)) { try await desk.ask("timetable") }
  narrator.tell("in time: \(answer)")
}

/// Three limits allow three times as much. One limit around all three is a promise to the caller.
func oneLimitBoundsAllThatIsInside(_ narrator: Narrator) async throws {
  let desk = TravelDesk(narrator)
  for service in journey {
    _ = try await withTimeout(.seconds(1.5)) { try await desk.ask(service) }
  }
  narrator.draw(caption: "A limit around each:")

  var answers: [String] = []
  do {
    try await withTimeout(.seconds(1.5)) {
      for service in journey { answers.append(try await desk.ask(service)) }
    }
  } catch let error as TimeoutError {
    narrator.tell("\(error); answers so far: \(answers.joined(separator: ", "))")
  }
  narrator.draw(caption: "One limit around all:")
}

/// Each attempt has a limit, and all of them together have one. An inner limit extends no outer one.
func theLimitThatIsUpFirstCuts(_ narrator: Narrator) async throws {
  let desk = TravelDesk(narrator)
  do {
    try await withTimeout(.seconds(2)) {
      for attempt in 1...5 {
        do {
          _ = try await withTimeout(.seconds(0.8)) { try await desk.ask("weather") }
        } catch is TimeoutError {
          // The inner limit's. When the outer one is up, the attempt ends by CancellationError.
          narrator.tell("attempt \(attempt): too slow")
        }
      }
    }
  } catch is TimeoutError {
    narrator.tell("all attempts together: too slow")
  }
}

/// What a timeout cancels is the operation. The task that handles the error can go on.
func aHandledTimeoutLeavesTheTaskUsable(_ narrator: Narrator) async throws {
  let desk = TravelDesk(narrator)
  _ = try? await withTimeout(.seconds(0.5)) { try await desk.ask("weather") }
  narrator.tell("cancelled: \(Task.isCancelled); the caller asks again")
  _ = try await desk.ask("timetable")
  narrator.draw(caption: "The operation is cancelled:")

  let caller = Task {
    _ = try? await desk.ask("weather")
    narrator.tell("cancelled: \(Task.isCancelled); the caller asks again")
    return try await desk.ask("timetable")
  }
  try await Task.sleep(for: .seconds(0.5))
  caller.cancel()  // The caller's own task, and from now on all that it will ever await.
  _ = await caller.result
  narrator.draw(caption: "The caller's own task is cancelled:")
}

/// A limit on silence, not on work: while pieces come, it moves on. When they stop coming, it ends.
func everyPieceBuysMoreTime(_ narrator: Narrator) async throws {
  let patience = Duration.seconds(0.8)
  let pauses: [Double] = [0.4, 0.6, 0.3, 0.5, 2]
  do {
    try await withTimeout(patience) { scope in
      try await narrator.span("download") {
        for (index, pause) in pauses.enumerated() {
          try await Task.sleep(for: .seconds(pause))
          narrator.mark("download", "\(index + 1) of \(pauses.count)")
          try scope.reschedule(after: patience)
        }
      }
    }
  } catch is TimeoutError {
    narrator.tell("nothing came for \(patience.inSeconds)")
  }
}

/// Cancelling is asking. A scope ends after its last child, so a deaf one makes the timeout late.
func aTimeoutAwaitsWhoDoesNotListen(_ narrator: Narrator) async throws {
  let desk = TravelDesk(narrator, isDeaf: true)
  do {
    try await narrator.span("caller", "the weather", kind: .waiting) {
      try await withTimeout(.seconds(0.5)) {
        _ = try await desk.ask("weather")
        try Task.checkCancellation()  // Without this, an answer that is late is an answer.
      }
    }
  } catch is TimeoutError {
    narrator.tell("the caller goes on without the weather")
  }
}

/// The caller goes on in time. What it left behind goes on as well, and its answer is dropped.
func abandoningGoesOnWithoutTheResult(_ narrator: Narrator) async throws {
  let desk = TravelDesk(narrator, isDeaf: true)
  let ended = Future<Void>("the weather's end")
  do {
    try await narrator.span("caller", "the weather", kind: .waiting) {
      _ = try await withAbandoningTimeout(.seconds(0.5)) {
        defer { try? ended.succeed(()) }
        return try await desk.ask("weather")
      }
    }
  } catch is TimeoutError {
    narrator.tell("the caller goes on without the weather")
  }
  // Whoever abandons something does not await it. A scene does, for the sake of the next one.
  try await ended.value
}

/// A result that is there when the time is up must not be thrown away: it may be a seat.
func aRaceCanLoseWhatItHasWon(_ narrator: Narrator) async throws {
  narrator.say("One seat is left. Reserving it takes just as long as the limit:")
  show(await search { seats in try await race(.seconds(1), seats.reserve) }, narrator)
  narrator.say("With withTimeout, it is either reserved or free:")
  show(await search { try await withTimeout(.seconds(1), operation: $0.reserve) }, narrator)
}
