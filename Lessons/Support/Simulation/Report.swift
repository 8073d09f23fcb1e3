extension Simulation {
  /// What a run came to.
  public struct Report<Value: Sendable>: Sendable {
    /// The name of the schedule; in an exhaustive search, its number.
    public internal(set) var seed: UInt64
    /// Who went first when several tasks were ready.
    public let strategy: Strategy
    /// Which parts of the program the run held.
    public let mode: Mode
    /// How it ended.
    public let verdict: Verdict
    /// What the body returned; nil if it did not.
    public let value: Value?
    /// Virtual time from the body's beginning to its end.
    public let elapsed: Duration
    /// How many turns the tasks took.
    public let steps: Int
    /// What happened. Empty after ``Verdict/blocked(task:limit:)``: the thread that knows is stuck.
    public let trace: Trace
  }

  /// A task that had not ended when its run was over.
  public struct WaitingTask: Sendable, Equatable {
    /// The name that the task was given, or "task 3" for the third that was created.
    public let name: String
    /// What it waits for: "lock “bob”".
    public let waitsFor: String
    /// The tasks that hold what it waits for, where a primitive told.
    public let heldBy: [String]
  }

  /// How a run ended.
  public enum Verdict: Sendable {
    /// The body returned, and every task of the run had ended by then or soon after, without
    /// sleeping again.
    case passed

    /// The body threw.
    case threw(any Error)

    /// Nobody can go on: no task is ready, none sleeps, and the body has not ended.
    case deadlock(at: Duration, [WaitingTask])

    /// The body ended, and these tasks go on without it.
    case tasksLeft(at: Duration, [WaitingTask])

    /// A task kept its thread for longer than the limit, in real time.
    case blocked(task: String, limit: Duration)

    /// More steps than allowed.
    case tooManySteps(Int, at: Duration, [WaitingTask])
  }
}

extension Simulation.Verdict: CustomStringConvertible {
  /// True only for ``passed``.
  public var isPassed: Bool { if case .passed = self { true } else { false } }

  /// True only for ``deadlock(at:_:)``.
  public var isDeadlock: Bool { if case .deadlock = self { true } else { false } }

  /// A few words: "deadlock at 0.5 s".
  public var headline: String {
    switch self {
    case .passed: "passed"
    case .threw(let error): "threw \(error)"
    case .deadlock(let time, _): "deadlock at \(Simulation.format(time))"
    case .tasksLeft(let time, let left):
      "\(left.count == 1 ? "a task is" : "\(left.count) tasks are") alive after the end, at "
        + Simulation.format(time)
    case .blocked(let task, let limit):
      "“\(task)” blocked its thread for \(Simulation.format(limit)) of real time"
    case .tooManySteps(let steps, let time, _):
      "too many steps: \(steps), at \(Simulation.format(time))"
    }
  }

  /// What happened, the likely cause, and what to try: one line each, the headline first.
  public var description: String {
    ([headline] + details + advice).joined(separator: "\n")
  }

  private var details: [String] {
    switch self {
    case .deadlock(_, let tasks), .tasksLeft(_, let tasks), .tooManySteps(_, _, let tasks):
      let shown = tasks.prefix(12).map(\.sentence)
      return tasks.count > 12 ? shown + ["… and \(tasks.count - 12) more tasks."] : shown
    case .passed, .threw, .blocked: return []
    }
  }

  private var advice: [String] {
    switch self {
    case .passed, .threw: []
    case .deadlock(_, let tasks): [Self.adviceOnDeadlock(tasks)]
    case .tasksLeft:
      ["Await them, or cancel and await them, before the work that started them returns."]
    case .blocked:
      [
        "A blocking call (a semaphore's wait, Thread.sleep) or a loop without an await keeps the "
          + "thread from all other tasks. Await instead."
      ]
    case .tooManySteps:
      [
        "A loop that waits by Task.yield() or by sleeping again and again never lets the run end. "
          + "Suspend until the thing itself happens."
      ]
    }
  }

  private static func adviceOnDeadlock(_ tasks: [Simulation.WaitingTask]) -> String {
    let names = Set(tasks.map(\.name))
    if tasks.contains(where: { $0.heldBy.contains($0.name) }) {
      return "A task waits for what it holds itself: it asks twice without giving back."
    }
    if tasks.count(where: { !$0.heldBy.isEmpty && names.isSuperset(of: $0.heldBy) }) > 1 {
      return "Each holds what another wants. Do all of them take things in the same order?"
    }
    if tasks.contains(where: { $0.waitsFor.hasPrefix("a continuation") }) {
      return "Nothing is left that could wake them. Is every continuation resumed on every path, "
        + "and every stream finished?"
    }
    return "Nothing is left that could wake them."
  }
}

extension Simulation.WaitingTask {
  /// "“ann → bob” waits for lock “bob”, which “bob → ann” holds."
  var sentence: String {
    let holders = heldBy.map { "“\($0)”" }.joined(separator: " and ")
    return holders.isEmpty
      ? "“\(name)” waits for \(waitsFor)."
      : "“\(name)” waits for \(waitsFor), which \(holders) hold\(heldBy.count == 1 ? "s" : "")."
  }
}

extension Simulation {
  /// Virtual time for a sentence: "0 s", "1.5 s", "250 ms", "2.5 µs".
  static func format(_ time: Duration) -> String {
    let nanoseconds = time.nanoseconds
    let (unit, size): (String, Int64) =
      switch abs(nanoseconds) {
      case 0, 1_000_000_000...: ("s", 1_000_000_000)
      case 1_000_000...: ("ms", 1_000_000)
      case 1_000...: ("µs", 1_000)
      default: ("ns", 1)
      }
    let (whole, rest) = abs(nanoseconds).quotientAndRemainder(dividingBy: size)
    var decimals = rest == 0 ? "" : "." + String(rest + size).dropFirst()
    while decimals.hasSuffix("0") { decimals.removeLast() }
    return "\(nanoseconds < 0 ? "-" : "")\(whole)\(decimals) \(unit)"
  }
}
