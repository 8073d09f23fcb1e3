import Foundation
import Synchronization

// All of what escapes an executor of our own, caught where Linux toolchains of Swift 6.3 let us:
//
//   plain Task.sleep, Task { }, Task.detached    the process's default executor   SPI
//   @MainActor                                   the process's main executor      SPI
//   the time that ContinuousClock tells          clock_gettime                    ELF symbol
//
// Each is replaced by a switch that asks one question, "is this thread a simulation's?", and hands
// the call on to the original if it is not. Another toolchain gets the other half of this file, as
// does a build with -DSIMULATION_WITHOUT_SPI, by which this toolchain tests that half.

/// What a job is that comes to an executor.
enum JobKind {
  /// The next turn of the task with that number.
  case task(UInt64)
  /// The end of a sleep or a yield: it resumes a task and is done.
  case wakeUp
  /// A turn of an actor, in which the tasks go on that wait there.
  case actor
}

#if os(Linux) && compiler(>=6.3) && compiler(<6.4) && !SIMULATION_WITHOUT_SPI
  @_spi(ExperimentalScheduling) @_spi(ExperimentalCustomExecutors) import _Concurrency
  public import Glibc

  enum Router {
    /// Puts the switches in place, once in a process.
    static let isInstalled: Bool = {
      guard !Environment.wantsPortableMode else { return false }
      _createExecutors(factory: Factory.self)
      return true
    }()

    /// True if `ContinuousClock` tells virtual time inside a simulation. False in a program that
    /// was linked without the flag in our manifest: then the length of a sleep is worked out from
    /// the real clock.
    static let tellsVirtualTime = isInstalled && interposedClockIsInUse()

    /// The real time on `ContinuousClock`, in nanoseconds.
    static func continuousTime() -> Int64 {
      var time = timespec()
      _ = libcClock(CLOCK_BOOTTIME, &time)
      return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// What a job is.
    static func identify(_ job: UnownedJob) -> JobKind {
      switch ExecutorJob(job).kind.rawValue {
      case ExecutorJob.Kind.task.rawValue: .task(taskID(job))
      case nullaryContinuation: .wakeUp
      default: .actor
      }
    }

    /// The runtime's number for the jobs that end a sleep or a yield.
    private static let nullaryContinuation = ExecutorJob.Kind.firstReserved.rawValue + 3

    private struct Factory: ExecutorFactory {
      static let mainExecutor: any MainExecutor = MainSwitch(PlatformExecutorFactory.mainExecutor)
      static let defaultExecutor: any TaskExecutor = {
        guard let original = PlatformExecutorFactory.scheduling else {
          preconditionFailure("the platform's default executor cannot sleep")
        }
        return DefaultSwitch(original)
      }()
    }
  }

  @_silgen_name("swift_task_getJobTaskId")
  private func taskID(_ job: UnownedJob) -> UInt64

  /// The process's default executor.
  private final class DefaultSwitch: TaskExecutor, SchedulingExecutor {
    private let original: any TaskExecutor & SchedulingExecutor

    init(_ original: any TaskExecutor & SchedulingExecutor) { self.original = original }

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      guard let engine = Engine.current ?? Claims.owner(of: job) else {
        return original.enqueue(ExecutorJob(job))
      }
      engine.enqueue(job, by: .defaultExecutor)
    }

    func enqueue<C: Clock>(
      _ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C
    ) {
      guard let engine = Engine.current else {
        return original.enqueue(job, at: instant, tolerance: tolerance, clock: clock)
      }
      engine.enqueue(job, at: instant, tolerance: tolerance, clock: clock)
    }

    func enqueue<C: Clock>(
      _ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C
    ) {
      guard let engine = Engine.current else {
        return original.enqueue(job, after: delay, tolerance: tolerance, clock: clock)
      }
      engine.enqueue(job, after: delay, tolerance: tolerance, clock: clock)
    }
  }

  /// The process's main executor. Each simulation has a main actor of its own, on its own thread.
  private final class MainSwitch: MainExecutor {
    private let original: any MainExecutor

    init(_ original: any MainExecutor) { self.original = original }

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      guard let engine = Engine.current ?? Claims.owner(of: job) else {
        return original.enqueue(ExecutorJob(job))
      }
      engine.enqueue(job, by: .mainActor)
    }

    func run() throws { try original.run() }
    func runUntil(_ condition: () -> Bool) throws { try original.runUntil(condition) }
    func stop() { original.stop() }
    func checkIsolated() { original.checkIsolated() }
  }

  extension Engine: SchedulingExecutor {
    func enqueue<C: Clock>(
      _ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C
    ) {
      if options.mode == .portable, let real = PlatformExecutorFactory.scheduling {
        return real.enqueue(job, at: instant, tolerance: tolerance, clock: clock)
      }
      enqueue(
        job, after: clock.now.duration(to: instant), tolerance: tolerance, clock: clock)
    }

    func enqueue<C: Clock>(
      _ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C
    ) {
      if options.mode == .portable, let real = PlatformExecutorFactory.scheduling {
        return real.enqueue(job, after: delay, tolerance: tolerance, clock: clock)
      }
      guard let delay = delay as? Duration else {
        preconditionFailure("\(C.self) does not measure time in Duration")
      }
      let isExact = clock is ContinuousClock && Router.tellsVirtualTime
      setTimer(for: UnownedJob(job), in: delay, isExact: isExact)
    }
  }

  extension PlatformExecutorFactory {
    /// Whoever ends plain sleeps in real time.
    fileprivate static var scheduling: (any TaskExecutor & SchedulingExecutor)? {
      defaultExecutor as? any TaskExecutor & SchedulingExecutor
    }
  }

  // MARK: - The clock

  /// Takes the place of libc's function in every program that links this library: `ContinuousClock`
  /// reads CLOCK_BOOTTIME, and on a simulation's thread that is virtual. All other clocks, and all
  /// other threads, get the real thing.
  @_cdecl("clock_gettime")
  public func interposedClock(_ clock: clockid_t, _ time: UnsafeMutablePointer<timespec>?) -> CInt {
    guard clock == CLOCK_BOOTTIME, let time, let engine = Engine.current,
      engine.options.mode == .complete
    else { return libcClock(clock, time) }
    let (seconds, nanoseconds) = engine.continuousNanoseconds.quotientAndRemainder(
      dividingBy: 1_000_000_000)
    time.pointee = timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds))
    return 0
  }

  private typealias ClockFunction =
    @convention(c) (clockid_t, UnsafeMutablePointer<timespec>?) -> CInt

  private let libcClock: ClockFunction = {
    // RTLD_NEXT, which Swift does not import: the definition after ours.
    let next = UnsafeMutableRawPointer(bitPattern: -1)
    guard let symbol = dlsym(next, "clock_gettime") else {
      preconditionFailure("libc has no clock_gettime")
    }
    return unsafeBitCast(symbol, to: ClockFunction.self)
  }()

  /// True if libraries find our function and not libc's.
  private func interposedClockIsInUse() -> Bool {
    guard let symbol = dlsym(nil, "clock_gettime") else { return false }
    let ours: ClockFunction = interposedClock
    return symbol == unsafeBitCast(ours, to: UnsafeMutableRawPointer.self)
  }

#else

  enum Router {
    static let isInstalled = false

    static var tellsVirtualTime: Bool { false }

    static func continuousTime() -> Int64 { 0 }

    static func identify(_ job: UnownedJob) -> JobKind {
      // The description is the only public place that has the number: "UnownedJob(id: 7)".
      .task(UInt64(job.description.filter(\.isNumber)) ?? 0)
    }
  }
#endif
