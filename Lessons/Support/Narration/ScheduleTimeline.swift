public import Simulation

extension Timeline {
  /// Draws a schedule that a simulation ran: a lane for each task that was given a name, or for each
  /// if none was. The body's own task is not drawn.
  ///
  /// By time, a lane is a task's life, and its waiting parts are those for which a primitive said
  /// what the task waits for. By steps, a lane has a span for each turn, labelled with what
  /// the task got hold of and noted in it; if there are such turns, only they are drawn, and those
  /// in which a task begins to wait.
  ///
  /// - Parameters:
  ///   - trace: What the tasks did.
  ///   - measure: What the times count. For a schedule in which no time passes, its steps.
  public init(_ trace: Trace, measure: Measure = .time) {
    self.init(lanes: trace.drawn.map { trace.tasks[$0].name }, measure: measure)
    switch measure {
    case .time: addLives(of: trace)
    case .steps: addTurns(of: trace)
    }
  }

  private mutating func addLives(of trace: Trace) {
    for life in trace.drawn.map({ trace.tasks[$0] }) {
      add(Span(life.name, from: life.created.time, to: life.ended?.time))
    }
    for wait in trace.waits() {
      let name = trace.tasks[wait.task].name
      add(
        Span(
          name, wait.resource, from: wait.from.time, to: wait.to?.time, kind: .waiting, depth: 1))
    }
    for event in trace.events {
      guard case .notes(let text) = event.kind, trace.isDrawn(event.task) else { continue }
      add(Mark(trace.tasks[event.task].name, text, at: event.moment.time))
    }
    extend(to: trace.events.last?.moment.time ?? .zero)
  }

  private mutating func addTurns(of trace: Trace) {
    let turns = trace.turns()
    for (column, turn) in turns.enumerated() {
      let label = turn.notes.isEmpty ? nil : turn.notes.joined(separator: ", ")
      add(
        Span(
          trace.tasks[turn.task].name, label, from: .seconds(column), to: .seconds(column + 1)))
    }
    for wait in trace.waits() {
      // The turn in which the task parked, and the one in which it goes on.
      guard
        let parked = turns.lastIndex(where: { $0.task == wait.task && $0.step <= wait.from.step })
      else { continue }
      let resumed = turns.firstIndex { $0.task == wait.task && $0.step > turns[parked].step }
      let end = wait.to == nil ? nil : resumed.map { Duration.seconds($0) }
      add(
        Span(
          trace.tasks[wait.task].name, wait.resource, from: .seconds(parked + 1), to: end,
          kind: .waiting))
    }
    // A task that is never woken is seen to wait, also if it was the last to take a turn.
    extend(to: .seconds(turns.count + (trace.waits().contains { $0.to == nil } ? 1 : 0)))
  }
}

extension Trace {
  fileprivate struct Turn {
    var task: Int
    var step: Int
    var notes: [String] = []
    /// True if the task parked in it.
    var parks = false
  }

  fileprivate struct Wait {
    var task: Int
    var resource: String
    var from: Moment
    var to: Moment?
  }

  /// The tasks that have lanes.
  fileprivate var drawn: [Int] { tasks.indices.filter(isDrawn) }

  fileprivate func isDrawn(_ task: Int) -> Bool {
    task > 0 && (tasks[task].isNamed || !tasks.dropFirst().contains(where: \.isNamed))
  }

  /// Who ran, one after the other, of those that have lanes.
  fileprivate func turns() -> [Turn] {
    var turns: [Turn] = []
    for event in events where isDrawn(event.task) {
      if case .ends = event.kind { continue }
      // An actor's turn can run several tasks; what they do tells them apart.
      if turns.last?.task != event.task || turns.last?.step != event.moment.step {
        turns.append(Turn(task: event.task, step: event.moment.step))
      }
      switch event.kind {
      case .notes(let text): turns[turns.count - 1].notes.append(text)
      case .acquires(let name): turns[turns.count - 1].notes.append("has \(name)")
      case .waits: turns[turns.count - 1].parks = true
      default: break
      }
    }
    let telling = turns.filter { !$0.notes.isEmpty || $0.parks }
    return telling.isEmpty ? turns : telling
  }

  /// Every wait that a primitive announced, from parking to the task's next turn.
  fileprivate func waits() -> [Wait] {
    events.indices.compactMap { index in
      let event = events[index]
      guard case .waits(let resource) = event.kind, isDrawn(event.task) else { return nil }
      let next = events[index...].first {
        $0.task == event.task && $0.moment.step > event.moment.step
      }
      return Wait(task: event.task, resource: resource, from: event.moment, to: next?.moment)
    }
  }
}
