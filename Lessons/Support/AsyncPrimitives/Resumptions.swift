/// Waiters that have been taken out of their line in one step, and are still to be woken.
///
/// It wakes them in the order of their turns. One waiter alone, the usual case, needs no allocation.
struct Resumptions<Grant: Sendable>: Sendable {
  private var first: Resumption<Grant>?
  private var others: [Resumption<Grant>] = []

  /// Whether there is nobody to wake.
  var isEmpty: Bool { first == nil }

  /// Adds one more, behind the others.
  mutating func append(_ next: Resumption<Grant>) {
    if first == nil { first = next } else { others.append(next) }
  }

  /// Makes room for this many, where there will be many.
  mutating func reserve(_ count: Int) {
    if count > 1 { others.reserveCapacity(count - 1) }
  }

  /// Wakes them all. Call it once, after unlocking.
  func resume() {
    first?.resume()
    for other in others { other.resume() }
  }
}

extension WaiterQueue {
  /// Grants all who stand in line their turns, in order: whoever joins later is not among them.
  ///
  /// - Parameter grant: What to grant, given the number of those who come before.
  mutating func grantEveryone(_ grant: (_ number: Int) -> Grant) -> Resumptions<Grant> {
    var woken = Resumptions<Grant>()
    woken.reserve(count)
    for number in 0..<count {
      if let next = grantFirst(grant(number)) { woken.append(next) }
    }
    return woken
  }
}
