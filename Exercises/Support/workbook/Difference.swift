/// What to take out of one text and put into it to get another, with the lines around.
struct Difference {
  private let old: [Substring]
  private let new: [Substring]

  init(from old: String, to new: String) {
    self.old = old.split(separator: "\n", omittingEmptySubsequences: false)
    self.new = new.split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// Each begins with "-", "+" or a space; "…" stands for lines that are the same in both.
  var lines: [String] {
    let all = marked
    // Three lines on each side of a change are shown.
    let changes = all.indices.filter { !all[$0].hasPrefix(" ") }
    let shown = Set(changes.flatMap { max(0, $0 - 3)...min(all.count - 1, $0 + 3) })
    var result: [String] = []
    for index in all.indices {
      if shown.contains(index) {
        result.append(all[index])
      } else if !result.isEmpty, result.last != "  …" {
        result.append("  …")
      }
    }
    if result.last == "  …" { result.removeLast() }
    return result
  }

  private var marked: [String] {
    let difference = new.difference(from: old)
    var removed: Set<Int> = []
    var inserted: Set<Int> = []
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var lines: [String] = []
    var (left, right) = (0, 0)
    while left < old.count || right < new.count {
      if removed.contains(left) {
        lines.append("- \(old[left])")
        left += 1
      } else if inserted.contains(right) {
        lines.append("+ \(new[right])")
        right += 1
      } else {
        lines.append("  \(old[left])")
        (left, right) = (left + 1, right + 1)
      }
    }
    return lines
  }
}
