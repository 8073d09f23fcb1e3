import CheckJournal
public import Testing

/// An answer that we know to be wrong, and what the checks must say about it.
public struct WrongAnswer<Answer: Sendable>: Sendable, CustomTestStringConvertible {
  /// The fault, in a few words: "forgets the limit".
  public let fault: String
  /// The sentence of the check that must reject it.
  public let sentence: String
  /// Words that name the fault; what that check has seen must contain one of them.
  public let words: [String]
  /// The answer.
  public let answer: Answer

  /// Describes an answer that is wrong.
  ///
  /// - Parameters:
  ///   - fault: What is wrong with it, in a few words.
  ///   - sentence: The check that must reject it.
  ///   - words: One of these must be in what that check has seen.
  ///   - answer: The answer.
  public init(
    _ fault: String, rejectedBy sentence: String, naming words: [String], _ answer: Answer
  ) {
    self.fault = fault
    self.sentence = sentence
    self.words = words
    self.answer = answer
  }

  /// The fault.
  public var testDescription: String { fault }
}

/// Reports what a check has against an answer. What is not done yet is a known issue.
///
/// - Parameters:
///   - answer: The answer.
///   - check: The check.
///   - folder: The exercise's folder under `Exercises`, where the hints are: "05-Bank".
///   - sourceLocation: Where to report it.
public func judge<Answer>(
  _ answer: Answer, by check: Check<Answer>, of folder: String,
  sourceLocation: SourceLocation = #_sourceLocation
) async {
  Journal.current?.write(check.record(.began))
  let failure = await check.failure(of: answer)
  Journal.current?.write(check.record(failure))
  guard let failure else { return }
  let comment = Comment(rawValue: failure.message(hints: "Exercises/\(folder)/Hints.md"))
  guard failure.todo != nil else {
    Issue.record(comment, sourceLocation: sourceLocation)
    return
  }
  withKnownIssue(sourceLocation: sourceLocation) {
    Issue.record(comment, sourceLocation: sourceLocation)
  }
}

/// Checks that a wrong answer is rejected by the check that is meant to, and that what this check
/// has seen names the fault. (Its likely cause does not count: that is the same for every answer.)
public func expectRejection<Answer>(
  of wrong: WrongAnswer<Answer>, by checks: [Check<Answer>],
  sourceLocation: SourceLocation = #_sourceLocation
) async {
  guard let check = checks.first(where: { $0.sentence == wrong.sentence }) else {
    Issue.record("no check says “\(wrong.sentence)”", sourceLocation: sourceLocation)
    return
  }
  guard let failure = await check.failure(of: wrong.answer) else {
    Journal.current?.write(check.record(.deceived))
    Issue.record("“\(check.sentence)” is content with it", sourceLocation: sourceLocation)
    return
  }
  let seen = failure.seen.joined(separator: "\n")
  let namesFault = failure.todo == nil && wrong.words.contains(where: seen.contains)
  Journal.current?.write(check.record(namesFault ? .rejected : .deceived))
  if !namesFault {
    Issue.record(
      "none of \(wrong.words) is in what was seen:\n\(seen)", sourceLocation: sourceLocation)
  }
}
