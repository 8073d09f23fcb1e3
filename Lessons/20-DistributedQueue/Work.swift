// What the workers of lesson 20 know how to do, in this process and in others.

import Broker

/// What is in the payload of a job: how long its photo takes, and what goes wrong with it.
struct Work: Codable, Sendable {
  var seconds: Double
  /// How long it takes once another worker had it before.
  var secondsAgain: Double?
  /// How many attempts fail.
  var failures = 0
}

/// Why an attempt fails.
struct PrinterJam: Error, CustomStringConvertible {
  var description: String { "the printer is jammed" }
}

/// The handlers of every worker.
///
/// What a handler does depends on its job and its delivery alone: any worker anywhere may get it.
func photoHandlers() -> JobHandlers {
  var handlers = JobHandlers()
  handlers.on("thumbnail") { (work: Work) -> String in
    let delivery = Delivery.current
    let isAgain = delivery?.isRedelivered == true
    let seconds = isAgain ? work.secondsAgain ?? work.seconds : work.seconds
    try await Task.sleep(for: .milliseconds(Int(seconds * 1000)))
    if let delivery, delivery.failures < work.failures { throw PrinterJam() }
    return "\(delivery?.job.id ?? "photo").small.jpg"
  }
  // For measuring: what a job costs that does nothing.
  handlers.on("nothing") { (number: Int) in number }
  return handlers
}

/// A line that a worker process prints, and whoever has started it reads: `began beach`.
enum WorkerLine: Equatable {
  case ready
  case began(id: String)
  case ended(id: String, how: String)
  case other(String)

  init(_ line: String) {
    let words = line.split(separator: " ", maxSplits: 1).map(String.init)
    switch (words.first, words.count) {
    case ("ready", _): self = .ready
    case ("began", 2): self = .began(id: words[1])
    case ("succeeded", 2), ("retry", 2), ("failed", 2), ("aborted", 2), ("handedBack", 2),
      ("tooLate", 2):
      self = .ended(id: words[1], how: words[0])
    default: self = .other(line)
    }
  }

  /// What happened to a worker, as a line.
  static func text(of event: Worker.Event) -> String {
    switch event {
    case .began(let delivery): return "began \(delivery.job.id)"
    case .tooLate(let delivery): return "tooLate \(delivery.job.id)"
    case .trouble(let error): return "trouble \(error)"
    case .settled(let delivery, let settlement):
      let how =
        switch settlement {
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .retry: "retry"
        case .aborted: "aborted"
        case .handedBack: "handedBack"
        }
      return "\(how) \(delivery.job.id)"
    }
  }
}
