/// A simulation that cannot reach into the runtime, and so has to be asked for what the runtime would
/// do for a task: to let it sleep, to let others go first, to tell the time, to run new tasks.
///
/// In portable mode, the primitives ask it, and whatever imports `StandIns`. An operation of
/// the host is called by a task that runs on it.
package protocol TaskHost: TaskExecutor {
  /// What `ContinuousClock` tells.
  var continuousTime: ContinuousClock.Instant { get }

  /// Suspends until then.
  ///
  /// - Throws: `CancellationError`, as soon as the task is cancelled.
  func sleep(until deadline: ContinuousClock.Instant) async throws

  /// Lets others go first.
  func yield() async
}

extension Clock {
  /// The time, which the host tells if there is one and this is the clock that it keeps.
  package var hostedNow: Instant {
    guard let time = Observation.host?.continuousTime as? Instant else { return now }
    return time
  }

  /// Suspends until `deadline`, as the host does it if there is one and this is the clock that it
  /// keeps.
  package func hostedSleep(until deadline: Instant) async throws {
    if let host = Observation.host, let deadline = deadline as? ContinuousClock.Instant {
      try await host.sleep(until: deadline)
    } else {
      try await sleep(until: deadline, tolerance: nil)
    }
  }

  /// Suspends for so long, as the host does it if there is one and this is the clock that it keeps.
  func hostedSleep(for duration: Duration) async throws where Duration == Swift.Duration {
    try await hostedSleep(until: hostedNow.advanced(by: duration))
  }
}
