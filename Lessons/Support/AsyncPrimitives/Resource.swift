/// Acquires a resource, runs `body` with it, and releases it, however `body` ends.
///
/// ```swift
/// let text = try await withResource {
///   try await Connection.open()
/// } release: { connection in
///   try await connection.close()
/// } body: { connection in
///   try await connection.read()
/// }
/// ```
///
/// All three run on the caller's actor, and can use the caller's variables.
///
/// - **Release**: runs exactly once if `acquire` has returned, and is awaited: on a value, on an error
///   and in a task that is cancelled. It does not see that cancellation, and can itself await:
///   see ``withCancellationShield(_:)``.
/// - **Failure**: `body`'s error is thrown, or `release`'s. If both fail, an ``UnwindingError`` carries
///   the two. If `acquire` fails, there is nothing to release.
/// - **Cancellation**: reaches `acquire` and `body`, as far as they look. A task that is cancelled
///   between the two, or before, still runs `body`, which may look at it or not have to.
/// - **What suspends**: what the three suspend for.
/// - **Cost**: one task, for `release`.
///
/// The twin of `async with`. For several resources, use ``withResourceStack(_:)``.
///
/// - Parameters:
///   - acquire: Makes the resource, or throws and leaves nothing behind.
///   - release: Gives it back.
///   - body: What to do with it.
/// - Returns: What `body` returns.
/// - Throws: What one of the three throws; or ``UnwindingError``.
nonisolated(nonsending) public func withResource<Resource, Success>(
  acquire: nonisolated(nonsending) () async throws -> Resource,
  release: nonisolated(nonsending) (Resource) async throws -> Void,
  body: nonisolated(nonsending) (Resource) async throws -> Success
) async throws -> Success {
  try await withResource(acquire: acquire) { resource, outcome in
    do {
      try await release(resource)
    } catch {
      throw UnwindingError.combining(outcome, with: [error])
    }
    return try outcome.get()
  } body: {
    try await body($0)
  }
}

/// Acquires a resource, runs `body` with it, and lets `exit` release it and decide what comes of it
/// all.
///
/// Use it where the end depends on how `body` ended: a transaction is committed or rolled back.
///
/// ```swift
/// let total = try await withResource {
///   try await Connection.open()
/// } exit: { connection, outcome in
///   try await connection.close()
///   if case .failure(is EndOfFile) = outcome { return 0 }  // suppresses the error
///   return try outcome.get()
/// } body: { connection in
///   try await connection.readNumber()
/// }
/// ```
///
/// In everything else, it is like ``withResource(acquire:release:body:)``. The twin of an
/// `__aexit__` that looks at the exception.
///
/// - Parameters:
///   - acquire: Makes the resource, or throws and leaves nothing behind.
///   - exit: Gives it back. It receives what came of `body`: usually it ends by returning
///     `try outcome.get()`. An error that it throws takes the place of `body`'s.
///   - body: What to do with the resource.
/// - Returns: What `exit` returns.
/// - Throws: What `exit` throws; or what `acquire` throws.
nonisolated(nonsending) public func withResource<Resource, Success>(
  acquire: nonisolated(nonsending) () async throws -> Resource,
  exit: nonisolated(nonsending) (Resource, Result<Success, any Error>) async throws -> Success,
  body: nonisolated(nonsending) (Resource) async throws -> Success
) async throws -> Success {
  if Observation.isActive { await Observation.mayInterleave() }
  let resource = try await acquire()
  // From here on nothing can throw before `exit` runs.
  let outcome = await Result { try await body(resource) }
  return try await withCancellationShield { try await exit(resource, outcome) }
}

/// Several errors at once: of a body, and of the releases after it.
///
/// A single error is thrown as it is, and not in one of these.
public struct UnwindingError: Error, CustomStringConvertible {
  /// What the body threw; `nil` if it returned.
  public let bodyError: (any Error)?
  /// What the releases threw, in the order in which they ran.
  public let releaseErrors: [any Error]

  /// All of them, in words.
  public var description: String {
    let releases = releaseErrors.map { "\($0)" }.joined(separator: "; ")
    let body = bodyError.map { "the body failed: \($0); " } ?? ""
    return "\(body)releasing failed: \(releases)"
  }

  /// The error to throw after a body and some releases that failed.
  static func combining<Success>(
    _ outcome: Result<Success, any Error>, with releaseErrors: [any Error]
  ) -> any Error {
    if case .failure(let error) = outcome {
      return UnwindingError(bodyError: error, releaseErrors: releaseErrors)
    }
    if releaseErrors.count == 1, let only = releaseErrors.first { return only }
    return UnwindingError(bodyError: nil, releaseErrors: releaseErrors)
  }
}
