/// What exercise 19 is about: takes orders through their stages, each of them whole or not at all.
public protocol OrderProcessing: Sendable {
  /// Processes orders, so many at a time, and says how each has ended, in their order.
  func process(_ orders: [Order]) async -> [OrderOutcome]
}

/// The services that do the steps of an order, and undo them. Each call takes its time.
public protocol OrderServices: Sendable {
  /// Does a step of an order.
  ///
  /// Once it has returned, the step is done, whatever has happened meanwhile. If it throws, nothing
  /// was done. Most steps stop when they are cancelled, some cannot be stopped any more.
  func perform(_ step: String, of order: String) async throws

  /// Undoes a step of an order. Stops when it is cancelled: then the step is still done.
  func undo(_ step: String, of order: String) async throws
}

/// An order, and what has to be done for it.
public struct Order: Hashable, Sendable {
  /// What it is called; no other order has that name.
  public let name: String
  /// The steps of the first stage, those of the second, and so on. No step comes twice.
  public let stages: [[String]]

  /// An order, and what has to be done for it.
  public init(_ name: String, stages: [[String]]) {
    self.name = name
    self.stages = stages
  }
}

/// How an order has ended.
public enum OrderOutcome: Sendable, CustomStringConvertible {
  /// All its steps are done.
  case completed
  /// It was given up for this reason, and nothing of it is left.
  case undone(any Error)
  /// It was given up for this reason, and these steps could not be undone.
  case stuck(any Error, steps: [String])

  /// "undone: no courier".
  public var description: String {
    switch self {
    case .completed: "completed"
    case .undone(let error): "undone: \(error)"
    case .stuck(let error, let steps):
      "stuck: \(error); not undone: \(steps.joined(separator: ", "))"
    }
  }
}
