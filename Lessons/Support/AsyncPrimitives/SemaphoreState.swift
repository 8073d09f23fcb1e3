extension AsyncSemaphore {
  /// What a semaphore keeps under its lock.
  ///
  /// Between two calls, the first in line wants more than is free, or else it would not be in line;
  /// but for the moment between a large request's cancellation and its task's next step.
  struct State {
    /// How many permits nobody holds. Negative while more are out than a lowered limit allows.
    var free: Int
    /// How many permits there are; `nil` if anybody may add some.
    var limit: Int?
    var waiters = WaiterQueue<Void>()
    /// How many permits they want who want more than one.
    private(set) var largeRequests: [WaiterQueue<Void>.Ticket: Int] = [:]

    init(free: Int, limit: Int?) {
      self.free = free
      self.limit = limit
    }

    enum Release {
      case released(Resumptions<Void>)
      case aboveLimit(Int)
      case overflow
    }

    var available: Int { waiters.isEmpty ? max(0, free) : 0 }

    mutating func take(_ count: Int) -> Bool {
      // Nothing at all can be had at any time, and overtakes nobody.
      guard count <= available else { return false }
      free -= count
      return true
    }

    mutating func join(for count: Int) -> WaiterQueue<Void>.Ticket {
      let ticket = waiters.join()
      if count > 1 { largeRequests[ticket] = count }
      return ticket
    }

    mutating func cancel(_ ticket: WaiterQueue<Void>.Ticket) -> Resumption<Void>? {
      if !largeRequests.isEmpty { largeRequests[ticket] = nil }
      return waiters.cancel(ticket)
    }

    mutating func release(_ count: Int) -> Release {
      let (sum, isTooMuch) = free.addingReportingOverflow(count)
      if let limit, isTooMuch || sum > limit { return .aboveLimit(limit) }
      if isTooMuch { return .overflow }
      free = sum
      return .released(grantWhatIsFree())
    }

    /// - Returns: Who is to be woken; `nil` if there is no limit to change.
    mutating func resize(to newLimit: Int) -> Resumptions<Void>? {
      guard let limit else { return nil }
      let out = limit - free
      self.limit = newLimit
      free = newLimit - out
      return grantWhatIsFree()
    }

    /// Serves those who wait, strictly in order, until the first wants more than there is.
    mutating func grantWhatIsFree() -> Resumptions<Void> {
      var woken = Resumptions<Void>()
      while let first = waiters.first {
        let count = largeRequests.isEmpty ? 1 : largeRequests[first] ?? 1
        guard count <= free, let next = waiters.grantFirst(()) else { break }
        if count > 1 { largeRequests[first] = nil }
        free -= count  // taken in the same step: no newcomer can slip in
        woken.append(next)
      }
      return woken
    }
  }
}

/// A use of a semaphore that cannot be right. It carries the semaphore's name.
public enum SemaphoreError: Error, Hashable, CustomStringConvertible {
  /// More permits were released than are out: released twice, or without having been acquired.
  case aboveLimit(String?, limit: Int)
  /// More permits were released than an `Int` can count.
  case overflow(String?)
  /// The limit of a semaphore was changed that was made without one.
  case hasNoLimit(String?)
  /// A semaphore was to begin with more permits than its limit, or with fewer than none.
  case invalidLimit(String?, permits: Int, limit: Int)

  /// The misuse, and what to do about it.
  public var description: String {
    switch self {
    case .aboveLimit(let name, let limit):
      "release() of \(subject(name)) beyond its limit of \(limit). "
        + "Was a permit released twice? Prefer withPermit { }."
    case .overflow(let name):
      "release() of \(subject(name)) beyond Int.max permits."
    case .hasNoLimit(let name):
      "setLimit() of \(subject(name)), which has none. Make it with AsyncSemaphore(limit:)."
    case .invalidLimit(let name, let permits, let limit):
      "\(subject(name)) cannot begin with \(permits) permits free of \(limit)."
    }
  }

  private func subject(_ name: String?) -> String {
    name.map { "semaphore “\($0)”" } ?? "a semaphore"
  }
}
