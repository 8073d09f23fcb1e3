/// Arguments that a lesson cannot make sense of.
public struct UsageError: Error, Equatable, CustomStringConvertible {
  /// What is wrong, in one line.
  public let description: String
}

/// The one of `candidates` that `word` is probably meant to be.
func nearest(to word: String, in candidates: [String]) -> String? {
  let beginnings = candidates.filter { word.count > 2 && $0.hasPrefix(word) }
  if beginnings.count == 1 { return beginnings[0] }
  let ranked = candidates.map { (name: $0, distance: editDistance(word, $0)) }
  guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= 2 else {
    return nil
  }
  return best.name
}

/// How many letters have to be inserted, deleted, replaced or swapped with their neighbour.
private func editDistance(_ one: String, _ other: String) -> Int {
  let (one, other) = (Array(one), Array(other))
  var before: [Int] = []
  var row = Array(0...other.count)
  for i in one.indices {
    var next = [i + 1]
    for j in other.indices {
      var cost = min(next[j] + 1, row[j + 1] + 1, row[j] + (one[i] == other[j] ? 0 : 1))
      if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
        cost = min(cost, before[j - 1] + 1)
      }
      next.append(cost)
    }
    (before, row) = (row, next)
  }
  return row[other.count]
}
