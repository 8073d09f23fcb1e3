import Synchronization

/// How long to wait before each further attempt: a rule, without chance and without state.
///
/// ```swift
/// let backoff = Backoff.exponential(from: .seconds(1), upTo: .seconds(30))
/// backoff.wait(after: 1)  // 1 s, then 2, 4, 8, 16, and 30 from then on
/// ```
///
/// ``Jitter`` shortens these waits by lot, so that many who fail together do not return together.
public struct Backoff: Sendable, Hashable {
  private enum Rule: Sendable, Hashable {
    case exponential(base: Duration, factor: Double)
    case chain([Duration])
  }

  private let rule: Rule

  /// No wait is shorter, by lot or otherwise.
  public let floor: Duration
  /// No wait is longer.
  public let cap: Duration

  private init(_ rule: Rule, floor: Duration, cap: Duration) {
    self.rule = rule
    // A century is for ever, and can still be added to the time of day.
    self.cap = min(max(.zero, cap), .seconds(3_000_000_000))
    self.floor = min(max(.zero, floor), self.cap)
  }

  /// Waits that grow: `base`, then `factor` times as much each time, up to `cap`.
  ///
  /// - Parameters:
  ///   - base: The wait after the first attempt.
  ///   - cap: The longest wait.
  ///   - factor: How much longer each wait is than the one before; at least 1.
  ///   - floor: The shortest wait.
  public static func exponential(
    from base: Duration, upTo cap: Duration = .seconds(60), factor: Double = 2,
    floor: Duration = .zero
  ) -> Backoff {
    Backoff(.exponential(base: max(.zero, base), factor: max(1, factor)), floor: floor, cap: cap)
  }

  /// The same wait each time.
  public static func constant(_ wait: Duration) -> Backoff {
    exponential(from: wait, upTo: wait, factor: 1)
  }

  /// These waits in turn, and then the last of them each time.
  ///
  /// - Throws: ``BackoffError/noWaits`` if there are none.
  public static func chain(_ waits: [Duration]) throws(BackoffError) -> Backoff {
    guard let longest = waits.max() else { throw .noWaits }
    return Backoff(.chain(waits), floor: .zero, cap: longest)
  }

  /// How long to wait after the attempt of that number. The first attempt has number 1.
  public func wait(after attempt: Int) -> Duration {
    min(max(floor, rawWait(after: max(1, attempt))), cap)
  }

  private func rawWait(after attempt: Int) -> Duration {
    switch rule {
    case .chain(let waits): return waits[min(attempt, waits.count) - 1]
    case .exponential(let base, let factor):
      // A factor of 1 would take as many rounds as there were attempts, for nothing.
      guard factor > 1, base > .zero else { return base }
      var wait = base
      for _ in 1..<attempt {
        // Looked at beforehand: a duration that is too long to be one is a crash.
        guard wait < cap, factor < cap / wait else { return cap }
        wait = wait * factor
      }
      return wait
    }
  }
}

/// A rule for waits that cannot be one.
public enum BackoffError: Error, Hashable, CustomStringConvertible {
  /// A chain without a single wait.
  case noWaits

  /// What is wrong.
  public var description: String { "a chain of waits needs at least one" }
}

/// Shortens waits by lot.
///
/// A thousand clients that fail at the same moment, and wait for the same time, fail again at the
/// same moment. With *full jitter* each waits for any time up to the one that its ``Backoff`` says.
/// (Marc Brooker, *Exponential Backoff and Jitter*, AWS Architecture Blog, 2015.)
///
/// One jitter may serve many callers at once: it draws for one after the other.
public final class Jitter: Sendable {
  private let generator: Mutex<(any RandomNumberGenerator & Sendable)?>

  private init(_ generator: (any RandomNumberGenerator & Sendable)?) {
    self.generator = Mutex(generator)
  }

  /// Waits as long as the backoff says.
  public static let none = Jitter(nil)

  /// Any time from nothing to what the backoff says, each as likely as the next.
  ///
  /// - Parameter generator: Where chance comes from. One with a seed makes the waits repeatable.
  public static func full(
    using generator: some RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
  ) -> Jitter {
    Jitter(generator)
  }

  /// Draws a time from zero to `wait`, both included, in whole nanoseconds.
  func draw(upTo wait: Duration) -> Duration {
    guard wait > .zero, let number = generator.withLock({ $0?.next() }) else { return wait }
    // It fits: no backoff says more than a century.
    let range = UInt64(wait / .nanoseconds(1)) + 1
    // The upper half of a product is below its factor: the same on every machine, without a loop.
    return .nanoseconds(Int64(range.multipliedFullWidth(by: number).high))
  }
}
