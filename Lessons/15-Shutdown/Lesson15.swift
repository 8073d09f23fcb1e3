// Lesson 15 · Shutdown
//
//   asyncio                                  Swift
//   loop.add_signal_handler(SIGTERM, stop)   SignalListener(.terminate) { _ in shutdown.request() }
//   stopping = asyncio.Event()               let shutdown = GracefulShutdown(limit: .seconds(5))
//   queue.shutdown()                         withShutdownHandler { … } onShutdown: { … }
//   async with asyncio.timeout(5): …         (the limit: what is left is cancelled)
//   await asyncio.shield(ledger.close())     try await withCancellationShield { … }
//   os.kill(os.getpid(), SIGTERM)            ProcessSignal.terminate.endThisProcess()
//
// Run me:    swift run Lesson15
// Then try:  Exercises/15-ProducerConsumer

import AsyncPrimitives
import Narration
import Simulation

@main
struct Lesson15 {
  static func main() async {
    await Lesson(15, "Shutdown") {
      Scene("A flag is only seen by who looks", aFlagIsOnlySeenByWhoLooks)
      Scene("Nothing new, and the rest is done", nothingNewAndTheRestIsDone)
      Scene("Up to a limit", whatIsLeftAtTheLimitIsCancelled)
      Scene("A second signal", aSecondSignalCancelsAtOnce)
      Scene("Without a shield, the ledger is lost", withoutAShieldTheLedgerIsLost)
      Scene("The last one to start stops first", theLastOneToStartStopsFirst)
      Scene("Who looks first may come too late", whoLooksFirstMayComeTooLate)
    }.main()
  }
}

/// A flag wakes nobody. A tray that is shut down does: who waits for a letter goes home at once.
func aFlagIsOnlySeenByWhoLooks(_ narrator: Narrator) async throws {
  narrator.say("One looks at a flag when a letter is done. The other's tray is shut down.")
  narrator.lanes("office", "by flag", "by tray")
  let (isClosing, flagged, shut) = (Flag(), AsyncQueue<Int>(), AsyncQueue<Int>())
  try await withThrowingDiscardingTaskGroup { group in
    group.addTask {
      try await narrator.span("by flag") {
        while !isClosing.isSet {
          let letter = try await flagged.get()  // Here it waits, and looks at nothing.
          try await sort(letter, by: "by flag", narrator)
        }
      }
    }
    group.addTask {
      try await narrator.span("by tray") {
        for try await letter in shut.items { try await sort(letter, by: "by tray", narrator) }
      }
    }
    try flagged.tryPut(1)
    try shut.tryPut(1)
    try await Task.sleep(for: .seconds(1))
    narrator.mark("office", "closes")
    isClosing.set()
    shut.shutdown()
    try await Task.sleep(for: .seconds(1))
    narrator.mark("office", "letter 2 arrives by chance")
    try flagged.tryPut(2)
  }
}

/// A door, two sorters, a ledger, and a heart that beats as long as anybody works.
func openMailRoom(
  _ narrator: Narrator, limit: Duration, signals: [TimedSignal],
  close: @escaping @Sendable (Ledger) async throws -> Void = { ledger in
    try await withCancellationShield { try await ledger.close() }
  }
) async throws {
  let room = MailRoom(narrator)
  try await open(room, narrator, limit: limit, signals: signals) { shutdown in
    try await shutdown.run {
      do {
        try await withThrowingDiscardingTaskGroup { group in
          group.addTask { try await room.receive() }
          group.addTask { try await sortUntilShutdown(in: room) }
        }
      } catch {
        try? await close(room.ledger)
        throw error
      }
      try await close(room.ledger)
    }
  }
}

/// On a shutdown, the tray takes nothing in. What it holds is sorted, and then the loops end.
func sortUntilShutdown(in room: MailRoom) async throws {
  try await withShutdownHandler {
    try await withThrowingDiscardingTaskGroup { group in
      group.addTask { await room.beat() }
      try await withThrowingDiscardingTaskGroup { sorting in
        for sorter in sorters {
          sorting.addTask {
            for try await letter in room.tray.items { try await room.sort(letter, by: sorter) }
          }
        }
      }
      group.cancelAll()  // The heart.
    }
  } onShutdown: {
    room.tray.shutdown()
  }
}

/// What was accepted is sorted, whatever time that takes up to the limit.
func nothingNewAndTheRestIsDone(_ narrator: Narrator) async throws {
  try await openMailRoom(narrator, limit: .seconds(5), signals: oneSignal)
}

/// Nobody waits for ever. What is cancelled in the middle goes back, and is counted as left.
func whatIsLeftAtTheLimitIsCancelled(_ narrator: Narrator) async throws {
  try await openMailRoom(narrator, limit: .seconds(0.6), signals: oneSignal)
}

/// Who presses Ctrl-C again does not want to wait. Cancelled is not killed: the ledger is closed.
func aSecondSignalCancelsAtOnce(_ narrator: Narrator) async throws {
  try await openMailRoom(
    narrator, limit: .seconds(5),
    signals: [(.seconds(1.1), .interrupt), (.seconds(1.3), .interrupt)])
}

/// Closing awaits. In a cancelled task that throws at once, and what was written is not on disk.
func withoutAShieldTheLedgerIsLost(_ narrator: Narrator) async throws {
  try await openMailRoom(
    narrator, limit: .seconds(0.6), signals: oneSignal,
    close: { ledger in try await ledger.close() })
}

/// Each service stops when those behind it have: no letter without a sorter, no line without a ledger.
func theLastOneToStartStopsFirst(_ narrator: Narrator) async throws {
  let room = MailRoom(narrator, lanes: ["signal", "ledger", "sorting", "door", "heart"])
  try await open(room, narrator, limit: .seconds(5), signals: oneSignal) { shutdown in
    try await shutdown.run([
      room.service("ledger") {
        try await GracefulShutdown.current?.wait()
        try await room.ledger.close()
      },
      room.service("sorting") { try await sortUntilShutdown(in: room) },
      room.service("door") { try await cancelOnShutdown { try await room.receive() } },
    ])
  }
}

/// Between looking and putting, the door may close, and the sorter may go home.
func whoLooksFirstMayComeTooLate(_ narrator: Narrator) async throws {
  narrator.say("A sender looks whether the office is open, and if so, puts a letter in the tray:")
  await search(narrator) { office in
    guard !office.isClosing.isSet else { return }
    Simulation.note("sees open")
    try await office.tray.put(1)
    office.accept()
  }
  narrator.say("With a tray that is shut down, putting is the looking:")
  await search(narrator, shutsTray: true) { office in
    try await office.tray.put(1)
    office.accept()
  }
}
