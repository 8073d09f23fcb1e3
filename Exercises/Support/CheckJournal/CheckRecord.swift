/// A line of the journal that a run of checks writes while it runs: what came of one check, as JSON.
///
/// The runner reads it while the checks run, and it still tells the story when they crash.
public struct CheckRecord: Codable, Sendable, Equatable {
  /// What became of the check.
  public enum Event: String, Codable, Sendable {
    /// It has begun; if nothing follows, the program ended during it.
    case began
    /// Its sentence is true of the answer.
    case held
    /// Its sentence is not.
    case failed
    /// It came across a `todo`.
    case unfinished
    /// It was right to reject a wrong answer, and named the fault.
    case rejected
    /// It did not reject a wrong answer, or not for its fault.
    case deceived
  }

  /// How the run ended in which a check failed.
  public enum Ending: String, Codable, Sendable {
    /// An expectation was not met.
    case expectation
    /// The answer threw something.
    case threw
    /// Nobody could go on.
    case deadlock
    /// Tasks were left behind.
    case tasksLeft
    /// A task kept its thread.
    case blocked
    /// It went on and on, on virtual time.
    case endless
    /// The seed did not determine what happened.
    case irreproducible
  }

  /// The name of the environment variable that holds the journal's path.
  public static let journalVariable = "WORKBOOK_JOURNAL"

  /// What became of the check.
  public var event: Event
  /// What must be true.
  public var sentence: String
  /// The test that asked: "learner(_:)" for a learner's answer.
  public var test: String
  /// The file that states the check.
  public var file: String
  /// Its place among the checks, in the order in which they are stated.
  public var place: Int
  /// How the run ended in which it failed.
  public var ending: Ending?
  /// What was seen instead.
  public var seen: [String]?
  /// What is likely to be wrong.
  public var cause: String?
  /// The level of the hint that fits.
  public var hint: Int?
  /// What is still to do.
  public var todo: String?
  /// The schedule under which it was seen.
  public var seed: UInt64?
  /// That schedule, drawn.
  public var timeline: String?

  /// Says what became of a check; what else there is to say is added afterwards.
  public init(_ event: Event, sentence: String, test: String, file: String, place: Int) {
    self.event = event
    self.sentence = sentence
    self.test = test
    self.file = file
    self.place = place
  }
}
