internal import AsyncPrimitives

// On a machine with several cores, anything may happen between a look at a state and the moment
// when a continuation is in it: the gate opens, the task is cancelled. On a simulation's one thread,
// nothing would. So these let other tasks go first, where the schedule wants it; but not on an actor,
// which lets nobody in between. Outside of simulations, they are the standard library's.

/// Suspends until a continuation is resumed. See the standard library's function of this name.
public func withCheckedContinuation<T>(
  isolation: isolated (any Actor)? = #isolation, function: String = #function,
  _ body: (CheckedContinuation<T, Never>) -> Void
) async -> sending T {
  await letOthersGoFirst(on: isolation)
  return await _Concurrency.withCheckedContinuation(
    isolation: isolation, function: function, body)
}

/// Suspends until a continuation is resumed, or fails. See the standard library's function of this
/// name.
public func withCheckedThrowingContinuation<T>(
  isolation: isolated (any Actor)? = #isolation, function: String = #function,
  _ body: (CheckedContinuation<T, any Error>) -> Void
) async throws -> sending T {
  await letOthersGoFirst(on: isolation)
  return try await _Concurrency.withCheckedThrowingContinuation(
    isolation: isolation, function: function, body)
}

/// Suspends until a continuation is resumed, which nobody checks. See the standard library's function
/// of this name.
public func withUnsafeContinuation<T>(
  isolation: isolated (any Actor)? = #isolation, _ body: (UnsafeContinuation<T, Never>) -> Void
) async -> sending T {
  await letOthersGoFirst(on: isolation)
  return await _Concurrency.withUnsafeContinuation(isolation: isolation, body)
}

/// Suspends until a continuation is resumed, or fails, which nobody checks. See the standard library's
/// function of this name.
public func withUnsafeThrowingContinuation<T>(
  isolation: isolated (any Actor)? = #isolation,
  _ body: (UnsafeContinuation<T, any Error>) -> Void
) async throws -> sending T {
  await letOthersGoFirst(on: isolation)
  return try await _Concurrency.withUnsafeThrowingContinuation(isolation: isolation, body)
}

private func letOthersGoFirst(on isolation: isolated (any Actor)?) async {
  if isolation == nil, Observation.isActive { await Observation.mayInterleave() }
}
