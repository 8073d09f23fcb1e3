// An event loop, as asyncio and Node.js have one. Take this file along: it needs no other.

import Foundation
import Synchronization

/// One thread that runs tasks, and asks the system which connections are ready.
///
/// A task that prefers this executor runs on its thread. Where it would have to wait for bytes, it
/// suspends by ``ready(_:for:)``. When no task has anything to do, the thread sleeps in `poll`, in
/// which the system waits for all connections at once.
///
/// ```swift
/// await withTaskExecutorPreference(EventLoop.shared) { … }
/// ```
///
/// - **Cost**: the thread, which lives as long as the program, and for each waiting task a few words.
///   `poll` looks at every descriptor every time; from some thousands of them on, systems have
///   better calls (`epoll`, `kqueue`).
/// - **Blocking** in a task that runs here stops all others, as it does in asyncio.
final class EventLoop: TaskExecutor {
  /// For everybody: one thread is enough for waiting.
  static let shared = EventLoop()

  private struct Wait {
    let id: Int
    let poll: pollfd
    let continuation: UnsafeContinuation<Void, any Error>
  }

  private struct State {
    var jobs: [UnownedJob] = []
    var waits: [Wait] = []
    var lastID = 0
    var isAsleep = false

    /// Returns whether the thread has to be woken.
    mutating func wake() -> Bool {
      defer { isAsleep = false }
      return isAsleep
    }
  }

  private let state = Mutex(State())
  /// A byte in this pipe ends the sleep.
  private let alarm: (read: Int32, write: Int32)

  init() {
    var ends: [Int32] = [0, 0]
    precondition(pipe(&ends) == 0, "no pipe can be had")
    alarm = (ends[0], ends[1])
    for end in ends { Socket.configure(end, blocks: false) }
    let thread = Thread { self.run() }
    thread.name = "event loop"
    thread.start()
  }

  /// Takes the next part of a task that prefers this executor. The runtime calls this.
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let wakes = state.withLock { state in
      state.jobs.append(job)
      return state.wake()
    }
    if wakes { ring() }
  }

  /// Suspends until a descriptor can be read (`POLLIN`) or written (`POLLOUT`), or has an error.
  ///
  /// - Throws: `CancellationError`.
  func ready(_ descriptor: Int32, for events: Int32) async throws {
    let id = state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
    let poll = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        add(Wait(id: id, poll: poll, continuation: continuation))
      }
    } onCancel: {
      let wait = state.withLock { state in
        state.waits.firstIndex { $0.id == id }.map { state.waits.remove(at: $0) }
      }
      wait?.continuation.resume(throwing: CancellationError())
    }
  }

  private func add(_ wait: Wait) {
    let (isCancelled, wakes) = state.withLock { state in
      // The handler may have run before there was anything to find.
      if Task.isCancelled { return (true, false) }
      state.waits.append(wait)
      return (false, state.wake())
    }
    if isCancelled { wait.continuation.resume(throwing: CancellationError()) }
    if wakes { ring() }
  }

  private func ring() { _ = write(alarm.write, [0], 1) }

  // MARK: - The loop

  private func run() {
    while true {
      for job in state.withLock({ state in takeAll(&state.jobs) }) {
        job.runSynchronously(on: asUnownedTaskExecutor())
      }
      sleepUntilReady()
    }
  }

  /// Asks which descriptors are ready, and sleeps until one is, unless there are jobs to run.
  private func sleepUntilReady() {
    var (polls, ids, timeout) = state.withLock { state in
      state.isAsleep = state.jobs.isEmpty
      return (state.waits.map(\.poll), state.waits.map(\.id), state.isAsleep ? -1 : 0 as Int32)
    }
    polls.append(pollfd(fd: alarm.read, events: Int16(POLLIN), revents: 0))
    _ = poll(&polls, nfds_t(polls.count), timeout)
    if polls[ids.count].revents != 0 { drainAlarm() }
    let readyIDs = Set(zip(ids, polls).lazy.filter { $1.revents != 0 }.map(\.0))
    let ready = state.withLock { state in
      state.isAsleep = false
      // Those that were cancelled meanwhile are gone.
      let ready = state.waits.filter { readyIDs.contains($0.id) }
      state.waits.removeAll { readyIDs.contains($0.id) }
      return ready
    }
    // Outside the lock: each comes back to us as a job.
    for wait in ready { wait.continuation.resume() }
  }

  private func drainAlarm() {
    var bytes = [UInt8](repeating: 0, count: 64)
    while read(alarm.read, &bytes, bytes.count) > 0 {}
  }

  private func takeAll(_ jobs: inout [UnownedJob]) -> [UnownedJob] {
    defer { jobs = [] }
    return jobs
  }
}
