/// How far a learner has come. Nothing in here is needed to find out again: `check --all` does.
struct Progress: Codable, Equatable {
  /// Which format the file has.
  static let version = 1

  /// What is remembered of an exercise.
  struct Entry: Codable, Equatable {
    /// True if its checks passed when they last ran.
    var passed = false
    /// How many levels of hints have been shown.
    var hints = 0
    /// True if our solution was asked for before a pass; it is shown the next time.
    var askedForSolution = false
  }

  var version = Self.version
  /// The number of the exercise that is worked on.
  var current: String?
  var exercises: [String: Entry] = [:]

  subscript(exercise: Exercise) -> Entry {
    get { exercises[exercise.number] ?? Entry() }
    set { exercises[exercise.number] = newValue }
  }

  /// The exercise to go on with: the one last worked on, else the first that has not passed.
  func current(of list: [Exercise]) -> Exercise? {
    list.first { $0.number == current } ?? list.first { !self[$0].passed } ?? list.first
  }

  /// The next exercise that has not passed, from the one after `exercise` on and around.
  func next(after exercise: Exercise, of list: [Exercise]) -> Exercise? {
    let later = list.filter { $0.number > exercise.number }
    let earlier = list.filter { $0.number < exercise.number }
    return (later + earlier).first { !self[$0].passed }
  }

  /// How many have passed.
  func count(of list: [Exercise]) -> Int { list.count { self[$0].passed } }
}
