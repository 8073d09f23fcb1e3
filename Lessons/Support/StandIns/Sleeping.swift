// Stand-ins for what a simulation cannot catch by itself: in portable mode all that is here, always
// what is in Continuations.swift. A file that imports this module gets them under the names that it
// knows: between two declarations that look the same, Swift prefers the one that is not its own. In a
// simulation, they ask the run to do it. Everywhere else, they are what they stand in for.

internal import AsyncPrimitives

extension Task where Success == Never, Failure == Never {
  /// Suspends for so long. See `Task.sleep(for:tolerance:clock:)` in the standard library.
  public static func sleep<C: Clock>(
    for duration: C.Instant.Duration, tolerance: C.Instant.Duration? = nil, clock: C = .continuous
  ) async throws {
    if Observation.host != nil {
      try await clock.hostedSleep(until: clock.hostedNow.advanced(by: duration))
    } else {
      try await Task._Concurrency::sleep(for: duration, tolerance: tolerance, clock: clock)
    }
  }

  /// Suspends until then. See `Task.sleep(until:tolerance:clock:)` in the standard library.
  public static func sleep<C: Clock>(
    until deadline: C.Instant, tolerance: C.Instant.Duration? = nil, clock: C = .continuous
  ) async throws {
    if Observation.host != nil {
      try await clock.hostedSleep(until: deadline)
    } else {
      try await Task._Concurrency::sleep(until: deadline, tolerance: tolerance, clock: clock)
    }
  }

  /// Suspends for so many nanoseconds. See `Task.sleep(nanoseconds:)` in the standard library.
  public static func sleep(nanoseconds duration: UInt64) async throws {
    if Observation.host != nil {
      try await sleep(for: .nanoseconds(Int64(clamping: duration)))
    } else {
      try await Task._Concurrency::sleep(nanoseconds: duration)
    }
  }

  /// Lets other tasks go first. See `Task.yield()` in the standard library.
  public static func yield() async {
    if let host = Observation.host {
      await host.yield()
    } else {
      await Task._Concurrency::yield()
    }
  }
}

extension ContinuousClock {
  /// The time. See `ContinuousClock.now` in the standard library.
  public static var now: Instant { ContinuousClock().hostedNow }

  /// The time. See `ContinuousClock.now` in the standard library.
  public var now: Instant { hostedNow }

  /// Suspends until then. See `ContinuousClock.sleep(until:tolerance:)` in the standard library.
  public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    try await Task.sleep(until: deadline, tolerance: tolerance, clock: self)
  }

  /// Suspends for so long. See `Clock.sleep(for:tolerance:)` in the standard library.
  public func sleep(for duration: Duration, tolerance: Duration? = nil) async throws {
    try await Task.sleep(for: duration, tolerance: tolerance, clock: self)
  }

  /// How long it takes to run `work`. See `Clock.measure(_:)` in the standard library.
  public func measure(_ work: () throws -> Void) rethrows -> Duration {
    let start = hostedNow
    try work()
    return start.duration(to: hostedNow)
  }

  /// How long it takes to run `work`. See `Clock.measure(isolation:_:)` in the standard library.
  nonisolated(nonsending) public func measure(
    _ work: nonisolated(nonsending) () async throws -> Void
  ) async rethrows -> Duration {
    let start = hostedNow
    try await work()
    return start.duration(to: hostedNow)
  }
}

extension ContinuousClock.Instant {
  /// This moment. See `ContinuousClock.Instant.now` in the standard library.
  public static var now: Self { ContinuousClock().hostedNow }
}
