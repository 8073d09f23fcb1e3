import Synchronization

/// Something that runs until it is told to stop: one of the parts that a program is made of.
public struct Service: Sendable {
  /// What reports call it.
  public let name: String
  let operation: @Sendable () async throws -> Void

  /// Describes a service.
  ///
  /// - Parameters:
  ///   - name: What reports should call it.
  ///   - operation: What it does, from its start to its end. Its ``GracefulShutdown/current`` tells
  ///     when it is *its* turn to stop.
  public init(_ name: String, operation: @escaping @Sendable () async throws -> Void) {
    self.name = name
    self.operation = operation
  }
}

extension GracefulShutdown {
  /// Runs services side by side, and stops them in reverse order, each after the next one has ended.
  ///
  /// ```swift
  /// try await shutdown.run([
  ///   Service("ledger") { … },   // stops last: the sorters write to it
  ///   Service("sorters") { … },
  ///   Service("door") { … },     // stops first: nothing new
  /// ])
  /// ```
  ///
  /// - **Shutdown**: the last service hears of it at once; each of the others when the one behind it
  ///   has ended. The limit is one for all of them together: when it is over, all that run are
  ///   cancelled, and awaited.
  /// - **Failure**: the first service that throws has the others cancelled, and its error is thrown
  ///   when they have ended. What they throw after that is an ``UnretrievedError``.
  /// - **Ending early**, by returning or by `CancellationError`, is no failure: the others go on.
  ///
  /// The twin of the `ServiceGroup` of swift-service-lifecycle, which takes an early end for a failure
  /// unless told otherwise.
  ///
  /// - Parameter services: What to start. A service that others use stands before them.
  /// - Throws: What the first service that failed has thrown; ``ShutdownCancelled`` if none failed, and
  ///   one was cut short by this shutdown; `CancellationError` if that was the caller's cancellation.
  public func run(_ services: [Service]) async throws {
    try await run {
      let stages = services.map(Stage.init)
      try await withThrowingTaskGroup(of: Stage?.self) { group in
        for stage in stages { group.addTask(name: stage.service.name) { await stage.perform() } }
        group.addTask(name: "steward") {
          await Self.stop(stages)
          return nil
        }
        var firstFailure: (any Error)?
        var running = stages.count
        while running > 0, let ended = try await group.next() {
          guard let ended else { continue }
          running -= 1
          guard let error = ended.failure else { continue }
          if firstFailure == nil {
            firstFailure = error
            group.cancelAll()
          } else {
            UnretrievedError.handler(
              UnretrievedError(source: "service “\(ended.service.name)”", error: error))
          }
        }
        group.cancelAll()  // The steward, if nobody has asked for an end.
        if let firstFailure { throw firstFailure }
        if stages.contains(where: \.wasCutShort) { try Task.checkCancellation() }
      }
    }
  }

  /// Waits for the shutdown around, and tells one service after the other, the last one first.
  private static func stop(_ stages: [Stage]) async {
    do {
      try await current?.wait()
      for stage in stages.reversed() {
        stage.shutdown.begin()
        try await stage.hasEnded.wait()
      }
    } catch {
      // Cancelled: either all have ended, or all of them are cancelled as well.
    }
  }

  /// A service with a shutdown of its own, which begins when it is its turn.
  private final class Stage: Sendable {
    let service: Service
    let shutdown: GracefulShutdown
    let hasEnded: AsyncEvent
    private let outcome = Mutex<Result<Void, any Error>?>(nil)

    init(_ service: Service) {
      self.service = service
      shutdown = GracefulShutdown(limit: nil, name: "shutdown of \(service.name)")
      hasEnded = AsyncEvent("end of \(service.name)")
    }

    func perform() async -> Stage {
      let outcome = await Result {
        try await GracefulShutdown.$current.withValue(shutdown, operation: service.operation)
      }
      self.outcome.withLock { $0 = outcome }
      hasEnded.set()
      return self
    }

    /// Why it failed. Having been cancelled is no failure.
    var failure: (any Error)? {
      guard case .failure(let error) = outcome.withLock(\.self), !(error is CancellationError)
      else { return nil }
      return error
    }

    var wasCutShort: Bool { outcome.withLock { $0?.isCancelled ?? false } }
  }
}
