import Foundation

/// What a task that is not running can tell about itself.
///
/// Swift's public API answers such questions to the task itself only. The runtime keeps the answers
/// where debuggers read them, and says in a symbol which layout it uses. This file reads them the
/// same way, after it has tried on tasks of its own that the layout is the expected one. Where it
/// is not, verdicts are the same, but with fewer names in them.
struct TaskInspector: Sendable {
  /// What keeps a task from running.
  enum Dependency {
    case task(UnsafeRawPointer)
    case continuation
    case group
    case other
  }

  /// Nil where the runtime is not the one that this file knows, and in portable mode.
  static let shared: TaskInspector? = {
    #if os(Linux) && compiler(>=6.3) && compiler(<6.4) && _pointerBitWidth(_64)
      let inspector = TaskInspector()
      guard Router.isInstalled, layoutIsKnown, inspector.provesItself() else {
        return nil
      }
      return inspector
    #else
      return nil
    #endif
  }()

  private init() {}

  /// The name that the task was given.
  func name(of task: UnsafeRawPointer) -> String? {
    var record = firstRecord(of: task)
    while let current = record {
      if kind(of: current) == 6 {
        let text = current.load(fromByteOffset: 16, as: UnsafePointer<CChar>?.self)
        return text.map { String(cString: $0) }
      }
      record = current.load(fromByteOffset: 8, as: UnsafeRawPointer?.self)
    }
    return nil
  }

  /// True when the task's work has returned or thrown.
  func isComplete(_ task: UnsafeRawPointer) -> Bool { status(of: task) & 0x2000 != 0 }

  /// True for the task of an `async let`: its memory ends with its parent's scope.
  func isAsyncLet(_ task: UnsafeRawPointer) -> Bool {
    task.load(fromByteOffset: 32, as: UInt32.self) & (1 << 28) != 0
  }

  /// What a suspended task waits for.
  func dependency(of task: UnsafeRawPointer) -> Dependency? {
    guard status(of: task) & 0x4000 != 0 else { return nil }
    var record = firstRecord(of: task)
    while let current = record {
      if kind(of: current) == 0 {
        let on = current.load(fromByteOffset: 16, as: UnsafeRawPointer?.self)
        switch (current.load(fromByteOffset: 32, as: UInt.self) & 0xFF, on) {
        case (1, let other?): return .task(other)
        case (2, _): return .continuation
        case (3, _): return .group
        default: return .other
        }
      }
      record = current.load(fromByteOffset: 8, as: UnsafeRawPointer?.self)
    }
    return nil
  }

  private func status(of task: UnsafeRawPointer) -> UInt {
    task.load(fromByteOffset: 96, as: UInt.self)
  }

  private func firstRecord(of task: UnsafeRawPointer) -> UnsafeRawPointer? {
    task.load(fromByteOffset: 104, as: UnsafeRawPointer?.self)
  }

  private func kind(of record: UnsafeRawPointer) -> UInt8 {
    record.load(as: UInt8.self)
  }
}

// MARK: - Is this the runtime we know?

extension TaskInspector {
  private static var layoutIsKnown: Bool {
    guard let version = dlsym(nil, "_swift_concurrency_debug_internal_layout_version"),
      let size = dlsym(nil, "_swift_concurrency_debug_asyncTaskSize")
    else { return false }
    return version.load(as: UInt32.self) == 1 && size.load(as: Int.self) == 208
  }

  /// Asks about tasks whose answers are known.
  private func provesItself() -> Bool {
    let bench = Bench()
    let parked = AsyncStream.makeStream(of: Void.self)
    let waits = Task(name: "waits", executorPreference: bench) { for await _ in parked.stream {} }
    let ends = Task(name: "ends", executorPreference: bench) {}
    let joins = Task(name: "joins", executorPreference: bench) { await waits.value }
    let jobs = bench.jobs.map { unsafeBitCast($0, to: UnsafeRawPointer.self) }
    guard jobs.count == 3 else { return false }
    let namesAreRight = jobs.map(name(of:)) == ["waits", "ends", "joins"]
    let retained = jobs.map { Unmanaged<AnyObject>.fromOpaque($0).retain() }
    defer { for task in retained { task.release() } }
    bench.drain()
    var right = namesAreRight && jobs.map(isComplete) == [false, true, false]
    if case .continuation? = dependency(of: jobs[0]) {} else { right = false }
    if case .task(jobs[0])? = dependency(of: jobs[2]) {} else { right = false }
    parked.continuation.finish()
    bench.drain()
    withExtendedLifetime((waits, ends, joins)) {}
    return right && jobs.allSatisfy(isComplete)
  }

  /// Runs tasks by hand.
  ///
  /// Sendable because one thread does all of it: the one that asks for ``shared`` first creates
  /// the tasks, drains them and resumes them.
  private final class Bench: TaskExecutor, SerialExecutor, @unchecked Sendable {
    var jobs: [UnownedJob] = []

    func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

    func drain() {
      while !jobs.isEmpty {
        let job = jobs.removeFirst()
        job.runSynchronously(
          isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
      }
    }
  }
}
