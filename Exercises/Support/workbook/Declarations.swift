import Foundation

/// What an exercise promises to its checks: the public declarations of its stub.
enum Declarations {
  /// The lines of the stub that declare something public and are not in the learner's files.
  static func missing(from exercise: Exercise) -> [String] {
    let theirs = Set(
      exercise.files.flatMap { lines(exercise.text("Exercises/\(exercise.folder)/\($0)")) })
    let promised = exercise.stubs.flatMap { lines(exercise.text("\(exercise.stubsFolder)/\($0)")) }
    return promised.filter { $0.hasPrefix("public ") && !theirs.contains($0) }
  }

  /// The lines of a text that are not comments, without the spaces around them.
  private static func lines(_ text: String?) -> [String] {
    (text ?? "").split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.hasPrefix("//") && !$0.hasPrefix("public import") }
  }
}
