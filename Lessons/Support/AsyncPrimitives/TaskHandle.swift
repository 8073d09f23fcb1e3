/// A running task that can be asked how it is doing.
///
/// Swift's `Task` can only be awaited. A handle also answers at once: is it done, was it cancelled,
/// what came of it. It is what ``wait(for:until:timeout:clock:)``, ``asCompleted(_:)`` and
/// ``gather(_:onFailure:)`` work on, and it is the twin of the task that `asyncio.create_task`
/// returns.
///
/// ```swift
/// let report = TaskHandle(name: "report") { try await compileReport() }
/// report.isDone                     // false: it has only just started
/// let pages = try await report.value
/// report.isDone                     // true
/// ```
///
/// Like every unstructured task, it ends neither with the scope that started it nor with the last
/// handle: it runs until it is finished. Prefer child tasks (`async let`, a task group, the
/// structured ``gather(_:limit:names:)``) where they do. Task-local values and the priority are
/// those of the place that starts it; its code runs off any actor, unless the closure says where.
///
/// Two handles are equal if they are the same handle.
public final class TaskHandle<Success: Sendable>: Sendable {
  /// What the task is called in traces and in reports of a deadlock.
  public var name: String { givenName ?? placeName(fileID, line) }

  private let givenName: String?
  private let fileID: StaticString
  private let line: UInt
  let completion: TaskCompletion<Success>
  private let task: Task<Void, Never>

  /// Starts a task.
  ///
  /// - Parameters:
  ///   - name: What to call it; the place that starts it if `nil`, "Lesson03.swift:42".
  ///   - priority: Its priority; that of the current task if `nil`.
  ///   - fileID: Where it is started, for the name.
  ///   - line: Where it is started, for the name.
  ///   - operation: What it does. It is not started by waiting for it: it runs from now on.
  public init(
    name: String? = nil, priority: TaskPriority? = nil, fileID: StaticString = #fileID,
    line: UInt = #line, operation: sending @escaping @isolated(any) () async throws -> Success
  ) {
    let completion = TaskCompletion<Success>()
    givenName = name
    self.fileID = fileID
    self.line = line
    self.completion = completion
    // A name that nobody chose is made when somebody asks for it, or watches.
    let name = name ?? (Observation.isActive ? placeName(fileID, line) : nil)
    // The task holds the completion and not the handle, so that a dropped handle dies at once.
    task = Task(name: name, executorPreference: Observation.host, priority: priority) {
      completion.finish(await Result(catching: operation))
    }
  }

  // MARK: - How it is doing

  /// Whether the task has ended, in whatever way.
  public var isDone: Bool { completion.outcome != nil }

  /// Whether the task ended by throwing `CancellationError`.
  ///
  /// Asking a task to stop does not make this true, only stopping does. A task that catches its
  /// cancellation and returns a value is done, and was not cancelled.
  public var isCancelled: Bool { completion.outcome?.isCancelled ?? false }

  /// What came of the task; `nil` while it runs. Never suspends.
  public var outcome: Result<Success, any Error>? { completion.outcome }

  /// What the task returned, without suspending.
  ///
  /// - Throws: ``TaskNotDone`` while the task runs; what the task threw if it failed.
  public func result() throws -> Success {
    guard let outcome else { throw TaskNotDone(name: name) }
    return try outcome.get()
  }

  // MARK: - Waiting and cancelling

  /// What the task returned, waiting for it if need be.
  ///
  /// Any number of tasks may wait. Cancelling one of them ends its wait only: this task and the
  /// others are not disturbed. (`await`ing a `Task` cannot be cut short; awaiting an asyncio task
  /// passes the cancellation on to it.) Does not suspend if the task is done.
  ///
  /// - Throws: What the task threw; or `CancellationError` if the *waiting* task is cancelled, now
  ///   or while it waits. ``isCancelled`` tells the two apart.
  nonisolated(nonsending) public var value: Success {
    get async throws {
      try Task.checkCancellation()
      if let outcome { return try outcome.get() }
      let watch = CompletionWatch([self])
      defer { watch.stop() }
      _ = try await watch.next()
      return try result()
    }
  }

  /// Asks the task to stop. Whether and when it does is up to its code.
  ///
  /// - Returns: Whether there was anything to stop: `false` if the task had ended already.
  @discardableResult
  public func cancel() -> Bool {
    guard !isDone else { return false }
    task.cancel()
    return true
  }
}

extension TaskHandle {
  /// Has `callback` called, once, when the task has ended.
  ///
  /// Callbacks are called in the order in which they were added, one after the other: by the task
  /// itself, after its last line, or by a task of their own if it has ended already; never by who
  /// adds them. They should be short, and may add and remove callbacks.
  ///
  /// - Returns: What ``removeCallback(_:)`` takes.
  @discardableResult
  public func onDone(
    _ callback: @escaping @Sendable (Result<Success, any Error>) -> Void
  ) -> DoneCallback<Success> {
    completion.add(callback, taskName: "callbacks of “\(name)”")
  }

  /// Takes a callback back that has not been called yet.
  ///
  /// - Returns: Whether there was something to take back: `false` once it has been called.
  @discardableResult
  public func removeCallback(_ callback: DoneCallback<Success>) -> Bool {
    completion.remove(callback)
  }
}

extension TaskHandle: Hashable {
  /// Whether the two are one and the same handle.
  public static func == (left: TaskHandle, right: TaskHandle) -> Bool {
    left === right
  }

  /// Hashes the handle's identity.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(self))
  }
}

/// The result of a task was asked for while the task was still running.
public struct TaskNotDone: Error, Hashable, CustomStringConvertible {
  /// The task's name.
  public let name: String

  /// The misuse, and what to do about it.
  public var description: String {
    "task “\(name)” is still running: look at isDone first, or await its value"
  }
}

/// "Lesson03.swift:42".
private func placeName(_ fileID: StaticString, _ line: UInt) -> String {
  fileID.withUTF8Buffer { path in
    let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    var name = String(decoding: path[start...], as: UTF8.self)
    name += ":"
    name += String(line)
    return name
  }
}
