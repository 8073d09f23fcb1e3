// Threads for calls that block. Take this file along if you need it elsewhere: it needs no other.

import Foundation
import Synchronization

/// Threads that may be blocked, so that those of Swift's pool need not be.
///
/// A system call on a file keeps its thread until the disk has answered; no flag makes it suspend.
/// So it is made on a thread that does nothing else, while the task that asked suspends.
///
/// ```swift
/// let data = try await FileThreads.shared.run { try Data(contentsOf: file) }
/// ```
///
/// There are so many threads and no more: calls beyond that wait in line, first come, first served.
/// The threads live as long as the program. Make one of these and share it.
final class FileThreads: TaskExecutor {
  /// For everybody. Node.js has four such threads, asyncio's `to_thread` up to 32.
  static let shared = FileThreads(count: max(4, ProcessInfo.processInfo.activeProcessorCount))

  private let jobs = Mutex<[UnownedJob]>([])
  /// Counts the jobs, and keeps a thread without one asleep.
  private let arrivals = DispatchSemaphore(value: 0)

  /// Starts so many threads.
  init(count: Int) {
    for number in 1...max(1, count) {
      // Not Dispatch's global queues: on Linux, their threads are also those of Swift's pool.
      let thread = Thread { self.work() }
      thread.name = "files \(number)"
      thread.start()
    }
  }

  /// Makes a call that blocks, on one of these threads, while the caller suspends.
  ///
  /// - **Cancellation**: a task that is cancelled before its turn throws `CancellationError` and
  ///   makes no call. A call that has begun is not cut short: nothing can do that.
  /// - **Cost**: two changes of thread, some 20 µs. Make one call for many bytes, not for each line.
  ///
  /// - Parameter call: Ordinary code that may block.
  /// - Returns: What `call` returns.
  /// - Throws: What `call` throws; or `CancellationError`.
  @concurrent func run<Value: Sendable>(
    _ call: @Sendable () throws -> Value
  ) async throws -> Value {
    try await withTaskExecutorPreference(self) {
      try Task.checkCancellation()
      return try call()
    }
  }

  /// Takes the next part of a task that prefers these threads. The runtime calls this.
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
    arrivals.signal()
  }

  private func work() {
    while true {
      arrivals.wait()
      let job = jobs.withLock { $0.removeFirst() }
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }
}
