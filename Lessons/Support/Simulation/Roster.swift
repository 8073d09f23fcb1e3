import AsyncPrimitives
import Synchronization

/// The tasks of a run: who they are, what they do, what they wait for.
///
/// A class, since a copy of it would be one of each list, at each step.
final class Roster {
  struct Entry {
    let id: UInt64
    /// The runtime's task, retained until it is complete.
    let pointer: UnsafeRawPointer
    let isAsyncLet: Bool
    var isComplete = false
    /// Set while a turn of the task is queued or runs.
    var isReady = true
    /// True if the router brought the task in: it does not prefer the engine's executor.
    let isClaimed: Bool
    /// The timer of the plain sleep that the task is in.
    var timer: Int?
    var wakesAt: Int64?
    var waitsFor: Observation.Resource?
  }

  private(set) var entries: [Entry] = []
  /// The numbers of the tasks that had not ended when they were last looked through.
  private var alive: [Int] = []
  private var turnsSinceLook = 0
  private(set) var trace = Trace()
  private var numbers: [UInt64: Int] = [:]
  /// Who holds what, in the order of taking.
  private(set) var holders: [Observation.Resource: [Int]] = [:]
  /// The task whose turn it is, or -1 between turns.
  private(set) var running = -1
  /// Names, for the watchdog's thread.
  let board = NameBoard()
  let inspector = TaskInspector.shared

  // MARK: Who

  func number(of id: UInt64) -> Int? { numbers[id] }

  /// The task that calls, which need not be the one whose turn it is: in an actor's turn, several
  /// can be.
  func current() -> Int? {
    guard let (_, id) = caller() else { return running >= 0 ? running : nil }
    return id.flatMap { numbers[$0] }
  }

  /// The task that calls, which may be one that no executor has brought here: an immediate task
  /// begins in the middle of another's turn.
  func currentOrImmediate(claimedBy engine: Engine, at moment: Trace.Moment) -> Int? {
    if let known = current() { return known }
    // Without the inspector, nobody would notice that it has ended.
    guard inspector != nil, let (job, id) = caller(), let id else { return nil }
    let number = register(job, id: id, claimedBy: engine, at: moment)
    entries[number].isReady = false
    if running >= 0 { trace.tasks[number].parent = running }
    trace.append(Trace.Event(task: number, moment: moment, kind: .runs))
    return number
  }

  /// The task that calls, as the runtime knows it; nil outside of all tasks.
  private func caller() -> (UnownedJob, id: UInt64?)? {
    let task = withUnsafeCurrentTask { task in
      task.map { unsafeBitCast($0, to: UnsafeRawPointer.self) }
    }
    guard let task else { return nil }
    let job = unsafeBitCast(task, to: UnownedJob.self)
    guard case .task(let id) = Router.identify(job) else { return (job, nil) }
    return (job, id)
  }

  func register(
    _ job: UnownedJob, id: UInt64, claimedBy engine: Engine?, at moment: Trace.Moment
  ) -> Int {
    let pointer = unsafeBitCast(job, to: UnsafeRawPointer.self)
    let number = entries.count
    let parent = number == 0 ? nil : current()
    // Only the inspector looks at a task again.
    if inspector != nil { _ = Unmanaged<AnyObject>.fromOpaque(pointer).retain() }
    entries.append(
      Entry(
        id: id, pointer: pointer, isAsyncLet: inspector?.isAsyncLet(pointer) ?? false,
        isClaimed: engine != nil))
    numbers[id] = number
    alive.append(number)
    let given = inspector?.name(of: pointer)
    let name = given ?? (number == 0 ? "body" : "task \(number)")
    trace.tasks.append(
      Trace.Life(name: name, isNamed: given != nil, parent: parent, created: moment))
    board.append(name)
    if let engine { Claims.add(id, for: engine) }
    return number
  }

  /// Nobody asks about this run's tasks any more, and none of them runs again.
  func close() {
    for number in entries.indices where !entries[number].isComplete { release(number) }
  }

  private func release(_ number: Int) {
    entries[number].isComplete = true
    if entries[number].isClaimed { Claims.remove(entries[number].id) }
    if inspector != nil {
      Unmanaged<AnyObject>.fromOpaque(entries[number].pointer).release()
    }
  }

  // MARK: What they do

  /// A turn of the task has been queued. Answers with the timer that no longer counts, if the task
  /// was woken from a sleep by something else.
  func wakes(_ task: Int) -> Int? {
    entries[task].isReady = true
    entries[task].wakesAt = nil
    defer { entries[task].timer = nil }
    return entries[task].timer
  }

