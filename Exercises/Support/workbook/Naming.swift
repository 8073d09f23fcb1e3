import Foundation

/// How people name an exercise: "5", "05", "bank", "Bank", a path, or the lesson that it is for.
enum Naming {
  /// What a name stands for.
  enum Answer {
    case exercise(Exercise)
    /// Nothing, and what to say about that in one line.
    case nothing(String)
  }

  /// Finds the exercise that a name means.
  static func find(_ name: String, in exercises: [Exercise]) -> Answer {
    let name = name.trimmingCharacters(in: .whitespaces)
    if let number = Int(name) {
      if let exercise = exercises.first(where: { Int($0.number) == number }) {
        return .exercise(exercise)
      }
      return .nothing("there is no exercise \(name). There are \(numbers(exercises)).")
    }
    let parts = name.split(separator: "/").map(String.init)
    if let exercise = exercises.first(where: { parts.contains($0.folder) }) {
      return .exercise(exercise)
    }
    let wanted = plain(parts.last ?? name)
    if let exercise = exercises.first(where: { names($0).contains(wanted) }) {
      return .exercise(exercise)
    }
    let similar = exercises.filter { names($0).contains { $0.hasPrefix(wanted) } }
    if similar.count == 1, !wanted.isEmpty { return .exercise(similar[0]) }
    if similar.count > 1, !wanted.isEmpty {
      return .nothing("“\(name)” could be \(list(similar, "or")). Which one?")
    }
    let nearest = nearest(to: wanted, of: exercises)
    let hint =
      nearest.isEmpty
      ? "`swift run workbook list` shows them all." : "Did you mean \(list(nearest, "or"))?"
    return .nothing("there is no exercise “\(name)”. \(hint)")
  }

  /// At most three whose names are not far from what was typed, the nearest first.
  private static func nearest(to wanted: String, of exercises: [Exercise]) -> [Exercise] {
    let limit = max(2, wanted.count / 2)
    let distances = exercises.map { exercise in
      names(exercise).map { distance($0, wanted) }.min() ?? Int.max
    }
    let near = exercises.indices.filter { distances[$0] <= limit }
    return near.sorted { distances[$0] < distances[$1] }.prefix(3).map { exercises[$0] }
  }

  /// Its topic, and that of its lesson.
  private static func names(_ exercise: Exercise) -> [String] {
    [exercise.topic, exercise.lesson.map { String($0.folder.dropFirst(3)) }].compactMap {
      $0.map(plain)
    }
  }

  private static func plain(_ text: String) -> String {
    let text = text.hasSuffix(".swift") ? String(text.dropLast(6)) : text
    let name = text.drop { $0.isNumber || $0 == "-" }
    return name.lowercased().filter { $0.isLetter || $0.isNumber }
  }

  private static func numbers(_ exercises: [Exercise]) -> String {
    guard let first = exercises.first, let last = exercises.last else { return "none" }
    return exercises.count == (Int(last.number) ?? 0) - (Int(first.number) ?? 0) + 1
      ? "\(first.number) to \(last.number)"
      : exercises.map(\.number).joined(separator: ", ")
  }

  private static func list(_ exercises: [Exercise], _ word: String) -> String {
    let names = exercises.map { "\($0.number) \($0.topic)" }
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " \(word) " + last
  }

  /// How many letters to change, add or drop to make one word from the other.
  static func distance(_ one: String, _ other: String) -> Int {
    let other = Array(other)
    var row = Array(0...other.count)
    for (index, letter) in one.enumerated() {
      var next = [index + 1]
      for (column, another) in other.enumerated() {
        next.append(
          min(row[column] + (letter == another ? 0 : 1), row[column + 1] + 1, next[column] + 1))
      }
      row = next
    }
    return row[other.count]
  }
}
