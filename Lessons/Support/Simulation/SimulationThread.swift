import Dispatch
import Foundation
import Synchronization

/// Threads on which runs take place, kept for the next run: starting one costs more than many a run.
///
/// They are threads of their own and not the cooperative pool's, so that a job that blocks its
/// thread takes nothing from the rest of the process.
final class SimulationThread: Sendable {
  private static let idle = Mutex<[SimulationThread]>([])

  private let work = Mutex<(@Sendable () -> Void)?>(nil)
  private let bell = DispatchSemaphore(value: 0)

  /// Calls `work` on a thread that nothing else uses until it returns.
  static func perform(_ work: @escaping @Sendable () -> Void) {
    let thread = idle.withLock { $0.popLast() } ?? SimulationThread()
    thread.work.withLock { $0 = work }
    thread.bell.signal()
  }

  private init() {
    let thread = Thread { self.loop() }
    thread.name = "simulation"
    // Room for deep recursion in a learner's code, as much as the main thread has.
    thread.stackSize = 8 << 20
    thread.start()
  }

  private func loop() {
    while true {
      bell.wait()
      let work = work.withLock { work in
        defer { work = nil }
        return work
      }
      work?()
      Self.idle.withLock { $0.append(self) }
    }
  }
}
