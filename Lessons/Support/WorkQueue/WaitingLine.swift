/// The numbers of jobs that wait: higher priorities first, equal ones in the order of arrival.
struct WaitingLine {
  /// First in, first out. What has left stays in memory until half of it has.
  private struct Line {
    var numbers: [Int] = []
    var start = 0
    var isEmpty: Bool { start == numbers.count }

    mutating func takeFirst() -> Int {
      defer {
        start += 1
        if start > 32, start * 2 > numbers.count {
          numbers.removeFirst(start)
          start = 0
        }
      }
      return numbers[start]
    }
  }

  private var lines: [Int: Line] = [:]
  /// Those of which there is a line, the highest last.
  private var priorities: [Int] = []

  mutating func append(_ number: Int, priority: Int) {
    if lines[priority] == nil {
      let index = priorities.firstIndex { $0 > priority } ?? priorities.count
      priorities.insert(priority, at: index)
    }
    lines[priority, default: Line()].numbers.append(number)
  }

  mutating func takeFirst() -> Int? {
    guard let highest = priorities.last, let first = lines[highest]?.takeFirst() else { return nil }
    if lines[highest]?.isEmpty == true {
      lines[highest] = nil
      priorities.removeLast()
    }
    return first
  }
}
