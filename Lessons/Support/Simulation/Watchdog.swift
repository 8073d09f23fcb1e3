import Foundation
import Synchronization

/// Notices runs whose thread does not come back from a job: one that blocks it
/// (`DispatchSemaphore.wait()`, `Thread.sleep`) or that never suspends (`while true {}`).
///
/// It counts looks, not seconds: when the machine is so busy that the watchdog itself hardly runs,
/// a job gets more time.
final class Watchdog: Sendable {
  static let shared = Watchdog()

  /// A run that is watched.
  private struct Watched {
    var engine: Engine
    var lastStep = 0
    var looks = 0
    var giveUp: @Sendable () -> Void
  }

  private struct State {
    var runs: [ObjectIdentifier: Watched] = [:]
    var isAwake = false
  }

  private static let interval = Duration.milliseconds(20)
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
      let step = run.engine.heartbeat.load(ordering: .relaxed)
      run.looks = step != 0 && step == run.lastStep ? run.looks + 1 : 0
      run.lastStep = step
      if Self.interval * run.looks >= run.engine.options.blockLimit {
        stuck.append(run)
        state.runs[id] = nil
      } else {
        state.runs[id] = run
      }
    }
    return stuck
  }
}