  func timerWentOff(_ task: Int) { entries[task].timer = nil }

  func runs(_ task: Int, at moment: Trace.Moment) {
    running = task
    board.running.store(task, ordering: .relaxed)
    entries[task].waitsFor = nil
    entries[task].isReady = false
    trace.mix(task)
    trace.mix(Int(truncatingIfNeeded: moment.nanoseconds))
    trace.append(Trace.Event(task: task, moment: moment, kind: .runs))
  }

  func actorTurn(on task: Int) {
    running = task
    board.running.store(task, ordering: .relaxed)
    trace.mix(~task)
  }

  func stepEnded(wasActorTurn: Bool, at moment: Trace.Moment) {
    if wasActorTurn {
      // Which tasks ran inside the actor, nobody told us: look at all that may have ended there.
      // Of thousands, not every time.
      turnsSinceLook += 1
      if alive.count < 1_000 || turnsSinceLook > alive.count / 10 { lookThrough(at: moment) }
    } else {
      completeIfDone(running, at: moment)
    }
    running = -1
  }

  func lookThrough(at moment: Trace.Moment) {
    turnsSinceLook = 0
    for number in alive where !entries[number].isComplete && !entries[number].isReady {
      completeIfDone(number, at: moment)
    }
    alive.removeAll { entries[$0].isComplete }
  }

  private func completeIfDone(_ number: Int, at moment: Trace.Moment) {
    guard let inspector, inspector.isComplete(entries[number].pointer) else { return }
    trace.tasks[number].ended = moment
    trace.append(Trace.Event(task: number, moment: moment, kind: .ends))
    release(number)
  }

  func sleeps(_ task: Int, timer: Int?, until: Int64, at moment: Trace.Moment) {
    entries[task].timer = timer
    entries[task].wakesAt = until
    trace.append(Trace.Event(task: task, moment: moment, kind: .sleeps(until: until)))
  }

  func note(
    _ kind: Trace.Event.Kind, by task: Int, about resource: Observation.Resource? = nil,
    at: Trace.Moment
  ) {
    trace.append(Trace.Event(task: task, moment: at, kind: kind))
    guard let resource else { return }
    switch kind {
    case .waits: entries[task].waitsFor = resource
    case .acquires:
      // Somebody may have handed it over before the task had parked: then this is no new turn.
      if entries[task].waitsFor == resource { entries[task].waitsFor = nil }
      holders[resource, default: []].append(task)
    case .releases:
      // Whoever took it need not be the one who gives it back.
      guard let holding = holders[resource] else { return }
      let index = holding.lastIndex(of: task) ?? holding.startIndex
      holders[resource]?.remove(at: index)
      if holding.count == 1 { holders[resource] = nil }
    default: break
    }
  }
}

// MARK: - Tasks that find their run

/// Which run a task belongs to that does not prefer the run's executor: an unstructured task, when
/// another thread wakes it.
enum Claims {
  // In many parts, so that the runs of a busy machine do not queue up for one lock at each task.
  private static let parts = (0..<64).map { _ in Box(Mutex<[UInt64: Engine]>([:])) }
  private static let count = Atomic(0)

  static func add(_ task: UInt64, for engine: Engine) {
    part(of: task).value.withLock { $0[task] = engine }
    count.add(1, ordering: .relaxed)
  }

  static func remove(_ task: UInt64) {
    _ = part(of: task).value.withLock { $0.removeValue(forKey: task) }
    count.subtract(1, ordering: .relaxed)
  }

  private static func part(of task: UInt64) -> Box<Mutex<[UInt64: Engine]>> {
    parts[Int(task % UInt64(parts.count))]
  }

  static func owner(of job: UnownedJob) -> Engine? {
    guard count.load(ordering: .relaxed) > 0 else { return nil }
    guard case .task(let id) = Router.identify(job) else { return nil }
    return part(of: id).value.withLock { $0[id] }
  }
}

/// The tasks' names, where the watchdog can read them while the run's own thread is stuck.
final class NameBoard: Sendable {
  private let names = Mutex<[String]>([])
  let running = Atomic(-1)

  func append(_ name: String) { names.withLock { $0.append(name) } }

  var runningName: String {
    let number = running.load(ordering: .relaxed)
    return names.withLock { $0.indices.contains(number) ? $0[number] : "a task" }
  }
}
