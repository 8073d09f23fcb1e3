import CheckKit
import Resilience
import Testing

/// Rows RT of what the primitives promise, as far as they are about single waits.
@Suite("Backoff and jitter")
struct BackoffTests {
  @Test(
    "RT-02 waits double, within a floor and a cap",
    arguments: [
      (Backoff.exponential(from: .seconds(1)), [1, 2, 4, 8, 16, 32, 60, 60]),
      (.exponential(from: .seconds(1), upTo: .seconds(5)), [1, 2, 4, 5, 5]),
      (.exponential(from: .seconds(1), floor: .seconds(3)), [3, 3, 4, 8]),
      (.exponential(from: .seconds(0.5), factor: 3), [0.5, 1.5, 4.5, 13.5]),
      (.exponential(from: .seconds(9), upTo: .seconds(5)), [5, 5]),
      (.exponential(from: .seconds(1), upTo: .seconds(2), floor: .seconds(3)), [2, 2]),
      (.exponential(from: .zero), [0, 0, 0]),
      (.exponential(from: .seconds(-1)), [0, 0, 0]),
      (.exponential(from: .seconds(2), factor: 0.5), [2, 2, 2]),
      (.constant(.seconds(3)), [3, 3, 3]),
    ])
  func table(_ backoff: Backoff, _ seconds: [Double]) {
    let waits = (1...seconds.count).map { backoff.wait(after: $0) }
    #expect(waits == seconds.map { .seconds($0) })
  }

  @Test("RT-02 nothing is too large for a wait")
  func extremes() {
    let endless = Duration.seconds(Int64.max)
    for backoff in [
      Backoff.exponential(from: endless, upTo: endless, floor: endless),
      .exponential(from: .seconds(1), upTo: endless, factor: .infinity),
      .exponential(from: .seconds(1), upTo: endless, factor: 10),
      .exponential(from: .nanoseconds(1), upTo: endless, factor: 1.01),
    ] {
      let policy = RetryPolicy(attempts: nil, backoff: backoff, stopBefore: endless)
      for attempt in [1, 2, 100, 1_000_000, .max] {
        #expect(backoff.wait(after: attempt) <= backoff.cap)
        #expect(policy.wait(after: attempt, elapsed: .seconds(1)) ?? .zero <= backoff.cap)
      }
    }
    // A factor that is no number is as good as none.
    #expect(Backoff.exponential(from: .seconds(1), factor: .nan).wait(after: 9) == .seconds(1))
  }

  @Test("RT-04 full jitter lies between zero and the wait, and fills that range")
  func jitter() throws {
    let backoff = Backoff.exponential(from: .seconds(1), upTo: .seconds(8))
    let policy = RetryPolicy(
      attempts: nil, backoff: backoff, jitter: .full(using: SeededGenerator(seed: 4)))
    for attempt in 1...6 {
      let longest = backoff.wait(after: attempt)
      let waits = try (0..<1000).map { _ in
        try #require(policy.wait(after: attempt, elapsed: .zero))
      }
      #expect(waits.allSatisfy { (.zero...longest).contains($0) })
      #expect((waits.min() ?? longest) < longest / 20)
      #expect((waits.max() ?? .zero) > longest / 20 * 19)
      let mean = waits.reduce(.zero, +) / 1000
      #expect(mean > longest / 100 * 45 && mean < longest / 100 * 55)
    }
  }

  @Test("RT-04 with a floor, no wait is shorter, and the cap stands")
  func jitterAndFloor() throws {
    let backoff = Backoff.exponential(
      from: .seconds(1), upTo: .seconds(8), floor: .milliseconds(300))
    let policy = RetryPolicy(
      attempts: nil, backoff: backoff, jitter: .full(using: SeededGenerator(seed: 4)))
    for attempt in 1...1000 {
      let wait = try #require(policy.wait(after: attempt, elapsed: .zero))
      #expect((.milliseconds(300) ... .seconds(8)).contains(wait))
    }
  }

  @Test("RT-04 a seed names the waits, on every machine")
  func seed() {
    let policy = RetryPolicy(
      attempts: nil, backoff: .constant(.seconds(1)), jitter: .full(using: SeededGenerator(seed: 1))
    )
    let waits = (1...4).map { policy.wait(after: $0, elapsed: .zero) }
    #expect(
      waits == [566_561_575, 745_781_758, 971_002_754, 444_359_217].map { .nanoseconds($0) })
  }
}
