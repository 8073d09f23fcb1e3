import CheckJournal
import Foundation

/// What is known about one exercise after all tests of it have run.
struct Proof: Codable, Equatable {
  var number: String
  var topic: String
  /// How many sentences judge an answer.
  var checks: Int
  /// How many answers passed them all: ours, and those that are built differently.
  var rightAnswers: Int
  /// How many wrong answers were rejected with words that name their fault.
  var wrongAnswers: Int
  /// How many levels of hints there are.
  var hints: Int
  /// What does not hold, a sentence each.
  var problems: [String]

  /// Looks at what the tests have written down, and at the files.
  init(_ exercise: Exercise, _ records: [CheckRecord], in project: Project) {
    number = exercise.number
    topic = exercise.topic
    let records = records.filter { $0.file.hasPrefix("Checks\(exercise.number)/") }
    // The last word on each sentence, in each test.
    var last: [String: [String: CheckRecord.Event]] = [:]
    for record in records where record.event != .rejected && record.event != .deceived {
      last[record.test, default: [:]][record.sentence] = record.event
    }
    let learner = last.removeValue(forKey: "learner(_:)") ?? [:]
    checks = learner.count
    rightAnswers = last.count { $0.value.values.allSatisfy { $0 == .held } }
    wrongAnswers = records.count { $0.event == .rejected }
    hints = exercise.hints.count

    var problems: [String] = []
    func require(_ isTrue: Bool, _ sentence: String) {
      if !isTrue { problems.append(sentence) }
    }
    require(checks >= 5, "there are fewer than five checks, or “learner” does not run them")
    let finished = learner.filter { $0.value != .unfinished }.keys.sorted()
    require(finished.isEmpty, "the stub is not unfinished in “\(finished.first ?? "")”")
    for (test, sentences) in last.sorted(by: { $0.key < $1.key }) {
      let broken = sentences.filter { $0.value != .held }.keys.sorted()
      require(broken.isEmpty, "\(test) fails “\(broken.first ?? "")”")
    }
    require(last["solution(_:)"] != nil, "no test called “solution” runs the checks")
    require(rightAnswers >= 2, "no right answer is known that is built differently from ours")
    require(wrongAnswers >= 3, "fewer than three wrong answers are rejected")
    require(
      !records.contains { $0.event == .deceived },
      "a wrong answer is not rejected, or not for its fault")
    require(hints == 3, "there are \(hints) levels of hints, and not three")
    require(
      exercise.hints.allSatisfy { $0.count > 80 }, "a level of the hints says next to nothing")
    require(!exercise.solutions.isEmpty, "there is no solution")
    if let lesson = exercise.lesson {
      let page = exercise.text(lesson.page)
      require(page != nil, "\(lesson.page) is missing")
      require(
        page?.contains("Exercises/\(exercise.folder)") == true,
        "\(lesson.page) does not lead to the exercise")
    }
    let isKept =
      exercise.files == exercise.stubs
      && exercise.files.allSatisfy { file in
        exercise.text("Exercises/\(exercise.folder)/\(file)")
          == exercise.text("\(exercise.stubsFolder)/\(file)")
      }
    require(
      isKept,
      "`reset` would bring back something else: \(exercise.stubsFolder) is not as the exercise is. "
        + "If the exercise is right, `swift run workbook verify --stubs` takes it over")
    self.problems = problems
  }
}
