/// Why a queue did not take or give an item, or what it was asked for that cannot be right.
///
/// Each carries the queue's name. To tell one from the others, `catch QueueError.shutDown` will do.
public enum QueueError: Error, Hashable, CustomStringConvertible {
  /// `tryPut` found no room, now that others wait for it or the queue holds all that it may.
  case full(String?)
  /// `tryGet` found no item, or none that is not promised to a task that has waited for it.
  case empty(String?)
  /// The queue has been shut down: it takes nothing any more, and what it held is gone.
  case shutDown(String?)
  /// `taskDone` was called more often than items were taken.
  case nothingInFlight(String?)

  /// What happened; and for a misuse, what to do about it.
  public var description: String {
    switch self {
    case .full(let name): "\(Self.subject(name)) is full"
    case .empty(let name): "\(Self.subject(name)) is empty"
    case .shutDown(let name): "\(Self.subject(name)) has been shut down"
    case .nothingInFlight(let name):
      "taskDone() of \(Self.subject(name)), while no item that was taken is unfinished. "
        + "Was it called twice for one item, or before get()?"
    }
  }

  private static func subject(_ name: String?) -> String {
    name.map { "queue “\($0)”" } ?? "a queue"
  }
}

/// What a queue holds and who waits for it, all at one moment.
///
/// It is out of date when you read it, unless nobody else is at work: good for a dashboard and for
/// tests, not for decisions. The idea is anyio's.
public struct QueueStatistics: Sendable, Hashable {
  /// How many items can be taken.
  public var buffered: Int
  /// How many tasks wait for room.
  public var waitingProducers: Int
  /// How many tasks wait for an item.
  public var waitingConsumers: Int
  /// How many tasks wait for all items to be done.
  public var waitingJoiners: Int
  /// The most items that were ever buffered at a time.
  public var highWaterMark: Int
  /// How many items have been put and are not done: those buffered, and those that were taken
  /// without a `taskDone` yet.
  public var unfinished: Int
}
