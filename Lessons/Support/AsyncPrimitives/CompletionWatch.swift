import Synchronization

/// Waits for the tasks behind some handles, one completion after the other.
///
/// It keeps one observer on each unfinished task, and takes it off again when it is stopped or
/// goes away: a task that outlives a thousand waits does not remember them.
final class CompletionWatch<Success: Sendable>: Sendable {
  /// What is watched, each once, in the order in which it was given.
  let handles: [TaskHandle<Success>]

  private let inbox: Inbox<Int>
  private let observers: Mutex<[(TaskCompletion<Success>, TaskCompletion<Success>.ObserverKey)]>

  init(_ handles: [TaskHandle<Success>]) {
    let handles = handles.withoutDuplicates()
    let inbox = Inbox<Int>(expecting: handles.count) { .completion(of: handles) }
    var observers: [(TaskCompletion<Success>, TaskCompletion<Success>.ObserverKey)] = []
    var finished: [Int] = []
    for (index, handle) in handles.enumerated() {
      // The closure holds no handle, so that an observed task does not keep itself alive.
      if let key = handle.completion.observe({ inbox.deliver(index) }) {
        observers.append((handle.completion, key))
      } else {
        finished.append(index)
      }
    }
    for index in finished.sorted(by: { handles[$0].hasFinished(before: handles[$1]) }) {
      inbox.deliver(index)
    }
    self.handles = handles
    self.inbox = inbox
    self.observers = Mutex(observers)
  }

  deinit {
    stop()
  }

  /// Waits for the next task to finish. `nil` if all have, or if the watch has been stopped.
  nonisolated(nonsending) func next() async throws(CancellationError) -> TaskHandle<Success>? {
    try await inbox.next().map { handles[$0] }
  }

  /// Waits for the next task to finish, cancelled or not.
  nonisolated(nonsending) func nextIgnoringCancellation() async -> TaskHandle<Success>? {
    await inbox.nextIgnoringCancellation().map { handles[$0] }
  }

  /// Ends the watch: takes the observers off, and tells those who wait that nothing more comes.
  func stop() {
    let observers = observers.withLock { observers in
      defer { observers = [] }
      return observers
    }
    for (completion, key) in observers { completion.removeObserver(key) }
    inbox.close()
  }
}

extension TaskHandle {
  /// Whether this task finished, and the other did not or did so later.
  func hasFinished(before other: TaskHandle) -> Bool {
    (completion.rank ?? .max) < (other.completion.rank ?? .max)
  }
}

extension Array where Element: Hashable {
  /// The elements in order, each only where it stands first.
  func withoutDuplicates() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}

extension Observation.Resource {
  /// What somebody waits for who waits for these tasks.
  static func completion<Success>(of handles: [TaskHandle<Success>]) -> Observation.Resource {
    guard let first = handles.first, handles.count > 1 else {
      let id = handles.first.map(ObjectIdentifier.init) ?? ObjectIdentifier(Self.self)
      return Self(id: id, kind: "task", name: handles.first?.name, event: "to finish")
    }
    let names = handles.prefix(3).map(\.name).joined(separator: "”, “")
    let more = handles.count > 3 ? "and \(handles.count - 3) more " : ""
    return Self(
      id: ObjectIdentifier(first), kind: "one of the tasks", name: names,
      event: "\(more)to finish")
  }
}
