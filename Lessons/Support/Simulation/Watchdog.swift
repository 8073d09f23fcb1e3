import Foundation
import Synchronization

/// Notices runs whose thread does not come back from a job: one that blocks it
/// (`DispatchSemaphore.wait()`, `Thread.sleep`) or that never suspends (`while true {}`).
///
/// On a busy machine, a thread may be stuck only because others have the processor. So the watchdog
/// counts looks and not seconds, and asks the system how much the thread has worked: one that is
/// blocked does not work at all, and one that spins works all the time that it is given.
final class Watchdog: Sendable {
  static let shared = Watchdog()

  /// A run that is watched.
  fileprivate struct Watched {
    var engine: Engine
    var lastStep = 0
    /// Looks at the same step, and how much the thread had worked when it began.
    var looks = 0
    var workedBefore: Duration?
    /// Looks since the thread was last seen to have worked.
    var idleLooks = 0
    var lastWorked: Duration?
    var giveUp: @Sendable () -> Void
  }

  private struct State {
    var runs: [ObjectIdentifier: Watched] = [:]
    var isAwake = false
  }

  fileprivate static let interval = Duration.milliseconds(20)
  private let state = Mutex(State())

  /// Watches a run until ``end(_:)``. `giveUp` is called at most once, on the watchdog's thread.
  func begin(_ engine: Engine, giveUp: @escaping @Sendable () -> Void) {
    let mustWake = state.withLock { state in
      state.runs[ObjectIdentifier(engine)] = Watched(engine: engine, giveUp: giveUp)
      defer { state.isAwake = true }
      return !state.isAwake
    }
    if mustWake { Thread.detachNewThread { self.watch() } }
  }

  /// The run is over.
  func end(_ engine: Engine) {
    state.withLock { $0.runs[ObjectIdentifier(engine)] = nil }
  }

  private func watch() {
    var idleLooks = 0
    while true {
      Thread.sleep(forTimeInterval: Self.interval / .seconds(1))
      let stuck: [Watched]? = state.withLock { state in
        idleLooks = state.runs.isEmpty ? idleLooks + 1 : 0
        // Nothing to watch for a while: the thread ends, and the next run starts another.
        if idleLooks > 100 {
          state.isAwake = false
          return nil
        }
        return look(at: &state)
      }
      guard let stuck else { return }
      for run in stuck { run.giveUp() }
    }
  }

  private func look(at state: inout State) -> [Watched] {
    var stuck: [Watched] = []
    for (id, var run) in state.runs {
      if run.isStuck() {
        stuck.append(run)
        state.runs[id] = nil
      } else {
        state.runs[id] = run
      }
    }
    return stuck
  }
}

extension Watchdog.Watched {
  /// Looks at the run once more.
  fileprivate mutating func isStuck() -> Bool {
    let step = engine.heartbeat.load(ordering: .relaxed)
    let thread = engine.threadTime.withLock { $0 }
    let worked = thread?.used
    guard step != 0, step == lastStep else {
      (lastStep, looks, idleLooks, workedBefore, lastWorked) = (step, 0, 0, worked, worked)
      return false
    }
    looks += 1
    idleLooks = worked == lastWorked && thread?.comesBack != true ? idleLooks + 1 : 0
    lastWorked = worked
    let limit = engine.options.blockLimit
    guard let worked, let workedBefore else { return Watchdog.interval * looks >= limit }
    return Watchdog.interval * idleLooks >= limit || worked - workedBefore >= limit
  }
}
