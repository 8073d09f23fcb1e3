// Where the signals of lesson 15 come from, and its search for a schedule.

import AsyncPrimitives
import Narration
import Simulation
import Synchronization

/// A signal, and when the lesson sends it to itself.
typealias TimedSignal = (after: Duration, signal: ProcessSignal)

/// What a supervisor does: it asks once.
let oneSignal: [TimedSignal] = [(.seconds(1.1), .terminate)]

/// Hears of signals, from the lesson itself and from outside. With `--virtual`, there is no outside:
/// time is simulated, and a real signal ends the lesson at once.
final class SignalPost: Sendable {
  private let narrator: Narrator
  private let shutdown: GracefulShutdown
  private let listener: SignalListener?
  private let state: Tally

  private final class Tally: Sendable {
    let counts = Mutex((sent: 0, last: ProcessSignal?.none, heard: 0))

    /// What somebody else has sent: more has been heard of than we have sent.
    var fromOutside: ProcessSignal? { counts.withLock { $0.heard > $0.sent ? $0.last : nil } }
  }

  /// Listens from now on, and passes on every signal as a request.
  init(_ narrator: Narrator, _ shutdown: GracefulShutdown) {
    let state = Tally()
    (self.narrator, self.shutdown, self.state) = (narrator, shutdown, state)
    guard !narrator.isVirtual else {
      listener = nil
      return
    }
    listener = SignalListener(.interrupt, .terminate) { signal in
      state.counts.withLock { ($0.heard, $0.last) = ($0.heard + 1, signal) }
      Self.pass(signal, to: shutdown, narrator)
    }
  }

  /// Sends signals to this process, unless somebody outside has done so before.
  func send(_ signals: [TimedSignal]) async {
    var now = Duration.zero
    for (time, signal) in signals {
      try? await Task.sleep(for: time - now)
      if Task.isCancelled || state.fromOutside != nil { return }
      now = time
      if let listener, listener.hears(signal) {
        state.counts.withLock { $0.sent += 1 }
        signal.sendToThisProcess()
      } else {
        // Simulated; or the shell wants this process to ignore it, as it does for `job &`.
        Self.pass(signal, to: shutdown, narrator)
      }
    }
  }

  private static func pass(
    _ signal: ProcessSignal, to shutdown: GracefulShutdown, _ narrator: Narrator
  ) {
    narrator.mark("signal", "\(signal)")
    let step = shutdown.request()
    narrator.tell(step == .draining ? "nothing new is taken in" : "the rest is cancelled")
  }

  /// Hears of nothing more. If somebody outside wants the lesson to end, it does.
  func close() {
    listener?.stop()
    guard let signal = state.fromOutside else { return }
    narrator.draw()
    narrator.say("\(signal) came from outside: the lesson ends by it.")
    signal.endThisProcess()
  }
}

/// Runs the work of a room until somebody sends a signal, and counts everything when it has stopped.
func open(
  _ room: MailRoom, _ narrator: Narrator, limit: Duration, signals: [TimedSignal],
  work: @escaping @Sendable (GracefulShutdown) async throws -> Void
) async throws {
  narrator.say("Letters come in, and two people sort them. Time to finish: \(limit).")
  let shutdown = GracefulShutdown(limit: limit)
  let post = SignalPost(narrator, shutdown)  // From here on, signals are heard of.
  async let _ = post.send(signals)
  do {
    try await work(shutdown)
  } catch is ShutdownCancelled {
    narrator.tell("what was left has been cancelled")
  }
  narrator.tell("stopped")
  room.showTotals()
  room.removeFiles()
  post.close()  // If the signal was not ours, the lesson ends here, and by it.
}

// MARK: - Searching for a schedule

/// The smallest office that can lose a letter.
final class Office: Sendable {
  let tray = AsyncQueue<Int>(name: "tray")
  let isClosing = AsyncEvent("closing time")
  private let counts = Mutex((accepted: 0, sorted: 0))

  /// Tells the sender that the letter is in good hands.
  func accept() {
    counts.withLock { $0.accepted += 1 }
    Simulation.note("accepted")
  }

  func sortOne() {
    counts.withLock { $0.sorted += 1 }
    Simulation.note("sorts it")
  }

  var lost: Int { counts.withLock { $0.accepted - $0.sorted } }
}

struct LetterLost: Error, CustomStringConvertible {
  var description: String { "a letter was accepted, and nobody has sorted it" }
}

/// Has somebody send a letter while the office closes, under one schedule after the other, until a
/// letter is lost.
func search(
  _ narrator: Narrator, shutsTray: Bool = false,
  _ send: @escaping @Sendable (Office) async throws -> Void
) async {
  let search = await Simulation.explore { _ in
    let office = Office()
    await withDiscardingTaskGroup { group in
      group.addTask(name: "sender") {
        // A tray that is shut down turns the letter away, and the sender keeps it.
        do { try await send(office) } catch { Simulation.note("keeps it") }
      }
      group.addTask(name: "office") {
        Simulation.note("closes")
        if shutsTray { office.tray.shutdown() }
        office.isClosing.set()
      }
      group.addTask(name: "sorter") {
        try? await office.isClosing.wait()
        while (try? office.tray.tryGet()) != nil { office.sortOne() }
        Simulation.note("goes home")
      }
    }
    if office.lost > 0 { throw LetterLost() }
  }
  guard let failure = search.failure else {
    return narrator.say("\(search.schedules) schedules tried: nothing lost.")
  }
  let what =
    if case .threw(let error) = failure.verdict { "\(error)" } else { "\(failure.verdict)" }
  narrator.say("Schedules tried: \(search.schedules). Seed \(failure.seed): \(what)")
  narrator.draw(
    Timeline(failure.trace, measure: .steps), caption: "The schedule of seed \(failure.seed)")
}
