import AsyncPrimitives

/// What a run does for its tasks in portable mode, where nothing else holds it.
extension Engine: TaskHost {
  var continuousTime: ContinuousClock.Instant { realBeginning.advanced(by: virtualTime) }

  func sleep(until deadline: ContinuousClock.Instant) async throws {
    let offset = realBeginning.duration(to: deadline)
    try await VirtualClock(engine: self).sleep(until: VirtualClock.Instant(offset: offset))
  }

  func yield() async {
    await withUnsafeContinuation { continuation in
      if isCurrent { yielding.append(continuation) } else { continuation.resume() }
    }
  }
}
