/// Names a callback, so that it can be taken back: see ``Future/onDone(_:)`` and
/// ``TaskHandle/onDone(_:)``.
public struct DoneCallback<Success: Sendable>: Hashable, Sendable {
  fileprivate let key: SlotList<CallbackLine<Success>.Callback>.Key
}

/// Whom to call when something is done, in the order in which they asked. It is a value, which its
/// owner keeps, with the rest of its state, under its one `Mutex`.
///
/// One task at a time calls them, one after the other, and takes each out of the line just before:
/// so a callback may add and remove others. It is never the call stack of who sets the outcome, who
/// may hold a lock that a callback wants.
struct CallbackLine<Success: Sendable> {
  typealias Callback = @Sendable (Result<Success, any Error>) -> Void

  private var line = SlotList<Callback>()
  private var hasCaller = false

  mutating func append(_ callback: @escaping Callback) -> DoneCallback<Success> {
    DoneCallback(key: line.append(callback))
  }

  mutating func remove(_ callback: DoneCallback<Success>) -> Bool {
    line.remove(callback.key) != nil
  }

  /// Whether a task has to be found that calls: the first to ask is to see to it.
  mutating func needsCaller() -> Bool {
    guard !hasCaller, !line.isEmpty else { return false }
    hasCaller = true
    return true
  }

  /// The next to call. With `nil`, the task that calls has done its work.
  mutating func next() -> Callback? {
    let next = line.popFirst()
    if next == nil { hasCaller = false }
    return next
  }
}
