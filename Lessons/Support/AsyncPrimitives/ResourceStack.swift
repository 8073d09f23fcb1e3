/// Runs `body` with a stack of resources, and releases them all afterwards, the last one first.
///
/// For resources whose number is known only at run time, or of which one needs another.
///
/// ```swift
/// let sum = try await withResourceStack { stack in
///   var sum = 0
///   for host in hosts {
///     let connection = try await stack.enter {
///       try await Connection.open(host)
///     } release: { connection in
///       try await connection.close()
///     }
///     sum += try await connection.readNumber()
///   }
///   return sum
/// }  // here all of them are closed, or as many as were opened
/// ```
///
/// - **Release**: last in, first out, one after the other, each exactly once: on a value, on an error,
///   and in a task that is cancelled, whose cancellation the releases do not see. One that fails
///   does not keep the others from running.
/// - **Failure**: a single error is thrown as it is. Several, of `body` and of releases, are thrown as
///   one ``UnwindingError``.
/// - **Cancellation**: reaches `body` and the acquiring. Nothing that was acquired is lost.
/// - **What suspends**: what `body` and the releases suspend for.
/// - **Cost**: one task, for the releases, if there are any.
///
/// The twin of `contextlib.AsyncExitStack`.
///
/// - Parameter body: Runs on the caller's actor, with its variables. The stack is for `body` alone: it
///   is closed when `body` ends.
/// - Returns: What `body` returns.
/// - Throws: What `body` or a release throws; or ``UnwindingError``.
nonisolated(nonsending) public func withResourceStack<Success>(
  _ body: nonisolated(nonsending) (ResourceStack) async throws -> Success
) async throws -> Success {
  if Observation.isActive { await Observation.mayInterleave() }
  let stack = ResourceStack()
  let outcome = await Result { try await body(stack) }
  let errors = stack.isEmpty ? [] : try await withCancellationShield { await stack.unwind() }
  stack.close()
  guard errors.isEmpty else { throw UnwindingError.combining(outcome, with: errors) }
  return try outcome.get()
}

/// What ``withResourceStack(_:)`` will release.
///
/// It belongs to the one task that opened it, and cannot be handed to another.
public final class ResourceStack {
  private typealias Release = nonisolated(nonsending) () async throws -> Void

  private var releases: [Release] = []
  private var isClosed = false

  init() {}

  var isEmpty: Bool { releases.isEmpty }

  /// How many releases are still to run.
  public var count: Int { releases.count }

  /// Acquires a resource, which is released when the stack unwinds.
  ///
  /// - Parameters:
  ///   - acquire: Makes the resource, or throws and leaves nothing behind.
  ///   - release: Gives it back.
  /// - Returns: The resource.
  /// - Throws: What `acquire` throws; or ``ResourceStackError/closed``, without having called it.
  @discardableResult
  nonisolated(nonsending) public func enter<Resource>(
    acquire: nonisolated(nonsending) () async throws -> Resource,
    release: nonisolated(nonsending) @escaping (Resource) async throws -> Void
  ) async throws -> Resource {
    guard !isClosed else { throw ResourceStackError.closed }
    let resource = try await acquire()
    releases.append { try await release(resource) }
    return resource
  }

  /// Has something done when the stack unwinds, in its turn.
  ///
  /// A release may add further ones, which run next.
  ///
  /// - Parameter release: What to do.
  /// - Throws: ``ResourceStackError/closed`` if the stack has been unwound.
  public func onExit(
    _ release: nonisolated(nonsending) @escaping () async throws -> Void
  ) throws(ResourceStackError) {
    guard !isClosed else { throw .closed }
    releases.append(release)
  }

  /// Runs all releases, the last one first, and returns their errors.
  nonisolated(nonsending) func unwind() async -> [any Error] {
    var errors: [any Error] = []
    while let release = releases.popLast() {
      do { try await release() } catch { errors.append(error) }
    }
    return errors
  }

  func close() { isClosed = true }
}

/// A use of a ``ResourceStack`` that cannot be right.
public enum ResourceStackError: Error, Hashable, CustomStringConvertible {
  /// Something was put on a stack that has been unwound: nothing would release it.
  case closed

  /// The misuse, and what to do about it.
  public var description: String {
    "this stack of resources was unwound: use it only inside of its withResourceStack { }"
  }
}
