/// What happened in a run: each task's life, in virtual time and in steps.
///
/// A step is one turn of one task, from where it is resumed to where it suspends. Steps of one
/// moment of virtual time follow each other; which one comes first is what a schedule decides.
public struct Trace: Sendable {
  /// A point of a run, on both of its axes.
  public struct Moment: Sendable, Hashable {
    /// Nanoseconds of virtual time since the run began.
    public var nanoseconds: Int64
    /// How many steps had begun.
    public var step: Int

    /// Virtual time since the run began.
    public var time: Duration { .nanoseconds(nanoseconds) }
  }

  /// One task's life.
  public struct Life: Sendable {
    /// The name that the task was given, or "task 3" for the third that was created.
    public internal(set) var name: String
    /// Whether the task was given its name.
    public internal(set) var isNamed: Bool
    /// The task that created this one: its index in ``Trace/tasks``.
    public internal(set) var parent: Int?
    /// When the task was created.
    public internal(set) var created: Moment
    /// When the task's work ended, nil if it had not when the run was over.
    public internal(set) var ended: Moment?
  }

  /// Something that a task did.
  public struct Event: Sendable, Equatable {
    /// What it did.
    public enum Kind: Sendable, Equatable {
      /// Was resumed, or ran for the first time.
      case runs
      /// Lay down to sleep, until that nanosecond of virtual time.
      case sleeps(until: Int64)
      /// Parked; a primitive said what for.
      case waits(for: String)
      /// Got hold of something: its name, or what it is.
      case acquires(String)
      /// Gave something back.
      case releases(String)
      /// Said something about itself.
      case notes(String)
      /// Returned or threw.
      case ends
    }

    /// The task, as an index into ``Trace/tasks``.
    public var task: Int
    /// When.
    public var moment: Moment
    /// What.
    public var kind: Kind
  }

  /// All tasks, in the order of their creation; the body's own is the first.
  public internal(set) var tasks: [Life] = []
  /// What they did, in order.
  public internal(set) var events: [Event] = []
  /// True if the run went on after the trace was full.
  public internal(set) var isTruncated = false
  /// A number that is the same for runs in which the same tasks did the same things in the same
  /// order.
  public internal(set) var fingerprint: UInt64 = 0xCBF2_9CE4_8422_2325

  /// A trace of this many events is full.
  static let capacity = 50_000

  mutating func append(_ event: Event) {
    guard events.count < Self.capacity else {
      isTruncated = true
      return
    }
    events.append(event)
  }

  /// Mixes something into the fingerprint: FNV-1a, a word at a time.
  mutating func mix(_ word: Int) {
    fingerprint = (fingerprint ^ UInt64(truncatingIfNeeded: word)) &* 0x100_0000_01B3
  }
}
