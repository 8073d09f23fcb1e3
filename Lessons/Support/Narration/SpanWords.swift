/// What is told of a span: `task 1 starts`, `task 1 is done`, `task 2 waits for the lock`.
struct SpanWords {
  var lane: String
  var label: String?
  var kind: Timeline.Kind

  var start: String {
    switch kind {
    case .running: "\(subject) starts"
    case .waiting: label.map { "\(lane) waits for \($0)" } ?? "\(lane) waits"
    }
  }

  func end(_ outcome: Timeline.Outcome) -> String {
    switch (kind, outcome) {
    case (.running, .returned): "\(subject) is done"
    case (.waiting, .returned): "\(lane) goes on"
    case (_, .cancelled): "\(subject) is cancelled"
    case (_, .failed(let reason)): "\(subject) fails: \(reason)"
    }
  }

  private var subject: String {
    switch (kind, label) {
    case (.running, let label?): "\(lane): \(label)"
    default: lane
    }
  }
}
