import AsyncPrimitives

extension Roster {
  /// A task that had not ended when the run was over, and what it waits for.
  func unfinished() -> [Simulation.WaitingTask] {
    candidates().map { number in
      let (reason, holders) = reason(of: number)
      return Simulation.WaitingTask(
        name: trace.tasks[number].name, waitsFor: reason, heldBy: holders)
    }
  }

  /// True if tasks are alive: ones that sleep, wait, or are ready.
  func hasUnfinished(at moment: Trace.Moment) -> Bool {
    lookThrough(at: moment)
    return !candidates().isEmpty
  }

  private func candidates() -> [Int] {
    entries.indices.filter { number in
      let entry = entries[number]
      guard !entry.isComplete else { return false }
      // Without the inspector, a task that has had its last turn looks like one that is parked.
      return inspector != nil || entry.isReady || entry.wakesAt != nil || entry.waitsFor != nil
    }
  }

  private func reason(of number: Int) -> (String, holders: [String]) {
    let entry = entries[number]
    if entry.isReady { return ("its next turn", []) }
    if let resource = entry.waitsFor {
      // A task that holds several permits of a semaphore is one holder.
      var named: Set<Int> = []
      let distinct = holders[resource, default: []].filter { named.insert($0).inserted }
      return (resource.description, distinct.map { trace.tasks[$0].name })
    }
    if let wakesAt = entry.wakesAt {
      return ("the end of its sleep, at \(Simulation.format(.nanoseconds(wakesAt)))", [])
    }
    let children = trace.tasks.indices.filter {
      trace.tasks[$0].parent == number && !entries[$0].isComplete
    }
    switch inspector?.dependency(of: entry.pointer) {
    case .task(let other):
      let known = entries.indices.first { !entries[$0].isComplete && entries[$0].pointer == other }
      let name = known.map { trace.tasks[$0].name } ?? inspector?.name(of: other)
      return (name.map { "task “\($0)” to end" } ?? "another task to end", [])
    case .group where !children.isEmpty:
      return ("its child tasks: " + names(of: children), [])
    case .continuation:
      return ("a continuation that nobody has resumed", [])
    default:
      return children.isEmpty
        ? ("something that nobody brings", []) : ("its child tasks: " + names(of: children), [])
    }
  }

  private func names(of tasks: [Int]) -> String {
    let shown = tasks.prefix(5).map { "“\(trace.tasks[$0].name)”" }.joined(separator: ", ")
    return tasks.count > 5 ? "\(shown) and \(tasks.count - 5) more" : shown
  }
}
