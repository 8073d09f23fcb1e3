import Synchronization

/// Somebody who wants to know what tasks wait for: the simulation, which says it when it reports
/// a deadlock.
///
/// Each call is made by the task that waits, acquires or releases, while no lock of a primitive is
/// held. A wait that ends without `didAcquire` was cancelled, or was for something that one does
/// not hold, such as a task to finish.
package protocol WaitObserver: Sendable {
  /// The current task is about to park.
  func willWait(for resource: Resource)
  /// The current task holds the resource from here on.
  func didAcquire(_ resource: Resource)
  /// The current task gives the resource back. It need not be the one that acquired it.
  func didRelease(_ resource: Resource)
  /// The current task is about to ask for something. On a machine with several cores, any other
  /// task might get there first.
  nonisolated(nonsending) func mayInterleave() async
  /// Who does for the current task what the runtime would do elsewhere; nil if the runtime does it.
  var host: (any TaskHost)? { get }
  /// What a new task is to prefer that begins on that actor, or on none; nil if nothing.
  func executor(for isolation: (any Actor)?) -> (any TaskExecutor)?

  typealias Resource = Observation.Resource
}

/// Tells whoever watches what the tasks of this process wait for.
///
/// While nobody watches, it costs the primitives one relaxed load of a flag per operation: no
/// name is composed, nothing is locked.
@usableFromInline package enum Observation {
  /// Something that a task waits for or holds.
  package struct Resource: Sendable, Hashable, CustomStringConvertible {
    /// The object that stands for it.
    package var id: ObjectIdentifier
    /// What it is, in a word: "lock", "task".
    package var kind: String
    /// What its owner called it.
    package var name: String?
    /// What a waiter waits for it to do: "to finish".
    package var event: String?

    package init(
      id: ObjectIdentifier, kind: String, name: String? = nil, event: String? = nil
    ) {
      self.id = id
      self.kind = kind
      self.name = name
      self.event = event
    }

    /// For a sentence such as "ann waits for … ": `lock “bob”`, `a lock`, `task “x” to finish`.
    package var description: String {
      let subject = name.map { "\(kind) “\($0)”" } ?? "a \(kind)"
      return event.map { "\(subject) \($0)" } ?? subject
    }
  }

  private static let isWatched = Atomic(false)
  // Read at every operation of every run: under a lock, the runs of a busy machine would queue up
  // for it, and stand still while its next owner waits for a processor.
  private static let installed = AtomicLazyReference<Installed>()

  private final class Installed: Sendable {
    let observer: any WaitObserver
    init(_ observer: any WaitObserver) { self.observer = observer }
  }

  /// Who watches, from the first ``install(_:)`` on.
  private static var observer: (any WaitObserver)? { installed.load()?.observer }

  /// Has somebody watch from now on, before the tasks start that they should hear about. The first
  /// one stays.
  package static func install(_ observer: any WaitObserver) {
    _ = installed.storeIfNil(Installed(observer))
    isWatched.store(true, ordering: .relaxed)
  }

  static func willWait(for resource: @autoclosure () -> Resource) {
    guard isWatched.load(ordering: .relaxed) else { return }
    observer?.willWait(for: resource())
  }

  /// Whether anybody watches. Ask before ``mayInterleave()``, which costs a call.
  @usableFromInline package static var isActive: Bool { isWatched.load(ordering: .relaxed) }

  /// Lets whoever watches put other tasks in front of this one. Call it where an operation that may
  /// suspend begins, before it looks at anything; and where it ends, if it has given something back
  /// that others wait for.
  @usableFromInline package static nonisolated(nonsending) func mayInterleave() async {
    await observer?.mayInterleave()
  }

  /// Who does for the current task what the runtime would do elsewhere. Nil everywhere but in a
  /// simulation in portable mode.
  package static var host: (any TaskHost)? {
    guard isWatched.load(ordering: .relaxed) else { return nil }
    return observer?.host
  }

  /// What a task is to prefer that the current one starts, on that actor or on none. Nil everywhere
  /// but in a simulation.
  package static func executor(for isolation: (any Actor)?) -> (any TaskExecutor)? {
    guard isWatched.load(ordering: .relaxed) else { return nil }
    return observer?.executor(for: isolation)
  }

  static func didAcquire(_ resource: @autoclosure () -> Resource) {
    guard isWatched.load(ordering: .relaxed) else { return }
    observer?.didAcquire(resource())
  }

  static func didRelease(_ resource: @autoclosure () -> Resource) {
    guard isWatched.load(ordering: .relaxed) else { return }
    observer?.didRelease(resource())
  }
}
